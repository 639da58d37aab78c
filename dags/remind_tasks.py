"""Tells owners of new and due tasks, and those above them of overdue ones, by e-mail and webhook.

Starts every day at 07:00, Hanoi's time.

**If `remind` is red**
- `DependencyError`: PostgreSQL was away, and four further tries did not help. Bring it back, clear `remind`.
- `ConfigError`: mend the setting, or the entry of the file of recipients, that it names; then clear `remind`.
- anything else is a fault of the program: report it.

A mail server or webhook that is away makes nothing red: its messages wait, and are tried again on the next days
(`healthbook task remind` tries at once what is due). Clearing and running again is safe: nobody is told twice.
"""

from airflow.sdk import dag, task

from etl.orchestration.names import REPORTS
from etl.orchestration.policy import DEFAULT_ARGS, at, figures, stated


@dag(
    schedule=at("0 7 * * *"),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    tags=["report"],
    doc_md=__doc__,
)
def remind_tasks() -> None:
    @task(pool=REPORTS)
    def remind() -> dict[str, int | float | str]:
        from etl import settings, steps

        with stated("remind"):
            return figures(steps.remind(settings.load_settings()))

    remind()


remind_tasks()
