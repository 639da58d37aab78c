"""`healthbook keys …`: the keys that raw files, and what names a person, are sealed with. None of them is ever printed."""

from typing import Annotated

import typer

from etl.console import give, ready

app = typer.Typer(
    no_args_is_help=True, pretty_exceptions_enable=False, help="The keys that what senders sent is sealed with."
)

Actor = Annotated[str, typer.Option(help="Your account: it is audited")]


@app.command()
def create() -> None:
    """Make the keys that an installation lacks, in the folder of HEALTHBOOK_KEYS_DIR. Keep a copy of it elsewhere."""
    from etl import steps
    from etl.settings import load_settings

    give(steps.create_keys(load_settings()))


@app.command("list")
def list_all() -> None:
    """Show each key's number, whether it seals, whether it is here, and how many raw files it opens."""
    from etl import steps

    give(steps.list_keys(ready()))


@app.command()
def rotate(keyset: Annotated[str, typer.Argument(help="raw, names, or master, which wraps the others")], actor: Actor) -> None:
    """Make a new key, which is used from now on; older ones still open what they sealed."""
    from etl import steps

    give(steps.rotate_key(ready(), keyset, actor))


@app.command()
def reseal(actor: Actor) -> None:
    """Seal all raw files and all names in the warehouse with the newest keys; gives how many had older ones, or none."""
    from etl import steps

    give(steps.reseal(ready(), actor))
