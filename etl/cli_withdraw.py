"""`healthbook withdraw`: a batch that should not have come leaves the books, and can come back."""

from typing import Annotated

import typer

from etl.console import give, ready


def withdraw(
    batch: Annotated[int, typer.Argument(min=1, help="Number of a batch")],
    actor: Annotated[str, typer.Option(help="Your account: you answer for it, and it is audited")],
    reason: Annotated[str, typer.Option(help="Why; it stays on record")],
    undo: Annotated[bool, typer.Option("--undo", help="Restore a batch that was withdrawn")] = False,
) -> None:
    """Take a batch out of the books, or put it back; prints its counts. Books follow with the next build.

    Rows that a later batch delivered again stand by that batch.
    """
    from etl import steps

    give(steps.withdraw(ready(), steps.Withdrawal(batch, actor, reason, undo)))
