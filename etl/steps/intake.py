"""Read, standardise, check: a received file becomes accepted rows, and rows held with their reasons."""

from dataclasses import dataclass

from psycopg2.extensions import connection as Connection

from etl import sources
from etl.contracts import PERSON_RECORD
from etl.contracts.reading import Finding, Sender
from etl.errors import DataError
from etl.settings import Settings
from etl.sources.rows import SeenRecords
from etl.steps.database import warehouse, warehouse_alone
from etl.steps.staging import Source, Staged, accepted_people, held_rows, stage
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
    if sender is not None:
        with warehouse_alone(settings, f"sender {sender.sender_code}") as connection:
            batch = batches.read_batch(connection, batch_id)
            if not _is_settled(batch):
                _take_in(settings, connection, batch, sender, kind)
    return read_receipt(settings, batch_id)


def _is_settled(batch: batches.Batch) -> bool:
    is_foreign = batch.refusal_rule_id in ("sender_unknown", "file_of_another_sender")
    return is_foreign or batch.state in ("accepted", "withdrawn")


def _take_in(
    settings: Settings, connection: Connection, batch: batches.Batch, sender: Sender, kind: str | None
) -> None:
    """Stage a file's rows, then accept or refuse the batch, in one transaction."""
    store = Store(settings)
    seen = SeenRecords(batches.read_known_records(connection, sender.sender_code, batch.batch_id))
    connection.commit()  # reading a large file takes minutes: no transaction stays open for so long
    own = sources.own_headings(settings.headings_dir, sender.sender_code)
    try:
        with store.opened_raw(batch.sha256) as path, store.writing(f"staged/{batch.batch_id}") as folder:
            source = Source(path, sender, batch.batch_id, settings.day, kind, own)
            staged = stage(source, folder, seen, sources.Limits.from_settings(settings), settings.threads)
    except DataError as error:
        batches.refuse_batch(connection, batch.batch_id, error, kind)
    else:
        _accept(settings, connection, batch.batch_id, sender, staged)


def _accept(settings: Settings, connection: Connection, batch_id: int, sender: Sender, staged: Staged) -> None:
    from etl.quality.tasks import open_tasks

    store = Store(settings)
    folder = store.path(f"staged/{batch_id}")
    tasks = open_tasks(staged.findings, batch_id=batch_id, sender_code=sender.sender_code, today=settings.day)
    people, held = (store.seals.seal(PERSON_RECORD, rows) for rows in accepted_people(folder)), held_rows(folder)
    intake = batches.Intake(staged.recognition, staged.counts, people, held, staged.findings, tasks)
    batches.accept_batch(connection, batch_id, intake, settings.day)


def read_receipt(settings: Settings, batch_id: int) -> Receipt:
    """The receipt of a batch as it stands."""
    with warehouse(settings) as connection:
        batch, findings = batches.read_batch(connection, batch_id), batches.read_findings(connection, batch_id)
    told = {name: value for name, value in batch.__dict__.items() if name in Receipt.__dataclass_fields__}
    return Receipt(**told, findings=tuple(findings))
