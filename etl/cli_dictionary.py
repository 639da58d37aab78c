"""`healthbook dictionary` and `healthbook rules`: what the data means, and by what it is judged."""

from pathlib import Path
from typing import Annotated

import typer

from etl.console import give, ready, say


def dictionary(
    out: Annotated[Path | None, typer.Option(help="Folder; by default that of the reports")] = None,
) -> None:
    """Write the data dictionary (dictionary.html, dictionary.md) and the diagram of the tables (er.svg)."""
    from etl import steps

    paths = steps.dictionary(ready(), out)
    say("dictionary: written")
    give({"files": [str(path) for path in paths]})


def rules(
    out: Annotated[Path | None, typer.Option(help="Folder; by default that of the reports")] = None,
) -> None:
    """Write the page of all rules of data quality (rules.html, rules.md)."""
    from etl import settings, steps

    paths = steps.rules(settings.load_settings(), out)
    say("rules: written")
    give({"files": [str(path) for path in paths]})
