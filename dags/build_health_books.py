"""Builds the health books anew wherever records, links or the register changed: link, merge, publish, check, score.

Starts by itself when batches were accepted or the register changed; events that come while it runs make one further
run. One run at a time.

**If a task is red**
- `DependencyError`: PostgreSQL or the store was away, and four further tries did not help. Bring it back, then clear
  the red task *with its downstream tasks*.
- `ConfigError`: mend the setting that it names (`.env`), then clear likewise.
- anything else is a fault of the program: report it with the run number that `link` returned. The books that readers
  see are the last ones published: a build shows all of its output or none.

Every task can be cleared and run again with the same result. Trigger with `full` to link every record anew, which
a new linkage model needs and nothing else does: daily batches and a full build give the same books. Where a full build
would change anybody's records it is only proposed: the other tasks pass it by until `healthbook approve RUN` lets it
take effect, and the run is built on by `healthbook merge`, `publish` and `score`.
"""

from airflow.sdk import Param, dag, get_current_context, task

from etl.orchestration.names import BUILD
from etl.orchestration.policy import BATCH_ACCEPTED, DEFAULT_ARGS, HEALTH_BOOKS, REGISTER, stated

FULL = Param(False, type="boolean", description="Link every record anew, not only what is pending")


@dag(
    schedule=(BATCH_ACCEPTED | REGISTER),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    params={"full": FULL},
    tags=["linkage", "books"],
    doc_md=__doc__,
)
def build_health_books() -> None:
    @task(pool=BUILD)
    def link() -> int:
        from etl import settings, steps

        full = bool(get_current_context()["params"]["full"])
        with stated("link"):
            return int(steps.link(settings.load_settings(), full=full))

    @task(pool=BUILD)
    def merge(build_id: int) -> int:
        from etl import settings, steps

        with stated("merge"):
            steps.merge(settings.load_settings(), build_id)
        return build_id

    @task(pool=BUILD)
    def publish(build_id: int) -> int:
        from etl import settings, steps

        with stated("publish"):
            steps.publish(settings.load_settings(), build_id)
        return build_id

    @task(pool=BUILD)
    def check(build_id: int) -> int:
        from etl import settings, steps

        with stated("check"):
            steps.check_warehouse(settings.load_settings())
        return build_id

    @task(pool=BUILD, outlets=[HEALTH_BOOKS])
    def score(build_id: int) -> int:
        from etl import settings, steps

        with stated("score"):
            steps.score(settings.load_settings(), build_id)
        return build_id

    score(check(publish(merge(link()))))  # type: ignore[arg-type]  # an XComArg stands for the number


build_health_books()
