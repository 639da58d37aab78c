"""`healthbook trace`: what became of a row, and where a book's field comes from.

With --actor and --reason it prints what senders wrote about people: on stdout, for the eyes of whoever asked, and audited.
"""

from typing import Annotated

import typer

from etl.console import give, ready, tell

LONGEST_REASON = 200


def trace(
    batch: Annotated[int | None, typer.Argument(min=1, help="Number of a batch")] = None,
    row: Annotated[int | None, typer.Argument(min=1, help="The row as its sender sees it; in an XML the HOSO")] = None,
    person: Annotated[int | None, typer.Option(help="Number of a person: trace a field of his book back")] = None,
    field: Annotated[str | None, typer.Option(help="Field of the book, such as full_name")] = None,
    actor: Annotated[str | None, typer.Option(help="Your account: shows the values, and is audited")] = None,
    reason: Annotated[str | None, typer.Option(help="Why you look, without naming anybody: it is audited")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for another program")] = False,
) -> None:
    """What became of a row (BATCH ROW); or where a book's field comes from (--person, --field)."""
    is_forward = batch is not None and row is not None and person is None and field is None
    is_backward = batch is None and row is None and person is not None and field is not None
    if not (is_forward or is_backward):
        raise typer.BadParameter("expected BATCH and ROW, or --person and --field")
    if bool(actor) != bool(reason) or len(reason or "") > LONGEST_REASON:
        raise typer.BadParameter(
            f"values are shown to somebody for a reason: expected --actor and --reason together, {LONGEST_REASON} characters"
        )
    from etl import steps

    viewer = steps.Viewer(actor, reason) if actor and reason else None
    if batch is not None and row is not None:
        found, text = steps.trace_row(ready(), batch, row, viewer), steps.row_text
    else:
        found, text = steps.trace_field(ready(), person or 0, field or "", viewer), steps.field_text
    if as_json:
        give(found)
    else:
        tell(text(found))
