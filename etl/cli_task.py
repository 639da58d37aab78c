"""`healthbook task …`: what must be mended, by whom and by when."""

from datetime import datetime
from typing import Annotated

import typer

from etl.console import give, ready, say

app = typer.Typer(no_args_is_help=True, help="Tasks: listed, shown, acknowledged, assigned; data alone closes them.")
TaskArgument = Annotated[int, typer.Argument(help="Number of a task")]
Actor = Annotated[str, typer.Option(help="The account of who answers for it")]
DayArgument = Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="A day, such as 2026-10-01")]


@app.command("list")
def list_tasks(
    owner: Annotated[str | None, typer.Option(help="sender, ward or city")] = None,
    scope: Annotated[str | None, typer.Option(help="Code of a sender or ward")] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only those whose day has passed")] = False,
) -> None:
    """Print the open tasks, the most urgent first."""
    from etl import steps

    found = steps.list_tasks(ready(), owner, scope, overdue)
    say(f"tasks: {len(found)} open")
    give(found)


@app.command("show")
def show(task: TaskArgument) -> None:
    """Print a task: what is wrong, in which rows, how to mend it, and what has happened to it."""
    from etl import steps

    give(steps.show_task(ready(), task))


@app.command("acknowledge")
def acknowledge(task: TaskArgument, actor: Actor) -> None:
    """Note that its owner is at it."""
    from etl import steps

    give(steps.acknowledge_task(ready(), task, actor))


@app.command("assign")
def assign(
    task: TaskArgument, to: Annotated[str, typer.Option(help="The account that shall do it")], actor: Actor
) -> None:
    """Ask an account to do it."""
    from etl import steps

    give(steps.assign_task(ready(), task, to, actor))


@app.command("close")
def close(task: TaskArgument) -> None:
    """Says why nobody can: a task closes when newer data passes its rule, and by nothing else."""
    say(
        f"task {task}: nobody closes a task; expected newer data that passes its rule. Send it, and the next build closes it."
    )
    raise typer.Exit(2)


@app.command("compare")
def compare(first: DayArgument, second: DayArgument) -> None:
    """Print which faults are new, resolved and persisting on the second day, held against the first."""
    from etl import steps

    found = steps.compare_tasks(ready(), first.date(), second.date())
    say("; ".join(f"{course}: {len(rows)}" for course, rows in found.items()))
    give(found)
