"""Two people split, a record moved, a batch withdrawn: each undone and done again, with the books of before and all of its history."""

from etl import steps
from etl.settings import Settings
from tests.pipeline.city import build, read_books, read_open_links, read_rows
from tests.review.village import DOUBLE, LAN, OTHER_LAN, SURE, history_of, links_of, record_of, rule


def state(settings: Settings) -> tuple[object, object]:
    """The digests of all books, and whose each record is."""
    return read_books(settings), [row[:3] for row in read_open_links(settings)]


def built(settings: Settings) -> tuple[object, object]:
    build(settings)
    return state(settings)


def test_a_split_is_undone_and_done_again_and_all_of_it_stays_on_record(settings: Settings) -> None:
    person = int(str(links_of(settings)[SURE][0]))
    whole = state(settings)
    rule(settings, SURE, "split")
    apart = built(settings)
    assert apart != whole
    rule(settings, SURE, "cannot_tell", person)
    assert built(settings) == whole
    rule(settings, SURE, "split", person)
    assert built(settings) == apart
    rule(settings, SURE, "cannot_tell", person)
    assert built(settings) == whole
    verdicts = read_rows(
        settings,
        f"select verdict from identity.ruling where record_id = {record_of(settings, SURE)} order by ruling_id",
    )
    assert verdicts == [("split",), ("cannot_tell",)] * 2
    assert len(history_of(settings, SURE)) >= 5, "each of them closed a link and opened the next"


def test_a_record_is_moved_back_and_forth(settings: Settings) -> None:
    first = state(settings)
    rule(settings, DOUBLE, "same", LAN)
    with_lan = built(settings)
    rule(settings, DOUBLE, "same", OTHER_LAN)
    with_other = built(settings)
    assert len({str(one) for one in (first, with_lan, with_other)}) == 3
    rule(settings, DOUBLE, "same", LAN)
    assert built(settings) == with_lan
    rule(settings, DOUBLE, "cannot_tell", LAN)
    assert built(settings) == first


def test_rulings_outlast_a_batch_that_goes_and_comes_back(settings: Settings) -> None:
    rule(settings, SURE, "split")
    rule(settings, DOUBLE, "same", OTHER_LAN)
    ruled = built(settings)
    [(batch_id,)] = read_rows(
        settings, f"select batch_id from intake.person_record where record_id = {record_of(settings, SURE)}"
    )
    steps.withdraw(settings, steps.Withdrawal(int(str(batch_id)), "chief", "sent by mistake"))
    gone = built(settings)
    assert links_of(settings) == {}
    assert gone != ruled
    steps.withdraw(settings, steps.Withdrawal(int(str(batch_id)), "chief", "it was right", is_undo=True))
    assert built(settings) == ruled
    run_id = steps.link(settings, full=True)
    if steps.read_run(settings, run_id)["state"] == "proposed":
        steps.approve(settings, run_id, "chief")
    steps.merge(settings, run_id)
    steps.publish(settings, run_id)
    assert state(settings) == ruled, "a full build says the same"
