"""`healthbook backup`, `restore-drill`, `retention` and `store verify`: what is kept, proved to be whole, and let go."""

from pathlib import Path
from typing import Annotated

import typer

from etl.console import give, ready, say
from etl.errors import ConfigError, HealthbookError

store_app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, help="The store of files.")


def add_to(app: typer.Typer) -> None:
    """Let a command line have these commands."""
    for name, command in (("backup", backup), ("restore-drill", restore_drill), ("retention", retention)):
        app.command(name)(command)
    app.add_typer(store_app, name="store")


def backup(out: Annotated[Path | None, typer.Option(help="Folder of the backups; else the setting's")] = None) -> None:
    """Copy the database while it runs, verify the copy, and mark the moment with a digest of every table."""
    from etl import steps

    give(steps.backup(ready(), out))


def restore_drill(
    to: Annotated[
        str | None, typer.Option(help="A mark, or a moment in UTC such as 2026-10-01T12:00Z; else a mark set now")
    ] = None,
    backups: Annotated[Path | None, typer.Option("--from", help="Folder of the backups; else the setting's")] = None,
) -> None:
    """Restore a backup into a second server, to a marked moment, and compare every table. Exit code 1 if any differs."""
    from etl import steps

    found = steps.restore_drill(ready(), to, backups)
    give(found)
    if not found["is_equal"]:
        say("restore drill: what was restored differs; expected what was marked. Look at the tables and files named.")
        raise typer.Exit(HealthbookError.exit_code)


def retention(
    apply: Annotated[bool, typer.Option("--apply", help="Remove it")] = False,
    actor: Annotated[str | None, typer.Option(help="Your account: a removal is audited")] = None,
) -> None:
    """Show what is older than its time and needed by nobody, kind by kind; with --apply and --actor it is removed."""
    if apply != bool(actor):
        raise ConfigError("retention: somebody answers for a removal; expected --apply and --actor together. Add both.")
    from etl import steps

    give({"kinds": steps.retain(ready(), actor)})


@store_app.command("verify")
def verify_store() -> None:
    """Read every file of the store against its hash; tells what is damaged, missing or extra. Exit code 1 if any is."""
    from etl import steps

    found = steps.verify_store(ready())
    give(found)
    if not found["is_sound"]:
        say(
            "store: files are damaged, missing or incomplete; expected all as they were written. "
            "Bring them back from a copy, or take in the batch again."
        )
        raise typer.Exit(HealthbookError.exit_code)
