"""Takes in every file that waits in the inbox or was registered by the portal: one mapped task a file.

**A refused file is a result, not a failure.** Its task is green and returns `state: refused`; the sender finds the
reason and the remedy in his task list, and `healthbook status BATCH` shows it. The other files go on.

**If a task is red**
- `DependencyError` in the log: PostgreSQL or the store was away, and four further tries did not help. Bring it back,
  then clear the red task. Nothing was half-written.
- `ConfigError`: mend the setting that it names (`.env`), then clear the task.
- anything else is a fault of the program: the other files are in and are built; report it with the batch number.

`outcome` is red when any file's task is, so that a run with a broken file is never green. Clearing any task, a whole
run or a whole day is safe: a batch that is already in gives the receipt of the first time.
"""

from typing import Any

from airflow.sdk import Param, TriggerRule, dag, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

from etl.orchestration.names import INTAKE
from etl.orchestration.policy import BATCH_ACCEPTED, DEFAULT_ARGS, at, figures, stated

BATCH_IDS = Param(
    None,
    type=["null", "array"],
    items={"type": "integer", "minimum": 1},
    description="Batches to take in; empty for all that wait",
)
MOST = Param(500, type="integer", minimum=1, maximum=1000, description="Files a run; the rest waits for the next run")


@dag(
    schedule=at("*/10 * * * *"),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    params={"batch_ids": BATCH_IDS, "most_batches": MOST},
    tags=["intake"],
    doc_md=__doc__,
)
def receive_batches() -> None:
    @task(pool=INTAKE)
    def waiting() -> list[int]:
        from etl import settings, steps

        params = get_current_context()["params"]
        with stated("waiting"):
            found = steps.register_waiting(settings.load_settings())
            return (params["batch_ids"] or found)[: params["most_batches"]]

    @task(pool=INTAKE, map_index_template="batch {{ batch_id }}")
    def take_in(batch_id: int) -> dict[str, Any]:
        from etl import settings, steps

        get_current_context()["batch_id"] = batch_id  # type: ignore[typeddict-unknown-key]  # names the mapped task
        with stated("take_in"):
            return figures(steps.take_in(settings.load_settings(), batch_id))

    @task(pool=INTAKE, trigger_rule=TriggerRule.ALL_DONE, outlets=[BATCH_ACCEPTED])
    def announce(receipts: list[dict[str, Any]]) -> int:
        accepted = [receipt["state"] for receipt in receipts[:]].count("accepted")
        if not accepted:
            raise AirflowSkipException("No file was accepted: there is nothing new to build.")
        return accepted

    @task(pool=INTAKE, trigger_rule=TriggerRule.NONE_FAILED)
    def outcome(receipts: list[dict[str, Any]]) -> dict[str, int]:
        states = [receipt["state"] for receipt in receipts[:]]  # [:] fetches all at once, not one by one
        return {state: states.count(state) for state in sorted(set(states))}

    receipts = take_in.expand(batch_id=waiting())
    announce(receipts)  # type: ignore[arg-type]  # an XComArg stands for the list
    outcome(receipts)  # type: ignore[arg-type]


receive_batches()
