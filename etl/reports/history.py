"""Reports of days gone by: kept as data, shown again as they were, and two of them side by side."""

from dataclasses import dataclass
from typing import Literal

from pydantic import TypeAdapter

from etl.reports.data import OpenTask, ReportData, WardLine

_KIND = TypeAdapter(ReportData)
Key = tuple[str, str, str, int | None]
MOST_WARDS = 10


def dump_report(data: ReportData) -> str:
    """All that a report shows, as JSON."""
    return _KIND.dump_json(data).decode()


def load_report(content: str) -> ReportData:
    """The data of a report that was kept."""
    return _KIND.validate_json(content)


@dataclass(frozen=True)
class Moved:
    """A ward whose total rose or fell between two reports."""

    ward: WardLine
    before: float
    after: float


def courses(
    before: ReportData, after: ReportData
) -> dict[Literal["new", "resolved", "persisting"], tuple[OpenTask, ...]]:
    """Faults with a task open: new on the later day, resolved since the earlier, persisting on both."""
    old, new = ({_key(task): task for task in data.open_tasks} for data in (before, after))
    return {
        "new": tuple(task for key, task in new.items() if key not in old),
        "resolved": tuple(task for key, task in old.items() if key not in new),
        "persisting": tuple(task for key, task in new.items() if key in old),
    }


def moved_wards(before: ReportData, after: ReportData) -> tuple[Moved, ...]:
    """The wards whose total changed most, the greatest change first."""
    old = {ward.ward_code: ward.total for ward in before.wards}
    moved = [
        Moved(ward, old_total, ward.total)
        for ward in after.wards
        if (old_total := old.get(ward.ward_code)) is not None
        and ward.total is not None
        and abs(ward.total - old_total) >= 0.05
    ]
    return tuple(sorted(moved, key=lambda one: (-abs(one.after - one.before), one.ward.ward_code))[:MOST_WARDS])


def _key(task: OpenTask) -> Key:
    return task.rule_id, task.scope_kind, task.scope_code, task.batch_id
