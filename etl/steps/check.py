"""Check: the standing rules over the whole warehouse, as it is after a build."""

from typing import Any

from etl.settings import Settings
from etl.steps.database import url_of, warehouse_alone
from etl.steps.tasks import keep_batch_tasks
from etl.warehouse import links, scores


def check_warehouse(settings: Settings, run_id: int | None = None) -> list[dict[str, Any]]:
    """Bring the tasks of batches to what the data says, then run every standing check of the day and keep what it found.

    Gives the city's counts by rule. After a build that waits for approval, or was rejected, nothing stands
    that did not before: nothing is checked.
    """
    from etl.quality.standing import run_checks

    with warehouse_alone(settings, links.BUILD) as connection:  # what is checked stands still meanwhile
        if run_id is not None and links.read_run(connection, run_id).state in ("proposed", "rejected"):
            return []
        keep_batch_tasks(connection, settings.day)
        connection.commit()  # checks see what is committed
        found = run_checks(url_of(settings), settings.day)
        scores.write_standing(connection, settings.day, found)
    told = ("rule_id", "applicable", "failing", "has_erred")
    return [{name: row[name] for name in told} for row in found.to_pylist() if row["scope_kind"] == "city"]
