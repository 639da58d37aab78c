"""Retention removes what is old and needed by nobody, and nothing else: books, links and the control equation stand as before."""

import os
import shutil
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from etl import steps
from etl.contracts import WAREHOUSE_TABLES
from etl.contracts.retention import FIVE_YEARS, FOR_GOOD, KINDS, read_policy
from etl.errors import ConfigError
from etl.settings import Settings
from etl.steps import retention as retention_steps
from etl.warehouse.connect import connect
from etl.warehouse.embedded import ensure_running
from tests.command_line import runner
from tests.conftest import own_database
from tests.pipeline.city import (
    DAY,
    build,
    digest_tables,
    read_books,
    read_open_links,
    read_rows,
    register_files_of,
    tables_that_differ,
)
from tests.pipeline.conftest import Hamlet

LATER = date(2060, 1, 1)
NEEDED = {"health_book", "field_value", "person_record", "person", "batch", "run", "register_person", "ruling"}
"""Tables that no retention may touch."""


def execute(settings: Settings, statement: str) -> None:
    with connect(ensure_running(settings)) as connection:
        connection.cursor().execute(statement)


@pytest.fixture(scope="module")
def grown_once(
    hamlet: Hamlet, server_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Settings, str]]:
    """Builds on two registers, a refused file, a withdrawn one, closed tasks; all of it long ago on `LATER`. To be copied."""
    folder = tmp_path_factory.mktemp("grown")
    shutil.copytree(hamlet.settings.store_url, folder / "store")
    shutil.copytree(hamlet.settings.keys_dir, folder / "keys")
    (folder / "empty.csv").write_text("")
    with own_database(server_url, "hamlet") as url:
        settings = Settings(var_dir=folder, database_url=url, today=DAY)
        build(settings)
        assert steps.receive(settings, folder / "empty.csv", "PX00004").state == "refused"
        steps.load_register(settings, register_files_of(hamlet.city)[1])
        run_id = build(settings)
        [(batch_id,)] = read_rows(
            settings, "select min(batch_id) from intake.batch where accepted > 3 and kind = 'ward_sheet'"
        )
        execute(
            settings,
            f"update intake.batch set state = 'withdrawn', withdrawn = accepted, accepted = 0 where batch_id = {batch_id};"
            f" update identity.link l set closed_run_id = {run_id}, closed_at = now() from intake.person_record p"
            f" where p.record_id = l.record_id and l.closed_at is null and p.batch_id = {batch_id}",
        )
        build(settings)
        execute(  # tasks after the build, which opens again what no data closed
            settings,
            f"update quality.task set state = 'closed', closed_at = now() where batch_id % 2 = 0 or batch_id = {batch_id};"
            " insert into quality.score select scored_on - 400, scope_kind, scope_code, level, name, satisfied, applicable, score,"
            " catalogue_version from quality.score;"
            " insert into quality.standing select scored_on, 'r', 'city', 'HN', 2, 1, null, null, false from quality.score group by 1;"
            " insert into quality.report_day select distinct scored_on, 'v', 'd', '{}', now() from quality.score"
            " on conflict do nothing;"
            " insert into quality.notice (noticed_on, kind, channel, recipient_kind, recipient_code, tasks, state, attempts)"
            " select min(scored_on), 'opened', 'email', 'city', 'HN', 1, 'sent', 1 from quality.score;"
            " insert into intake.upload (sender_code, user_name, state, bytes, created_at)"
            " values ('PX00004', 'thu', 'discarded', 1, now()), ('PX00004', 'thu', 'receiving', 1, now());"
            " insert into access.account values ('thu', 'x', 'vi', 'h', null, 0, null, 'a', now(), null);"
            " insert into access.session values (repeat('d', 64), 'thu', now(), now(), null)",
        )
        yield settings, url.rsplit("/", 1)[1]


@pytest.fixture
def grown(grown_once: tuple[Settings, str], server_url: str, tmp_path: Path) -> Iterator[Settings]:
    """A copy of it."""
    once, name = grown_once
    shutil.copytree(once.var_dir, tmp_path / "own")
    with own_database(server_url, name) as url:
        settings = once.model_copy(
            update={"var_dir": tmp_path / "own", "store_url": str(tmp_path / "own/store"), "database_url": url}
        )
        make_old(settings)
        yield settings


def make_old(settings: Settings) -> None:
    """The store's files as of last week: what was written today is taken for in use."""
    week_ago = time.time() - 7 * 86400
    for path in Path(settings.store_url).rglob("*"):
        os.utime(path, (week_ago, week_ago))


def later(settings: Settings) -> Settings:
    return settings.model_copy(update={"today": LATER})


def by_kind(told: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {kind["name"]: kind for kind in told}


def files_in(settings: Settings) -> set[str]:
    root = Path(settings.store_url)
    files = [path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()]
    return {name.partition(".")[0] if name.startswith("raw/") else name for name in files}  # without its key's number


def test_every_table_has_its_time_or_stays_for_good() -> None:
    named = [kind.table for kind in KINDS if kind.table] + [table for tables in FOR_GOOD.values() for table in tables]
    assert sorted(named) == sorted(table.qualified_name for table in WAREHOUSE_TABLES)


def test_the_audit_is_kept_for_five_years_at_least() -> None:
    assert read_policy({})["audit_event"] is None
    assert read_policy({"audit_event": FIVE_YEARS})["audit_event"] == FIVE_YEARS


@pytest.mark.parametrize(
    ("chosen", "told"),
    [
        ({"audit_event": FIVE_YEARS - 1}, "too few for audit_event; expected 1827 or more"),
        ({"raw_file": 0}, "too few for raw_file"),
        ({"row_file": 9999}, "row_file is no kind"),
        *[({kind.name: kind.floor_days - 1}, f"too few for {kind.name}") for kind in KINDS],
    ],
)
def test_a_setting_below_the_floor_or_unknown_is_refused(chosen: dict[str, int], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        read_policy(chosen)


def test_what_is_young_stays(grown: Settings) -> None:
    before, files = digest_tables(grown), files_in(grown)
    told = by_kind(steps.retain(grown.model_copy(update={"today": date.today()}), "thu"))
    assert {name: kind["count"] for name, kind in told.items()} == dict.fromkeys(told, 0)
    assert not tables_that_differ(before, digest_tables(grown))
    assert files_in(grown) == files


def test_showing_changes_nothing(grown: Settings) -> None:
    before, files = digest_tables(grown), files_in(grown)
    told = by_kind(steps.retain(later(grown)))
    due = {name for name, kind in told.items() if kind["count"]}
    assert due == {kind.name for kind in KINDS} - {"audit_event", "backup"}
    assert all(kind["oldest"] is not None for name, kind in told.items() if name in due)
    assert not tables_that_differ(before, digest_tables(grown))
    assert files_in(grown) == files


def test_removing_leaves_all_that_is_needed_and_is_done_once(grown: Settings) -> None:
    before, books, links = digest_tables(grown), read_books(grown), read_open_links(grown)
    held = read_rows(grown, "select count(*) from intake.held_row")
    due = by_kind(steps.retain(later(grown)))
    told = by_kind(steps.retain(later(grown), "thu"))
    assert {name: kind["removed"] for name, kind in told.items()} == {name: kind["count"] for name, kind in due.items()}
    after = digest_tables(grown)
    assert not NEEDED & set(tables_that_differ(before, after))
    assert read_rows(grown, "select count(*) from intake.held_row") < held
    assert read_rows(grown, "select count(*) from report.control_equation where not is_balanced") == [(0,)]
    assert read_open_links(grown) == links
    sound = steps.verify_store(grown)
    assert sound["is_sound"], sound
    assert sound["extra"] == []
    audited = read_rows(grown, "select actor, subject from audit.event where action = 'retention.removed' order by 2")
    assert audited == [("thu", f"kind {name}") for name in sorted(told) if told[name]["removed"]]
    again = by_kind(steps.retain(later(grown), "thu"))
    assert {name: kind["removed"] for name, kind in again.items()} == dict.fromkeys(again, 0)
    assert not tables_that_differ(after, digest_tables(grown))
    execute(grown, "delete from book.field_value; delete from book.history; delete from book.allergy")
    execute(grown, "update book.health_book set lineage_digest = ''")
    full = steps.link(grown, full=True)
    steps.merge(grown, full)
    steps.publish(grown, full)
    assert read_books(grown) == books
    assert not NEEDED - {"health_book", "run", "person"} & set(tables_that_differ(before, digest_tables(grown)))


def test_the_control_equation_is_borne_out_as_before(grown: Settings) -> None:
    query = "select batch_id, is_borne_out from report.control_equation order by 1"
    before = read_rows(grown, query)
    assert sum(bool(is_so) for _, is_so in before) > 5
    assert by_kind(steps.retain(later(grown), "thu"))["held_row"]["removed"] > 0
    assert read_rows(grown, query) == before


def test_rows_with_a_task_open_and_files_in_books_stay(grown: Settings) -> None:
    open_batches = "select distinct batch_id from quality.task where state in ('open', 'acknowledged')"
    query = f"select count(*) from intake.held_row where batch_id in ({open_batches})"
    waiting, accepted = read_rows(grown, query), read_rows(grown, "select sha256 from intake.batch where accepted > 0")
    assert waiting != [(0,)]
    steps.retain(later(grown), "thu")
    assert read_rows(grown, query) == waiting
    assert {f"raw/{sha256}" for (sha256,) in accepted} <= files_in(grown)
    [(version,)] = read_rows(grown, "select max(register_version) from identity.register_version")
    assert f"register/{version}/register_person.parquet" in files_in(grown)


def test_what_became_of_a_row_is_told_though_its_file_is_gone(grown: Settings) -> None:
    [(batch_id, sha256)] = read_rows(grown, "select batch_id, sha256 from intake.batch where state = 'withdrawn'")
    [(held_batch, row_no)] = read_rows(
        grown,
        "select h.batch_id, h.row_no from intake.held_row h where not exists (select from quality.task t"
        " where t.batch_id = h.batch_id and t.state in ('open', 'acknowledged')) order by 1, 2 limit 1",
    )
    steps.retain(later(grown), "thu")
    assert f"raw/{sha256}" not in files_in(grown)
    [(row,)] = read_rows(grown, f"select min(row_no) from intake.person_record where batch_id = {batch_id}")
    found = steps.trace_row(grown, batch_id, int(str(row)))
    assert (found["outcome"], found["raw"], found["fields"]) == ("withdrawn", [], [])
    gone = steps.trace_row(grown, int(str(held_batch)), int(str(row_no)))
    assert gone["outcome"] == "no_longer_kept"
    assert "thời hạn" in steps.row_text(gone)


def test_the_audit_is_counted_and_never_removed(grown: Settings) -> None:
    chosen = later(grown).model_copy(update={"retention_days": {"audit_event": FIVE_YEARS}})
    [(events,)] = read_rows(grown, "select count(*) from audit.event")
    told = by_kind(steps.retain(chosen, "thu"))["audit_event"]
    assert told["count"] >= int(str(events)) > 0, "those that the kinds before it added"
    assert told["removed"] == 0
    assert read_rows(grown, "select count(*) from audit.event") >= [(events,)]
    audited = read_rows(grown, "select count(*) from audit.event where subject = 'kind audit_event'")
    assert audited == [(0,)]


def test_a_link_closed_by_a_ruling_and_the_newest_scores_stay(grown: Settings) -> None:
    newest = "select max(scored_on), count(distinct scored_on) from quality.score"
    [(day, days)] = read_rows(grown, newest)
    [(record_id, person_id)] = read_rows(
        grown,
        "select record_id, person_id from identity.link where closed_at is null and decision = 'match' order by 1 limit 1",
    )
    steps.decide(grown, steps.Ruling(int(str(record_id)), int(str(person_id)), "split", "other", "thu", "x"))
    by_ruling = "select count(*) from identity.link where closed_ruling_id is not null"
    assert read_rows(grown, by_ruling) == [(1,)]
    assert by_kind(steps.retain(later(grown), "thu"))["closed_link"]["removed"] > 0
    assert read_rows(grown, by_ruling) == [(1,)]
    assert (read_rows(grown, newest), days) == ([(day, 1)], 2)


def test_a_file_that_came_again_today_stays(grown: Settings) -> None:
    steps.receive(grown, grown.var_dir / "empty.csv", "PX00004")
    [(sha256,)] = read_rows(grown, "select sha256 from intake.batch where state = 'refused'")
    steps.retain(later(grown), "thu")
    assert f"raw/{sha256}" in files_in(grown)


def test_cut_off_between_fact_and_file_it_ends_when_run_again(grown: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(retention_steps.Store, "remove", fail)
        with pytest.raises(KeyboardInterrupt):
            steps.retain(later(grown), "thu")
    assert steps.verify_store(grown)["is_sound"], "a file that is still there is not missing"
    told = by_kind(steps.retain(later(grown), "thu"))
    assert told["raw_file"]["removed"] > 0
    assert steps.verify_store(grown)["is_sound"]
    assert {kind["removed"] for kind in steps.retain(later(grown), "thu")} == {0}


def test_the_command_asks_who_answers_for_it(
    grown: Settings, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    run = runner(monkeypatch, capfd, grown.database_url or "", grown.var_dir)
    monkeypatch.setenv("HEALTHBOOK_TODAY", LATER.isoformat())
    assert run("retention", "--apply").code == 2
    assert run("retention", "--actor", "thu").code == 2
    shown = run("retention")
    assert shown.code == 0, shown.words
    assert {kind["name"] for kind in shown.json["kinds"]} == {kind.name for kind in KINDS}
    assert run("retention", "--apply", "--actor", "thu").json["kinds"][0]["removed"] > 0
    monkeypatch.setenv("HEALTHBOOK_RETENTION_DAYS", '{"audit_event": 30}')
    refused = run("retention")
    assert (refused.code, refused.out) == (2, "")
    assert "1827" in refused.words


def test_a_damaged_and_a_lost_file_end_store_verify_with_1(
    grown: Settings, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    run = runner(monkeypatch, capfd, grown.database_url or "", grown.var_dir)
    assert run("store", "verify").code == 0
    [(damaged,), (lost,)] = read_rows(
        grown, "select sha256 from intake.batch where accepted > 0 order by batch_id limit 2"
    )
    raw = Path(grown.store_url) / "raw"
    [damaged_file], [lost_file] = raw.glob(f"{damaged}.*"), raw.glob(f"{lost}.*")
    content = bytearray(damaged_file.read_bytes())
    content[len(content) // 2] ^= 4
    damaged_file.write_bytes(content)
    lost_file.unlink()
    ended = run("store", "verify")
    assert ended.code == 1
    assert (ended.json["damaged"], ended.json["missing"]) == ([f"raw/{damaged}"], [f"raw/{lost}"])
