"""Register files in any order, and more than once, make the register that they make in order."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg2.extensions import connection as Connection

from etl.contracts import REGISTER_IDENTIFIER, REGISTER_PERSON
from etl.errors import DataError
from etl.warehouse.connect import connect
from etl.warehouse.load import fetch_table
from etl.warehouse.register_order import BEFORE_ALL, COLUMNS, RegisterFile, apply_file, day_key, register_key
from etl.warehouse.sealing import Seals
from tests.warehouse.register_oracle import File, Known, Row, know, last_rows

FIRST = date(2026, 1, 1)
PEOPLE, NUMBERS = range(1, 6), ("001080000001", "001080000002", "001080000003")


def day_of(day: int) -> date:
    return FIRST + timedelta(days=day)


def rows(kind: str) -> st.SearchStrategy[Row]:
    is_delta = kind == "delta"
    return st.builds(
        Row,
        person=st.sampled_from(PEOPLE),
        name=st.sampled_from(["An", "Bình"]),
        number=st.sampled_from([None, *NUMBERS]),
        status=st.sampled_from(["resident", "resident", "deceased", "cancelled"]),
        day=st.integers(1, 3) if is_delta else st.just(0),
        kind=st.sampled_from(["DINH_CHINH", "HOP_NHAT"]) if is_delta else st.none(),
        away=st.sampled_from(PEOPLE) if is_delta else st.none(),
    )


def tidy(file: File) -> File:
    """As a sender would write it: a merge names another number, and an ID in use is one person's of the file."""
    found = []
    for row in file.rows:
        is_merge = row.kind == "HOP_NHAT" and row.away != row.person
        found.append(row if is_merge else replace(row, away=None, kind=row.kind and "DINH_CHINH"))
    taken: dict[str, int] = {}
    for person, row in last_rows(File(file.kind, file.day, tuple(found))).items():
        if row.number and row.status != "cancelled" and taken.setdefault(row.number, person) != person:
            found[found.index(row)] = replace(row, number=None, name=f"{row.name} {person}")
    return File(file.kind, file.day, tuple(found))


def files(kind: str) -> st.SearchStrategy[File]:
    unique = (lambda row: row.person) if kind == "snapshot" else None
    drawn = st.lists(rows(kind), min_size=1, max_size=5, unique_by=unique)
    return st.builds(File, st.just(kind), st.integers(0, 5), drawn.map(tuple)).map(tidy).filter(is_right)


def is_right(file: File) -> bool:
    used = [row.number for row in last_rows(file).values() if row.number and row.status != "cancelled"]
    return len(used) == len(set(used))


def load(connection: Connection, seals: Seals, file: File, place: int) -> None:
    table = pa.table(
        {
            "person_id": pa.array([row.person for row in file.rows], pa.int64()),
            "full_name": [row.name for row in file.rows],
            "national_id": pa.array([row.number for row in file.rows], pa.string()),
            "status": [row.status for row in file.rows],
            "row_no": pa.array(range(2, len(file.rows) + 2), pa.int32()),
            "change_kind": pa.array([row.kind for row in file.rows], pa.string()),
            "merged_person_id": pa.array([row.away for row in file.rows], pa.int64()),
            "stated_key": pa.array([day_key(day_of(file.day)) + row.day for row in file.rows], pa.int64()),
        }
    )
    name = sha256(f"{place}".encode()).hexdigest()
    apply_file(connection, seals, RegisterFile(name, file.kind, day_of(file.day), "tester"), [table], 0.01)
    drop_staging(connection)


def drop_staging(connection: Connection) -> None:
    """What goes with the transaction; here one transaction loads many files."""
    with connection.cursor() as cursor:
        cursor.execute("drop view if exists statement")
        cursor.execute(
            "drop table if exists incoming, winner, remerged, stated_number, number, holder, moved_number cascade"
        )


def read(connection: Connection, seals: Seals) -> Known:
    people = fetch_table(connection, "select person_id, full_name, national_id, status from identity.register_person")
    persons = {
        row["person_id"]: (row["full_name"], row["national_id"], row["status"])
        for row in seals.open_rows(REGISTER_PERSON, people.to_pylist())
    }
    with connection.cursor() as cursor:
        cursor.execute("select person_id, merged_into from identity.register_standing where merged_into is not null")
        merged = dict(cursor.fetchall())
    known = fetch_table(connection, "select person_id, national_id, is_active from identity.register_identifier")
    numbers = {
        (row["person_id"], row["national_id"]): row["is_active"]
        for row in seals.open_rows(REGISTER_IDENTIFIER, known.to_pylist())
    }
    return Known(persons, merged, numbers)  # type: ignore[arg-type]


def empty(connection: Connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute("rollback to clean")


class Hashes:
    """The keyed hash of what a row says, which decides between two statements of one day."""

    def __init__(self, seals: Seals) -> None:
        self._seals = seals

    def __call__(self, row: Row) -> int:
        said = {"person_id": row.person, "full_name": row.name, "national_id": row.number, "status": row.status}
        return self._seals.number_of(
            chr(31).join(chr(30) if said.get(name) is None else str(said[name]) for name in COLUMNS)
        )


@pytest.fixture(scope="module")
def connection(module_database_url: str) -> Iterator[Connection]:
    with connect(module_database_url) as opened:
        opened.cursor().execute("savepoint clean")
        yield opened
        opened.rollback()


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    first=files("snapshot"),
    more=st.lists(st.one_of(files("delta"), files("delta"), files("snapshot")), max_size=5),
    order=st.randoms(use_true_random=False),
)
def test_any_order_and_repetition_makes_the_register_of_the_oracle(
    connection: Connection, seals: Seals, first: File, more: list[File], order: object
) -> None:
    empty(connection)
    expected = know([first, *more], Hashes(seals))
    sent = [*more, *more[:2]]
    order.shuffle(sent)  # type: ignore[attr-defined]
    for place, file in enumerate([first, *sent]):
        load(connection, seals, file, place)
    assert read(connection, seals) == expected


def test_a_snapshot_that_repeats_what_is_known_writes_nobody(connection: Connection, seals: Seals) -> None:
    empty(connection)
    everybody = tuple(Row(person, "An", None, "resident") for person in PEOPLE)
    load(connection, seals, File("snapshot", 1, everybody), 1)
    load(connection, seals, File("snapshot", 2, everybody), 2)
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*), max(r.register_version), max(stated_key) from identity.register_person r"
            " join identity.register_standing using (person_id)"
        )
        assert cursor.fetchone() == (5, 1, day_key(day_of(1)))
    late = File("delta", 1, (Row(1, "Bình", None, "resident", 1, "DINH_CHINH"),))
    load(connection, seals, late, 3)
    assert read(connection, seals).persons[1][0] == "An", "what the second snapshot repeated is newer than a delta before it"


def test_a_snapshot_that_would_remove_many_is_refused_until_confirmed(connection: Connection, seals: Seals) -> None:
    empty(connection)
    everybody = tuple(Row(person, "An", None, "resident") for person in PEOPLE)
    load(connection, seals, File("snapshot", 1, everybody), 1)
    few = pa.table({"person_id": [1], "status": ["resident"], "stated_key": pa.array([day_key(day_of(2))], pa.int64())})
    file = RegisterFile("f" * 64, "snapshot", day_of(2))
    with connection.cursor() as cursor:
        cursor.execute("savepoint before")
    with pytest.raises(DataError, match=r"remove 4 of 5 people \(80\.00%\)") as refused:
        apply_file(connection, seals, file, [few], 0.79)
    assert refused.value.rule_id == "register_removal"
    with connection.cursor() as cursor:
        cursor.execute("rollback to before")
    apply_file(connection, seals, file, [few], 0.8)
    drop_staging(connection)
    assert sorted(status for _, _, status in read(connection, seals).persons.values()) == ["cancelled"] * 4 + ["resident"]


def test_a_key_says_who_knew_more() -> None:
    days = [date(2026, 10, 1), date(2026, 10, 1), None, date(2026, 9, 1)]
    changes = [None, date(2026, 9, 5), date(2026, 9, 5), date(2926, 9, 5)]
    none, change, unsaid, future = register_key(
        pa.array(days, pa.date32()), pa.array(changes, pa.date32()), date(2026, 10, 1)
    ).to_pylist()
    assert BEFORE_ALL < future < none < change == unsaid
    assert none == day_key(date(2026, 10, 1))
    assert future - day_key(date(2026, 9, 1)) == (date(2026, 9, 1) - date(1900, 1, 1)).days
