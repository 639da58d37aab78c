"""Tasks: opened and closed by data after each build; shown, acknowledged and assigned by people; compared between days."""

from dataclasses import asdict
from datetime import date
from typing import Any

from psycopg2.extensions import connection as Connection

from etl.errors import ConfigError
from etl.settings import Settings
from etl.steps.database import warehouse
from etl.warehouse import scores, tasks


def keep_batch_tasks(connection: Connection, day: date) -> None:
    """Bring the tasks of batches to what newer batches say, as it is on `day`; those of rules that ask nobody are closed."""
    from etl.quality.catalogue import catalogue
    from etl.quality.tasks import close_tasks, due_days, opens_tasks

    rules = catalogue()

    opened, findings = (scores.read_query(connection, f"task_{name}", {}) for name in ("open", "findings"))
    retired = [one["task_id"] for one in opened.to_pylist() if not opens_tasks(one["rule_id"], rules)]
    tasks.close_tasks(connection, sorted({*close_tasks(opened, findings), *retired}), day)
    unproved = scores.read_query(connection, "task_unproved", {}).to_pylist()
    due_on = {one["task_id"]: day + due_days(one["rule_id"]) for one in unproved if opens_tasks(one["rule_id"], rules)}
    tasks.reopen_tasks(connection, due_on, day)


def keep_standing_tasks(connection: Connection, day: date) -> None:
    """Bring the tasks of standing conditions to what the checks of `day` found."""
    from etl.quality.catalogue import catalogue
    from etl.quality.tasks import plan_standing

    standing = scores.read_query(connection, "task_standing", {"today": day})
    known = scores.read_query(connection, "task_conditions", {})
    tasks.write_standing_tasks(connection, plan_standing(standing, known, day, catalogue()), day)


def list_tasks(
    settings: Settings, owner: str | None = None, sender: str | None = None, is_overdue: bool = False
) -> list[dict[str, Any]]:
    """Tasks that are not closed, those due first."""
    wanted = {"today": settings.day, "owner": owner, "sender": sender, "overdue": is_overdue}
    with warehouse(settings) as connection:
        return scores.read_query(connection, "task_list", wanted).to_pylist()  # type: ignore[no-any-return]  # pyarrow's


def show_task(settings: Settings, task_id: int) -> dict[str, Any]:
    """A task: its rule in both languages, the numbers of its rows, its course. Raises ConfigError where there is none."""
    from etl.quality.catalogue import catalogue

    asked = {"task": task_id}
    with warehouse(settings) as connection:
        found = scores.read_query(connection, "task_one", asked).to_pylist()
        rows = scores.read_query(connection, "task_rows", asked).to_pylist()
        course = scores.read_query(connection, "task_course", asked).to_pylist()
    if not found:
        raise ConfigError(
            f"task {task_id}: there is no such task; expected a number of `healthbook task list`. Mend it."
        )
    rule = catalogue().wording().get(found[0]["rule_id"])
    return {**found[0], "rule": asdict(rule) if rule else None, "rows": rows, "course": course}


def acknowledge_task(settings: Settings, task_id: int, actor: str) -> dict[str, Any]:
    """Note that `actor` is at a task; gives the task."""
    with warehouse(settings) as connection:
        tasks.acknowledge(connection, task_id, actor, settings.day)
    return show_task(settings, task_id)


def assign_task(settings: Settings, task_id: int, account: str, actor: str) -> dict[str, Any]:
    """Ask `account` to do a task; gives the task."""
    with warehouse(settings) as connection:
        tasks.assign(connection, task_id, account, actor, settings.day)
    return show_task(settings, task_id)


def refuse_closing(task_id: int) -> None:
    """Raise the ConfigError that says why nobody closes a task."""
    raise ConfigError(
        f"task {task_id}: a task is closed by data alone; expected mended rows. Send the corrected file, or mend what the"
        " rule says: the task closes with the next build. To say that you are at it: `healthbook task acknowledge`."
    )


def compare_tasks(settings: Settings, first: date, second: date) -> dict[str, Any]:
    """What is new, resolved and persisting between the ends of two days, in counts and as lists by rule and scope."""
    from etl.quality.tasks import compare_days

    if first > second:
        raise ConfigError(f"days: {first} is after {second}; expected the earlier day first. Change their order.")
    with warehouse(settings) as connection:
        states = scores.read_query(connection, "task_compare", {"first": first, "second": second})
    compared = compare_days(states)
    return {
        "first": first,
        "second": second,
        "counts": {kind: len(rows) for kind, rows in compared.items()},
        **compared,
    }
