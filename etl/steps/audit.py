"""The audit's own steps: whether its chain holds, where its head is anchored, and who read or changed whom."""

from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from typing import Any

from etl.errors import ConfigError
from etl.settings import HANOI, Settings
from etl.steps.database import warehouse
from etl.warehouse import accesses, anchors, audit_chain
from etl.warehouse.audit import record as note

READS = ("shown", "traced", "explained", "exported", "restricted_exported", "accesses_listed", "reported")
"""How the actions end that show what is held of people; every other one changes something."""


def verify_audit(settings: Settings, place: str | None = None) -> dict[str, Any]:
    """Read the whole chain, and compare it with the anchors of `place` (else of the settings), where there is one.

    `holds`, `entries`, `head`, `anchors` (how many agree), `anchored_to` (the last entry of which one does: that later ones
    were cut off cannot be seen), `breaks` (the first hundred of `break_count`) and `clock_set_back`.
    """
    chosen = place or settings.audit_anchor
    known = anchors.read_anchors(chosen) if chosen else []
    if chosen and not known:
        raise ConfigError(
            "anchors: there are none in the place named; expected those that were written before. Find out where they "
            "went, or run `healthbook audit anchor` for the first time."
        )
    with warehouse(settings) as connection:
        return _told(audit_chain.verify(connection, known))


def anchor_audit(settings: Settings, place: str | None = None) -> dict[str, Any]:
    """Write the head of the chain to `place` (else that of the settings), once what came since its newest anchor holds.

    `is_written` is false where the chain does not hold, which `breaks` then tell, or has no new entry.
    """
    chosen = place or settings.audit_anchor
    if not chosen:
        raise ConfigError(
            "anchor: no place is named; expected a file or the address of another database. "
            "Name it with --to, or set HEALTHBOOK_AUDIT_ANCHOR."
        )
    known = anchors.read_anchors(chosen)
    with warehouse(settings) as connection:
        found = audit_chain.verify(connection, known, known[-1].entry_no if known else 1)
        now = audit_chain.read_clock(connection)
    is_new = found.holds and found.entries > 0 and found.head not in known
    if is_new:
        anchors.write_anchor(chosen, found.head, now)
    return {"is_written": is_new, **_told(found)}


def _told(found: audit_chain.Verified) -> dict[str, Any]:
    return {
        "holds": found.holds,
        "entries": found.entries,
        "head": asdict(found.head),
        "anchors": found.anchors_met,
        "anchored_to": found.anchored_to,
        "break_count": found.break_count,
        "breaks": [{name: value for name, value in asdict(one).items() if value is not None} for one in found.breaks],
        "clock_set_back": found.clock_set_back,
    }


def report_breach(settings: Settings, start: date | datetime, end: date | datetime, actor: str) -> dict[str, Any]:
    """Who read or changed whom in a period, for the notice within 72 hours: counts, times and numbers of people alone.

    A day means Hanoi's, and the last one is included. `chain` says whether the audit that this comes from holds.
    """
    first, after = _moment(start, 0), _moment(end, 1)
    if first >= after:
        raise ConfigError("period: it ends before it begins; expected --from before --to. Correct them.")
    chain = verify_audit(settings)
    with warehouse(settings) as connection:
        rows = accesses.read_period(connection, first, after)
        period = f"{first.isoformat()} to {after.isoformat()}"
        note(connection, actor, "audit.reported", "audit", {"period": period})
    actions = [_action(row) for row in rows]
    people = {person_id for row in rows for person_id in row["person_ids"]}
    return {
        "from": first.isoformat(),
        "to": after.isoformat(),
        "chain": {name: chain[name] for name in ("holds", "entries", "anchored_to", "break_count")},
        "events": sum(row["events"] for row in rows),
        "people": len(people),
        "people_read": len({p for one in actions if one["is_read"] for p in one["person_ids"]}),
        "people_changed": len({p for one in actions if not one["is_read"] for p in one["person_ids"]}),
        "actions": actions,
    }


def _moment(day: date | datetime, days: int) -> datetime:
    if isinstance(day, datetime):
        return day if day.tzinfo else day.replace(tzinfo=HANOI)
    return datetime.combine(day + timedelta(days), time(), HANOI)


def _action(row: dict[str, Any]) -> dict[str, Any]:
    is_read = row["action"].rpartition(".")[2] in READS
    return {**row, "is_read": is_read, "people": len(row["person_ids"])}
