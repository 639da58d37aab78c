"""Whatever a superuser does to the audit with all triggers off is found; what no chain can show, by an anchor."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg2.extensions import connection as Connection

from etl.warehouse.audit_chain import MOST_TOLD, Head, Verified, verify
from etl.warehouse.connect import connect
from tests.warehouse.chains import ENTRIES, MORE, OFF, ON, check, kinds, run, tampering, write

change = st.sampled_from(
    ["actor", "action", "subject", "detail", "happened_at", "chained_at", "entry_hash", "event_id"]
)
tamper = st.one_of(
    st.tuples(st.just("delete event"), st.integers(1, ENTRIES)),
    st.tuples(st.just("delete entry"), st.integers(1, ENTRIES)),
    st.tuples(st.just("delete both"), st.integers(1, ENTRIES - 1)),
    st.tuples(st.just("change"), st.integers(1, ENTRIES), change),
    st.tuples(st.just("swap"), st.integers(1, ENTRIES), st.integers(1, ENTRIES)).filter(lambda it: it[1] != it[2]),
    st.tuples(st.just("swap entries"), st.integers(1, ENTRIES), st.integers(1, ENTRIES)).filter(
        lambda it: it[1] != it[2]
    ),
    st.tuples(st.just("insert"), st.integers(1, ENTRIES)),
    st.tuples(st.just("insert with entry"), st.integers(1, ENTRIES)),
    st.tuples(st.just("renumber"), st.integers(1, ENTRIES)),
)
CHANGES = {
    "actor": "update audit.event set actor = actor || 'x' where event_id = {event}",
    "action": "update audit.event set action = 'nothing' where event_id = {event}",
    "subject": "update audit.event set subject = 'person 999' where event_id = {event}",
    "detail": "update audit.event set detail = null where event_id = {event}",
    "happened_at": "update audit.event set happened_at = happened_at - interval '1 microsecond' where event_id = {event}",
    "chained_at": "update audit.chain set chained_at = chained_at + interval '1 microsecond' where entry_no = {n}",
    "entry_hash": "update audit.chain set entry_hash = encode(sha256('x'), 'hex') where entry_no = {n}",
    "event_id": "update audit.event set event_id = 999 where event_id = {event};"
    " update audit.chain set event_id = 999 where entry_no = {n}",
}
SWAP_EVENTS = """
    with a as (select * from audit.event where event_id = {event}), b as (select * from audit.event where event_id = {other})
    update audit.event e set actor = o.actor, subject = o.subject, detail = o.detail, happened_at = o.happened_at
    from (select {other} as is_now, a.* from a union all select {event}, b.* from b) o where e.event_id = o.is_now"""
SWAP_ENTRIES = """
    update audit.chain set entry_no = -1 where entry_no = {n}; update audit.chain set entry_no = {n} where entry_no = {m};
    update audit.chain set entry_no = {m} where entry_no = -1"""
INSERT_ENTRY = (
    MORE
    + """
    update audit.chain set entry_no = -entry_no where entry_no >= {n};
    update audit.chain set entry_no = 1 - entry_no where entry_no < 0;
    insert into audit.chain select {n}, 777, chained_at, encode(sha256('forged'), 'hex') from audit.chain where entry_no = {m}"""
)


def statement_of(how: str, n: int, more: object) -> str:
    m = more if isinstance(more, int) else (n + 1 if n < ENTRIES else 1)
    event = "(select event_id from audit.chain where entry_no = {})"
    values = {"n": n, "m": m, "event": event.format(n), "other": event.format(m)}
    remove = "delete from audit.event where event_id = {event}; delete from audit.chain where entry_no = {n}"
    statements = {
        "delete event": "delete from audit.event where event_id = {event}",
        "delete entry": "delete from audit.chain where entry_no = {n}",
        "delete both": remove,
        "swap": SWAP_EVENTS,
        "swap entries": SWAP_ENTRIES,
        "insert": MORE,
        "insert with entry": INSERT_ENTRY,
        "renumber": "update audit.chain set entry_no = entry_no + 100 where entry_no = {n}",
        "change": CHANGES.get(str(more), ""),
    }
    return statements[how].replace("{event}", values["event"]).replace("{other}", values["other"]).format(**values)


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(tamper, min_size=1, max_size=2))
def test_any_tampering_is_found(chain: str, steps: list[tuple]) -> None:
    """Without an anchor, unless all that was done is a cut tail. It is rolled back: the next example finds the chain whole."""
    head = check(chain).head
    with tampering_undone(chain) as connection:
        before = contents(connection)
        try:
            for how, n, *more in steps:
                run(connection, statement_of(how, n, more[0] if more else None))
        except psycopg2.errors.IntegrityError:
            return  # the second did not fit after the first
        after = contents(connection)
        if after == before:
            return  # twice the same swap
        run(connection, ON)
        is_cut = after == before[: len(after)]
        found = verified_inside(connection, [head] if is_cut else [])
        assert not found.holds
        assert "guard_off" not in kinds(found)


@contextmanager
def tampering_undone(url: str) -> Iterator[Connection]:
    with connect(url) as connection:
        run(connection, OFF)
        run(connection, "alter table audit.chain drop constraint if exists counts_from_one")
        yield connection
        connection.rollback()


def verified_inside(connection: Connection, known: list[Head]) -> Verified:
    """`verify` within the transaction that tampered."""

    class Within:
        def set_session(self, **_: object) -> None:
            pass

        def cursor(self, *names: str) -> object:
            return connection.cursor(*names)

    return verify(Within(), known)  # type: ignore[arg-type]  # the same connection, whose transaction goes on


def contents(connection: Connection) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select c, e from audit.chain c full join audit.event e using (event_id) order by entry_no, event_id"
        )
        return cursor.fetchall()


@pytest.mark.parametrize(
    ("steps", "kind", "where"),
    [
        ([("delete event", 5)], "event_removed", 5),
        ([("delete both", 5)], "removed", 5),
        ([("change", 5, "detail")], "changed", 5),
        ([("insert", 5)], "unchained", None),
        ([("swap", 5, 9)], "changed", 5),
    ],
)
def test_it_says_which_entry(chain: str, steps: list[tuple], kind: str, where: int | None) -> None:
    with tampering(chain) as connection:
        for how, n, *more in steps:
            run(connection, statement_of(how, n, more[0] if more else None))
    found = check(chain)
    assert (found.breaks[0].kind, found.breaks[0].entry_no) == (kind, where)
    assert found.break_count == (2 if steps[0][0] == "swap" else 1)


def test_a_trigger_that_is_off_is_told(chain: str) -> None:
    with connect(chain) as connection:
        run(connection, "alter table audit.event disable trigger chained")
    assert [one.guard for one in check(chain).breaks] == ["audit.event.chained"]


@pytest.mark.parametrize("cut", [1, 3, ENTRIES])
def test_a_cut_tail_is_found_by_an_anchor_alone(chain: str, cut: int) -> None:
    head = check(chain).head
    with tampering(chain) as connection:
        run(connection, "delete from audit.chain where entry_no > %s", ENTRIES - cut)
        run(
            connection,
            "delete from audit.event e where not exists (select from audit.chain c where c.event_id = e.event_id)",
        )
    assert check(chain).holds, "nobody can tell from within"
    found = check(chain, [head])
    assert [(one.kind, one.entry_no, one.last_no) for one in found.breaks] == [
        ("tail_removed", ENTRIES - cut + 1, ENTRIES)
    ]


def test_a_chain_that_was_hashed_anew_is_found_by_an_anchor_alone(chain: str) -> None:
    """Entry 4 is changed, and it and all after it are chained again, as their owner can."""
    anchored = check(chain).head
    with tampering(chain) as connection:
        run(connection, "update audit.event set actor = 'somebody else' where event_id = 4")
        run(
            connection, "create temp table again on commit drop as select event_id from audit.chain where entry_no >= 4"
        )
        run(connection, "delete from audit.chain where entry_no >= 4")
        run(
            connection,
            "do $$ declare entry audit.event; begin for entry in select e.* from audit.event e join again using (event_id)"
            " order by event_id loop perform audit.chain_entry(entry); end loop; end $$",
        )
    assert check(chain).holds, "nobody can tell from within"
    assert [(one.kind, one.entry_no) for one in check(chain, [anchored]).breaks] == [("anchor_differs", ENTRIES)]


def test_an_event_hidden_behind_an_entry_without_a_number_is_found(chain: str) -> None:
    with tampering(chain) as connection:
        run(connection, "alter table audit.chain drop constraint chain_pkey, drop constraint counts_from_one")
        run(connection, "alter table audit.chain alter column entry_no drop not null")
        run(connection, MORE)
        run(connection, "insert into audit.chain values (null, 777, now(), repeat('0', 64))")
    assert kinds(check(chain)) == {"unchained"}


def test_endless_time_is_a_change_like_any_other(chain: str) -> None:
    with tampering(chain) as connection:
        run(connection, "update audit.event set happened_at = 'infinity' where event_id = 3")
        run(connection, "update audit.chain set chained_at = '-infinity' where entry_no = 6")
    assert [one.entry_no for one in check(chain).breaks] == [3, 6]


def test_many_breaks_are_counted_and_some_told(chain: str) -> None:
    write(chain, MOST_TOLD)
    with tampering(chain) as connection:
        run(connection, "update audit.event set actor = 'x'")
    found = check(chain)
    assert (found.break_count, len(found.breaks)) == (ENTRIES + MOST_TOLD, MOST_TOLD)
