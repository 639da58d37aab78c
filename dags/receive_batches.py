"""Takes in every file that waits in the inbox or was registered by the portal: one mapped task a file.

**A refused file is a result, not a failure.** Its task is green and returns `state: refused`; the sender finds the
reason and the remedy in his task list, and `healthbook status BATCH` shows it. The other files go on.

**If a task is red**
- `DependencyError` in the log: PostgreSQL or the store was away, and four further tries did not help. Bring it back,
  then clear the red task. Nothing was half-written.
- `ConfigError`: mend the setting that it names (`.env`), then clear the red task.
- anything else is a fault of the program: the other files are in and are built; report it with the batch number.

A file's task that is red leaves `outcome` undone (`upstream_failed`) and the run red; `announce` lets the other files
be built all the same. Clear red tasks *with their downstream tasks*: `outcome` then has the mended file built too.
Clearing a whole run or day is safe: it looks at the same files again, and a batch that is in gives its first receipt.
"""

from typing import Any

from airflow.sdk import Param, TriggerRule, dag, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

from etl.orchestration.names import INTAKE
from etl.orchestration.policy import BATCH_ACCEPTED, DEFAULT_ARGS, announced, at, figures, stated

IDS = {"type": "integer", "minimum": 1}
BATCH_IDS = Param(None, type=["null", "array"], items=IDS, description="Batches to take in; empty for all that wait")
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

        context = get_current_context()
        wanted, most = context["params"]["batch_ids"], context["params"]["most_batches"]
        with stated("waiting"):
            found = steps.register_waiting(settings.load_settings())
        # A run that was cleared still has its receipts, so its files are looked at again: that is what clearing means.
        before = [receipt["batch_id"] for receipt in context["ti"].xcom_pull(task_ids=["take_in"]) if receipt]
        return wanted or sorted({*before, *found})[:most]

    @task(pool=INTAKE, map_index_template="batch {{ batch_id }}")
    def take_in(batch_id: int) -> dict[str, Any]:
        from etl import settings, steps

        get_current_context()["batch_id"] = batch_id  # type: ignore[typeddict-unknown-key]  # names the mapped task
        with stated("take_in"):
            return figures(steps.take_in(settings.load_settings(), batch_id))

    # One of the two announces: `announce` where a file's task failed, `outcome` where none did or all are mended.
    @task(pool=INTAKE, trigger_rule=TriggerRule.ALL_DONE_MIN_ONE_SUCCESS, outlets=[BATCH_ACCEPTED])
    def announce(batch_ids: list[int], receipts: list[dict[str, Any]]) -> dict[str, int]:
        if len(receipts) == len(batch_ids):
            raise AirflowSkipException("No file's task failed: `outcome` announces.")
        return announced(receipts)

    @task(pool=INTAKE, trigger_rule=TriggerRule.NONE_FAILED, outlets=[BATCH_ACCEPTED])
    def outcome(receipts: list[dict[str, Any]]) -> dict[str, int]:
        return announced(receipts)

    batch_ids = waiting()
    receipts = take_in.expand(batch_id=batch_ids)
    announce(batch_ids, receipts)  # type: ignore[arg-type]  # an XComArg stands for the list
    outcome(receipts)  # type: ignore[arg-type]


receive_batches()
