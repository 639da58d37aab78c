"""What books are made of: accepted rows, open links and the register; and whose of these changed since the last books.

Beside every build lie the pairs of record and person that it was made from. A record or person whose pair is another now,
whose row of the register is, or who has an encounter that another record's delivery replaces or no longer does, is
*touched*: every other book is what it was, since a book is a function of its own person's inputs.
"""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
from psycopg2.extensions import connection as Connection

import etl.books
from etl.books.corrections import sql_for_superseded, sql_for_touched
from etl.contracts import PERSON_RECORD, REGISTER_PERSON, SOURCE_TABLES, Table
from etl.contracts.clinical import ENCOUNTER
from etl.engines.local import VERSION, LocalEngine
from etl.errors import HealthbookError
from etl.steps.withdrawing import sql_for_standing
from etl.warehouse import links
from etl.warehouse.partitions import sql_for_partition
from etl.warehouse.publish import BOOK_TABLES, PLAN, Plan
from etl.warehouse.store import Store

PAIRS = "linked.parquet"
OPEN_SCHEMA = pa.schema([("record_id", pa.int64()), ("person_id", pa.int64()), ("place", pa.int16())])
PAIR_SCHEMA = OPEN_SCHEMA.append(pa.field("batch_id", pa.int64()))
"""A record, its person, and the batch by which it stands: another one may do so when a batch is withdrawn."""
MOST_TOUCHED = 0.2
"""Where more of all persons were touched, everything is built anew: that reads each input once, in order."""


@dataclass(frozen=True)
class Inputs:
    """What one run of `merge` works with."""

    store: Store
    engine: LocalEngine
    run: links.Run
    base: links.Run | None
    """The build whose books readers see."""
    accepted: dict[int, int]
    """The accepted batches, and how many rows of each."""
    moved: pa.Table
    """Rows whose outcome is another than when they were staged, since batches were withdrawn or restored."""


def input_name(table: Table) -> str:
    """What `etl.books` calls the accepted rows of a source's table."""
    return "person_record" if table is PERSON_RECORD else f"staged_{table.name}"


def load_inputs(inputs: Inputs, open_links: pa.Table) -> None:
    """Make `all_…` known of each input: the register of the run, accepted rows; and `linked`, the pairs to make books of."""
    engine, store = inputs.engine, inputs.store
    folders = [store.path(f"staged/{batch_id}") for batch_id in inputs.accepted]
    engine.create_from_parquet("all_people", _register_files(inputs, inputs.run), REGISTER_PERSON.arrow_schema)
    engine.register("moved_row", inputs.moved)
    for table in SOURCE_TABLES:
        name = input_name(table)
        paths = [path for folder in folders if (path := folder / f"{table.name}.parquet").exists()]
        empty = table.source_schema.append(pa.field("row_state", pa.string()))
        engine.create_from_parquet(f"sent_{name}", paths, empty)
        engine.create_view(f"all_{name}", sql_for_standing(f"sent_{name}", table.source_schema.names))
    engine.register("open_link", open_links)
    engine.create("accepted_record", "select record_id, batch_id from all_person_record")
    _check_control_equation(inputs)
    engine.create("linked", "select l.*, r.batch_id from open_link l join accepted_record r using (record_id)")


def _check_control_equation(inputs: Inputs) -> None:
    """Raises HealthbookError where the accepted rows in the store are not as many as the batch counted."""
    counted = inputs.engine.query(
        "select batch_id, count(*) as rows from accepted_record group by batch_id"
    ).to_pylist()
    stored = {row["batch_id"]: row["rows"] for row in counted}
    wrong = sorted(batch for batch, rows in inputs.accepted.items() if stored.get(batch, 0) != rows)
    if wrong:
        raise HealthbookError(
            f"merge: batch {wrong[0]} has {stored.get(wrong[0], 0)} accepted rows in the store; expected"
            f" {inputs.accepted[wrong[0]]} ({len(wrong)} batches differ). Nothing was built; restore staged/{wrong[0]}."
        )


def _register_files(inputs: Inputs, run: links.Run) -> list[Path]:
    version = run.register_version
    return [] if version is None else [inputs.store.path(f"register/{version}") / "register_person.parquet"]


def rules_digest() -> str:
    """32 hex digits over the program that decides what books say, its engine, and their columns: other rules, other books."""
    parts = [path.read_bytes() for path in sorted(Path(etl.books.__path__[0]).glob("*.py"))]
    parts += [VERSION.encode()]
    parts += [str(table.arrow_schema).encode() for table in BOOK_TABLES]
    return sha256(b"\0".join(parts)).hexdigest()[:32]


def base_folder(inputs: Inputs) -> Path | None:
    """The folder of the build whose books readers see, where this one may go on from it; none where all is built anew."""
    if inputs.base is None or inputs.run.is_full or not inputs.store.complete(f"books/{inputs.base.run_id}"):
        return None
    folder = inputs.store.path(f"books/{inputs.base.run_id}")
    if not (folder / PLAN).exists():
        return None
    plan = Plan.read(folder)
    needed = [f"staged/{batch_id}" for batch_id in plan.batches]
    needed += [f"register/{plan.register_version}"] if plan.register_version else []
    return folder if plan.rules == rules_digest() and all(map(inputs.store.complete, needed)) else None


def find_touched(inputs: Inputs, before: Path) -> bool:
    """Make `touched` (`person_id`) of the persons whose books may differ from those made from the pairs in `before`.

    False where they are so many that everything is better built anew.
    """
    engine, base = inputs.engine, inputs.base
    assert base is not None
    engine.create_from_parquet("old_link", [before / PAIRS], PAIR_SCHEMA)
    engine.create_view("link", "select * from linked")
    engine.create(
        "changed_record",
        "select record_id from linked n join old_link o using (record_id) where n.batch_id <> o.batch_id",
    )
    folders = [inputs.store.path(f"staged/{batch}") for batch in sorted({*inputs.accepted, *Plan.read(before).batches})]
    paths = [path for folder in folders if (path := folder / f"{ENCOUNTER.name}.parquet").exists()]
    engine.create_from_parquet("visit_key", paths, ENCOUNTER.source_schema)
    engine.create_from_parquet("people_before", _register_files(inputs, base), REGISTER_PERSON.arrow_schema)
    is_same_register = base.register_version == inputs.run.register_version
    engine.create("changed_person", f"select person_id from ({sql_for_restated()}) where {not is_same_register}")
    engine.create("touched", sql_for_touched())
    counted = engine.query(
        "select (select count(*) from touched) as touched, count(distinct person_id) as persons from linked"
    )
    [count] = counted.to_pylist()
    return bool(count["touched"] <= MOST_TOUCHED * count["persons"])


def sql_for_restated() -> str:
    """One row per person of whom the register says something else than it did, or did not know before, or not any more."""
    return """
    select coalesce(n.person_id, o.person_id) as person_id
    from all_people n full join people_before o on n.person_id = o.person_id
    where n is distinct from o and coalesce(n.person_id, o.person_id) in (select person_id from linked)"""


def find_superseded(engine: LocalEngine) -> None:
    """Make `superseded`: the records whose visit a later delivery replaces, which may have been linked to another person.

    With these known a book depends on nothing but its own person's inputs.
    """
    engine.create_view("staged_encounter", "select * from all_staged_encounter")
    engine.create_view("person_record", "select * from all_person_record")
    engine.create("superseded", sql_for_superseded())


def sql_for_input(table: Table) -> str:
    """One row per accepted row of a source's table that stands, with its `place`; of the persons in `wanted`."""
    columns = ", ".join(f"i.{name}" for name in table.source_schema.names)
    return f"select {columns}, w.place from all_{input_name(table)} i join wanted w using (record_id)"


def input_schemas() -> dict[str, pa.Schema]:
    """Every input of `etl.books`, by its name there."""
    sources = {input_name(table): table.source_schema for table in SOURCE_TABLES}
    return {"people": REGISTER_PERSON.arrow_schema, "link": OPEN_SCHEMA, **sources}


def sql_for_inputs() -> dict[str, str]:
    """Every input of the books of the records in `wanted` (`record_id, person_id, place`), each row with its `place`."""
    people = (
        "select p.*, w.place from all_people p join (select distinct person_id, place from wanted) w using (person_id)"
    )
    return {
        "people": people,
        "link": f"select {', '.join(OPEN_SCHEMA.names)} from wanted",
        **{input_name(t): sql_for_input(t) for t in SOURCE_TABLES},
    }


def read_pairs(connection: Connection) -> pa.Table:
    """All open links: `OPEN_SCHEMA`."""
    return links.read_open_pairs(connection, sql_for_partition("person_id"), OPEN_SCHEMA)
