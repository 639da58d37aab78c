"""`healthbook person …`: what somebody may ask about his own data. Every command says who asks for it and why, and is audited.

`export` prints personal data on stdout, for the person and nobody else.
"""

import sys
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from etl.console import give, ready

if TYPE_CHECKING:
    from etl.steps import Asked

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="What people ask about their own data, with its deadlines.",
)
NEGATIVE = {"ignore_unknown_options": True}
"""Provisional people have negative numbers, which are no options."""

Person = Annotated[int, typer.Argument(help="Number of the person")]
Actor = Annotated[str, typer.Option(help="Your account: it is audited")]
Reason = Annotated[str, typer.Option(help="Why, such as the number of the letter; names nobody: it is audited")]
Received = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day on which the person asked; else today")
]
Fields = Annotated[list[str], typer.Option(help="Field of the book; may be given again")]


@app.command()
def find(actor: Actor, reason: Reason) -> None:
    """Who bears a citizen ID, typed or piped in: a number on the command line is seen by others."""
    from etl import steps

    # Hidden typing reads the terminal itself, even where something is piped in.
    number = typer.prompt("Citizen ID", hide_input=True, err=True) if sys.stdin.isatty() else sys.stdin.readline()
    give(steps.find_person(ready(), number, steps.Viewer(actor, reason)))


@app.command(context_settings=NEGATIVE)
def ask(person: Person, actor: Actor, reason: Reason, received: Received = None) -> None:
    """Write down that somebody asks to see his data; prints the request with its deadlines."""
    from etl import steps

    give(steps.ask_access(ready(), _asked(person, actor, reason, received)))


@app.command(context_settings=NEGATIVE)
def export(
    person: Person,
    actor: Actor,
    reason: Reason,
    request: Annotated[int | None, typer.Option(help="The request that this answers; else one is opened")] = None,
    restricted: Annotated[
        bool, typer.Option("--restricted", help="With what the law restricts (HIV): audited apart")
    ] = False,
    received: Received = None,
) -> None:
    """The person's whole book as JSON, each value with its batch, row and sender."""
    from etl import steps

    asked = _asked(person, actor, reason, received)
    give(steps.export_person(ready(), asked, with_restricted=restricted, request_id=request))


@app.command(context_settings=NEGATIVE)
def correct(person: Person, field: Fields, actor: Actor, reason: Reason, received: Received = None) -> None:
    """Ask for fields to be corrected; prints the request, and what must be done. Changes no book."""
    from etl import steps

    give(steps.ask_correction(ready(), _asked(person, actor, reason, received), tuple(field)))


@app.command(context_settings=NEGATIVE)
def erase(
    person: Person,
    actor: Actor,
    reason: Reason,
    field: Annotated[list[str] | None, typer.Option(help="Field of the book; else what serves to reach him")] = None,
    received: Received = None,
) -> None:
    """Ask for fields to be erased; prints the request, and what the law keeps. Erases nothing by itself."""
    from etl import steps

    give(steps.ask_erasure(ready(), _asked(person, actor, reason, received), tuple(field or ())))


@app.command("accesses", context_settings=NEGATIVE)
def list_accesses(person: Person, actor: Actor, reason: Reason) -> None:
    """Who read or changed what is held of a person, when and why."""
    from etl import steps

    give(steps.list_accesses(ready(), _asked(person, actor, reason)))


@app.command("requests")
def list_requests(
    is_all: Annotated[bool, typer.Option("--all", help="Closed ones as well")] = False,
) -> None:
    """The requests that are due or overdue, the most urgent first."""
    from etl import steps

    give(steps.list_requests(ready(), is_all=is_all))


@app.command()
def answer(
    request: Annotated[int, typer.Argument(help="Number of the request")],
    state: Annotated[str, typer.Option(help="acknowledged, done, partly_done or refused")],
    actor: Actor,
    reason: Reason,
) -> None:
    """Acknowledge a request, or close it with what was decided and why."""
    from etl import steps

    give(steps.answer_request(ready(), request, state, steps.Viewer(actor, reason)))


def _asked(person: int, actor: str, reason: str, received: datetime | None = None) -> "Asked":
    from etl import steps

    return steps.Asked(person, steps.Viewer(actor, reason), received.date() if received else None)
