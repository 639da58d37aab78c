"""The summary at the end of `make run`, as tables on stdout."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from etl.reports.status import BatchLine, Summary

TABLE_WIDTH = 124
"""Columns that the table needs; narrower, and in a log, it would be cut."""
COUNTS = ("rows_in", "accepted", "quarantined", "duplicate", "withdrawn")


def print_summary(summary: Summary, report: Path, console: Console | None = None) -> None:
    """The control equation of each batch, files by kind, links, books, the four scores, and where the report lies."""
    console = console or Console(highlight=False)
    console.width = max(console.width, TABLE_WIDTH)
    console.print(control_table(summary.batches))
    files = (f"{count} {kind} {state}" for kind, state, count in summary.files)
    shown = {name: "not applicable" if score is None else f"{score:.1f}" for name, score in summary.scores.items()}
    for line in (
        "Files received: " + (", ".join(files) or "none"),
        f"Register: version {summary.register_version or 'none'}, {summary.register_persons} people",
        f"Records: {summary.matched} matched, {summary.in_review} in review, {summary.unmatched} new",
        f"Health books: {summary.books}, of them verified by the register: {summary.verified_books}",
        "Scores: " + (", ".join(f"{name} {score}" for name, score in shown.items()) or "none yet"),
        f"Report: {report if report.exists() else 'none yet'}",
    ):
        console.print(line, soft_wrap=True)


def control_table(lines: Sequence[BatchLine]) -> Table:
    """One row a batch and a row of totals; a batch whose equation does not hold is marked."""
    title = "Control equation: rows in = accepted + quarantined + duplicate + withdrawn"
    table = Table(title=title, title_justify="left")
    for heading in ("batch", "sender", "kind", "state"):
        table.add_column(heading, no_wrap=True)
    for heading in (*COUNTS, "holds"):
        table.add_column(heading.replace("_", " "), justify="right")
    for line in lines:
        words = (str(line.batch_id), line.sender_code or "", line.kind or "", line.state)
        table.add_row(*words, *(str(getattr(line, name)) for name in COUNTS), _yes_or_no(line.is_balanced))
    table.add_section()
    totals = (str(sum(getattr(line, name) for line in lines)) for name in COUNTS)
    table.add_row("all", "", "", "", *totals, _yes_or_no(all(line.is_balanced for line in lines)))
    return table


def _yes_or_no(is_so: bool) -> str:
    return "yes" if is_so else "NO"
