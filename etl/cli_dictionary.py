"""`healthbook dictionary`: what every table and field means, for people who read the data."""

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
