"""How good the links are and how many planted errors are seen, against the truth of a city; and how long each step takes.

    python -m tests.bench.city [FOLDER]        (default: data_samples)

Runs in a database and folder of its own, which are removed again.
"""

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pcsv
from rich.console import Console
from rich.table import Table

from etl import steps
from etl.contracts import NOTE
from etl.engines.local import LocalEngine
from etl.linkage.evaluate import Evaluation, evaluate
from etl.settings import PROJECT_DIR, Settings
from etl.warehouse.embedded import stop
from etl.warehouse.load import fetch_table
from etl.warehouse.store import Store
from tests.pipeline.city import files_of, register_files_of

LINKS = """
    select b.sha256, r.row_no, r.record_id, l.decision, l.candidate_person_id, l.person_id, l.rule
    from intake.person_record r join intake.batch b using (batch_id) join identity.link l using (record_id)
    where l.closed_at is null"""
FINDINGS = """
    select b.sha256, unnest(f.row_nos) as row_no, f.table_name, f.column_name, f.rule_id
    from quality.finding f join intake.batch b using (batch_id) where f.row_count > 0"""


@contextmanager
def own_settings() -> Iterator[Settings]:
    """Settings with a database and folders that are gone afterwards; the day is that of the invented city."""
    folder = Path(tempfile.mkdtemp(prefix="healthbook-bench-"))
    folder.chmod(0o711)  # the account that runs the server must pass
    settings = Settings(var_dir=folder, today=date(2026, 10, 1))
    try:
        yield settings
    finally:
        stop(settings)
        shutil.rmtree(folder, ignore_errors=True)


def run_city(settings: Settings, city: Path) -> dict[str, float]:
    """Take a city in and build its books; gives the seconds of each step."""
    import great_expectations  # noqa: F401 - imported first, so that its 8 s are not counted for the first file

    seconds: dict[str, float] = {}

    @contextmanager
    def timed(step: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        seconds[step] = seconds.get(step, 0.0) + time.perf_counter() - began

    steps.prepare(settings)
    with timed("register"):
        for path in register_files_of(city):
            steps.load_register(settings, path)
    for path in files_of(city):
        with timed(path.parts[-3]):
            steps.receive(settings, path, path.parent.name)
    with timed("link"):
        run_id = steps.link(settings)
    for step in (steps.merge, steps.publish, steps.check_warehouse, steps.score):
        with timed(step.__name__):
            step(settings, run_id)
    return seconds


def hashes_of(settings: Settings, city: Path) -> pa.Table:
    """`path` (as the truth names it) and `sha256` of every sender's file."""
    store = Store(settings)
    files = files_of(city)
    return pa.table(
        {
            "path": [path.relative_to(city).as_posix() for path in files],
            "sha256": [store.put_raw(path)[0] for path in files],
        }
    )


def judge_links(settings: Settings, city: Path, engine: LocalEngine) -> Evaluation:
    """Links against `truth/records.csv`; prints what went wrong, by rule."""
    with steps.warehouse(settings) as connection:
        engine.register("opened", fetch_table(connection, LINKS))
    engine.register("file", hashes_of(settings, city))
    engine.register("truth_row", pcsv.read_csv(city / "truth" / "records.csv"))
    engine.create(
        "judged",
        """
        select o.record_id, o.decision, o.candidate_person_id, o.person_id as given_person_id, o.rule, t.person_id, t.is_registered::boolean as is_registered
        from opened o join file f using (sha256) join truth_row t on t.path = f.path and t.row_no = o.row_no""",
    )
    return evaluate(
        engine.query("select record_id, decision, candidate_person_id from judged"),
        engine.query("select record_id, person_id, is_registered from judged"),
    )


def show_links(console: Console, found: Evaluation, engine: LocalEngine) -> None:
    """The figures of the linkage, and false links by rule."""
    table = Table("links", "", title="Linkage against the truth")
    table.add_row("records with a known truth", f"{found.records:,}")
    table.add_row("precision of automatic matches", f"{found.precision:.5f}  ({found.matched - found.right} false)")
    table.add_row("recall of automatic matches", f"{found.recall:.5f}")
    table.add_row("recall once reviews are resolved", f"{found.recall_after_review:.5f}")
    table.add_row("share in review", f"{found.review_share:.5f}")
    table.add_row("people not in the register, linked all the same", f"{found.strangers_linked} of {found.strangers}")
    [mixed] = engine.query("""
        select count(*) as persons from (select given_person_id from judged group by 1 having count(distinct person_id) > 1)""").to_pylist()
    table.add_row("persons with records of two people", str(mixed["persons"]))
    console.print(table)
    causes = engine.query("""
        select decision, rule, count(*) as records, count(*) filter (where candidate_person_id = person_id) as right
        from judged group by all order by records desc""").to_pylist()
    table = Table("decision", "rule", "records", "best candidate is right", title="Decisions by rule")
    for row in causes:
        table.add_row(*map(str, row.values()))
    console.print(table)


def show_errors(console: Console, settings: Settings, city: Path, engine: LocalEngine) -> None:
    """Of each kind of planted error, how many rows a rule or a note names in that column."""
    with steps.warehouse(settings) as connection:
        engine.register("found", fetch_table(connection, FINDINGS))
        engine.register(
            "held",
            fetch_table(
                connection,
                "select b.sha256, h.row_no, h.outcome from intake.held_row h join intake.batch b using (batch_id)",
            ),
        )
        engine.register("batch", fetch_table(connection, "select batch_id, sha256 from intake.batch"))
    engine.register("planted", pcsv.read_csv(city / "truth" / "errors.csv"))
    paths = [str(path) for path in Path(Store(settings).root).glob("staged/*/person_record.parquet")]
    notes = engine.query(f"select * from read_parquet({paths!r}, union_by_name = true) limit 0").column_names
    noted = ", ".join(name for name in notes if name.startswith(NOTE))
    engine.create(
        "noted",
        f"""
        unpivot (select b.sha256, p.row_no, {noted} from read_parquet({paths!r}, union_by_name = true) p join batch b using (batch_id))
        on {noted} into name column_name value note""",
    )
    rows = engine.query(f"""
        select p."column" as column_name, p.error, count(*) as planted,
            count(*) filter (where exists (select 1 from found x where x.sha256 = f.sha256 and x.row_no = p.row_no
                and (p."column" in (x.column_name, x.table_name) or x.column_name = ''))
                or exists (select 1 from held h where h.sha256 = f.sha256 and h.row_no = p.row_no and h.outcome = 'duplicate' and p.error like '%duplicate%' or
                    h.sha256 = f.sha256 and h.row_no = p.row_no and p.error = 'same_row_in_two_files')) as ruled,
            count(*) filter (where exists (select 1 from noted n where n.sha256 = f.sha256 and n.row_no = p.row_no
                and n.column_name = '{NOTE}' || p."column")) as noted
        from planted p join file f using (path) group by all order by 1, 2""").to_pylist()
    table = Table(
        "column", "error", "planted", "a rule names it", "standardising noted it", title="Planted errors found"
    )
    for row in rows:
        table.add_row(*map(str, row.values()))
    console.print(table)


def main(folder: str = str(PROJECT_DIR / "data_samples")) -> None:
    """Run, judge, print."""
    console, city = Console(width=130), Path(folder)
    with own_settings() as settings, LocalEngine() as engine:
        seconds = run_city(settings, city)
        table = Table("step", "seconds", title=f"Steps over {len(files_of(city))} files")
        for step, spent in seconds.items():
            table.add_row(step, f"{spent:.1f}")
        console.print(table)
        show_links(console, judge_links(settings, city, engine), engine)
        show_errors(console, settings, city, engine)


if __name__ == "__main__":
    main(*sys.argv[1:])
