"""What the steps hand to each other while a file is taken in: recognition, chunks, remarks, findings, receipt."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pyarrow as pa


@dataclass(frozen=True)
class Sender:
    """Who sent a file: a row of `reference.sender`."""

    sender_code: str
    kind: str
    name: str
    facility_code: str | None = None
    ward_code: str | None = None


@dataclass(frozen=True)
class HeadingMatch:
    """How one column of a sheet was understood: its place from 1, its heading folded, the field that it means (None
    where unknown, "" where its sender had it left out), how sure that is, 0 to 1, and the heading as it is `shown`."""

    column: int
    text: str
    field: str | None
    confidence: float
    shown: str = ""


@dataclass(frozen=True)
class Remark:
    """Something about a file that a reader noticed and a rule of the catalogue names; never a value.

    `row_nos` are as the sender sees them, empty where the remark is about the whole file.
    """

    rule_id: str
    table_name: str
    column_name: str = ""
    row_nos: tuple[int, ...] = ()


@dataclass(frozen=True)
class Recognition:
    """What a source module saw in a file: enough to read it, and to tell its sender how it was understood.

    `confidence` is 0 to 1; `header_row` and `header_end`, its last line, count from 1, as the sender sees them; `sheet`
    is a worksheet's name; `headings` are its columns as they were understood, `remarks` what was noticed already;
    `dialect` is which form of its kind an XML has.
    """

    kind: str
    confidence: float
    encoding: str | None = None
    separator: str | None = None
    header_row: int | None = None
    sheet: str | None = None
    headings: tuple[HeadingMatch, ...] = ()
    header_end: int | None = None
    remarks: tuple[Remark, ...] = ()
    dialect: str | None = None


@dataclass(frozen=True)
class Chunk:
    """A part of a file as contract tables of text.

    Each table has `row_no` (int32), event tables also `line_no` (int32, from 1 within the row), `person_record`
    also `row_digest` (32 hex digits over all that the row holds, its events included), and then text columns named
    as in the contract, holding what was sent (null where nothing was). One `row_no` names one person.
    """

    tables: dict[str, pa.Table]
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True)
class Finding:
    """One rule, table and column of a batch: how many rows it applies to, and which fail it."""

    rule_id: str
    table_name: str
    column_name: str
    severity: str
    action: str
    applicable: int
    row_nos: Sequence[int]
    row_count: int


@dataclass(frozen=True)
class CheckResult:
    """What the suites say of a batch: findings, and the rows to set aside with the first rule that did so."""

    findings: tuple[Finding, ...]
    quarantined: dict[int, str] = field(default_factory=dict)
