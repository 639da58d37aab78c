"""The audit's chain: whatever a superuser does to it with all triggers off is found, and its order is that of the commits."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import psycopg2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg2.extensions import connection as Connection

from etl.errors import ConfigError, DependencyError, HealthbookError
from etl.warehouse import anchors
from etl.warehouse.audit import record
from etl.warehouse.audit_chain import MOST_TOLD, Head, Verified, hash_entry, read_head, verify
from etl.warehouse.connect import connect, ensure_database
from etl.warehouse.migrate import SQL_DIR, migrate
from tests.conftest import TEMPLATE, own_database

ENTRIES = 12
ODD = ("Đỗ Thị Mẫu 'x' \\ \"y\"", "", " ", "12:ab,", "\n\t", "😀", "-,")
OFF = "set session_replication_role = replica; alter table audit.event disable trigger all; alter table audit.chain disable trigger all"
ON = "alter table audit.event enable always trigger chained, enable always trigger append_only; alter table audit.chain enable always trigger append_only"


def write(url: str, count: int, actor: str = "thu") -> None:
    for number in range(count):
        with connect(url) as connection:
            record(connection, actor, "tested", f"person {number}", {"odd": ODD[number % len(ODD)], "number": number})


def check(url: str, known: list[Head] | None = None, first_no: int = 1) -> Verified:
    with connect(url) as connection:
        return verify(connection, known or [], first_no)


def kinds(found: Verified) -> set[str]:
    return {one.kind for one in found.breaks}


@contextmanager
def tampering(url: str) -> Iterator[Connection]:
    """A superuser with every trigger off, who puts them back as they were."""
    with connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(OFF)
        yield connection
        cursor.execute(ON)


def run(connection: Connection, statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)


@pytest.fixture(scope="module")
def written(server_url: str) -> Iterator[str]:
    """A chain of some entries, only to be copied."""
    with own_database(server_url, TEMPLATE) as url:
        write(url, ENTRIES)
        yield url


@pytest.fixture
def chain(written: str, server_url: str) -> Iterator[str]:
    with own_database(server_url, written.rpartition("/")[2]) as url:
        yield url


def test_a_chain_that_nobody_touched_holds(chain: str) -> None:
    found = check(chain)
    assert found.holds
    assert (found.entries, found.head.entry_no, found.clock_set_back, found.anchored_to) == (ENTRIES, ENTRIES, 0, 0)
    with connect(chain) as connection:
        assert read_head(connection) == found.head
    assert check(chain, [found.head]).anchored_to == ENTRIES


def test_the_first_hash_is_the_one_that_the_docstring_states(chain: str) -> None:
    with connect(chain) as connection, connection.cursor() as cursor:
        cursor.execute(
            "select c.chained_at, e.happened_at, event_id, actor, action, subject, detail, entry_hash"
            " from audit.chain c join audit.event e using (event_id) where entry_no = 1"
        )
        chained_at, happened_at, event_id, *words, stated = cursor.fetchone() or ()
    first = datetime(1970, 1, 1, tzinfo=UTC)
    clocks = [(moment - first) // timedelta(microseconds=1) for moment in (chained_at, happened_at)]
    values = ["0" * 64, "1", str(clocks[0]), str(event_id), str(clocks[1]), *words]
    assert stated == sha256("".join(f"{len(v.encode())}:{v}," for v in values).encode()).hexdigest()


def test_nulls_and_empty_texts_are_told_apart() -> None:
    assert len({hash_entry("0", 1, 2, 3, 4, "a", "b", "c", detail) for detail in (None, "", "-,", "0:,")}) == 4


def test_an_event_without_detail_is_chained(chain: str) -> None:
    with connect(chain) as connection:
        run(connection, "insert into audit.event (happened_at, actor, action, subject) values (now(), 'a', 'b', 'c')")
    assert check(chain).entries == ENTRIES + 1
    assert check(chain).holds


@pytest.mark.parametrize(
    "statement",
    [
        "update audit.chain set entry_hash = repeat('0', 64)",
        "delete from audit.chain",
        "truncate audit.chain",
        "set session_replication_role = replica; delete from audit.event",
        "set session_replication_role = replica; delete from audit.chain",
    ],
)
def test_the_chain_is_append_only(chain: str, statement: str) -> None:
    with connect(chain) as connection, pytest.raises(psycopg2.errors.InsufficientPrivilege):
        run(connection, statement)
    assert check(chain).holds


def test_an_application_cannot_write_an_entry_itself(chain: str, server_url: str) -> None:
    """It may insert events, which are chained for it, and nothing else."""
    with connect(chain) as connection:
        run(connection, "create role clerk; grant usage on schema audit to clerk; grant insert on audit.event to clerk")
    try:
        with connect(chain) as connection:
            run(connection, "set role clerk")
            record(connection, "thu", "tested", "person 1", {})
        assert check(chain).entries == ENTRIES + 1
        for statement in (
            "insert into audit.chain values (99, 1, now(), repeat('0', 64))",
            "select audit.chain_entry(row(1, now(), 'a', 'b', 'c', null)::audit.event)",
            "alter table audit.event disable trigger chained",
            "set session_replication_role = replica",
        ):
            with connect(chain) as connection:
                run(connection, "set role clerk")
                with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                    run(connection, statement)
    finally:
        with connect(chain) as connection:
            run(connection, "drop owned by clerk; drop role clerk")


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
MORE = "insert into audit.event values (777, now(), 'nobody', 'false', 'person 1', null);"
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


def test_a_clock_that_was_set_back_is_counted_and_no_break(chain: str) -> None:
    """An earlier migration's events may be older than the chain; here the last entry claims a later clock, then one comes."""
    with tampering(chain) as connection:
        run(connection, "delete from audit.chain where entry_no = %s", ENTRIES)
        run(
            connection,
            "insert into audit.chain select %(n)s, e.event_id, '2999-01-01', encode(sha256(convert_to("
            " audit.part(c.entry_hash) || audit.part('12') || audit.part('2999-01-01'::timestamptz)"
            " || audit.part(e.event_id::text) || audit.part(e.happened_at) || audit.part(e.actor) || audit.part(e.action)"
            " || audit.part(e.subject) || audit.part(e.detail), 'UTF8')), 'hex')"
            " from audit.chain c, audit.event e where c.entry_no = 11 and e.event_id = 12".replace(
                "%(n)s", str(ENTRIES)
            ),
        )
    write(chain, 2)
    found = check(chain)
    assert found.holds
    assert found.clock_set_back == 1


def test_connections_at_once_make_one_order(chain: str) -> None:
    """Transactions of several events each, some rolled back; in the chain each is whole, in the order of the commits."""
    workers, rounds = 6, 15

    def work(name: str) -> None:
        for number in range(rounds):
            try:
                with connect(chain) as connection:
                    for part in range(3):
                        record(connection, name, "worked", f"person {number}", {"part": part})
                    if number % 5 == 4:
                        raise RuntimeError
            except RuntimeError:
                pass

    threads = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = check(chain)
    kept = workers * (rounds - rounds // 5)
    assert found.holds
    assert (found.entries, found.clock_set_back) == (ENTRIES + 3 * kept, 0)
    with connect(chain) as connection, connection.cursor() as cursor:
        cursor.execute(
            "select actor, subject, detail::json ->> 'part' from audit.chain join audit.event using (event_id)"
            " where entry_no > %s order by entry_no",
            (ENTRIES,),
        )
        rows = cursor.fetchall()
    for start in range(0, len(rows), 3):
        assert [part for _, _, part in rows[start : start + 3]] == ["0", "1", "2"]
        assert len({row[:2] for row in rows[start : start + 3]}) == 1


def test_a_writer_that_waits_holds_up_nobody(chain: str) -> None:
    """An open transaction that audited takes no lock before it commits: others commit meanwhile, and come before it."""
    with connect(chain) as slow:
        record(slow, "slow", "tested", "person 1", {})
        write(chain, 1, actor="quick")
    with connect(chain) as connection, connection.cursor() as cursor:
        cursor.execute("select actor from audit.chain join audit.event using (event_id) order by entry_no desc limit 2")
        assert cursor.fetchall() == [("slow",), ("quick",)]
    assert check(chain).holds


def test_an_old_snapshot_may_not_fork_the_chain(chain: str) -> None:
    def write_late() -> None:
        with connect(chain) as old:
            old.set_session(isolation_level="REPEATABLE READ")
            run(old, "select 1 from audit.chain limit 1")
            write(chain, 1)
            record(old, "old", "tested", "person 1", {})

    with pytest.raises(DependencyError, match="SerializationFailure"):
        write_late()
    assert check(chain).holds


def test_nothing_stands_where_the_chain_cannot_be_written(chain: str) -> None:
    with connect(chain) as connection:
        run(connection, "alter table audit.chain add constraint full_disk check (entry_no <= 12)")

    def add_person() -> None:
        with connect(chain) as connection:
            run(connection, "insert into identity.person values (5, false)")
            record(connection, "thu", "tested", "person 5", {})

    with pytest.raises(HealthbookError, match="full_disk"):
        add_person()
    with connect(chain) as connection, connection.cursor() as cursor:
        cursor.execute("select count(*) from identity.person")
        assert cursor.fetchone() == (0,)


def test_events_from_before_the_chain_are_chained(empty_database_url: str, tmp_path: Path) -> None:
    (tmp_path / "migrations").mkdir()
    for path in (SQL_DIR / "migrations").iterdir():
        if path.name < "0007":
            (tmp_path / "migrations" / path.name).write_text(path.read_text())
    migrate_without_derived(empty_database_url, tmp_path)
    write(empty_database_url, 5)
    migrate(empty_database_url)
    write(empty_database_url, 2)
    found = check(empty_database_url)
    assert found.holds
    assert found.entries == 7


def migrate_without_derived(url: str, sql_dir: Path) -> None:
    """Only the schema: views and comments of today do not fit a database of then."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("etl.warehouse.migrate._renew_derived", lambda *_: None)
        migrate(url, sql_dir=sql_dir)


def test_anchors_of_a_file(chain: str, tmp_path: Path) -> None:
    place = str(tmp_path / "anchors.jsonl")
    assert anchors.read_anchors(place) == []
    heads = [Head(1, "a" * 64), check(chain).head]
    for head in heads:
        anchors.write_anchor(place, head, datetime.now(UTC))
    assert anchors.read_anchors(place) == heads
    assert json.loads(Path(place).read_text().splitlines()[0])["entry_no"] == 1
    assert kinds(check(chain, heads)) == {"anchor_differs"}
    with Path(place).open("a") as file:
        file.write('{"entry_no": 3, "entry_h')
    with pytest.raises(ConfigError, match="line 3"):
        anchors.read_anchors(place)
    with pytest.raises(ConfigError, match="anchors"):
        anchors.write_anchor(str(tmp_path / "no" / "such"), heads[0], datetime.now(UTC))


def test_anchors_of_another_database(server_url: str, chain: str) -> None:
    other = ensure_database(server_url, "anchors_elsewhere")
    assert anchors.read_anchors(other) == []
    head = check(chain).head
    for _ in range(2):
        anchors.write_anchor(other, head, datetime.now(UTC))
    assert anchors.read_anchors(other) == [head]


def test_from_an_anchor_on_only_what_is_new_is_read(chain: str) -> None:
    head = check(chain).head
    write(chain, 3)
    found = check(chain, [head], head.entry_no)
    assert (found.holds, found.entries, found.anchored_to, found.head.entry_no) == (True, 4, ENTRIES, ENTRIES + 3)
    with tampering(chain) as connection:
        run(connection, "update audit.event set actor = 'x' where event_id = %s", ENTRIES + 2)
    assert [one.entry_no for one in check(chain, [head], head.entry_no).breaks] == [ENTRIES + 2]
