"""Trace: from a row of a sender's file to all that became of it, and from a book's field back to its rows.

Nothing that was received is unaccounted for. Values are shown only to somebody who says who he is and why, which is
written down in the same transaction; anybody else sees everything but the values.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
from psycopg2.extensions import connection as Connection

from etl import sources
from etl.books.survivorship import VALUE_NAMES
from etl.contracts import FIELD_VALUE, HEALTH_BOOK, NOTE, PERSON_RECORD, SENT, SOURCE_TABLES, Table
from etl.contracts.fields import MASKED
from etl.contracts.wording import RuleWording
from etl.errors import ConfigError, DataError
from etl.settings import Settings
from etl.sources.raw_row import RawRow, read_raw_row
from etl.standardise.notes import Note
from etl.steps.database import warehouse
from etl.steps.report import rule_wording
from etl.warehouse import batches, lineage
from etl.warehouse.audit import record as note
from etl.warehouse.store import Store

if TYPE_CHECKING:
    from etl.warehouse.sealing import Seals

LEFT_OUT = ("row_blank", "row_total", "row_header", "row_footer")
"""Remarks on rows that name nobody."""
BIRTH_LENGTHS = {"year": 4, "month": 7, "day": 10}


@dataclass(frozen=True)
class Viewer:
    """Who looks and why; without both, values are masked."""

    actor: str
    reason: str


def trace_row(settings: Settings, batch_id: int, row_no: int, viewer: Viewer | None = None) -> dict[str, Any]:
    """All that became of one row: `outcome`, `raw` cells, `fields`, `findings`, `links`, `feeds`.

    `row_no` is the row as its sender sees it. Raises ConfigError where there is no such batch; a row that names nobody,
    or lies beyond the file's end, is an outcome like any other.
    """
    wording = rule_wording()
    with warehouse(settings) as connection:
        batch = batches.read_batch(connection, batch_id)
        removed = lineage.read_removed(connection, batch_id)
        raw = None if "raw_file" in removed else _read_raw(settings, batch, row_no)
        lines = _read_staged(settings, batch, row_no)
        found = lineage.read_findings_of_row(connection, batch_id, row_no)
        outcome = _outcome(connection, batch, row_no, raw, found, bool(removed))
        record_id = outcome.get("record_id")
        links = lineage.read_links_of_record(connection, record_id) if record_id is not None else []
        feeds = _feeds(connection, Store(settings).seals, record_id, batch_id, row_no) if record_id is not None else []
        if viewer is not None:
            note(connection, viewer.actor, "row.traced", f"batch {batch_id} row {row_no}", {"reason": viewer.reason})
    is_restricted = any(line.get("is_restricted") for _, line in lines)
    return {
        "batch_id": batch_id,
        "row_no": row_no,
        "sender_code": batch.sender_code,
        "kind": batch.kind,
        "sha256": batch.sha256,
        **_worded(outcome, wording),
        "is_masked": viewer is None,
        "is_restricted": is_restricted,
        "raw": _raw_cells(raw, viewer is None, is_restricted),
        "fields": [row for table, line in lines for row in _fields(table, line, viewer is None)],
        "findings": [_worded(finding, wording) for finding in found],
        "links": links,
        "feeds": _mask(feeds, ("value",), viewer is None),
    }


def trace_field(settings: Settings, person_id: int, field: str, viewer: Viewer | None = None) -> dict[str, Any]:
    """Where a book's field comes from: `value, rule`, its record, batch, row and sender or the register's version, and
    `stated`, what each of the person's records says of it. Raises ConfigError for a field or book that is not there."""
    if field not in (*VALUE_NAMES, "status", "death_date"):
        raise ConfigError(
            f"field: a book has no such field; expected one of {', '.join((*VALUE_NAMES, 'status', 'death_date'))}."
            " Name one of them."
        )
    with warehouse(settings) as connection:
        seals = Store(settings).seals
        page = _page(connection, seals, person_id)
        if not page:
            raise ConfigError(
                f"person {person_id}: there is no book of that number; expected a person with records. "
                "See `healthbook status`."
            )
        records = seals.open_rows(PERSON_RECORD, lineage.read_records_of_person(connection, person_id))
        former = seals.open_rows(FIELD_VALUE, lineage.read_former_values(connection, person_id, field))
        others = [row for row in _field_values(connection, seals, person_id) if row["field_name"] == field]
        if viewer is not None:
            note(
                connection, viewer.actor, "field.traced", f"person {person_id} field {field}", {"reason": viewer.reason}
            )
    first = next((row for row in others if row["value_rank"] == 1), {"value": None, "rule": "none"})
    shown = page.get(field, first)  # the insurance card has a list of its own, and no place on the page
    source = (
        "rule",
        "as_of_date",
        "record_count",
        "record_id",
        "batch_id",
        "row_no",
        "sender_code",
        "register_version",
    )
    stated = _stated(records, field, shown["value"])
    secret = ("value", "as_of_date")
    return {
        "person_id": person_id,
        "field": field,
        "heading": next(one.vi for one in (*HEALTH_BOOK, *PERSON_RECORD) if one.name == field),
        "is_masked": viewer is None,
        **_mask([{"value": shown["value"], **{name: shown.get(name) for name in source}}], secret, viewer is None)[0],
        "stated": _mask(stated, secret, viewer is None),
        "kept_behind": _mask(
            [
                {name: row[name] for name in ("value_rank", "value", *source[:-2])}
                for row in others
                if row["value_rank"] > 1
            ],
            secret,
            viewer is None,
        ),
        "shown_before": _mask(
            [{name: row[name] for name in row if name not in ("person_id", "field_name")} for row in former],
            ("value", "true_from"),
            viewer is None,
        ),
    }


def _read_raw(settings: Settings, batch: batches.Batch, row_no: int) -> RawRow | None:
    """The row out of the raw bytes; None where the file cannot be read up to there, as one that was refused."""
    limits = sources.Limits.from_settings(settings)
    own = sources.own_headings(settings.headings_dir, batch.sender_code or "")
    with Store(settings).opened_raw(batch.sha256) as path:
        try:
            seen = sources.recognise(path, batch.kind, limits, own)
            headings = getattr(sources.KINDS[seen.kind], "HEADINGS", None)
            return read_raw_row(path, seen, row_no, headings, limits)
        except DataError:
            return None


def _read_staged(settings: Settings, batch: batches.Batch, row_no: int) -> list[tuple[Table, dict[str, Any]]]:
    """The row's standardised lines, table by table, with what was sent and the notes."""
    store, folder = Store(settings), f"staged/{batch.batch_id}"
    if batch.state not in ("accepted", "withdrawn") or not store.complete(folder):
        return []
    found = []
    for table in SOURCE_TABLES:
        path = store.path(folder) / f"{table.name}.parquet"
        if path.exists():
            rows = pq.read_table(path, filters=[("row_no", "=", row_no)]).to_pylist()
            found += [(table, row) for row in sorted(rows, key=lambda row: row.get("line_no") or 0)]
    return found


def read_stated(settings: Settings, batch_id: int, row_no: int) -> list[tuple[str, str]]:
    """What a row's record states, as sent and as understood, by field: for checks of words, never to be shown."""
    with warehouse(settings) as connection:
        batch = batches.read_batch(connection, batch_id)
    lines = [line for table, line in _read_staged(settings, batch, row_no) if table is PERSON_RECORD]
    names = [field.name for field in PERSON_RECORD]
    pairs = [(name, line.get(key)) for line in lines for name in names for key in (name, SENT + name)]
    return [(name, str(value)) for name, value in pairs if value is not None]


def _outcome(
    connection: Connection,
    batch: batches.Batch,
    row_no: int,
    raw: RawRow | None,
    found: lineage.Rows,
    is_removed: bool,
) -> dict[str, Any]:
    """Exactly one: waiting, refused, withdrawn, accepted, quarantined, duplicate, left_out, heading, beyond_the_file; or
    no_longer_kept, where retention removed what would tell."""
    if batch.state in ("waiting", "refused"):
        return {"outcome": batch.state, "rule_id": batch.refusal_rule_id, "reason": batch.refusal}
    if record := lineage.read_record(connection, batch.batch_id, row_no):
        outcome = "withdrawn" if batch.state == "withdrawn" else "accepted"
        return {"outcome": outcome, "record_id": record["record_id"]}
    if held := lineage.read_held(connection, batch.batch_id, row_no):
        return {name: value for name, value in held.items() if value is not None}
    told = [finding["rule_id"] for finding in found if finding["rule_id"] in LEFT_OUT]
    if told:
        return {"outcome": "left_out", "rule_id": told[0]}
    if raw is not None and raw.last_row is not None:
        return {"outcome": "beyond_the_file", "last_row": raw.last_row}
    unknown = "no_longer_kept" if is_removed else "unaccounted"
    return {"outcome": "heading" if raw is not None and raw.is_heading else unknown}


def _worded(row: Mapping[str, Any], wording: Mapping[str, RuleWording]) -> dict[str, Any]:
    """With what its rule means and how to mend it, in both languages."""
    rule = wording.get(row.get("rule_id") or "")
    if rule is None:
        return dict(row)
    texts = ("message_vi", "fix_vi", "message_en", "fix_en")
    return {**row, **{name: getattr(rule, name) for name in texts}}


def _raw_cells(raw: RawRow | None, is_masked: bool, is_restricted: bool) -> list[dict[str, Any]]:
    """The cells as the sender sees them. Of a row that the law restricts only the headings are shown."""
    cells = [] if raw is None else raw.cells
    rows = [{"place": cell.place, "heading": cell.heading, "field": cell.field, "text": cell.text} for cell in cells]
    return _mask(rows, ("text",), is_masked or is_restricted)


def _fields(table: Table, line: Mapping[str, Any], is_masked: bool) -> list[dict[str, Any]]:
    """Each field that was sent or made: as sent, as standardised, and what was changed and why."""
    rows = []
    for field in table.source_fields:
        sent, value, code = line.get(SENT + field.name), line.get(field.name), line.get(NOTE + field.name)
        if not field.terms and SENT + field.name not in line:
            continue
        if sent is None and value is None:
            continue
        rows.append(
            {
                "table": table.name,
                "line_no": line.get("line_no"),
                "field": field.name,
                "heading": field.vi,
                "sent": sent,
                "value": value,
                **_note_words(code),
            }
        )
    is_secret = is_masked or (table is not PERSON_RECORD and bool(line.get("is_restricted")))
    return _mask(rows, ("sent", "value"), is_secret)


def _note_words(code: str | None) -> dict[str, Any]:
    if code is None:
        return {"note": None}
    known = next((one for one in Note if one.value == code), None)
    return {
        "note": code,
        "gravity": known.gravity.value if known else None,
        "note_vi": known.vi if known else None,
        "note_en": known.en if known else None,
    }


def _page(connection: Connection, seals: "Seals", person_id: int) -> dict[str, dict[str, Any]]:
    """What a book shows, by field."""
    return {row["field_name"]: row for row in seals.open_rows(FIELD_VALUE, lineage.read_page(connection, person_id))}


def _field_values(connection: Connection, seals: "Seals", person_id: int) -> lineage.Rows:
    return seals.open_rows(FIELD_VALUE, lineage.read_field_values(connection, person_id))


def _feeds(connection: Connection, seals: "Seals", record_id: int, batch_id: int, row_no: int) -> list[dict[str, Any]]:
    """What of the books of now the record states: fields, and lines of the sections."""
    stored = lineage.read_record(connection, batch_id, row_no)
    [record] = seals.open_rows(PERSON_RECORD, [stored]) if stored else [{}]
    open_links = [link for link in lineage.read_links_of_record(connection, record_id) if link["closed_at"] is None]
    feeds: list[dict[str, Any]] = []
    for link in open_links:
        person_id = link["person_id"]
        page = _page(connection, seals, person_id)
        ranks = {(row["field_name"], row["value"]): row for row in _field_values(connection, seals, person_id)}
        for field in VALUE_NAMES:
            value = stated_value(record, field)
            if value is None or not page:
                continue
            kept, shown = ranks.get((field, value)), page.get(field, {})
            feeds.append(
                {
                    "person_id": person_id,
                    "field": field,
                    "value": value,
                    "is_shown": value == shown.get("value") or (kept or {}).get("value_rank") == 1,
                    "is_source": (kept or {}).get("record_id") == record_id,
                    "value_rank": (kept or {}).get("value_rank"),
                    "rule": (kept or shown).get("rule"),
                }
            )
    return feeds + lineage.read_events_of_record(connection, record_id)


def _stated(records: lineage.Rows, field: str, shown: str | None) -> list[dict[str, Any]]:
    """What each record says of the field, whether or not it agrees with what is shown."""
    where = ("record_id", "batch_id", "row_no", "sender_code", "as_of_date", "decision")
    return [
        {"value": value, "agrees": value == shown, **{name: record[name] for name in where}}
        for record in records
        if (value := stated_value(record, field)) is not None
    ]


def stated_value(record: Mapping[str, Any], field: str) -> str | None:
    """A record's value of a book's field as text; a birth date as far as it is known (1990, 1990-05, 1990-05-17)."""
    value = record.get(field)
    if value is None:
        return None
    return str(value)[: BIRTH_LENGTHS.get(record["birth_precision"], 10)] if field == "birth_date" else str(value)


def _mask(rows: list[dict[str, Any]], names: tuple[str, ...], is_masked: bool) -> list[dict[str, Any]]:
    if not is_masked:
        return rows
    return [
        {name: MASKED if name in names and value is not None else value for name, value in row.items()} for row in rows
    ]
