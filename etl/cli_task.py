"""`healthbook task …`: what somebody must mend, who is at it, who is told of it, and what changed between two days."""

import dataclasses
from datetime import datetime
from typing import Annotated

import typer

from etl.console import give, ready, say

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, help="What somebody must mend, by when.")

Number = Annotated[int, typer.Argument(min=1, help="Number of a task")]
Actor = Annotated[str, typer.Option(help="Your account: it is audited")]
Day = Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="Day, such as 2026-10-01")]


@app.command("list")
def list_tasks(
    owner: Annotated[str | None, typer.Option(help="sender, ward or city")] = None,
    sender: Annotated[str | None, typer.Option(help="Code of a sender")] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only those whose day has passed")] = False,
) -> None:
    """Show the tasks that are not closed, those due first."""
    from etl import steps

    give(steps.list_tasks(ready(), owner, sender, overdue))


@app.command()
def show(task: Number) -> None:
    """Show a task: its rule, the numbers of its rows, its course."""
    from etl import steps

    give(steps.show_task(ready(), task))


@app.command()
def acknowledge(task: Number, actor: Actor) -> None:
    """Say that you are at a task."""
    from etl import steps

    give(steps.acknowledge_task(ready(), task, actor))


@app.command()
def assign(task: Number, to: Annotated[str, typer.Option(help="Account that is to do it")], actor: Actor) -> None:
    """Ask an account to do a task."""
    from etl import steps

    give(steps.assign_task(ready(), task, to, actor))


@app.command()
def close(task: Number) -> None:
    """Say why nobody closes a task: only data that passes does."""
    from etl import steps

    steps.refuse_closing(task)


@app.command()
def remind() -> None:
    """Tell owners of new and due tasks, and those above them of overdue ones; prints how many messages left."""
    from etl import steps

    reminded = steps.remind(ready())
    if reminded.without_address:
        say(
            "Without an address in HEALTHBOOK_RECIPIENTS_FILE, so messages wait: " + ", ".join(reminded.without_address)
        )
    give(dataclasses.asdict(reminded))


@app.command()
def compare(first: Day, second: Day) -> None:
    """Show what is new, resolved and persisting between the ends of two days."""
    from etl import steps

    give(steps.compare_tasks(ready(), first.date(), second.date()))
