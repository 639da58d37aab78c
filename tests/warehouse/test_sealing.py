"""Sealed fields: they open where they were sealed and nowhere else, under every key, and no table takes anything clear."""

from pathlib import Path

import psycopg2
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tink import daead

from etl.contracts import FIELD_VALUE, PERSON_RECORD, REGISTER_PERSON, SEALED_TABLES, Table
from etl.errors import DependencyError
from etl.settings import Settings
from etl.warehouse import keys, migrate
from etl.warehouse.connect import connect
from etl.warehouse.keys import KeyRing
from etl.warehouse.load import copy_table, fetch_table
from etl.warehouse.migrate import is_all_sealed
from etl.warehouse.resealing import note_all_sealed, reseal_all
from etl.warehouse.sealing import MARK, PREFIX_LENGTH, SEALED_NAMES, Seals
from etl.warehouse.store import Store

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
NAME, NUMBER = "Nguyễn Văn Mẫu", "001090000001"


@pytest.fixture
def own_settings(tmp_path: Path) -> Settings:
    return Settings(var_dir=tmp_path / "var")


def people(*names: str | None) -> pa.Table:
    return pa.table(
        {
            "person_id": pa.array(range(1, len(names) + 1), pa.int64()),
            "full_name": pa.array(names, pa.string()),
            "national_id": pa.array([NUMBER if name else None for name in names], pa.string()),
            "sex": pa.array(["male"] * len(names)),
        }
    )


@given(st.lists(st.none() | TEXTS, max_size=6))
def test_what_is_sealed_opens_as_it_was(seals: Seals, names: list[str | None]) -> None:
    rows = people(*names)
    stored = seals.seal(REGISTER_PERSON, rows)
    assert seals.open(REGISTER_PERSON, stored).select(rows.column_names).equals(rows)
    for batch in stored.to_batches():
        assert seals.open(REGISTER_PERSON, batch)["full_name"].to_pylist() == names
    opened = seals.open_rows(REGISTER_PERSON, stored.to_pylist())
    assert [row["full_name"] for row in opened] == names
    assert stored["sex"].equals(rows["sex"])
    assert all(text is None or text.startswith(seals.prefix) for text in stored["full_name"].to_pylist())


def test_a_value_shows_neither_itself_nor_that_two_people_share_it(seals: Seals) -> None:
    stored = seals.seal(REGISTER_PERSON, people(NAME, NAME))
    assert len(set(stored["full_name"].to_pylist())) == 2
    assert seals.seal(REGISTER_PERSON, people(NAME, NAME)).equals(stored), "built again it is the same"
    first, second = stored["national_id_hash"].to_pylist()
    assert first == second == seals.hash_of("national_id", NUMBER)
    assert first != seals.hash_of("insurance_no", NUMBER)
    assert NUMBER not in str(stored.to_pylist())


def test_a_value_moved_to_another_person_or_field_does_not_open(seals: Seals) -> None:
    stored = seals.seal_value("full_name", 1, NAME)
    assert seals.open_value("full_name", 1, stored) == NAME
    for field, owner in (("full_name", 2), ("address", 1)):
        with pytest.raises(DependencyError, match=f"value of {field} does not open"):
            seals.open_value(field, owner, stored)
    for broken in (stored[:-4], stored[:20] + ("A" if stored[20] != "A" else "B") + stored[21:], NAME, "", MARK):
        with pytest.raises(DependencyError) as told:
            seals.open_value("full_name", 1, broken)
        assert NAME not in str(told.value)


def test_only_values_of_fields_that_name_somebody_are_sealed_where_rows_name_them(seals: Seals) -> None:
    rows = pa.table({"person_id": [1, 1], "field_name": ["full_name", "sex"], "value": [NAME, "male"]})
    stored = seals.seal(FIELD_VALUE, rows)
    assert stored["value"].to_pylist() == [seals.seal_value("full_name", 1, NAME), "male"]
    assert seals.open(FIELD_VALUE, stored).equals(rows)
    assert seals.open_rows(FIELD_VALUE, stored.to_pylist()) == rows.to_pylist()


def test_a_new_key_seals_and_the_older_one_opens_until_it_is_lost(own_settings: Settings) -> None:
    ring = Store(own_settings).keys
    before = Seals(ring)
    old, number = before.seal_value("full_name", 1, NAME), ring.newest(keys.NAMES)
    ring.rotate(keys.NAMES)
    after = Seals(KeyRing(own_settings))
    assert after.prefix != before.prefix
    assert after.open_value("full_name", 1, old) == NAME
    rows = pa.table({"person_id": [1, 2], "full_name": [old, "Trần Thị Mẫu"]})
    anew = after.reseal(REGISTER_PERSON, rows)
    assert [text[:PREFIX_LENGTH] for text in anew["full_name"].to_pylist()] == [after.prefix] * 2
    assert after.open(REGISTER_PERSON, anew)["full_name"].to_pylist() == [NAME, "Trần Thị Mẫu"]
    only_newest = keys._only_newest(ring._keysets[keys.NAMES])
    wrapping = keys._wrapping(own_settings.keys_dir, None)
    keys._write(own_settings.keys_dir / "names.json", keys._wrapped(keys.NAMES, only_newest, wrapping))
    lost = Seals(KeyRing(own_settings))
    assert lost.open(REGISTER_PERSON, anew)["full_name"].to_pylist() == [NAME, "Trần Thị Mẫu"]
    with pytest.raises(DependencyError, match=f"sealed by key {number}, which is not among ours"):
        lost.open_value("full_name", 1, old)


def test_another_installation_opens_nothing(seals: Seals, own_settings: Settings) -> None:
    with pytest.raises(DependencyError):
        Store(own_settings).seals.open_value("full_name", 1, seals.seal_value("full_name", 1, NAME))


def test_what_is_stored_is_what_tink_makes_of_it(own_settings: Settings) -> None:
    ring = Store(own_settings).keys
    assert isinstance(ring.cipher(), daead.DeterministicAead)
    info = ring._keysets[keys.NAMES].keyset_info().key_info[0]
    assert info.type_url.endswith("AesSivKey")


@pytest.mark.parametrize("table", SEALED_TABLES, ids=lambda table: table.name)
def test_no_table_takes_a_name_in_clear(module_database_url: str, table: Table) -> None:
    for field in table.sealed_fields:
        for name in sorted(SEALED_NAMES) if field.named_by else [field.name]:
            row = {field.name: "Nguyễn", **({field.named_by: name} if field.named_by else {})}
            columns, places = ", ".join(row), ", ".join(["%s"] * len(row))
            with connect(module_database_url) as connection:
                cursor = connection.cursor()
                for other in table.stored_fields:
                    cursor.execute("savepoint before")
                    try:
                        cursor.execute(f"alter table {table.qualified_name} alter column {other.name} drop not null")
                    except psycopg2.Error:  # a key's
                        cursor.execute("rollback to before")
                with pytest.raises(psycopg2.errors.CheckViolation, match="sealed"):
                    cursor.execute(
                        f"insert into {table.qualified_name} ({columns}{keys_of(table, row)[0]})"
                        f" values ({places}{keys_of(table, row)[1]})",
                        list(row.values()),
                    )
                connection.rollback()


def keys_of(table: Table, row: dict[str, str]) -> tuple[str, str]:
    """The key's columns that the row lacks, and something to put there."""
    found = {field.name: field for field in table.stored_fields}
    names = [
        name for name in table.key if name not in row and not name.endswith(("batch_id", "ruling_id", "withdrawal_id"))
    ]
    values = ["'x'" if found[name].type == pa.string() else "1" for name in names]
    return "".join(f", {name}" for name in names), "".join(f", {value}" for value in values)


def test_rows_of_before_are_sealed_once_and_renewed_with_the_key(
    empty_database_url: str, own_settings: Settings
) -> None:
    """A database of the version before this one, with people in clear, becomes one that holds none."""
    store = Store(own_settings)
    migrate.migrate(empty_database_url, "0011")
    clear = pa.table({"person_id": [1, 2], "full_name": [NAME, "Trần Thị Mẫu"], "national_id": [NUMBER, None]})
    with connect(empty_database_url) as connection:
        connection.cursor().execute("insert into identity.person values (1, false), (2, false)")
        connection.cursor().execute(
            "insert into identity.register_version values (1, 'x', 'snapshot', '2026-01-01', 1, 1, now());"
            f"insert into identity.register_identifier values (1, '{NUMBER}', true, 1);"
            "insert into identity.run (is_full, model_version, input_digest, state, matched, in_review, unmatched, started_at)"
            " values (true, '1', 'd', 'scored', 0, 0, 0, now());"
            "insert into book.field_history (person_id, field_name, known_to_run_id, value)"
            f" values (1, 'full_name', 1, '{NAME}'), (1, 'sex', 1, 'male')"
        )
        copy_table(connection, "identity.register_person", clear.append_column("register_version", pa.array([1, 1])))
    migrate.migrate(empty_database_url)
    with connect(empty_database_url) as connection:
        assert not is_all_sealed(connection)
        assert reseal_all(connection, store.seals) == 4
        note_all_sealed(connection)
        assert is_all_sealed(connection)
        assert reseal_all(connection, store.seals) == 0
    assert read_people(empty_database_url, store.seals) == clear.to_pylist()
    store.keys.rotate(keys.NAMES)
    renewed = Store(own_settings).seals
    with connect(empty_database_url) as connection:
        assert (reseal_all(connection, renewed), reseal_all(connection, renewed)) == (4, 0)
        rows = fetch_table(connection, "select * from book.field_history order by field_name")
        assert rows["value"].to_pylist() == [renewed.seal_value("full_name", 1, NAME), "male"]
        hashes = fetch_table(connection, "select national_id_hash from identity.register_identifier")
        assert hashes["national_id_hash"].to_pylist() == [renewed.hash_of("national_id", NUMBER)]
    with connect(empty_database_url) as connection:
        with pytest.raises(psycopg2.errors.InsufficientPrivilege, match="never changed"):
            connection.cursor().execute("delete from book.field_history")
        connection.rollback()
    assert read_people(empty_database_url, renewed) == clear.to_pylist()


def read_people(url: str, seals: Seals) -> list[dict[str, object]]:
    with connect(url) as connection:
        rows = fetch_table(
            connection, "select person_id, full_name, national_id from identity.register_person order by person_id"
        )
    return seals.open(REGISTER_PERSON, rows).to_pylist()


def test_every_field_that_names_somebody_is_sealed_but_a_birth_date() -> None:
    clear = {f.name for f in PERSON_RECORD if f.privacy == "identifying" and not f.is_sealed}
    assert clear == {"birth_date"}
