"""The steps, in the order in which data passes them: receive, read, standardise, check, link, merge, publish, score, report.

Each reads its input, calls pure code, writes its output in one transaction and counts. Running one twice changes
nothing; one that was cut off is run again. Nothing flows back: a correction is a new batch, a decision a new fact.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from psycopg2.extensions import connection as Connection

from etl import sources
from etl.books.build import build_books
from etl.contracts import HELD_ROW, PERSON_RECORD, REGISTER_PERSON, SOURCE_TABLES, TABLES
from etl.contracts.reading import CheckResult, Finding, Recognition, Remark, Sender
from etl.contracts.wording import RuleWording
from etl.engines.local import LocalEngine
from etl.errors import ConfigError, DataError
from etl.linkage.engine import link_records
from etl.linkage.model import load_model
from etl.linkage.provisional import group_provisional
from etl.reports.data import read_report_data
from etl.reports.status import Summary, summarise
from etl.settings import Settings
from etl.sources.rows import is_first, number_rows
from etl.warehouse import batches, links, register, scores
from etl.warehouse.connect import connect
from etl.warehouse.embedded import ensure_running
from etl.warehouse.migrate import migrate
from etl.warehouse.publish import BOOK_TABLES, publish_books
from etl.warehouse.store import Store

REGISTER_SENDER = "DC01"


@dataclass(frozen=True)
class Receipt:
    """What became of a file: the control equation and the findings, never a value."""

    batch_id: int
    kind: str | None
    sha256: str
    state: str
    rows_in: int
    accepted: int
    quarantined: int
    duplicate: int
    withdrawn: int
    refusal_rule_id: str | None
    refusal: str | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class RegisterReceipt:
    """What became of a register file."""

    register_version: int
    kind: str
    rows_in: int
    state: str


@contextmanager
def warehouse(settings: Settings) -> Iterator[Connection]:
    """One transaction on the warehouse, whose embedded server is started where none is set."""
    with connect(ensure_running(settings)) as connection:
        yield connection


def prepare(settings: Settings) -> str:
    """Start the database where it does not run, and bring its schema up to date; says what it did."""
    return str(migrate(ensure_running(settings)))


# ---- receive


def receive(settings: Settings, path: Path, sender_code: str, kind: str | None = None) -> Receipt:
    """Take one file in from first to last; the same file of the same sender gives the first receipt."""
    sources.check_kind(kind)
    return take_in(settings, register_file(settings, path, sender_code), kind)


def register_file(settings: Settings, path: Path, sender_code: str) -> int:
    """Keep a file's bytes in the store and open its batch; gives the batch's number."""
    check_file(path)
    sha256, size = Store(settings).put_raw(path)
    with warehouse(settings) as connection:
        return batches.open_batch(connection, sha256, size, sender_code, _readable_name(path), settings.today).batch_id


def check_file(path: Path) -> None:
    """Raises ConfigError where a path is no file; the path, which may name a person, is not told."""
    if not path.is_file():
        wrong = "it is a folder" if path.is_dir() else "there is no such file"
        raise ConfigError(f"file: {wrong}; expected the path of a file. Check the path.")


def _readable_name(path: Path) -> str:
    """The file's name as text that a database takes, whatever bytes it has on disk."""
    return os.fsencode(path.name).decode("utf-8", "replace")


def register_waiting(settings: Settings) -> list[int]:
    """Open a batch for each file in the inbox (`<sender code>/<file>`); gives all batches that wait to be taken in.

    A file leaves the inbox once its bytes and its batch are safe. Names that begin with a dot or end in `.part` are
    still being written, and wait.
    """
    for path in _inbox_files(settings):
        if path.parent.name != REGISTER_SENDER:
            register_file(settings, path, path.parent.name)
            path.unlink()
    with warehouse(settings) as connection:
        return batches.read_waiting(connection)


def _inbox_files(settings: Settings) -> list[Path]:
    found = sorted(settings.inbox_dir.glob("*/*"))
    return [path for path in found if path.is_file() and not path.name.startswith(".") and path.suffix != ".part"]


# ---- read, standardise, check


def take_in(settings: Settings, batch_id: int, kind: str | None = None) -> Receipt:
    """Read, standardise and check one received file, and load its good rows; the rest is held with its reasons.

    A file that cannot be read is refused as a whole, which is a result like any other: see `state` of the receipt.
    """
    with warehouse(settings) as connection:
        batch = batches.read_batch(connection, batch_id)
        sender = batches.find_sender(connection, batch.sender_code or "")
    is_settled = batch.state in ("accepted", "withdrawn") or batch.refusal_rule_id in ("sender_unknown", "same_file")
    if sender is not None and not is_settled:
        try:
            recognition, tables, remarks = _read(settings, batch, sender, kind)
        except DataError as error:
            with warehouse(settings) as connection:
                batches.refuse_batch(connection, batch_id, error, kind)
        else:
            _accept(settings, batch, recognition, tables, _check(tables, remarks, settings.day))
    return read_receipt(settings, batch_id)


def read_receipt(settings: Settings, batch_id: int) -> Receipt:
    """The receipt of a batch as it stands."""
    with warehouse(settings) as connection:
        batch, findings = batches.read_batch(connection, batch_id), batches.read_findings(connection, batch_id)
    told = {name: value for name, value in batch.__dict__.items() if name in Receipt.__dataclass_fields__}
    return Receipt(**told, findings=tuple(findings))


def annotate(settings: Settings, batch_id: int, out: Path) -> None:
    """Write the sender's own sheet back as .xlsx, each row with its result and the reasons in both languages.

    An XML's rows are its visits, with what was sent of the person. Raises ConfigError for a batch that was not
    accepted (its reason stands in the receipt), and where `out` cannot be written.
    """
    from etl.reports import annotated

    receipt = read_receipt(settings, batch_id)
    if receipt.state != "accepted" or receipt.kind is None:
        raise ConfigError(f"batch {batch_id}: it is {receipt.state}, so its rows have no result; expected an accepted "
                          f"batch. See `healthbook status {batch_id}`.")
    store, limits = Store(settings), sources.Limits.from_settings(settings)
    path, staged = store.raw_path(receipt.sha256), store.table_path(f"staged/{batch_id}", PERSON_RECORD.name)
    outcomes = pq.read_table(staged, columns=["row_no", "row_state"])
    seen = sources.recognise(path, receipt.kind, limits)
    grids = sources.open_sheets(path, limits)
    if grids := [grid for grid in grids if (grid.sheet, grid.separator) == (seen.sheet, seen.separator)]:
        rows = ((batch.row_nos, batch.cells) for batch in grids[0].batches(limits))
        sheet = annotated.Sheet(rows, grids[0].width, seen.header_row or 1, outcomes)
    else:
        sheet = annotated.sheet_of_visits(staged, outcomes)
    annotated.write_annotated(sheet, receipt.findings, rule_wording(), out)


def rule_wording() -> dict[str, RuleWording]:
    """How each rule of the catalogue is told to people."""
    from etl.quality.catalogue import catalogue

    return catalogue().wording()


def _read(settings: Settings, batch: batches.Batch, sender: Sender, kind: str | None) -> tuple[Recognition, dict[str, pa.Table], list[Remark]]:
    """The file's contract tables, standardised, and what its reader remarked."""
    from etl.standardise.records import standardise_table

    path, limits = Store(settings).raw_path(batch.sha256), sources.Limits.from_settings(settings)
    recognition = sources.recognise(path, kind, limits)
    if recognition.kind == sources.register.KIND == sender.kind:
        raise DataError("file: it is the population register; expected a file about patients. Load it with "
                        "`healthbook register`.", "file_kind_unknown")
    parts: dict[str, list[pa.Table]] = {}
    remarks: list[Remark] = []
    for chunk in sources.read(path, recognition, sender, limits):
        remarks += chunk.remarks
        for name, table in number_rows(chunk.tables, batch.batch_id, sender.sender_code).items():
            parts.setdefault(name, []).append(standardise_table(TABLES[name], table, sender=sender, received_on=settings.day))
    return recognition, {name: pa.concat_tables(tables, promote_options="default") for name, tables in parts.items()}, remarks


def _check(tables: dict[str, pa.Table], remarks: Sequence[Remark], received_on: date) -> CheckResult:
    from etl.quality.gate import check

    return check(tables, remarks, received_on)


def _accept(settings: Settings, batch: batches.Batch, recognition: Recognition, tables: dict[str, pa.Table], result: CheckResult) -> None:
    """Decide each row's outcome, stage all rows, and load the accepted ones, in one transaction."""
    from etl.quality.tasks import open_tasks

    people = tables["person_record"]
    with warehouse(settings) as connection:
        assert batch.sender_code is not None
        batches.lock_sender(connection, batch.sender_code)
        if batches.read_batch(connection, batch.batch_id).state == "accepted":
            return
        known = batches.find_known_records(connection, batch.sender_code, people["record_id"], batch.batch_id)
        outcomes = _outcomes(people, result, known)
        _stage(settings, batch.batch_id, tables, outcomes)
        kept = people.filter(pc.equal(outcomes["outcome"], "accepted")).select(PERSON_RECORD.arrow_schema.names)
        held = outcomes.filter(pc.not_equal(outcomes["outcome"], "accepted")).select(HELD_ROW.arrow_schema.names)
        tasks = open_tasks(result.findings, batch_id=batch.batch_id, sender_code=batch.sender_code, today=settings.day)
        batches.accept_batch(connection, batch.batch_id, batches.Intake(recognition, people.num_rows, kept, held, result.findings, tasks))


def _outcomes(people: pa.Table, result: CheckResult, known: pa.Table) -> pa.Table:
    """Per row `batch_id, row_no, outcome, rule_id, duplicate_of`: quarantined, else a duplicate, else accepted."""
    quarantined = pa.array(list(result.quarantined.keys()), pa.int32()), pa.array(list(result.quarantined.values()), pa.string())
    rules = pc.take(quarantined[1], pc.index_in(people["row_no"], quarantined[0]))
    is_good = pc.is_null(rules).to_numpy()
    is_new = is_first(people["record_id"], people["row_no"], is_good) & ~pc.is_in(people["record_id"], known["record_id"]).to_numpy()
    _refuse_collisions(people, known)
    outcome = np.where(~is_good, "quarantined", np.where(is_new, "accepted", "duplicate"))
    duplicate_of = pc.if_else(pa.array(outcome == "duplicate"), people["record_id"], pa.scalar(None, pa.int64()))
    return pa.table({"batch_id": people["batch_id"], "row_no": people["row_no"], "outcome": outcome, "rule_id": rules, "duplicate_of": duplicate_of})


def _refuse_collisions(people: pa.Table, known: pa.Table) -> None:
    """Two different rows with one record number must stop us: taking one for the other would lose a row."""
    pairs = pa.concat_tables([people.select(["record_id", "row_digest"]), known]).group_by(["record_id", "row_digest"]).aggregate([])
    assert pairs.num_rows == pc.count_distinct(pairs["record_id"]).as_py(), "two different rows have one record number"


def _stage(settings: Settings, batch_id: int, tables: dict[str, pa.Table], outcomes: pa.Table) -> None:
    """Write every row, whatever its outcome, to `staged/<batch_id>/<table>.parquet` with its `row_state`."""
    with Store(settings).writing(f"staged/{batch_id}") as folder:
        for name, table in tables.items():
            states = pc.take(outcomes["outcome"], pc.index_in(table["row_no"], outcomes["row_no"]))
            pq.write_table(table.append_column("row_state", states), folder / f"{name}.parquet", compression="zstd")


# ---- register


def waiting_register_files(settings: Settings) -> list[str]:
    """Register files in the inbox: the hashes of their bytes in the store, in the order of the days that they describe.

    A file stays in the inbox until `load_register` has made it a version.
    """
    store, limits = Store(settings), sources.Limits.from_settings(settings)
    found = [(sources.register.describe(path, limits), store.put_raw(path)[0]) for path in _register_inbox(settings)]
    return [sha256 for _, sha256 in sorted(found)]


def _register_inbox(settings: Settings) -> list[Path]:
    return [path for path in _inbox_files(settings) if path.parent.name == REGISTER_SENDER]


def load_register(settings: Settings, file: str | Path) -> RegisterReceipt:
    """Make a register file (a path, or the hash of one in the store) the newest version of the register.

    Loaded again it is the version that it was. Raises `DataError` where the file is no register or comes out of order.
    """
    store = Store(settings)
    sha256 = store.put_raw(Path(file))[0] if Path(file).is_file() else str(file)
    with warehouse(settings) as connection:
        register.lock_register(connection)
        version, rows_in = register.find_version(connection, sha256), 0
        is_known = version is not None
        if version is None:
            as_of_date, kind, persons = _read_register(settings, connection, store.raw_path(sha256))
            version, rows_in = register.apply_version(connection, sha256, kind, as_of_date, persons), persons.num_rows
            with store.writing(f"register/{version}") as folder:
                pq.write_table(register.read_register(connection), folder / "register_person.parquet", compression="zstd")
    for path in _register_inbox(settings):
        if store.put_raw(path)[0] == sha256:
            path.unlink()
    return RegisterReceipt(version, "register", rows_in, "known" if is_known else "loaded")


def _read_register(settings: Settings, connection: Connection, path: Path) -> tuple[date, str, pa.Table]:
    """The day that a register file describes, whether it is a snapshot or a delta, and its persons, standardised."""
    from etl.standardise.records import standardise_table

    limits, sender = sources.Limits.from_settings(settings), batches.find_sender(connection, REGISTER_SENDER)
    assert sender is not None
    recognition = sources.recognise(path, "register", limits)
    persons = [
        standardise_table(REGISTER_PERSON, chunk.tables["register_person"], sender=sender)
        for chunk in sources.read(path, recognition, sender, limits)
    ]
    return *sources.register.describe(path, limits), pa.concat_tables(persons)


# ---- link, merge, publish


def link(settings: Settings, full: bool = False) -> int:
    """Decide who is who for all records that wait, or for every record; gives the number of the build.

    Pending are records without a match, and all of them once register or model changed. The same input is not linked
    twice: the build that did it is given again.
    """
    model = load_model()
    with warehouse(settings) as connection:
        links.lock_build(connection)
        newest, digest = links.read_run(connection), links.digest_input(connection, model.version)
        if newest is not None and newest.input_digest == digest and not full:
            return newest.run_id
        run_id = links.open_run(connection, full, model.version, digest)
        run = links.read_run(connection, run_id)
        assert run is not None
        is_full = full or newest is None or newest.register_version != run.register_version or newest.model_version != model.version
        with _engine(settings) as engine:
            _load_inputs(settings, connection, engine, run)
            engine.register("open_link", links.read_open_links(connection))
            settled = "" if is_full else "anti join (select record_id from open_link where decision = 'match') using (record_id)"
            engine.create("records", f"select * from person_record {settled}")
            link_records(engine, model)
            engine.register("provisional", group_provisional(engine))
            links.write_links(connection, run_id, engine.query("""
                select d.record_id, coalesce(p.person_id, d.person_id) as person_id, d.decision, d.rule, d.score, d.person_id as candidate_person_id,
                    d.runner_up_person_id, d.runner_up_score, d.model_version
                from decision d left join provisional p using (record_id) order by d.record_id"""))
    return run_id


def merge(settings: Settings, run_id: int) -> None:
    """Build every book from records, open links and the register, beside those that readers see."""
    with warehouse(settings) as connection:
        links.lock_build(connection)  # else links of a newer build, or this one published meanwhile, would slip in
        run = links.read_run(connection, run_id)
        assert run is not None
        if _is_settled(connection, run):
            return
        with _engine(settings) as engine, Store(settings).writing(f"books/{run_id}") as folder:
            _load_inputs(settings, connection, engine, run)
            engine.register("link", links.read_open_links(connection))
            build_books(engine)
            for table in BOOK_TABLES:
                columns = [field.name for field in table if field.name != "built_run_id"]
                constant = f", {run_id}::bigint as built_run_id" if table.name == "health_book" else ""
                engine.write_parquet(f"select {', '.join(columns)}{constant} from {table.name}", folder / f"{table.name}.parquet")
        links.mark_run(connection, run_id, "merged")


def publish(settings: Settings, run_id: int) -> int:
    """Let readers see the books of a build, all at once; gives how many books there are."""
    with warehouse(settings) as connection:
        links.lock_build(connection)
        run = links.read_run(connection, run_id)
        assert run is not None
        if _is_settled(connection, run):
            return run.books or 0
        if run.state != "merged":
            raise ConfigError(f"run {run_id}: its books are not built yet; expected state merged. Run merge first.")
        return publish_books(connection, run_id, Store(settings).path(f"books/{run_id}"))


def _is_settled(connection: Connection, run: links.Run) -> bool:
    """Whether the books of a build are published, or those of a newer one, which it must not replace."""
    return run.state in ("published", "scored") or links.is_overtaken(connection, run.run_id)


def _engine(settings: Settings) -> LocalEngine:
    spill_dir = settings.var_dir / "spill"
    spill_dir.mkdir(parents=True, exist_ok=True)
    return LocalEngine(settings.memory_limit, settings.threads, spill_dir)


def _load_inputs(settings: Settings, connection: Connection, engine: LocalEngine, run: links.Run) -> None:
    """Make `people`, `person_record` and `staged_…` known to the engine: the register of the run, and accepted rows."""
    store = Store(settings)
    folders = [store.path(f"staged/{batch_id}") for batch_id in batches.read_accepted(connection)]
    people = [store.path(f"register/{run.register_version}") / "register_person.parquet"] if run.register_version else []
    engine.create_from_parquet("people", people, REGISTER_PERSON.arrow_schema)
    for table in SOURCE_TABLES:
        name = "person_record" if table is PERSON_RECORD else f"staged_{table.name}"
        paths = [path for folder in folders if (path := folder / f"{table.name}.parquet").exists()]
        columns = ", ".join(table.source_schema.names)
        empty = table.source_schema.append(pa.field("row_state", pa.string()))
        engine.create_from_parquet(f"all_{name}", paths, empty)
        engine.create(name, f"select {columns} from all_{name} where row_state = 'accepted'")


def link_files(register: Path, records: Path, out: Path, memory: str, threads: int, progress: Callable[[str], None]) -> dict[str, int]:
    """Linkage alone, from Parquet files of text as sources wrote it; writes a row a record in their order, gives totals.

    Raises ConfigError where a file is not what `etl.linkage.files` expects, or `out` cannot be written.
    """
    from etl.linkage import files
    from etl.standardise.records import standardise_people

    if not out.parent.is_dir() or out.is_dir():
        raise ConfigError("links: the path cannot be written to; expected a file in a folder that is there. "
                          "Make the folder, or choose another path.")
    progress("reading")
    people, (waiting, record_ids) = files.read_register(register), files.read_records(records)
    with LocalEngine(memory, threads, out.parent) as engine:
        for name, table, contract in (("people", people, REGISTER_PERSON), ("records", waiting, PERSON_RECORD)):
            progress(f"{name}: standardising {table.num_rows:,} rows")
            engine.register(name, files.with_columns(standardise_people(table), contract))
        progress("linking")
        decided = link_records(engine)
    assert decided.num_rows == len(record_ids), "every record has one decision"
    decided = decided.set_column(0, "record_id", record_ids.take(decided["record_id"]))
    draft = out.with_name(f".{out.name}.part")
    pq.write_table(decided, draft)
    draft.replace(out)
    counts = Counter(decided["decision"].to_pylist())
    return {"records": decided.num_rows, **{decision: counts[decision] for decision in ("match", "review", "none")}}


# ---- score, report


def score(settings: Settings, run_id: int) -> None:
    """Score the day over all that stands, and close the tasks whose data passes now."""
    from etl.quality.score import Measures
    from etl.quality.score import score as score_measures
    from etl.quality.tasks import close_tasks

    day = {"today": settings.day}
    with warehouse(settings) as connection:
        links.lock_build(connection)
        run = links.read_run(connection, run_id)
        assert run is not None
        if not _is_settled(connection, run):
            raise ConfigError(f"run {run_id}: its books are not published yet; expected state published. Run publish first.")
        measures = Measures(**{
            name: scores.read_query(connection, f"score_{name}", day) for name in ("rules", "senders", "coverage", "freshness")
        })
        scores.write_scores(connection, settings.day, score_measures(measures, settings.day))
        tasks, findings = (scores.read_query(connection, f"task_{name}", {}) for name in ("open", "findings"))
        scores.close_tasks(connection, close_tasks(tasks, findings))
        links.mark_run(connection, run_id, "scored")


def report(settings: Settings, out: Path | None = None) -> Path:
    """Write the quality report of the day; gives the page's path."""
    from etl.reports.page import write_report

    with warehouse(settings) as connection:
        data = read_report_data(connection, settings.day, rule_wording(), is_invented=settings.demo)
    return write_report(data, out or settings.reports_dir)[0]


def read_run(settings: Settings, run_id: int | None = None) -> dict[str, object]:
    """A build's counts, or the newest build's."""
    with warehouse(settings) as connection:
        run = links.read_run(connection, run_id)
    return dict(run.__dict__) if run else {}


def summary(settings: Settings) -> Summary:
    """Where everything stands, in counts."""
    with warehouse(settings) as connection:
        return summarise(connection)
