"""Merge, publish, score: links become books that readers see, and scores."""

import pyarrow as pa
from psycopg2.extensions import connection as Connection

from etl.books.build import build_books
from etl.contracts import PERSON_RECORD, REGISTER_PERSON, SOURCE_TABLES
from etl.engines.local import LocalEngine
from etl.errors import ConfigError
from etl.settings import Settings
from etl.steps.database import warehouse
from etl.steps.linkage_input import open_engine
from etl.steps.withdrawing import sql_for_standing
from etl.warehouse import batches, links, scores, withdrawals
from etl.warehouse.publish import BOOK_TABLES, publish_books
from etl.warehouse.store import Store


def merge(settings: Settings, run_id: int) -> None:
    """Build every book from records, open links and the register, beside those that readers see."""
    with warehouse(settings) as connection:
        links.lock_build(connection)  # else links of a newer build, or this one published meanwhile, would slip in
        run = links.read_run(connection, run_id)
        if _is_settled(connection, run):
            return
        with open_engine(settings) as engine, Store(settings).writing(f"books/{run_id}") as folder:
            _load_inputs(settings, connection, engine, run)
            engine.register("link", links.read_open_links(connection))
            build_books(engine)
            for table in BOOK_TABLES:
                columns = [field.name for field in table if field.name != "built_run_id"]
                constant = f", {run_id}::bigint as built_run_id" if table.name == "health_book" else ""
                engine.write_parquet(
                    f"select {', '.join(columns)}{constant} from {table.name}", folder / f"{table.name}.parquet"
                )
        links.mark_run(connection, run_id, "merged")


def publish(settings: Settings, run_id: int) -> int:
    """Let readers see the books of a build, all at once; gives how many books there are."""
    with warehouse(settings) as connection:
        links.lock_build(connection)
        run = links.read_run(connection, run_id)
        if _is_settled(connection, run):
            return run.books or 0
        if run.state != "merged":
            raise ConfigError(f"run {run_id}: its books are not built yet; expected state merged. Run merge first.")
        return publish_books(connection, run_id, Store(settings).path(f"books/{run_id}"))


def _is_settled(connection: Connection, run: links.Run) -> bool:
    """Whether the books of a build are published, or those of a newer one, which it must not replace; or whether it waits
    for approval, or was rejected, and has no books of its own."""
    return run.state not in ("linked", "merged") or links.is_overtaken(connection, run.run_id)


def _load_inputs(settings: Settings, connection: Connection, engine: LocalEngine, run: links.Run) -> None:
    """Make `people`, `person_record` and `staged_…` known to the engine: the register of the run, and accepted rows."""
    store = Store(settings)
    folders = [store.path(f"staged/{batch_id}") for batch_id in batches.read_accepted(connection)]
    people = (
        [store.path(f"register/{run.register_version}") / "register_person.parquet"] if run.register_version else []
    )
    engine.create_from_parquet("people", people, REGISTER_PERSON.arrow_schema)
    engine.register("moved_row", withdrawals.read_moved(connection))
    for table in SOURCE_TABLES:
        name = "person_record" if table is PERSON_RECORD else f"staged_{table.name}"
        paths = [path for folder in folders if (path := folder / f"{table.name}.parquet").exists()]
        empty = table.source_schema.append(pa.field("row_state", pa.string()))
        engine.create_from_parquet(f"all_{name}", paths, empty)
        engine.create(name, sql_for_standing(f"all_{name}", table.source_schema.names))


def score(settings: Settings, run_id: int) -> None:
    """Score the day over all that stands, and close the tasks whose data passes now."""
    from etl.quality.score import Measures
    from etl.quality.score import score as score_measures
    from etl.quality.tasks import close_tasks

    day = {"today": settings.day}
    with warehouse(settings) as connection:
        links.lock_build(connection)
        run = links.read_run(connection, run_id)
        if run.state in ("proposed", "rejected"):
            return
        if not _is_settled(connection, run):
            raise ConfigError(
                f"run {run_id}: its books are not published yet; expected state published. Run publish first."
            )
        measures = Measures(
            **{
                name: scores.read_query(connection, f"score_{name}", day)
                for name in ("rules", "senders", "coverage", "freshness")
            }
        )
        scores.write_scores(connection, settings.day, score_measures(measures, settings.day))
        tasks, findings = (scores.read_query(connection, f"task_{name}", {}) for name in ("open", "findings"))
        scores.close_tasks(connection, close_tasks(tasks, findings))
        links.mark_run(connection, run_id, "scored")


def read_run(settings: Settings, run_id: int) -> dict[str, object]:
    """A build's counts."""
    with warehouse(settings) as connection:
        return dict(links.read_run(connection, run_id).__dict__)
