"""`healthbook account …`: who may sign in to the portal. Passwords are typed or piped in, never words of the command."""

import sys
from typing import Annotated

import typer

from etl.console import give, ready

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, help="Who may sign in to the portal.")

User = Annotated[str, typer.Argument(help="Name to sign in with: small letters, digits and _")]
Actor = Annotated[str, typer.Option(help="Your account: it is audited")]
Made = Annotated[bool, typer.Option("--make-password", help="Make one and print it, once")]


@app.command()
def create(
    user: User,
    title: Annotated[str, typer.Option(help="What the account is for: a post, not a person")],
    actor: Actor,
    language: Annotated[str, typer.Option(help="vi or en")] = "vi",
    subject: Annotated[
        str | None, typer.Option("--oidc", help="Subject at the provider of OpenID Connect; then no password")
    ] = None,
    make_password: Made = False,
) -> None:
    """Make an account; what it may do is granted by `healthbook access grant`."""
    from etl import steps

    password = None if subject or make_password else _typed()
    give(steps.create_account(ready(), user, title, actor, language=language, subject=subject, password=password))


@app.command("list")
def list_accounts() -> None:
    """Show all accounts: what each may do, when it was last at work, whether it is locked or closed."""
    from etl import steps

    give(steps.list_accounts(ready()))


@app.command()
def close(user: User, actor: Actor) -> None:
    """Close an account for good; its sessions end."""
    from etl import steps

    give(steps.close_account(ready(), user, actor))


@app.command()
def password(user: User, actor: Actor, make_password: Made = False) -> None:
    """Give an account another password; its sessions end."""
    from etl import steps

    give(steps.renew_password(ready(), user, actor, None if make_password else _typed()))


@app.command()
def unlock(user: User, actor: Actor) -> None:
    """Let an account that wrong passwords locked be tried at once."""
    from etl import steps

    give(steps.unlock_account(ready(), user, actor))


def _typed() -> str:
    """Hidden typing reads the terminal itself, even where something is piped in."""
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    return sys.stdin.readline().rstrip("\r\n")
