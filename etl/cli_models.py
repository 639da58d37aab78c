"""`healthbook index`, `train` and `models`: what linkage looks people up in, and what it weighs them by."""

from pathlib import Path
from typing import Annotated

import typer

from etl.console import give, ready


def index(
    register: Annotated[Path, typer.Option(help="Register, Parquet")],
    out: Annotated[Path, typer.Option(help="Folder of the index; give it to link as --register")],
    memory: Annotated[str, typer.Option(help="Memory that the engine may hold")] = "8GB",
    threads: Annotated[int, typer.Option(help="Threads", min=1)] = 2,
    profile: Annotated[str, typer.Option(help="vietnam or generic")] = "vietnam",
) -> None:
    """Standardise a register once, for many runs of link on files."""
    from etl.linkage.link_files import index_register

    give(index_register(register, out, memory=memory, threads=threads, profile=profile))


def train(actor: Annotated[str, typer.Option(help="Your account")]) -> None:
    """Learn a linkage model from all accepted records and the register; it is kept, and used once a re-link is approved."""
    from etl import steps

    give(steps.train(ready(), actor))


def models() -> None:
    """Show the linkage models that are kept, and which is current."""
    from etl import steps

    give({"models": steps.list_models(ready())})
