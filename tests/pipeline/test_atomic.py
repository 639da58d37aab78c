"""A step that breaks leaves nothing half-written, and running it again gives what a clean run gives."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace

import pytest

from etl import steps
from etl.errors import ConfigError, DependencyError
from etl.settings import Settings
from etl.warehouse import batches, links, publish, register_order, scores
from etl.warehouse import tasks as kept_tasks
from etl.warehouse.load import copy_table
from tests.pipeline.city import (
    build,
    digest_tables,
    files_of,
    read_rows,
    read_tables,
    register_files_of,
    tables_that_differ,
)
from tests.pipeline.conftest import Hamlet


class BrokenError(Exception):
    """A power cut, as far as the steps are concerned."""


def break_copy(monkeypatch: pytest.MonkeyPatch, module: object, at_call: int) -> None:
    """Let the n-th COPY of a module write its rows and then break."""
    calls = 0

    def copy_or_break(*arguments: object) -> int:
        nonlocal calls
        calls += 1
        rows = copy_table(*arguments)  # type: ignore[arg-type]  # passed through as they came
        if calls == at_call:
            raise BrokenError
        return rows

    for one in getattr(module, "modules", (module,)):
        monkeypatch.setattr(one, "copy_table", copy_or_break)


def breaks_at_every_copy(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, module: object, step: Callable[[], object]
) -> int:
    """Run a step once for each of its COPYs, which breaks there, and see that no table changed; gives their number."""
    before = read_tables(settings)
    for at_call in range(1, 50):
        with monkeypatch.context() as patch:
            break_copy(patch, module, at_call)
            try:
                step()
            except BrokenError:
                assert read_tables(settings) == before, f"half-written after COPY {at_call}"
                continue
        return at_call - 1
    raise AssertionError("it never ends")


def test_taking_in_is_whole_or_not_at_all(
    hamlet: Hamlet, empty_settings: Settings, own_hamlet: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = max((path for path in hamlet.files if path.suffix == ".csv"), key=lambda path: path.stat().st_size)
    batch_id = steps.register_file(empty_settings, path, path.parent.name)
    both = SimpleNamespace(modules=(batches, kept_tasks))
    copies = breaks_at_every_copy(monkeypatch, empty_settings, both, lambda: steps.take_in(empty_settings, batch_id))
    [once] = read_rows(
        own_hamlet,
        f"select rows_in, accepted, quarantined, duplicate from intake.batch"
        f" where sha256 = '{sha256(path.read_bytes()).hexdigest()}' and sender_code = '{path.parent.name}'",
    )
    held = once[2] + once[3]
    assert copies == (4 if held else 3), "records, held rows, findings, tasks"
    assert read_rows(empty_settings, "select rows_in, accepted, quarantined, duplicate from intake.batch") == [once]
    assert read_rows(empty_settings, "select is_balanced and is_borne_out from report.control_equation") == [(True,)]


def test_a_build_is_whole_or_not_at_all(own_hamlet: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """At each COPY of each step; afterwards all is as after a build that nothing disturbed."""
    assert breaks_at_every_copy(monkeypatch, own_hamlet, links, lambda: steps.link(own_hamlet)) == 1
    run_id = steps.link(own_hamlet)
    before = read_tables(own_hamlet)
    with monkeypatch.context() as patch:
        patch.setattr(links, "mark_run", _break)
        with pytest.raises(BrokenError):
            steps.merge(own_hamlet, run_id)
    assert read_tables(own_hamlet) == before
    steps.merge(own_hamlet, run_id)
    assert breaks_at_every_copy(monkeypatch, own_hamlet, publish, lambda: steps.publish(own_hamlet, run_id)) > 8
    assert breaks_at_every_copy(monkeypatch, own_hamlet, scores, lambda: steps.check_warehouse(own_hamlet, run_id)) == 1
    assert breaks_at_every_copy(monkeypatch, own_hamlet, scores, lambda: steps.score(own_hamlet, run_id)) == 1
    [(links_open, books)] = read_rows(
        own_hamlet,
        "select (select count(*) from identity.link where closed_at is null), (select count(*) from book.health_book)",
    )
    assert read_rows(
        own_hamlet,
        "select matched + in_review + unmatched, books, state from identity.run order by run_id desc limit 1",
    ) == [(links_open, books, "scored")]
    after = digest_tables(own_hamlet)
    build(own_hamlet)
    assert not tables_that_differ(after, digest_tables(own_hamlet))


def _break(*_: object) -> None:
    raise BrokenError


def test_a_write_of_books_that_breaks_off_is_not_published(
    own_hamlet: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even when a later step is called: it says what must be run first."""
    run_id = steps.link(own_hamlet)
    with monkeypatch.context() as patch:
        patch.setattr("etl.steps.book_building.build_books", _break)
        with pytest.raises(BrokenError):
            steps.merge(own_hamlet, run_id)
    with pytest.raises(ConfigError, match="Run merge first"):
        steps.publish(own_hamlet, run_id)
    with pytest.raises(ConfigError, match="Run publish first"):
        steps.score(own_hamlet, run_id)
    assert not (Path(own_hamlet.store_url) / "books" / str(run_id)).exists()


def test_an_older_build_that_was_cut_off_does_not_replace_newer_books(hamlet: Hamlet, own_hamlet: Settings) -> None:
    older = steps.link(own_hamlet)
    steps.merge(own_hamlet, older)
    steps.load_register(own_hamlet, register_files_of(hamlet.city)[1])
    newer = build(own_hamlet)
    assert newer > older
    books = read_rows(own_hamlet, "select * from book.health_book order by person_id")
    steps.publish(own_hamlet, older)
    steps.score(own_hamlet, older)
    assert read_rows(own_hamlet, "select * from book.health_book order by person_id") == books


def test_a_register_is_loaded_whole_or_not_at_all(
    hamlet: Hamlet, own_hamlet: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    delta = register_files_of(hamlet.city)[1]
    assert (
        breaks_at_every_copy(monkeypatch, own_hamlet, register_order, lambda: steps.load_register(own_hamlet, delta))
        == 1
    )
    assert steps.load_register(own_hamlet, delta).state == "known"


def test_a_lost_staged_file_is_told_and_nothing_is_built(own_hamlet: Settings) -> None:
    """Rather no build than one without the rows of a batch."""
    next((Path(own_hamlet.store_url) / "staged").glob("*/person_record.parquet")).unlink()
    before = read_tables(own_hamlet)
    with pytest.raises(DependencyError, match="not whole"):
        steps.link(own_hamlet)
    assert read_tables(own_hamlet) == before


def test_a_file_that_is_refused_leaves_its_reason_alone(
    hamlet: Hamlet, empty_settings: Settings, tmp_path: Path
) -> None:
    envelope = next(path for path in files_of(hamlet.city) if path.suffix == ".xml")
    broken = tmp_path / "broken.xml"
    broken.write_bytes(envelope.read_bytes()[:-500])
    receipt = steps.receive(empty_settings, broken, envelope.parent.name)
    assert (receipt.state, receipt.refusal_rule_id, receipt.rows_in, receipt.findings) == (
        "refused",
        "xml_truncated",
        0,
        (),
    )
    assert read_rows(empty_settings, "select count(*) from intake.person_record") == [(0,)]
    assert steps.receive(empty_settings, broken, envelope.parent.name) == receipt


def test_a_register_file_older_than_what_stands_changes_nobody(
    hamlet: Hamlet, own_hamlet: Settings, tmp_path: Path
) -> None:
    delta = register_files_of(hamlet.city)[1]
    steps.load_register(own_hamlet, delta)
    before = read_rows(own_hamlet, "select * from identity.register_person order by person_id")
    assert steps.load_register(own_hamlet, delta).state == "known"
    older = tmp_path / "older.csv"
    older.write_text(delta.read_text(encoding="utf-8").replace("20261001", "20260915"), encoding="utf-8")
    assert steps.load_register(own_hamlet, older).state == "loaded"
    assert read_rows(own_hamlet, "select * from identity.register_person order by person_id") == before
