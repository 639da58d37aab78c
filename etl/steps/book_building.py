"""Books built beside those that readers see: all of them, a partition of persons at a time, or those of persons touched."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from threading import Lock

import pyarrow as pa
import pyarrow.parquet as pq
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


@dataclass(frozen=True)
class Part:
    """What was built of some persons: rows and sums of persons by table; whose books are new, other or gone."""

    rows: dict[str, int]
    person_sums: dict[str, int]
    changed: pa.Table
    books_more: int
    """How many more books there are than before."""


def build_beside(inputs: Inputs, connection: Connection, folder: Path, scratch: Path) -> Plan:
    """Write books and events to `folder`, whose of them are new, the pairs that they were made from, and a plan of it all.

    Raises HealthbookError where a check fails: nothing is published then. `scratch` is for what is read once.
    """
    engine = inputs.engine
    load_inputs(inputs, read_pairs(connection))
    standing_before = count_books(connection)
    connection.commit()  # building takes minutes: no transaction stays open for so long
    before = base_folder(inputs)
    is_whole = before is None or not find_touched(inputs, before)
    is_parted = is_whole and engine.count("linked") > PARTED_RECORDS
    find_superseded(engine)
    for table in BOOK_TABLES:
        (folder / table.name).mkdir()
    if is_parted:
        parts = _build_parted(inputs, connection, folder, scratch)
    else:
        touched = "" if is_whole else "semi join touched using (person_id)"
        engine.create("wanted", f"select * from linked {touched}")
        for name, sql in sql_for_inputs().items():
            engine.create(name, sql)
        persons = None if is_whole else engine.query("select person_id from touched")
        parts = [_build_part(engine, inputs.run.run_id, folder, 0, read_standing(connection, persons))]
    engine.write_parquet("select * from linked", folder / PAIRS)
    changed = pa.concat_tables([part.changed for part in parts]).sort_by("person_id")
    pq.write_table(changed, folder / CHANGED)
    plan = Plan(
        inputs.base.run_id if inputs.base else None,
        inputs.run.register_version,
        rules_digest(),
        list(inputs.accepted),
        is_parted,
        changed.num_rows,
        standing_before + sum(part.books_more for part in parts),
        {table.name: [part.rows[table.name] for part in parts] for table in BOOK_TABLES},
        {table.name: [part.person_sums[table.name] for part in parts] for table in BOOK_TABLES},
    )
    plan.write(folder)
    return plan


def _build_parted(inputs: Inputs, connection: Connection, folder: Path, scratch: Path) -> list[Part]:
    """Every partition's books, as many partitions at a time as there are threads: memory holds no more."""
    engine = inputs.engine
    engine.create_view("wanted", "select * from linked")
    for name, sql in sql_for_inputs().items():
        engine.scatter(sql, scratch / name, "place")
    superseded, free, reading = engine.query("select * from superseded"), SimpleQueue[LocalEngine](), Lock()

    def build(place: int) -> Part:
        with reading:
            standing = read_standing_at(connection, place)
        own = free.get()
        try:
            own.register("superseded", superseded)
            for name, schema in input_schemas().items():
                own.gather(name, scratch / name, "place", place, schema)
            return _build_part(own, inputs.run.run_id, folder, place, standing)
        finally:
            free.put(own)

    with engine.split() as engines:
        for one in engines:
            free.put(one)
        pool = ThreadPoolExecutor(len(engines))
        try:
            return list(pool.map(build, range(PARTITIONS)))
        finally:
            pool.shutdown(cancel_futures=True)


def _build_part(engine: LocalEngine, run_id: int, folder: Path, place: int, standing: pa.Table) -> Part:
    """Build, check and write the books of the inputs at hand; `standing` are those that readers see of the same persons.

    A book that says what it said before keeps the number of the build that wrote it.
    """
    engine.register("standing", standing)
    build_books(engine)
    _check(engine)
    engine.create("next_book", f"select b.*, {sql_for_build(run_id)} from health_book b {JOIN_STANDING}")
    changed = engine.query(
        "select coalesce(b.person_id, s.person_id) as person_id from health_book b full join standing s using (person_id)"
        " where b.lineage_digest is distinct from s.lineage_digest"
    )
    books_more = engine.count("health_book") - standing.num_rows
    engine.drop("health_book", "shown", "part_digest")
    counts = {table.name: _write_part(engine, table, part_path(folder, table, place)) for table in BOOK_TABLES}
    return Part(
        {name: rows for name, (rows, _) in counts.items()},
        {name: person_sum for name, (_, person_sum) in counts.items()},
        changed,
        books_more,
    )


def _write_part(engine: LocalEngine, table: Table, path: Path) -> tuple[int, int]:
    """Write a table's rows of a part; gives how many, and the sum of their persons."""
    source = "next_book" if table is HEALTH_BOOK else table.name
    columns = ", ".join(field.name for field in table)
    # In the order of persons: so a person's rows lie on one page of PostgreSQL, and a day rewrites few pages.
    engine.write_parquet(f"select {columns} from {source} order by person_id", path)
    [counts] = engine.query(f"select count(*), coalesce(sum(person_id), 0) from {source}").to_pylist()
    rows, person_sum = counts.values()
    engine.drop(source)
    return rows, int(person_sum)


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
