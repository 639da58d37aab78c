"""Read, standardise, check: a received file becomes accepted rows, and rows held with their reasons."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from etl import sources
from etl.contracts import HELD_ROW, PERSON_RECORD, TABLES
from etl.contracts.reading import CheckResult, Finding, Recognition, Remark, Sender
from etl.errors import DataError
from etl.settings import Settings
from etl.sources.rows import decide_outcomes, number_rows
from etl.steps.database import warehouse
from etl.warehouse import batches
from etl.warehouse.store import Store


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


def take_in(settings: Settings, batch_id: int, kind: str | None = None) -> Receipt:
    """Read, standardise and check one received file, and load its good rows; the rest is held with its reasons.

    A file that cannot be read is refused as a whole, which is a result like any other: see `state` of the receipt.
    """
    with warehouse(settings) as connection:
        batch = batches.read_batch(connection, batch_id)
        sender = batches.find_sender(connection, batch.sender_code or "")
    is_settled = batch.state in ("accepted", "withdrawn") or batch.refusal_rule_id in (
        "sender_unknown",
        "file_of_another_sender",
    )
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


def _read(
    settings: Settings, batch: batches.Batch, sender: Sender, kind: str | None
) -> tuple[Recognition, dict[str, pa.Table], list[Remark]]:
    """The file's contract tables, standardised, and what its reader remarked."""
    from etl.standardise.records import standardise_table

    path, limits = Store(settings).raw_path(batch.sha256), sources.Limits.from_settings(settings)
    own = sources.own_headings(settings.headings_dir, sender.sender_code)
    recognition = sources.recognise(path, kind, limits, own)
    if recognition.kind == sources.register.KIND == sender.kind:
        raise DataError(
            "file: it is the population register; expected a file about patients. Load it with `healthbook register`.",
            "file_kind_unknown",
        )
    parts: dict[str, list[pa.Table]] = {}
    remarks: list[Remark] = []
    for chunk in sources.read(path, recognition, sender, limits):
        remarks += chunk.remarks
        for name, table in number_rows(chunk.tables, batch.batch_id, sender.sender_code).items():
            parts.setdefault(name, []).append(
                standardise_table(TABLES[name], table, sender=sender, received_on=settings.day)
            )
    return (
        recognition,
        {name: pa.concat_tables(tables, promote_options="default") for name, tables in parts.items()},
        remarks,
    )


def _check(tables: dict[str, pa.Table], remarks: Sequence[Remark], received_on: date) -> CheckResult:
    from etl.quality.gate import check

    return check(tables, remarks, received_on)


def _accept(
    settings: Settings, batch: batches.Batch, recognition: Recognition, tables: dict[str, pa.Table], result: CheckResult
) -> None:
    """Decide each row's outcome, stage all rows, and load the accepted ones, in one transaction."""
    from etl.quality.tasks import open_tasks

    people = tables["person_record"]
    with warehouse(settings) as connection:
        assert batch.sender_code is not None
        batches.lock_sender(connection, batch.sender_code)
        if batches.read_batch(connection, batch.batch_id).state == "accepted":
            return
        known = batches.find_known_records(connection, batch.sender_code, people["record_id"], batch.batch_id)
        outcomes = decide_outcomes(people, result.quarantined, known)
        _stage(settings, batch.batch_id, tables, outcomes)
        kept = people.filter(pc.equal(outcomes["outcome"], "accepted")).select(PERSON_RECORD.arrow_schema.names)
        held = outcomes.filter(pc.not_equal(outcomes["outcome"], "accepted")).select(HELD_ROW.arrow_schema.names)
        tasks = open_tasks(result.findings, batch_id=batch.batch_id, sender_code=batch.sender_code, today=settings.day)
        batches.accept_batch(
            connection, batch.batch_id, batches.Intake(recognition, people.num_rows, kept, held, result.findings, tasks)
        )


def _stage(settings: Settings, batch_id: int, tables: dict[str, pa.Table], outcomes: pa.Table) -> None:
    """Write every row, whatever its outcome, to `staged/<batch_id>/<table>.parquet` with its `row_state`."""
    with Store(settings).writing(f"staged/{batch_id}") as folder:
        for name, table in tables.items():
            states = pc.take(outcomes["outcome"], pc.index_in(table["row_no"], outcomes["row_no"]))
            pq.write_table(table.append_column("row_state", states), folder / f"{name}.parquet", compression="zstd")
