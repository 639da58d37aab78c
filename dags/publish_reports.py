"""Renders the quality report from the newest books and scores.

Starts by itself when `build_health_books` has finished.

**If `report` is red**
- `DependencyError`: PostgreSQL or the disk was away, and four further tries did not help. Bring it back,
  clear `report`.
- `ConfigError`: mend the setting that it names (`.env`), then clear `report`.
- anything else is a fault of the program: report it. The report of the last good run stays where it is: a new one
  replaces it only when it is whole.

Clearing and running again is safe; it renders the same page from the same data.
"""

from airflow.sdk import dag, task

from etl.orchestration.names import REPORTS
from etl.orchestration.policy import DEFAULT_ARGS, HEALTH_BOOKS, stated


@dag(
    schedule=HEALTH_BOOKS,
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    tags=["report"],
    doc_md=__doc__,
)
def publish_reports() -> None:
    @task(pool=REPORTS)
    def report() -> str:
        from etl import settings, steps

        with stated("report"):
            return str(steps.report(settings.load_settings()))

    report()


publish_reports()
