"""The city that is kept beside the code, taken in twice: golden tables, every row accounted for, every value traced."""

import json
from collections import Counter
from hashlib import sha256

import duckdb
import pytest
from pyarrow import csv

from etl import steps
from etl.contracts import EVENT_TABLES, FIELD_VALUE
from etl.contracts.book import SURVIVORSHIP
from etl.warehouse.load import fetch_table
from etl.warehouse.store import Store
from tests.pipeline.city import CITY, files_of, read_rows, tables_that_differ
from tests.pipeline.conftest import City
from tests.pipeline.renew_golden import GOLDEN

pytestmark = pytest.mark.slow
SECTIONS = ("administrative", "allergies", "history", "immunisations", "encounters", "diagnoses_outside_encounters")


def test_tables_are_the_golden_ones(city: City) -> None:
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    differing = tables_that_differ(golden, city.first)
    assert not differing, (
        f"{', '.join(differing)} differ from golden.json (golden, found): {differing}. "
        "If that is meant: python -m tests.pipeline.renew_golden"
    )


def test_delivering_and_building_again_changes_no_table(city: City) -> None:
    assert not tables_that_differ(city.first, city.second)


def test_the_control_equation_holds_for_every_batch(city: City) -> None:
    batches = read_rows(city.settings, "select is_balanced, is_borne_out, state, rows_in from report.control_equation")
    assert len(batches) == len(files_of(CITY))
    assert {row[:3] for row in batches} == {(True, True, "accepted")}
    assert all(row[3] for row in batches)


def test_each_source_row_is_accepted_or_held_once(city: City) -> None:
    """By file and row number, as the truth has them: nothing is missing, nothing stands twice."""
    stored = Counter(
        read_rows(
            city.settings,
            """
        select b.sha256, r.row_no from intake.batch b join (
            select batch_id, row_no from intake.person_record
            union all select batch_id, row_no from intake.held_row) r using (batch_id)""",
        )
    )
    hashes = {path.relative_to(CITY).as_posix(): sha256(path.read_bytes()).hexdigest() for path in files_of(CITY)}
    truth = csv.read_csv(CITY / "truth" / "records.csv").select(["path", "row_no"]).to_pylist()
    assert stored == Counter((hashes[row["path"]], row["row_no"]) for row in truth)
    assert max(stored.values()) == 1


def staged(city: City, table: str) -> str:
    """All staged rows of a table, as DuckDB reads them."""
    return f"read_parquet('{city.settings.store_url}/staged/*/{table}.parquet', union_by_name = true)"


def test_each_value_shown_is_what_its_row_says(city: City) -> None:
    """Batch and row of the lineage lead to the staged row that holds, standardised, the very value."""
    with steps.warehouse(city.settings) as connection:
        shown = fetch_table(connection, "select * from book.field_value where value_rank = 1")
    shown = Store(city.settings).seals.open(FIELD_VALUE, shown)
    assert shown.num_rows > 1_000
    columns = ", ".join(f"{one.field_name}::varchar as {one.field_name}" for one in SURVIVORSHIP)
    with duckdb.connect() as engine:
        engine.register("shown", shown)
        engine.execute(
            f"create table stated as unpivot (select batch_id, row_no, record_id, row_state, {columns}"
            f" from {staged(city, 'person_record')})"
            f" on {', '.join(one.field_name for one in SURVIVORSHIP)} into name field_name value stated"
        )
        wrong = engine.sql("""
            select s.field_name, count(*) from shown s left join stated t using (batch_id, row_no, field_name)
            where t.record_id is distinct from s.record_id or t.row_state is distinct from 'accepted'
                or starts_with(t.stated, s.value) is distinct from true
                or (s.field_name <> 'birth_date' and t.stated is distinct from s.value)
            group by all""").fetchall()
    assert wrong == []


def test_each_event_stands_in_its_staged_file(city: City) -> None:
    with duckdb.connect() as engine:
        for table in EVENT_TABLES:
            with steps.warehouse(city.settings) as connection:
                engine.register("event", fetch_table(connection, f"select * from {table.qualified_name}"))
            key = [name for name in ("batch_id", "row_no", "line_no", "record_id") if name in table.arrow_schema.names]
            [(found, lost)] = engine.sql(f"""
                select (select count(*) from event), count(*) from event
                anti join (select * from {staged(city, table.name)} where row_state = 'accepted')
                using ({", ".join(key)})""").fetchall()
            assert found, f"{table.name} is empty"
            assert not lost, f"{table.name}: rows without a staged row"


def test_a_book_has_all_its_sections(city: City) -> None:
    [counts] = read_rows(
        city.settings, f"select count(*), {', '.join(f'count({name})' for name in SECTIONS)} from book.person_book"
    )
    assert len(set(counts)) == 1
    [filled] = read_rows(
        city.settings,
        "select "
        + ", ".join(f"count(*) filter (where {name}::text not in ('[]', '{{}}'))" for name in SECTIONS[:5])
        + " from book.person_book",
    )
    assert min(int(str(count)) for count in filled) > 0


def test_a_page_shows_each_field_with_its_source(city: City) -> None:
    """But that a person is provisional: nobody stated it, we found it."""
    sources = read_rows(
        city.settings,
        """
        select (batch_id is not null and row_no is not null and sender_code is not null)
                or register_version is not null,
            count(*), min(field_name), max(field_name), min(value), max(value)
        from book.person_page group by 1 order by 1""",
    )
    [unsourced, sourced] = sources
    assert unsourced[2:] == ("status", "status", "provisional", "provisional")
    assert int(str(sourced[1])) > 10_000
