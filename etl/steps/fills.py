"""Which kinds of files fill which fields, found by having the readers read: a sheet with every heading that a kind
knows, and the example documents of the hospitals' XML."""

import csv
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from etl import sources
from etl.contracts import REGISTER_PERSON, SOURCE_TABLES, TABLES, Table
from etl.contracts.reading import Sender
from etl.standardise.records import standardise_table

XML_EXAMPLES = Path(__file__).resolve().parents[2] / "data_samples" / "formats" / "hospital_xml"
FROM_FILES = (*SOURCE_TABLES, REGISTER_PERSON)
NUMBERED = ("record_id", "batch_id", "row_no", "line_no", "row_digest", "sender_code")
"""Fields that taking a file in gives each row, whatever its kind."""
DATE, OTHER = "12/05/1990", "1"
INVENTED = {"full_name": "Nguyễn Văn Mẫu", "national_id": "001090000001", "insurance_no": "DN4010100000001"}
"""What a cell of the sheet holds where a bare number would not do."""
Fills = dict[tuple[str, str], tuple[str, ...]]


def field_fills() -> Fills:
    """Table and field → the kinds of files that fill it, in the order of their names; every field a source may fill."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    with tempfile.TemporaryDirectory() as folder:
        for kind, path in _examples(Path(folder)):
            for key in _filled(kind, path):
                found[key].add(kind)
    kinds = set(sources.KINDS) - {sources.register.KIND}
    for table in SOURCE_TABLES:
        found.update({(table.name, name): kinds for name in NUMBERED})
    return {
        (table.name, field.name): tuple(sorted(found[table.name, field.name]))
        for table in FROM_FILES
        for field in table.source_fields
    }


def _examples(folder: Path) -> Iterator[tuple[str, Path]]:
    """A file, or several, of each kind, with all that it may hold."""
    for kind, module in sources.KINDS.items():
        if headings := getattr(module, "HEADINGS", None):
            path = folder / f"{kind}.csv"
            _write_sheet(path, {field: heading for heading, field in headings.items()})
            yield kind, path
        else:
            yield from ((kind, path) for path in sorted(XML_EXAMPLES.glob("*.xml")))


def _write_sheet(path: Path, headings: dict[str, str]) -> None:
    """One row under a heading for each field."""
    dates = {field.name for table in TABLES.values() for field in table if not pa.types.is_string(field.type)}
    row = [
        INVENTED.get(field) or (DATE if field in dates and field.endswith(("_date", "_on")) else OTHER)
        for field in headings
    ]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([list(headings.values()), row])


def _filled(kind: str, path: Path) -> Iterator[tuple[str, str]]:
    """Table and field of each column that the reader makes, or that standardising derives from those."""
    sender = Sender("", sources.KINDS[kind].SENDER_KIND, "", facility_code="01929", ward_code="00004")
    for chunk in sources.read(path, sources.recognise(path, kind), sender):
        for table in FROM_FILES:
            if table.name in chunk.tables:
                yield from ((table.name, name) for name in _names(table, chunk.tables[table.name], sender))


def _names(table: Table, sent: pa.Table, sender: Sender) -> set[str]:
    if not sent.num_rows:
        return set()
    typed = standardise_table(table, sent, sender=sender)
    derived = {name for name in table.source_schema.names if typed[name].null_count < typed.num_rows}
    return derived | set(sent.column_names)
