"""Books built beside those that readers see: all of them, a partition of persons at a time, or those of persons touched."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
from psycopg2.extensions import connection as Connection

from etl.books.build import build_books
from etl.contracts import HEALTH_BOOK, Table
from etl.engines.local import LocalEngine
from etl.errors import HealthbookError
from etl.steps.book_inputs import (
    PAIRS,
    Inputs,
    base_folder,
    find_superseded,
    find_touched,
    input_schemas,
    load_inputs,
    read_pairs,
    rules_digest,
    sql_for_inputs,
)
from etl.warehouse.partitions import PARTITIONS
from etl.warehouse.publish import BOOK_TABLES, CHANGED, Plan, count_books, part_path, read_standing, read_standing_at

PARTED_RECORDS = 300_000
"""More records than these are made into books a partition at a time."""


def build_beside(inputs: Inputs, connection: Connection, folder: Path, scratch: Path) -> Plan:
    """Write books and events to `folder`, whose of them are new, the pairs that they were made from, and a plan of it all.

    Raises HealthbookError where a check fails: nothing is published then. `scratch` is for what is read once.
    """
    engine, work = inputs.engine, _Building(inputs, folder)
    load_inputs(inputs, read_pairs(connection))
    standing_before = count_books(connection)
    connection.commit()  # building takes minutes: no transaction stays open for so long
    before = base_folder(inputs)
    is_whole = before is None or not find_touched(inputs, before)
    is_parted = is_whole and engine.count("linked") > PARTED_RECORDS
    find_superseded(engine)
    if is_parted:
        for place in _each_place(engine, scratch):
            work.build(place, read_standing_at(connection, place))
    else:
        touched = "" if is_whole else "semi join touched using (person_id)"
        engine.create("wanted", f"select * from linked {touched}")
        for name, sql in sql_for_inputs().items():
            engine.create(name, sql)
        persons = None if is_whole else engine.query("select person_id from touched")
        work.build(0, read_standing(connection, persons))
    engine.write_parquet("select * from linked", folder / PAIRS)
    engine.write_parquet("select person_id from changed order by person_id", folder / CHANGED)
    plan = Plan(
        inputs.base.run_id if inputs.base else None,
        inputs.run.register_version,
        rules_digest(),
        list(inputs.accepted),
        is_parted,
        engine.count("changed"),
        standing_before + work.books_more,
        dict(work.rows),
        dict(work.person_sums),
    )
    plan.write(folder)
    return plan


def _each_place(engine: LocalEngine, scratch: Path) -> Iterator[int]:
    """Every partition's number, its inputs being known as `etl.books` calls them: memory holds one at a time."""
    engine.create_view("wanted", "select * from linked")
    for name, sql in sql_for_inputs().items():
        engine.scatter(sql, scratch / name, "place")
    for place in range(PARTITIONS):
        for name, schema in input_schemas().items():
            engine.gather(name, scratch / name, "place", place, schema)
        yield place


class _Building:
    """Builds books for some persons after others, checks them, writes them, and counts."""

    def __init__(self, inputs: Inputs, folder: Path) -> None:
        self._engine, self._run_id, self._folder = inputs.engine, inputs.run.run_id, folder
        self.rows: dict[str, list[int]] = defaultdict(list)
        self.person_sums: dict[str, list[int]] = defaultdict(list)
        self.books_more = 0
        for table in BOOK_TABLES:
            (folder / table.name).mkdir()
        self._engine.register("changed", pa.table({"person_id": pa.array([], pa.int64())}))

    def build(self, place: int, standing: pa.Table) -> None:
        """Build the books of the inputs at hand; `standing` are those that readers see of the same persons.

        A book that says what it said before keeps the number of the build that wrote it.
        """
        engine = self._engine
        engine.register("standing", standing)
        build_books(engine)
        _check(engine)
        engine.create("next_book", f"select b.*, {sql_for_build(self._run_id)} from health_book b {JOIN_STANDING}")
        engine.create(
            "changed_so_far",
            "select person_id from changed union all select coalesce(b.person_id, s.person_id) from health_book b"
            " full join standing s using (person_id) where b.lineage_digest is distinct from s.lineage_digest",
        )
        engine.create("changed", "select * from changed_so_far")
        for table in BOOK_TABLES:
            self._write(table, place)
        self.books_more += engine.count("health_book") - standing.num_rows

    def _write(self, table: Table, place: int) -> None:
        source = "next_book" if table is HEALTH_BOOK else table.name
        columns = ", ".join(field.name for field in table)
        # In the order of persons: so a person's rows lie on one page of PostgreSQL, and a day rewrites few pages.
        rows = f"select {columns} from {source} order by person_id"
        self._engine.write_parquet(rows, part_path(self._folder, table, place))
        counted = f"select count(*) as rows, coalesce(sum(person_id), 0) as person_sum from {source}"
        [counts] = self._engine.query(counted).to_pylist()
        self.rows[table.name].append(counts["rows"])
        self.person_sums[table.name].append(int(counts["person_sum"]))


JOIN_STANDING = "left join standing s using (person_id)"


def sql_for_build(run_id: int) -> str:
    """The build that last changed a book."""
    return (
        f"case when s.lineage_digest = b.lineage_digest then s.built_run_id else {run_id} end::bigint as built_run_id"
    )


def _check(engine: LocalEngine) -> None:
    """Raises HealthbookError where a record is lost or counted twice, or a row belongs to nobody's record."""
    engine.create_view("standing_link", "select * from link anti join superseded using (record_id)")
    [found] = engine.query("""
        select (select count(*) from standing_link) as records, (select sum(record_count) from health_book) as in_books,
            (select count(distinct person_id) from standing_link) as persons, (select count(*) from health_book) as books
        """).to_pylist()
    if (found["records"], found["persons"]) != (int(found["in_books"] or 0), found["books"]):
        raise HealthbookError(
            f"merge: {found['books']} books hold {found['in_books'] or 0} records; expected {found['persons']} books of"
            f" {found['records']} records. Nothing is published; report it with this line."
        )
    for table in BOOK_TABLES[1:]:
        [lost] = engine.query(
            f"select count(*) as rows from {table.name} anti join link using (person_id, record_id)"
        ).to_pylist()
        if lost["rows"]:
            raise HealthbookError(
                f"merge: {lost['rows']} rows of {table.name} come from no record of their person; expected none."
                " Nothing is published; report it with this line."
            )
