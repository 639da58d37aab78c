"""`healthbook check-warehouse` and `healthbook report`: the standing rules, and what managers read."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from etl.console import give, ready, say


def check_warehouse() -> None:
    """Run the standing checks over the whole warehouse, and print what each rule found in the city."""
    from etl import steps

    found = steps.check_warehouse(ready())
    failing = sum(bool(row["failing"]) for row in found)
    say(f"warehouse: {len(found)} rules applied, {failing} of them found something")
    give(found)


Out = Annotated[Path | None, typer.Option(help="Folder for the report")]
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="A past day: its report again, as it was")]
Two = Annotated[tuple[str, str] | None, typer.Option(help="Two days: what changed between their reports")]


def report(out: Out = None, day: Day = None, compare: Two = None) -> None:
    """Write the quality report (pages, workbook, CSV); prints where its front page lies."""
    from etl import steps

    if compare:
        first, second = (_day(text) for text in compare)
        give({"report": str(steps.compare(ready(), first, second, out))})
    else:
        give({"report": str(steps.report(ready(), out, day.date() if day else None))})


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text}: expected a day, such as 2026-10-01") from None
