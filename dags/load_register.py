"""Loads the population register's snapshots and deltas that wait, in the order of the days that they describe.

**If a task is red**
- `DataError`: a file is not what the register's owner agreed to send; the text says why. Take it out of the inbox
  (`DC01/`), ask for a new one, clear the run. The register in use has not changed; later files wait behind the bad one.
- `DependencyError`: PostgreSQL or the store was away, and four further tries did not help. Bring it back, then clear
  the red task with its downstream tasks.
- `ConfigError`: mend the setting that it names (`.env`), then clear likewise.

One file is one transaction, and loading it again changes nothing: clearing a task, a run or a day is safe.
`load` is skipped (pink) when no file waited, or only known ones; then nothing is built anew.
"""

from airflow.sdk import Param, dag, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

from etl.orchestration.names import INTAKE
from etl.orchestration.policy import DEFAULT_ARGS, REGISTER, at, figures, stated

FILE = Param(
    None,
    type=["null", "string"],
    maxLength=500,
    description="One register file, by its reference or path; empty for all that wait",
)


@dag(
    schedule=at("5 * * * *"),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    params={"file": FILE},
    tags=["intake", "register"],
    doc_md=__doc__,
)
def load_register() -> None:
    @task(pool=INTAKE)
    def waiting() -> list[str]:
        from etl import settings, steps

        file = get_current_context()["params"]["file"]
        with stated("waiting"):
            return [file] if file else steps.waiting_register_files(settings.load_settings())

    # One task for all files, not a mapped one: a delta must never overtake the snapshot before it.
    @task(pool=INTAKE, outlets=[REGISTER])
    def load(files: list[str]) -> list[dict[str, int | float | str]]:
        from etl import settings, steps

        if not files:
            raise AirflowSkipException("No register file waits: there is nothing new to build.")
        with stated("load_register"):
            ready = settings.load_settings()
            receipts = [figures(steps.load_register(ready, file)) for file in files]
        # A later try may find loaded what an earlier one brought in before it was cut off: that is news all the same.
        if get_current_context()["ti"].try_number == 1 and all(receipt["state"] == "known" for receipt in receipts):
            raise AirflowSkipException("Every file was loaded before: there is nothing new to build.")
        return receipts

    load(waiting())  # type: ignore[arg-type]  # an XComArg stands for the list


load_register()
