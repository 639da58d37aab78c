"""Report: the manager's pages, the sender's annotated sheet, where everything stands."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq

from etl import sources
from etl.contracts import PERSON_RECORD
from etl.contracts.reading import Finding, Recognition
from etl.contracts.wording import RuleWording
from etl.errors import ConfigError
from etl.reports.data import read_report_data
from etl.reports.status import Summary, summarise
from etl.settings import Settings
from etl.steps.database import warehouse
from etl.steps.intake import read_receipt
from etl.steps.uploads import read_checked
from etl.warehouse import batches, report_days, uploads
from etl.warehouse.store import Store


def annotate(settings: Settings, batch_id: int, out: Path, *, only_held: bool = False) -> None:
    """Write the sender's own sheet back as .xlsx, each row with its result and the reasons in both languages.

    An XML's rows are its visits, with what was sent of the person. With `only_held` only rows that are to be mended are
    given back, to be mended and sent again. Raises ConfigError for a batch that was not accepted (its reason stands in
    the receipt), and where `out` cannot be written.
    """
    receipt = read_receipt(settings, batch_id)
    if receipt.state != "accepted" or receipt.kind is None:
        raise ConfigError(
            f"batch {batch_id}: it is {receipt.state}, so its rows have no result; expected an accepted "
            f"batch. See `healthbook status {batch_id}`."
        )
    with warehouse(settings) as connection:
        sender_code = batches.read_batch(connection, batch_id).sender_code or ""
    sent = _SentFile(f"staged/{batch_id}", receipt.sha256, receipt.kind, sender_code)
    _annotate(settings, sent, receipt.findings, out, only_held=only_held)


def annotate_upload(settings: Settings, upload_id: int, out: Path) -> None:
    """The same of a file that was checked and not sent yet."""
    with warehouse(settings) as connection:
        upload = uploads.read_upload(connection, upload_id)
    checked = read_checked(settings, upload_id)
    sent = _SentFile(f"checked/{upload_id}", upload.sha256 or "", upload.kind or "", upload.sender_code)
    _annotate(settings, sent, checked.findings, out)


@dataclass(frozen=True)
class _SentFile:
    """Where a file's rows are staged, its bytes, its kind and its sender."""

    folder: str
    sha256: str
    kind: str
    sender_code: str


def _annotate(
    settings: Settings, sent: _SentFile, findings: Sequence[Finding], out: Path, *, only_held: bool = False
) -> None:
    from etl.reports import annotated

    store, limits = Store(settings), sources.Limits.from_settings(settings)
    staged = store.table_path(sent.folder, PERSON_RECORD.name)
    outcomes = pq.read_table(staged, columns=["row_no", "row_state"])
    own = sources.own_headings(settings.headings_dir, sent.sender_code)
    with store.opened_raw(sent.sha256) as path:
        seen = sources.recognise(path, sent.kind, limits, own)
        grids = sources.open_sheets(path, limits)
        if grids := [grid for grid in grids if (grid.sheet, grid.separator) == (seen.sheet, seen.separator)]:
            rows = ((batch.row_nos, batch.cells) for batch in grids[0].batches(limits))
            sheet = annotated.Sheet(
                rows,
                grids[0].width,
                seen.header_row or 1,
                outcomes,
                places=_places(seen),
                header_end=seen.header_end or 0,
            )
        else:
            sheet = annotated.sheet_of_visits(staged, outcomes)
        if only_held:
            sheet = replace(sheet, only="quarantined")
        annotated.write_annotated(sheet, findings, rule_wording(), out)


def _places(seen: Recognition) -> dict[str, tuple[int, ...]]:
    """The columns, from 0, that mean each field."""
    found: dict[str, tuple[int, ...]] = {}
    for heading in seen.headings:
        if heading.field:
            found[heading.field] = (*found.get(heading.field, ()), heading.column - 1)
    return found


def rule_wording() -> dict[str, RuleWording]:
    """How each rule of the catalogue is told to people."""
    from etl.quality.catalogue import catalogue

    return catalogue().wording()


def report(settings: Settings, out: Path | None = None, day: date | None = None) -> Path:
    """Write the quality report of the day, and keep its data; or that of a past `day` again, as it was.

    Gives the front page's path. ConfigError for a day that has no report.
    """
    from etl.quality.catalogue import catalogue_version
    from etl.reports.history import dump_report, load_report
    from etl.reports.page import write_report
    from etl.reports.pdf import write_pdf
    from etl.reports.workbook import write_tables

    with warehouse(settings) as connection:
        if day is None:
            data = read_report_data(connection, settings.day, rule_wording(), is_invented=settings.demo)
            report_days.keep(connection, data.today, dump_report(data), catalogue_version())
        else:
            data = load_report(report_days.read(connection, day))
        earlier = report_days.before(connection, data.today)
        before = load_report(report_days.read(connection, earlier)) if earlier else None
    folder = out or settings.reports_dir
    paths = write_report(data, folder, before)
    write_tables(data, folder / f"{data.today}")
    write_pdf(data, folder / f"{data.today}", before)
    return paths[1] if day else paths[0]


def compare(settings: Settings, first: date, second: date, out: Path | None = None) -> Path:
    """Write compare.html, two days side by side; gives its path. ConfigError for a day that has no report."""
    from etl.reports.history import load_report
    from etl.reports.page import render_comparison
    from etl.reports.rendering import write_whole

    with warehouse(settings) as connection:
        before, after = (load_report(report_days.read(connection, day)) for day in (first, second))
    return write_whole((out or settings.reports_dir) / "compare.html", render_comparison(before, after))


def summary(settings: Settings) -> Summary:
    """Where everything stands, in counts."""
    with warehouse(settings) as connection:
        return summarise(connection)
