"""`healthbook access …`: which account may act in which role, over which wards, facilities or senders."""

from typing import Annotated

import typer

from etl.console import give, ready, tell

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, help="Who may see what.")

User = Annotated[str, typer.Argument(help="Account that logs in to the database")]
RoleName = Annotated[str, typer.Argument(help="Role of docs/access.md")]
Actor = Annotated[str, typer.Option(help="Your account: it is audited")]


@app.command()
def grant(
    user: User,
    role: RoleName,
    actor: Actor,
    ward: Annotated[list[str] | None, typer.Option(help="Ward code; may be repeated")] = None,
    facility: Annotated[list[str] | None, typer.Option(help="Facility code; may be repeated")] = None,
    sender: Annotated[list[str] | None, typer.Option(help="Sender code; may be repeated")] = None,
    city: Annotated[bool, typer.Option("--city", help="The whole city")] = False,
) -> None:
    """Let an account act in a role over a scope."""
    from etl import steps

    scope = steps.Scope(tuple(ward or ()), tuple(facility or ()), tuple(sender or ()), city)
    give(steps.grant_access(ready(), user, role, scope, actor))


@app.command()
def revoke(user: User, role: RoleName, actor: Actor) -> None:
    """Take a role from an account, with every scope; whoever acts in it sees nothing more."""
    from etl import steps

    give(steps.revoke_access(ready(), user, role, actor))


@app.command("list")
def list_access() -> None:
    """Show who may act in which role over what, and when each last did."""
    from etl import steps

    give(steps.list_access(ready()))


@app.command()
def matrix() -> None:
    """Print which role sees which fields of which table, as docs/access.md has it."""
    from etl.contracts.access_page import matrix_text

    tell(matrix_text())
