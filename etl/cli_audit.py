"""`healthbook audit …`: whether the audit was tampered with, where its head is anchored, and who read or changed whom."""

from datetime import date, datetime
from typing import Annotated

import typer

from etl.console import give, ready, say
from etl.errors import DataError

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, help="Prove the audit, and report from it.")

PLACE = "A file, or the address of another PostgreSQL database; else HEALTHBOOK_AUDIT_ANCHOR"
Start = Annotated[str, typer.Option("--from", help="A day (2026-11-23) or moment (2026-11-23T08:30) of Hanoi")]
End = Annotated[str, typer.Option("--to", help="The last day, or the moment at which it ends")]


@app.command()
def verify(anchor: Annotated[str | None, typer.Option(help=PLACE)] = None) -> None:
    """Hash the whole audit anew and compare it with the anchors. Exit code 3 where an entry was tampered with."""
    from etl import steps

    _give_chain(steps.verify_audit(ready(), anchor))


@app.command()
def anchor(to: Annotated[str | None, typer.Option(help=PLACE)] = None) -> None:
    """Keep the head of the audit elsewhere, once what came since the newest anchor holds; else exit code 3."""
    from etl import steps

    _give_chain(steps.anchor_audit(ready(), to))


@app.command()
def report(
    start: Start, end: End, actor: Annotated[str, typer.Option(help="Your account: it is audited")] = "operator"
) -> None:
    """Who read or changed whom in a period, when and how many: numbers of people, and no other value of theirs."""
    from etl import steps

    found = steps.report_breach(ready(), _day_or_moment(start), _day_or_moment(end), actor)
    give(found)
    if not found["chain"]["holds"]:
        say("audit: the chain that this report comes from does not hold; expected one that does. Run `audit verify`.")


def _give_chain(found: dict[str, object]) -> None:
    give(found)
    if not found["holds"]:
        say(
            "Nhật ký đã bị can thiệp: xem breaks; giữ nguyên máy chủ và báo người phụ trách an toàn thông tin.\n"
            "audit: the chain does not hold; expected every entry as it was written. Leave the server as it is and tell "
            "whoever is responsible for security."
        )
        raise typer.Exit(DataError.exit_code)


def _day_or_moment(words: str) -> date | datetime:
    try:
        return date.fromisoformat(words) if len(words) == len("2026-11-23") else datetime.fromisoformat(words)
    except ValueError:
        raise typer.BadParameter(
            f"{words}: expected a day such as 2026-11-23, or a moment such as 2026-11-23T08:30"
        ) from None
