"""What a book said after any build can be read for ever, beside when it was true; nothing of it is changed."""

from pathlib import Path

import psycopg2
import pytest

from etl import steps
from etl.contracts import FIELD_VALUE
from etl.settings import Settings
from etl.warehouse import history
from tests.pipeline.city import build, read_opened, read_rows
from tests.pipeline.test_register import CHAU, DELTA, MORE, SNAPSHOT, write_register
from tests.pipeline.test_withdraw import LISTS, deliver_list, say

Page = set[tuple[object, ...]]
MOVED = "Nguyễn Văn An,05/03/1980,Nam,001080000017,Số 99 phố Huế,,20/09/2026"


def page_now(settings: Settings) -> Page:
    return set(read_opened(settings, FIELD_VALUE, "select person_id, field_name, value from book.person_page"))


def page_as_of(settings: Settings, run_id: int) -> Page:
    return set(
        read_opened(
            settings,
            FIELD_VALUE,
            "select person_id, field_name, value from book.field_timeline"
            f" where coalesce(known_from_run_id, 0) <= {run_id} and ({run_id} < known_to_run_id or known_to_run_id is null)",
        )
    )


@pytest.fixture
def lived(empty_settings: Settings, tmp_path: Path) -> tuple[Settings, dict[int, Page]]:
    """Books that came, changed, went and came back; what all of them showed after each build."""
    pages = {}
    steps.load_register(empty_settings, write_register(tmp_path / "register.csv", SNAPSHOT))
    deliver_list(empty_settings, tmp_path, "first", LISTS[0])

    def note() -> None:
        run_id = build(empty_settings)
        pages[run_id] = page_now(empty_settings)

    note()
    deliver_list(empty_settings, tmp_path, "second", LISTS[2])
    note()
    steps.load_register(empty_settings, write_register(tmp_path / "delta.csv", DELTA, MORE))
    note()
    for is_undo in (False, True):
        steps.withdraw(empty_settings, say(2, is_undo))
        note()
    for is_undo in (False, True):
        steps.withdraw(empty_settings, say(1, is_undo))
        steps.withdraw(empty_settings, say(2, is_undo))
        note()
    return empty_settings, pages


def test_every_build_can_be_read_again(lived: tuple[Settings, dict[int, Page]]) -> None:
    settings, pages = lived
    assert len(pages) == 7
    assert len(set(map(frozenset, pages.values()))) > 3
    for run_id, page in pages.items():
        assert page_as_of(settings, run_id) == page, f"build {run_id}"
    assert page_as_of(settings, min(pages) - 1) == pages[min(pages)], "the first build is the beginning"


def test_the_pages_of_some_persons_are_what_the_view_says_of_them(lived: tuple[Settings, dict[int, Page]]) -> None:
    columns = "person_id, field_name, " + ", ".join(history.COLUMNS)
    with steps.warehouse(lived[0]) as connection, connection.cursor() as cursor:
        cursor.execute(
            "create temp table chosen_person as select person_id from book.health_book where person_id <> %s", (CHAU,)
        )
        history.gather_pages(connection, "chosen_person", is_few=True)
        cursor.execute(f"select {columns} from ({history.PAGES}) p")
        own = set(cursor.fetchall())
        cursor.execute(f"select {columns} from book.person_page where person_id <> %s", (CHAU,))
        assert own == set(cursor.fetchall()) != set()


def test_only_changes_are_added_and_they_stay(lived: tuple[Settings, dict[int, Page]], tmp_path: Path) -> None:
    settings, pages = lived
    first, second = sorted(pages)[:2]
    added = dict(read_rows(settings, "select known_to_run_id, count(*)::int from book.field_history group by 1"))
    assert first not in added, "a first build adds nothing"
    assert read_rows(
        settings, f"select distinct field_name from book.field_history where known_to_run_id = {second}"
    ) == [("book",)]
    [number] = read_opened(
        settings,
        FIELD_VALUE,
        "select value, true_from::text, register_version, known_from_run_id, known_to_run_id, person_id, field_name"
        " from book.field_timeline"
        f" where person_id = {CHAU} and field_name = 'national_id' and known_to_run_id = {sorted(pages)[2]}",
    )
    assert number[:5] == ("001190000039", "2026-09-01", 1, None, sorted(pages)[2])
    before = read_rows(settings, "select count(*) from book.field_history")
    build(settings)
    assert read_rows(settings, "select count(*) from book.field_history") == before
    with steps.warehouse(settings) as connection, connection.cursor() as cursor:
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute("update book.field_history set value = null")
        connection.rollback()


def test_a_trace_tells_what_was_shown_before(lived: tuple[Settings, dict[int, Page]]) -> None:
    settings, _ = lived
    seen = steps.trace_field(settings, CHAU, "national_id", steps.Viewer("chief", "complaint 3"))
    assert "001190000039" in [row["value"] for row in seen["shown_before"]]
    assert "001190000039" in steps.field_text(seen)
    masked = steps.trace_field(settings, CHAU, "national_id")
    assert "001190000039" not in str(masked["shown_before"])


def test_a_new_key_is_no_change_of_what_was_known(lived: tuple[Settings, dict[int, Page]], tmp_path: Path) -> None:
    """Books that the new key seals say what those of the old one said; what changes then is told under both."""
    settings, pages = lived
    count = "select count(*)::int from book.field_history"
    before = read_rows(settings, count)
    steps.rotate_key(settings, "names", "chief")
    run_id = steps.link(settings, full=True)
    steps.merge(settings, run_id)
    steps.publish(settings, run_id)
    assert read_rows(settings, count) == before
    steps.withdraw(settings, say(2))
    build(settings)
    steps.withdraw(settings, say(2, True))
    build(settings)
    assert read_rows(settings, count) > before
    for is_resealed in (False, True):
        if is_resealed:
            assert steps.reseal(settings, "chief")["rows"] > 10
        assert page_now(settings) == pages[max(pages)]
        for known, page in pages.items():
            assert page_as_of(settings, known) == page, f"build {known}"
