"""What a reviewer decides binds at once and in every build to come; nothing that was believed is overwritten."""

import json

import psycopg2
import pytest

from etl import steps
from etl.contracts import RULING
from etl.errors import ConfigError
from etl.settings import Settings
from tests.pipeline.city import build, read_opened, read_rows
from tests.review.village import (
    AN,
    DEAD,
    DOUBLE,
    HOA,
    LAN,
    LENT,
    NEW,
    NEW_AGAIN,
    OTHER_LAN,
    SURE,
    TWIN,
    book_of,
    history_of,
    link_of,
    links_of,
    record_of,
    rule,
)


def rebuilt_in_full(settings: Settings) -> dict[object, tuple[object, ...]]:
    """What a full re-link believes, approved where it must be."""
    run_id = steps.link(settings, full=True)
    if steps.read_run(settings, run_id)["state"] == "proposed":
        steps.approve(settings, run_id, "thu")
    return links_of(settings)


def test_same_is_a_link_at_once_and_stays_one(settings: Settings) -> None:
    before = history_of(settings, DOUBLE)
    told = rule(settings, DOUBLE, "same", OTHER_LAN)
    assert told["link_after"] == {"decision": "match", "person_id": OTHER_LAN}
    assert link_of(settings, DOUBLE) == (OTHER_LAN, "match", "reviewer", "thu")
    at_once = history_of(settings, DOUBLE)
    build(settings)
    assert book_of(settings, OTHER_LAN) == [(1,)]
    assert rebuilt_in_full(settings)[DOUBLE] == (OTHER_LAN, "match", "reviewer", OTHER_LAN)
    assert history_of(settings, DOUBLE) == at_once, "builds find the link as the reviewer opened it"
    [old, new] = [json.loads(str(row)) for (row,) in at_once]
    [first] = [json.loads(str(row)) for (row,) in before]
    assert {**old, "closed_at": None, "closed_ruling_id": None} == first, "only its end was written"
    assert old["closed_ruling_id"] == new["opened_ruling_id"] == told["ruling_id"]
    assert old["closed_at"] == new["opened_at"]


def test_different_excludes_the_pair_for_good(settings: Settings) -> None:
    rule(settings, DOUBLE, "different", LAN)
    assert link_of(settings, DOUBLE)[1:] == ("none", "reviewer", "thu")
    build(settings)
    assert links_of(settings)[DOUBLE] == (OTHER_LAN, "match", "weight", OTHER_LAN), "of two namesakes one is left"
    rule(settings, DOUBLE, "split")
    build(settings)
    assert links_of(settings)[DOUBLE][1:] == ("none", "no_candidate", None)
    assert book_of(settings, OTHER_LAN) == []
    assert book_of(settings, LAN) == [(1,)], "of her own record"
    assert rebuilt_in_full(settings)[DOUBLE][1:] == ("none", "no_candidate", None)


def test_unmerging_is_closing_a_link_and_building(settings: Settings) -> None:
    """A sure link can be taken apart; put back, the books are what they were."""
    books = "select person_id, digest from book.health_book order by 1"
    before, links = read_rows(settings, books), links_of(settings)
    assert book_of(settings, AN) == [(1,)]
    rule(settings, SURE, "split")
    assert link_of(settings, SURE) == (-record_of(settings, SURE), "none", "reviewer", "thu")
    build(settings)
    assert book_of(settings, AN) == []
    assert links_of(settings)[SURE][1] in ("none", "review")
    rule(settings, SURE, "same", AN)
    build(settings)
    assert read_rows(settings, books) == before
    assert links_of(settings) == {**links, SURE: (AN, "match", "reviewer", AN)}


def test_a_record_is_split_from_a_provisional_person(settings: Settings) -> None:
    group, together = links_of(settings)[NEW][0], links_of(settings)[NEW_AGAIN][0]
    assert group == together
    other = NEW if group != -record_of(settings, NEW) else NEW_AGAIN
    rule(settings, other, "split")
    build(settings)
    assert links_of(settings)[other][0] == -record_of(settings, other)
    assert links_of(settings)[NEW][0] != links_of(settings)[NEW_AGAIN][0]
    rule(settings, other, "cannot_tell", int(str(group)))
    build(settings)
    assert links_of(settings)[NEW][0] == links_of(settings)[NEW_AGAIN][0], "what was split can be put back"


def test_the_one_that_names_the_group_can_be_split_from_it(settings: Settings) -> None:
    group = links_of(settings)[NEW][0]
    centre = NEW if group == -record_of(settings, NEW) else NEW_AGAIN
    rule(settings, centre, "split")
    build(settings)
    assert {links_of(settings)[row][0] for row in (NEW, NEW_AGAIN)} == {
        -record_of(settings, row) for row in (NEW, NEW_AGAIN)
    }


def test_cannot_tell_stays_in_the_queue_at_its_end(settings: Settings) -> None:
    first = steps.next_pairs(settings, "thu")["items"][0]
    rows = {record_of(settings, row): row for row in (DOUBLE, LENT, DEAD)}
    links = links_of(settings)
    rule(settings, rows[first["record_id"]], "cannot_tell", reason="too_little")
    assert links_of(settings) == links
    queue = steps.next_pairs(settings, "thu", 9)
    assert queue["waiting"] == 3
    assert [item["is_passed"] for item in queue["items"]] == [False, False, True]
    assert queue["items"][-1]["record_id"] == first["record_id"]
    build(settings)
    assert links_of(settings) == links


@pytest.mark.parametrize(
    ("rulings", "expected"),
    [
        ([("same", LAN), ("same", OTHER_LAN)], (OTHER_LAN, "match", "reviewer", OTHER_LAN)),
        ([("same", LAN), ("same", OTHER_LAN), ("different", OTHER_LAN)], (LAN, "match", "weight", LAN)),
        ([("different", LAN), ("same", LAN)], (LAN, "match", "reviewer", LAN)),
        ([("different", LAN), ("cannot_tell", LAN)], (None, "review", "weight", LAN)),
        ([("same", LAN), ("cannot_tell", LAN)], (None, "review", "weight", LAN)),
        ([("same", LAN), ("different", LAN), ("different", OTHER_LAN)], (None, "none", "no_candidate", None)),
    ],
)
def test_the_last_ruling_of_a_pair_counts_and_full_and_incremental_builds_agree(
    settings: Settings, rulings: list[tuple[str, int]], expected: tuple[object, ...]
) -> None:
    for verdict, person_id in rulings:
        rule(settings, DOUBLE, verdict, person_id)
    build(settings)
    after = links_of(settings)
    provisional = -record_of(settings, DOUBLE)
    assert after[DOUBLE] == (provisional if expected[0] is None else expected[0], *expected[1:])
    assert rebuilt_in_full(settings) == after
    one = read_rows(settings, "select record_id from identity.link where closed_at is null")
    assert len(one) == len({row for (row,) in one}) == 48


def test_a_ruling_taken_back_is_decided_anew_though_the_record_has_a_match_by_now(settings: Settings) -> None:
    """Of two namesakes one was ruled out, and the other was matched; ruled in again, the two fit alike as before."""
    links = links_of(settings)
    rule(settings, DOUBLE, "different", LAN)
    build(settings)
    assert links_of(settings)[DOUBLE][1] == "match"
    rule(settings, DOUBLE, "cannot_tell", LAN)
    build(settings)
    assert links_of(settings) == links
    assert rebuilt_in_full(settings) == links


def test_one_ruling_makes_one_build(settings: Settings) -> None:
    before = build(settings)
    rule(settings, LENT, "different")
    after = build(settings)
    assert (build(settings), after > before) == (after, True)


def test_same_holds_while_the_register_knows_the_person(settings: Settings) -> None:
    rule(settings, LENT, "same", TWIN)
    with steps.warehouse(settings) as connection, connection.cursor() as cursor:
        cursor.execute(f"update identity.register_person set status = 'cancelled' where person_id = {TWIN}")
    with pytest.raises(ConfigError, match="does not know"):
        rule(settings, SURE, "same", TWIN)
    from etl.warehouse import rulings

    with steps.warehouse(settings) as connection:
        assert rulings.read_rulings(connection).num_rows == 0
        with connection.cursor() as cursor:
            cursor.execute(f"update identity.register_person set status = 'resident' where person_id = {TWIN}")
        assert rulings.read_rulings(connection)["person_id"].to_pylist() == [TWIN]


def test_what_does_not_fit_is_refused_and_leaves_nothing(settings: Settings) -> None:
    refused: list[tuple[int, str, int | None, dict[str, object]]] = [
        (DOUBLE, "perhaps", LAN, {}),
        (DOUBLE, "same", LAN, {"reason": "because"}),
        (DOUBLE, "same", LAN, {"reason": "other"}),
        (DOUBLE, "same", LAN, {"actor": "engine"}),
        (DOUBLE, "same", LAN, {"actor": " "}),
        (DOUBLE, "same", 999_999, {}),
        (NEW, "same", None, {}),
        (NEW, "different", -17, {}),
        (SURE, "split", TWIN, {}),
        (SURE, "same", AN, {"sample_id": 7}),
    ]
    links = links_of(settings)
    for row, verdict, person_id, more in refused:
        with pytest.raises(ConfigError, match="; expected "):
            rule(settings, row, verdict, person_id, **more)
    assert read_rows(settings, "select count(*) from identity.ruling") == [(0,)]
    assert links_of(settings) == links


def test_rulings_and_samples_are_append_only(settings: Settings) -> None:
    rule(settings, DOUBLE, "same", LAN)
    steps.draw_sample(settings, 4, 1, "thu")
    with steps.warehouse(settings) as connection, connection.cursor() as cursor:
        for table in ("ruling", "review_sample"):
            for statement in (f"update identity.{table} set actor = 'x'", f"delete from identity.{table}"):
                cursor.execute("savepoint before")
                with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                    cursor.execute(statement)
                cursor.execute("rollback to before")


def test_every_ruling_is_audited_without_a_personal_value(settings: Settings) -> None:
    rule(settings, DOUBLE, "same", LAN, note="Bà Lê Thị Lan, số 3 phố Liễu Giai", reason="other")
    rule(settings, LENT, "cannot_tell", actor="hoa")
    events = read_rows(settings, "select actor, action, subject, detail from audit.event order by event_id")
    said = [row for row in events if str(row[1]).startswith(("review.", "links.ruled"))]
    assert [(row[0], row[1], row[2]) for row in said] == [
        ("thu", "review.decided", f"record {record_of(settings, DOUBLE)}"),
        ("thu", "links.ruled", f"record {record_of(settings, DOUBLE)}"),
        ("hoa", "review.decided", f"record {record_of(settings, LENT)}"),
    ]
    assert not any(name in str(events) for name in ("Lan", "Liễu Giai", "Cường"))
    query = "select note, record_id, person_id from identity.ruling where note is not null"
    assert read_opened(settings, RULING, query) == [
        ("Bà Lê Thị Lan, số 3 phố Liễu Giai", record_of(settings, DOUBLE), LAN)
    ]


def test_a_dead_persons_record_may_be_ruled_his(settings: Settings) -> None:
    """A veto keeps the engine from linking, and not a reviewer."""
    rule(settings, DEAD, "same")
    build(settings)
    assert links_of(settings)[DEAD] == (HOA, "match", "reviewer", HOA)
