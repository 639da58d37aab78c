"""`healthbook …`: every step from the command line, without Airflow.

Results go to stdout as one JSON value, words and progress to stderr. Exit codes: 0 done, 1 our own fault, 2 wrong usage
or configuration, 3 the data was refused, 4 a dependency is not there. Nothing heavy is imported before a command runs.
"""

import dataclasses
import io
import re
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from etl import (
    cli_access,
    cli_account,
    cli_audit,
    cli_dictionary,
    cli_keeping,
    cli_keys,
    cli_models,
    cli_person,
    cli_quality,
    cli_review,
    cli_task,
    cli_trace,
    cli_withdraw,
)
from etl.console import give as _give
from etl.console import ready as _ready
from etl.console import say as _say
from etl.errors import ConfigError, DataError, HealthbookError, describe_fault

if TYPE_CHECKING:
    from etl.settings import Settings

app = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help="The city's health-book pipeline."
)

app.add_typer(cli_keys.app, name="keys")
app.add_typer(cli_access.app, name="access")
app.add_typer(cli_account.app, name="account")
app.add_typer(cli_review.app, name="review")
app.add_typer(cli_person.app, name="person")
app.add_typer(cli_audit.app, name="audit")
app.add_typer(cli_task.app, name="task")
app.command()(cli_trace.trace)
cli_keeping.add_to(app)
app.command()(cli_withdraw.withdraw)
for command in (cli_models.index, cli_models.train, cli_models.models):
    app.command()(command)
app.command()(cli_dictionary.dictionary)
app.command()(cli_dictionary.rules)
app.command("check-warehouse")(cli_quality.check_warehouse)
app.command()(cli_quality.report)

FileArgument = Annotated[Path, typer.Argument(help="The file")]
BatchArgument = Annotated[int, typer.Argument(help="Number of a batch")]
RunArgument = Annotated[int, typer.Argument(help="Number of a build, as `link` gives it")]
Full = Annotated[bool, typer.Option("--full", help="Link every record anew")]
ModelVersion = Annotated[str | None, typer.Option("--model", help="Version of a kept model: links every record anew")]
Kind = Annotated[str | None, typer.Option(help="Kind of file, where recognition should not decide")]
RECEIPT = ("batch_id", "kind", "sha256", "state", "rows_in", "accepted", "quarantined", "duplicate", "withdrawn")


def main() -> None:
    """Run the command line, and turn every error into a message and an exit code that say what to do."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # whatever the terminal's language is
    try:
        app()
    except HealthbookError as error:
        _say(_reason(error.rule_id, str(error)) if isinstance(error, DataError) else str(error))
        sys.exit(error.exit_code)
    except Exception as error:
        # Whatever broke, its message may hold a value: only type and place are shown.
        _say(describe_fault("healthbook", error))
        sys.exit(HealthbookError.exit_code)


def _give_receipt(receipt: Any) -> None:
    """Print a receipt; a refused file ends the command with the reason and exit code 3."""
    _give(_receipt_json(receipt))
    if receipt.state == "refused":
        _say(_reason(receipt.refusal_rule_id, receipt.refusal))
        raise typer.Exit(DataError.exit_code)


def _receipt_json(receipt: Any) -> dict[str, Any]:
    shown = {name: getattr(receipt, name) for name in RECEIPT}
    if receipt.refusal_rule_id:
        shown["refused"] = _refusal_json(receipt.refusal_rule_id, receipt.refusal)
    shown["findings"] = [
        {"rule": f.rule_id, "severity": f.severity, "column": f.column_name, "rows": list(f.row_nos)}
        for f in receipt.findings
        if f.row_count
    ]
    return shown


def _refusal_json(rule_id: str, reason: str | None) -> dict[str, Any]:
    """What in this file is wrong, and in both languages what the rule means and how to mend it."""
    from etl import steps

    rule = steps.rule_wording()[rule_id]
    return {
        "rule": rule_id,
        "reason": reason,
        "message_vi": rule.message_vi,
        "fix_vi": rule.fix_vi,
        "message_en": rule.message_en,
        "fix_en": rule.fix_en,
    }


def _reason(rule_id: str, reason: str | None) -> str:
    """Why a file was refused, as two lines: Vietnamese, English."""
    told = _refusal_json(rule_id, reason)
    return f"{told['message_vi']} {told['fix_vi']}\n{reason or told['message_en']}"


@app.command()
def receive(
    file: FileArgument,
    sender: Annotated[str, typer.Option(help="Code of the sender, such as PX00004")],
    kind: Kind = None,
    annotated: Annotated[
        Path | None, typer.Option(help="Write the sender's own file back here (.xlsx), with a reason column")
    ] = None,
) -> None:
    """Take in one file; prints a receipt as JSON. Exit code 3 when the file is refused."""
    from etl import steps

    steps.check_file(file)
    if annotated is not None:
        _check_workbook_path(annotated, file)
    settings = _ready()
    receipt = steps.receive(settings, file, sender, kind)
    _give_receipt(receipt)
    if annotated is not None:
        steps.annotate(settings, receipt.batch_id, annotated)
        _say("annotated file: written")


def _check_workbook_path(out: Path, file: Path | None = None) -> None:
    """Refuse before any work what could not be written, or would overwrite what was sent."""
    is_same = file is not None and out.exists() and out.samefile(file)
    if out.suffix.lower() != ".xlsx" or not out.parent.is_dir() or out.is_dir() or is_same:
        raise ConfigError(
            "workbook: its path does not fit; expected a new .xlsx file in a folder that is there. Choose another path."
        )


@app.command()
def annotate(batch: BatchArgument, out: Annotated[Path, typer.Argument(help="Where it goes (.xlsx)")]) -> None:
    """Write a sender's own file back, each row with its result and the reasons."""
    from etl import steps

    _check_workbook_path(out)
    steps.annotate(_ready(), batch, out)
    _give({"annotated": str(out)})


@app.command()
def waiting() -> None:
    """Register the files of the inbox; prints the batches that wait to be taken in."""
    from etl import steps

    _give({"batches": steps.register_waiting(_ready())})


@app.command("take-in")
def take_in(batch: BatchArgument, kind: Kind = None) -> None:
    """Read, standardise and check one received file; prints its receipt. Exit code 3 when it is refused."""
    from etl import steps

    _give_receipt(steps.take_in(_ready(), batch, kind))


@app.command("register")
def load_register(
    file: FileArgument,
    confirm_removal: Annotated[bool, typer.Option("--confirm-removal", help="Although it removes many people")] = False,
    actor: Annotated[str | None, typer.Option(help="Account of whoever confirms: it is audited")] = None,
) -> None:
    """Load a snapshot or delta of the population register. Exit code 3 when it is refused."""
    from etl import steps

    if confirm_removal != bool(actor):
        raise typer.BadParameter("a removal is confirmed by somebody: expected --confirm-removal and --actor together")
    steps.check_file(file)
    _give(steps.load_register(_ready(), file, actor).__dict__)


@app.command()
def link(
    register: Annotated[str | None, typer.Option(help="Register, Parquet; for spark also a URL")] = None,
    records: Annotated[str | None, typer.Option(help="Records, Parquet; for spark also a URL")] = None,
    out: Annotated[str | None, typer.Option(help="Where the links go, Parquet; for spark also a URL")] = None,
    engine: Annotated[str, typer.Option(help="duckdb, or spark")] = "duckdb",
    master: Annotated[str | None, typer.Option(help="Where spark runs, such as spark://host:7077; else here")] = None,
    memory: Annotated[str, typer.Option(help="Memory that the engine may hold")] = "8GB",
    threads: Annotated[int, typer.Option(help="Threads", min=1)] = 2,
    profile: Annotated[str, typer.Option(help="vietnam, or generic: names and numbers of any country")] = "vietnam",
    model: Annotated[Path | None, typer.Option(help="Model to link by; else one is trained on the data")] = None,
    save_model: Annotated[Path | None, typer.Option(help="Where the model that was used goes, TOML")] = None,
    full: Full = False,
) -> None:
    """Without files: link what is pending; prints the number of the build.

    With --register, --records and --out: linkage alone, on files, without a database: one row a record, totals as JSON.
    """
    if register is None and records is None and out is None:
        from etl import steps

        _give({"run_id": steps.link(_ready(), full)})
        return
    if register is None or records is None or out is None:
        raise typer.BadParameter("linkage on files needs --register, --records and --out")
    if engine not in ("duckdb", "spark") or (master is not None and engine != "spark"):
        raise typer.BadParameter("expected duckdb, or spark with or without --master", param_hint="--engine")
    if full or not re.fullmatch(r"[1-9][0-9]*(\.[0-9]+)?(MB|GB)", memory):
        raise typer.BadParameter("expected an amount such as 8GB or 800MB, and no --full", param_hint="--memory")
    if profile not in ("vietnam", "generic"):
        raise typer.BadParameter("expected vietnam or generic", param_hint="--profile")
    from etl.linkage.link_files import link_files  # not by way of the steps: linkage alone needs no warehouse
    from etl.linkage.link_urls import link_urls

    is_url = any("://" in place for place in (register, records, out))
    run = (
        partial(link_urls, register, records, out)
        if is_url
        else partial(link_files, Path(register), Path(records), Path(out))
    )
    _give(
        run(
            memory=memory,
            threads=threads,
            progress=_say,
            profile=profile,
            model=model,
            save_model=save_model,
            engine_name=engine,
            master=master,
        )
    )


@app.command()
def approve(run: RunArgument, actor: Annotated[str, typer.Option(help="Your account")]) -> None:
    """Let a proposed re-link take effect: prints what it changes. Merge, publish and score it then."""
    from etl import steps

    settings = _ready()
    steps.approve(settings, run, actor)
    _give_run(settings, run)


@app.command()
def reject(run: RunArgument, actor: Annotated[str, typer.Option(help="Your account")]) -> None:
    """Close a proposed re-link without effect."""
    from etl import steps

    steps.reject(settings := _ready(), run, actor)
    _give_run(settings, run)


def _give_run(settings: "Settings", run: int) -> None:
    """A build's counts, and what it changes where it is a re-link."""
    from etl import steps

    _give({**steps.read_run(settings, run), "differences": steps.read_differences(settings, run)})


@app.command()
def merge(run: RunArgument) -> None:
    """Build the books of a build, beside those that readers see."""
    from etl import steps

    settings = _ready()
    steps.merge(settings, run)
    _give(steps.read_run(settings, run))


@app.command()
def publish(run: RunArgument) -> None:
    """Let readers see the books of a build, all at once."""
    from etl import steps

    settings = _ready()
    steps.publish(settings, run)
    _give(steps.read_run(settings, run))


@app.command()
def score(run: RunArgument) -> None:
    """Score the day once the books of a build are published, and close the tasks whose data passes now."""
    from etl import steps

    settings = _ready()
    steps.score(settings, run)
    _give(steps.read_run(settings, run))


@app.command()
def build(full: Full = False, model: ModelVersion = None) -> None:
    """Link, merge, publish, check and score what is pending. What a re-link would change waits for `approve`."""
    from etl import steps

    settings = _ready()
    run_id = steps.link(settings, full, model)
    for step in (steps.merge, steps.publish, steps.check_warehouse, steps.score):
        _say(f"run {run_id}: {step.__name__}")
        step(settings, run_id)
    _give_run(settings, run_id)


@app.command()
def explain(
    record: Annotated[str, typer.Argument(help="Number of the record; in files, its record_id")],
    actor: Annotated[str, typer.Option(help="Account of whoever looks: it is audited")] = "operator",
    out: Annotated[Path | None, typer.Option(help="Draw it: .svg, .png or .html")] = None,
    register: Annotated[
        Path | None, typer.Option(help="Register, Parquet: explain on files, without a database")
    ] = None,
    records: Annotated[Path | None, typer.Option(help="Records, Parquet")] = None,
    model: Annotated[Path | None, typer.Option(help="Model of the files' links; else one is trained on them")] = None,
) -> None:
    """Why a record is linked as it is: each field's agreement and weight, caps and vetoes; as JSON, and as a chart."""
    from etl import steps

    if register is not None and records is not None:
        _give(steps.explain_file(register, records, record, model=model, out=out))
        return
    if register is not None or records is not None or model is not None or not record.isdecimal():
        raise typer.BadParameter("expected the number of a record; or, on files, --register and --records")
    _give(steps.explain(_ready(), int(record), actor, out))


@app.command()
def status(batch: Annotated[int | None, typer.Argument(help="Number of a batch")] = None) -> None:
    """Show where everything stands, or the receipt of one batch."""
    from etl import steps

    settings = _ready()
    if batch is None:
        _give(dataclasses.asdict(steps.summary(settings)))
    else:
        _give(_receipt_json(steps.read_receipt(settings, batch)))


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
def template(
    kind: Annotated[str, typer.Argument(help="ward_sheet or health_check")],
    out: Annotated[Path, typer.Argument(help="Where it goes (.xlsx)")],
) -> None:
    """Write an empty workbook for a ward or a clinic to fill in."""
    from etl import steps

    _check_workbook_path(out)
    steps.template(kind, out)
    _give({"template": str(out)})


@app.command()
def migrate() -> None:
    """Bring the database up to date, and say so."""
    _ready()


if __name__ == "__main__":
    main()
