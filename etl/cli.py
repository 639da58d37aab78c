"""`healthbook …`: every step from the command line, without Airflow.

Results go to stdout (JSON where a program reads them), words and progress to stderr. Exit codes: 0 done, 1 our own
fault, 2 wrong usage or configuration, 3 the data was refused, 4 a dependency is not there.
"""

import dataclasses
import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from etl import settings as settings_module
from etl.errors import HealthbookError, describe_fault

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help="The city's health-book pipeline.")

REFUSED = 3
FileArgument = Annotated[Path, typer.Argument(help="The file", exists=True, dir_okay=False, readable=True)]


def main() -> None:
    """Run the command line, and turn every error into a message and an exit code that say what to do."""
    try:
        app()
    except HealthbookError as error:
        _say(str(error))
        sys.exit(error.exit_code)
    except Exception as error:  # noqa: BLE001 - whatever broke, its message may hold a value: only type and place are shown
        _say(describe_fault("healthbook", error))
        sys.exit(HealthbookError.exit_code)


def _say(words: str) -> None:
    print(words, file=sys.stderr)  # noqa: T201 - the command line speaks here


def _give(result: Any) -> None:
    print(json.dumps(result, ensure_ascii=False, default=str))  # noqa: T201


def _ready() -> settings_module.Settings:
    """The settings, with the database running and its schema up to date."""
    from etl import steps

    settings = settings_module.load_settings()
    _say(steps.prepare(settings))
    return settings


@app.command()
def receive(
    file: FileArgument,
    sender: Annotated[str, typer.Option(help="Code of the sender, such as PX00004")],
    kind: Annotated[str | None, typer.Option(help="Kind of file, where recognition should not decide")] = None,
    annotated: Annotated[Path | None, typer.Option(help="Write the sender's own file back here (.xlsx), with a reason column")] = None,
) -> None:
    """Take in one file; prints a receipt as JSON. Exit code 3 when the file is refused."""
    from etl import steps

    settings = _ready()
    receipt = steps.receive(settings, file, sender, kind)
    if annotated is not None and receipt.state == "accepted":
        steps.annotate(settings, receipt.batch_id, annotated)
    _give(_receipt_json(receipt))
    if receipt.state == "refused":
        _say(receipt.refusal or "")
        raise typer.Exit(REFUSED)


def _receipt_json(receipt: Any) -> dict[str, Any]:
    shown = {name: getattr(receipt, name) for name in ("batch_id", "kind", "sha256", "state", "rows_in", "accepted", "quarantined", "duplicate", "withdrawn")}
    if receipt.refusal_rule_id:
        shown["refused"] = {"rule": receipt.refusal_rule_id, "reason": receipt.refusal}
    shown["findings"] = [
        {"rule": f.rule_id, "severity": f.severity, "column": f.column_name, "rows": list(f.row_nos)} for f in receipt.findings if f.row_count
    ]
    return shown


@app.command("register")
def load_register(file: FileArgument) -> None:
    """Load a snapshot or delta of the population register."""
    from etl import steps

    _give(steps.load_register(_ready(), file).__dict__)


@app.command()
def build(full: Annotated[bool, typer.Option("--full", help="Link every record anew")] = False) -> None:
    """Link, merge, publish and score what is pending."""
    from etl import steps

    settings = _ready()
    run_id = steps.link(settings, full)
    _say(f"run {run_id}: linked")
    steps.merge(settings, run_id)
    _say(f"run {run_id}: merged")
    steps.publish(settings, run_id)
    steps.score(settings, run_id)
    _give(steps.read_run(settings, run_id))


@app.command()
def report(out: Annotated[Path | None, typer.Option(help="Folder for the report")] = None) -> None:
    """Write the quality report; prints where it lies."""
    from etl import steps

    _give({"report": str(steps.report(_ready(), out))})


@app.command()
def status(batch: Annotated[int | None, typer.Argument(help="Number of a batch")] = None) -> None:
    """Show where everything stands, or the receipt of one batch."""
    from etl import steps

    settings = _ready()
    _give(_receipt_json(steps.read_receipt(settings, batch)) if batch is not None else dataclasses.asdict(steps.summary(settings)))


@app.command("link")
def link_files(
    register: Annotated[Path, typer.Option(help="Register, Parquet", exists=True)],
    records: Annotated[Path, typer.Option(help="Records, Parquet", exists=True)],
    out: Annotated[Path, typer.Option(help="Where the links go, Parquet")],
    engine: Annotated[str, typer.Option(help="duckdb")] = "duckdb",
    memory: Annotated[str, typer.Option(help="Memory that the engine may hold")] = "8GB",
    threads: Annotated[int, typer.Option(help="Threads")] = 2,
) -> None:
    """Linkage alone, on files: one row a record, totals as JSON."""
    from etl import steps

    if engine != "duckdb":
        raise typer.BadParameter("only duckdb is built so far", param_hint="--engine")
    _give(steps.link_files(register, records, out, memory=memory, threads=threads, progress=_say))


@app.command()
def sample(
    people: Annotated[int, typer.Option(min=1, help="People in the register")],
    out: Annotated[Path, typer.Option(help="Folder to write the city into")],
    seed: Annotated[int, typer.Option(help="Same seed, same bytes")] = 1,
) -> None:
    """Invent a city: files as senders send them, and the truth beside them."""
    from etl.sample.city import write_city

    _give(write_city(people, seed, out).__dict__)


@app.command()
def migrate() -> None:
    """Bring the database up to date, and say so."""
    _ready()


