"""Merge, publish, score: links become books that readers see, and scores."""

import tempfile
from pathlib import Path

from psycopg2.extensions import connection as Connection

from etl.errors import ConfigError
from etl.settings import Settings
from etl.steps.book_building import build_beside
from etl.steps.book_inputs import Inputs
from etl.steps.database import url_of, warehouse, warehouse_alone
from etl.steps.linkage_input import open_engine
from etl.steps.tasks import keep_standing_tasks
from etl.warehouse import batches, links, scores, withdrawals
from etl.warehouse.publish import Plan, publish_books
from etl.warehouse.store import Store


def merge(settings: Settings, run_id: int) -> None:
    """Build the books that may have changed from records, open links and the register, beside those that readers see.

    They are all books at first, when the rules changed, and where the build is a full one.
    """
    with warehouse_alone(settings, links.BUILD) as connection:  # else a newer build, or its links, would slip in
        run = links.read_run(connection, run_id)
        if not _is_settled(connection, run):
            _merge(settings, connection, run)


def _merge(settings: Settings, connection: Connection, run: links.Run) -> None:
    store, accepted = Store(settings), batches.read_accepted(connection)
    base = links.find_published_run(connection)
    _remove_overtaken(store, base)
    with (
        open_engine(settings) as engine,
        tempfile.TemporaryDirectory(prefix="books-", dir=settings.var_dir / "spill") as scratch,
        store.writing(f"books/{run.run_id}") as folder,
    ):
        inputs = Inputs(store, engine, run, base, accepted, withdrawals.read_moved(connection))
        build_beside(inputs, connection, folder, Path(scratch))
    links.mark_run(connection, run.run_id, "merged")


def _remove_overtaken(store: Store, base: links.Run | None) -> None:
    """Remove what builds wrote that are older than the published one: nothing goes on from them any more."""
    for path in (store.root / "books").glob("[0-9]*"):
        if base is not None and int(path.name) < base.run_id:
            store.remove(f"books/{path.name}")


def publish(settings: Settings, run_id: int) -> int:
    """Let readers see the books of a build, all at once; gives how many books there are."""
    with warehouse_alone(settings, links.BUILD) as connection:
        run, store = links.read_run(connection, run_id), Store(settings)
        if _is_settled(connection, run):
            return run.books or 0
        if run.state != "merged":
            raise ConfigError(f"run {run_id}: its books are not built yet; expected state merged. Run merge first.")
        base = links.find_published_run(connection)
        if Plan.read(store.path(f"books/{run_id}")).base_run_id != (base.run_id if base else None):
            _merge(settings, connection, run)  # it went on from books that another build has replaced meanwhile
            connection.commit()
        folder = store.path(f"books/{run_id}")
        return publish_books(connection, url_of(settings), store.seals, run_id, folder, settings.threads)


def _is_settled(connection: Connection, run: links.Run) -> bool:
    """Whether the books of a build are published, or those of a newer one, which it must not replace; or whether it waits
    for approval, or was rejected, and has no books of its own."""
    return run.state not in ("linked", "merged") or links.is_overtaken(connection, run.run_id)


def score(settings: Settings, run_id: int) -> None:
    """Score the day over all that stands, and open and close the tasks of standing conditions."""
    from etl.quality.score import Measures
    from etl.quality.score import score as score_measures

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
            **{name: scores.read_query(connection, f"score_{name}", day) for name in ("rules", "standing", "stations")}
        )
        scores.write_scores(connection, settings.day, score_measures(measures, settings.day))
        keep_standing_tasks(connection, settings.day)
        links.mark_run(connection, run_id, "scored")


def read_run(settings: Settings, run_id: int) -> dict[str, object]:
    """A build's counts."""
    with warehouse(settings) as connection:
        return dict(links.read_run(connection, run_id).__dict__)
