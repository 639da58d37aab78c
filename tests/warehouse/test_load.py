"""What goes in by COPY comes out the same, for every type of the contracts and odd texts; see also the speed."""

import datetime as dt

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.contracts import SQL_TYPES
from etl.errors import HealthbookError
from etl.warehouse.connect import connect
from etl.warehouse.load import copy_table, fetch_table

SCHEMA = pa.schema([(f"c{place}", kind) for place, kind in enumerate(SQL_TYPES)])
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20) | st.sampled_from(
    ["", '"', '""', "\\N", "\\.", "\n", "\r\n", ",", "NULL", "{}", '{"a"}', "null", "t", " ", "\u2028", "Nguyễn Đức"]
)
CODES = st.sampled_from(["CS01929", "PX00004", "QH001", "NULL", "7", "-1.5", "CS1\n", ""])
MOMENTS = st.datetimes(dt.datetime(1, 1, 1), dt.datetime(9999, 12, 31))
VALUES = {
    pa.int16(): st.integers(-(2**15), 2**15 - 1),
    pa.int32(): st.integers(-(2**31), 2**31 - 1),
    pa.int64(): st.integers(-(2**63), 2**63 - 1),
    pa.float64(): st.floats(allow_nan=False),
    pa.string(): TEXTS,
    pa.bool_(): st.booleans(),
    pa.date32(): st.dates(),
    pa.timestamp("us"): MOMENTS,
    pa.timestamp("us", "UTC"): MOMENTS.map(lambda moment: moment.replace(tzinfo=dt.UTC)),
    pa.list_(pa.int32()): st.lists(st.none() | st.integers(-(2**31), 2**31 - 1), max_size=4),
    pa.list_(pa.string()): st.lists(st.none() | TEXTS, max_size=4) | st.lists(CODES, max_size=4),
}
ROW = {name: st.none() | VALUES[SCHEMA.field(name).type] for name in SCHEMA.names}
ROWS = st.lists(st.fixed_dictionaries(ROW), max_size=5)


@pytest.fixture(scope="module")
def connection(module_database_url: str):
    with connect(module_database_url) as opened:
        columns = ", ".join(f"c{place} {sql_type}" for place, sql_type in enumerate(SQL_TYPES.values()))
        with opened.cursor() as cursor:
            cursor.execute(f"create temp table odd ({columns})")
            cursor.execute("create temp table single (a text)")
        yield opened


def test_every_type_has_values() -> None:
    assert set(VALUES) == set(SQL_TYPES)


@settings(deadline=None, max_examples=60)
@given(rows=ROWS)
def test_what_goes_in_comes_out(connection, rows: list[dict]) -> None:
    table = pa.Table.from_pylist(rows, schema=SCHEMA)
    with connection.cursor() as cursor:
        cursor.execute("truncate odd")
    assert copy_table(connection, "odd", table) == len(rows)
    assert fetch_table(connection, "select * from odd", schema=SCHEMA).to_pylist() == rows
    assert fetch_table(connection, "select * from odd").schema == SCHEMA


@pytest.mark.parametrize("values", [[None], ["", None, ""], ["\\.", "a"], ["x" * 3_000_000]])
def test_a_single_column_keeps_every_row(connection, values: list[str | None]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("truncate single")
    copy_table(connection, "single", pa.table({"a": pa.array(values, pa.string())}))
    assert fetch_table(connection, "select a from single")["a"].to_pylist() == values


def test_parameters_are_bound_and_columns_chosen(connection) -> None:
    schema = pa.schema([("b", pa.int64()), ("a", pa.string())])
    fetched = fetch_table(connection, "select %s as a, 2 as b, 3 as c", ("'; drop table x; --",), schema)
    assert fetched.to_pylist() == [{"b": 2, "a": "'; drop table x; --"}]
    assert fetch_table(connection, "select 1 as a where 'x' like '%y'").num_rows == 0


def test_slices_batches_and_empty_tables_go_in(connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute("truncate odd")
    lists = pa.chunked_array([[[1], [2, 3]], [[4], None]], pa.list_(pa.int32()))
    place = list(SQL_TYPES).index(pa.list_(pa.int32()))
    table = pa.table({f"c{place}": lists})
    copy_table(connection, "odd", table.slice(1, 2))
    copy_table(connection, "odd", table.slice(3).to_batches()[0])
    copy_table(connection, "odd", table.slice(4))
    assert fetch_table(connection, f"select c{place} from odd")[f"c{place}"].to_pylist() == [[2, 3], [4], None]


def test_a_refused_row_is_told_without_its_values(database_url: str) -> None:
    ward = pa.table({"ward_code": ["00004"], "name": ["Bí mật"], "kind": ["Phường"]})
    with pytest.raises(HealthbookError, match=r"reference\.ward.*ward_pkey") as caught, connect(database_url) as opened:
        copy_table(opened, "reference.ward", ward)
    assert "00004" not in str(caught.value)
    assert "Bí mật" not in str(caught.value)
