"""The same rows give the same books, however they were cut and ordered, and in however many builds."""

import random
from pathlib import Path

from etl import steps
from etl.settings import Settings
from tests.pipeline.city import build, deliver, read_books, read_events, read_open_links, register_files_of
from tests.pipeline.conftest import Hamlet
from tests.pipeline.cuts import cut_anew


def test_other_cuts_and_another_order_give_the_same_books(
    hamlet: Hamlet, own_hamlet: Settings, empty_settings: Settings, tmp_path: Path
) -> None:
    build(own_hamlet)
    cuts = [cut for path in hamlet.files for cut in cut_anew(path, tmp_path / "cuts")]
    assert len(cuts) > len(hamlet.files) + 4
    random.Random(3).shuffle(cuts)
    receipts = deliver(empty_settings, cuts)
    assert {receipt.state for receipt in receipts} == {"accepted"}
    steps.load_register(empty_settings, register_files_of(hamlet.city)[0])
    build(empty_settings)

    assert read_open_links(empty_settings) == read_open_links(own_hamlet)
    events = read_events(own_hamlet)
    for table, rows in read_events(empty_settings).items():
        assert rows == events[table], f"{table} differs"
    assert sum(map(len, events.values())) > 500
    books = read_books(own_hamlet)
    assert len(books) > 100
    assert read_books(empty_settings) == books


def test_many_builds_are_one_build(hamlet: Hamlet, own_hamlet: Settings, empty_settings: Settings) -> None:
    snapshot, delta = register_files_of(hamlet.city)
    steps.load_register(own_hamlet, delta)
    build(own_hamlet)

    steps.load_register(empty_settings, snapshot)
    third = len(hamlet.files) // 3
    deliver(empty_settings, hamlet.files[2 * third :])
    build(empty_settings)
    deliver(empty_settings, hamlet.files[third : 2 * third])
    build(empty_settings)
    steps.load_register(empty_settings, delta)
    build(empty_settings)
    deliver(empty_settings, hamlet.files[:third])
    build(empty_settings)

    assert read_open_links(empty_settings) == read_open_links(own_hamlet)
    assert read_events(empty_settings) == read_events(own_hamlet)
    assert read_books(empty_settings) == read_books(own_hamlet)


def test_a_full_build_changes_nothing(own_hamlet: Settings) -> None:
    build(own_hamlet)
    before = read_open_links(own_hamlet), read_books(own_hamlet)
    run_id = steps.link(own_hamlet, full=True)
    steps.merge(own_hamlet, run_id)
    steps.publish(own_hamlet, run_id)
    assert (read_open_links(own_hamlet), read_books(own_hamlet)) == before
