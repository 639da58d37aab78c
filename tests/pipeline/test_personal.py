"""What is said of people stays where it belongs: no name or number in a log, receipt or page, nor in clear in the database."""

import json
import logging
import re
import subprocess
from dataclasses import asdict

import pyarrow.parquet as pq
import pytest

from etl import steps
from etl.contracts import HEALTH_BOOK, WAREHOUSE_TABLES
from etl.errors import ConfigError
from etl.settings import Settings
from etl.warehouse.embedded import program
from tests.pipeline.city import build, deliver, read_opened, read_rows, register_files_of
from tests.pipeline.conftest import Hamlet

EMPTY = {
    "notice",
    "register_merge",
    "removal",
    "moved_row",
    "encounter_source",
    "permission",
    "entry",
    "account",
    "session",
    "upload",
    "signature",
}
"""Tables into which nothing comes in the hamlet."""
CANARIES = (
    "full_name",
    "national_id",
    "old_id",
    "insurance_no",
    "insurance_card",
    "passport_no",
    "phone",
    "address",
    "guardian_name",
    "household_id",
    "source_person_id",
    "full_name_toneless",
)


def canaries_of(settings: Settings) -> set[str]:
    """Every identifying value of the hamlet, as sent and as standardised, that is long enough to be nobody else's."""
    found: set[str] = set()
    for path in sorted((settings.var_dir / "store" / "staged").glob("*/person_record.parquet")):
        table = pq.read_table(path)
        for name in CANARIES:
            for column in {name, f"sent_{name}"} & set(table.column_names):
                found.update(value.strip() for value in table[column].to_pylist() if value)
    return {value for value in found if len(value) > 7}


def told(texts: str, canaries: set[str]) -> set[str]:
    """Those of the values that occur as whole words; digits within a hash are no phone."""
    return {value for value in canaries if value in texts and re.search(rf"(?<!\w){re.escape(value)}(?!\w)", texts)}


def review(settings: Settings, name: str) -> None:
    """A reviewer draws a sample, looks at pairs, rules on them and writes a name into his note."""
    sample_id = steps.draw_sample(settings, 8, 1, "thu")["sample_id"]
    [pair] = steps.next_blind(settings, sample_id, "thu")["items"]
    blind = steps.Ruling(pair["record_id"], pair["person_id"], "different", "other", "thu", name, sample_id)
    steps.decide(settings, blind)
    assert steps.next_pairs(settings, "thu", 9)["items"]
    steps.decide(settings, steps.Ruling(pair["record_id"], pair["person_id"], "split", "other", "thu", name))
    steps.explain(settings, pair["record_id"], "thu")
    steps.review_status(settings)


def ask(settings: Settings, name: str) -> None:
    """Somebody asks for everything that he may ask of his data, and the officer would write his name down."""
    books = read_opened(settings, HEALTH_BOOK, "select full_name, person_id from book.health_book")
    person_id = min(person_id for full_name, person_id in books if full_name == name)
    asked = steps.Asked(person_id, steps.Viewer("thu", "thư 12"))
    with pytest.raises(ConfigError, match="reason"):
        steps.ask_access(settings, steps.Asked(asked.person_id, steps.Viewer("thu", f"thư của {name}")))
    steps.export_person(settings, asked, with_restricted=True)
    steps.ask_correction(settings, asked, ("full_name", "phone"))
    steps.ask_erasure(settings, asked, ())
    steps.list_accesses(settings, asked)


def test_the_database_tells_of_nobody(own_hamlet: Settings) -> None:
    """Not in what is asked of it, nor in a dump: tables, whatever the pipeline, a reviewer and an officer wrote there."""
    build(own_hamlet)
    canaries = canaries_of(own_hamlet)
    assert len(canaries) > 500
    books = read_opened(own_hamlet, HEALTH_BOOK, "select full_name, person_id from book.health_book")
    one, shown = (choose(name for name, _ in books if len(name) > 7) for choose in (min, max))
    review(own_hamlet, one)
    steps.report(own_hamlet)
    ask(own_hamlet, shown)
    for is_undo in (False, True):
        steps.withdraw(own_hamlet, steps.Withdrawal(1, "thu", f"khiếu nại của {one}", is_undo))
        build(own_hamlet)
    steps.link(own_hamlet, full=True)
    assert told(f"a line about {one}, and more", canaries), "the test would see nothing"
    empty = set()
    for table in WAREHOUSE_TABLES:
        rows = read_rows(own_hamlet, f"select to_jsonb(t)::text from {table.qualified_name} t")
        text = "\n".join(str(row) for (row,) in rows)
        empty.update([] if text else [table.name])
        assert not told(text, canaries), f"{table.name} holds personal values"
    assert empty <= EMPTY
    url = str(own_hamlet.database_url).replace("+psycopg2", "")
    dumped = subprocess.run([program("pg_dump"), f"--dbname={url}"], check=True, capture_output=True, text=True)
    assert dumped.stdout.count("\n") > 10_000
    assert not told(dumped.stdout, canaries)


def test_no_log_receipt_or_output_tells_of_anybody(
    hamlet: Hamlet,
    own_hamlet: Settings,
    empty_settings: Settings,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """A whole run at the most talkative level, with a sender's file that cannot be read among the good ones."""
    caplog.set_level(logging.DEBUG)
    for path in register_files_of(hamlet.city):
        steps.load_register(empty_settings, path)
    chosen = {path.parent.parent.name: path for path in hamlet.files}
    receipts = deliver(empty_settings, chosen.values())
    receipts.append(steps.receive(empty_settings, chosen["ward_sheet"], "CS01006"))
    build(empty_settings)
    review(empty_settings, min(canaries_of(empty_settings)))
    build(empty_settings)
    steps.report(empty_settings)
    output = capfd.readouterr()
    canaries = canaries_of(own_hamlet)
    assert not told(caplog.text + output.out + output.err, canaries)
    assert not told(json.dumps([asdict(receipt) for receipt in receipts], ensure_ascii=False), canaries)
    assert not told(repr(receipts), canaries)
    page = "\n".join(path.read_text(encoding="utf-8") for path in empty_settings.reports_dir.rglob("*.html"))
    assert page
    assert not told(page, canaries)
