"""The audit's chain: what is hashed, who may write it, and that its order is that of the commits; anchors."""

import json
import threading
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import psycopg2
import pytest

from etl.errors import ConfigError, DependencyError, HealthbookError
from etl.warehouse import anchors
from etl.warehouse.audit import record
from etl.warehouse.audit_chain import Head, hash_entry
from etl.warehouse.connect import connect, ensure_database
from etl.warehouse.migrate import SQL_DIR, migrate
from tests.warehouse.chains import ENTRIES, check, kinds, run, tampering, write


def test_a_chain_that_nobody_touched_holds(chain: str) -> None:
    found = check(chain)
    assert found.holds
    assert (found.entries, found.head.entry_no, found.clock_set_back, found.anchored_to) == (ENTRIES, ENTRIES, 0, 0)
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
        run(connection, "create role clerk; grant usage on schema audit to clerk; grant insert on audit.event to clerk;"
            " create policy clerk on audit.event for insert to clerk with check (true)")
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
