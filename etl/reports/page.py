"""The manager's page: one HTML file that stands alone, in Vietnamese and English, for screen and A4 paper.

No script, no font and no picture comes from elsewhere. The language is chosen by a radio button that the style
sheet obeys; without a style sheet both languages show. Charts are SVG whose numbers also stand in the text.
"""

from collections import Counter
from pathlib import Path
from typing import Any

from etl.contracts.wording import RuleWording
from etl.reports import wording
from etl.reports.data import KindLine, ReportData, RuleLine
from etl.reports.rendering import page_environment, write_whole

DIMENSIONS = {
    "correct": ("Đúng", "Correct", "phản ánh đúng con người và sự kiện", "tells the person and event as they are"),
    "complete": ("Đủ", "Complete", "mọi trường bắt buộc đều có", "everything required is there"),
    "clean": ("Sạch", "Clean", "không trùng lặp, không mâu thuẫn", "no repeats, no contradictions"),
    "live": ("Sống", "Live", "kịp thời và cập nhật", "timely and up to date"),
}
KINDS = {
    "hospital_xml": ("Bệnh viện – XML QĐ 4750", "Hospital – QĐ 4750 XML"),
    "district_export": ("Quận, huyện cũ", "Old districts"),
    "ward_sheet": ("Phường, xã", "Wards"),
    "health_check": ("Khám sức khỏe", "Health checks"),
    "": ("Không nhận ra", "Not recognised"),
}
SENDER_KINDS = {
    "hospital": ("Bệnh viện", "Hospitals"),
    "ward": ("Phường, xã", "Wards"),
    "district": ("Quận, huyện cũ", "Old districts"),
}
SENDER_STATES = {
    "on_time": ("Đúng hạn", "On time"),
    "late": ("Quá hạn", "Late"),
    "silent": ("Chưa gửi lần nào", "Never sent"),
}
OWNERS = {"sender": ("Đơn vị gửi", "Sender"), "ward": ("Phường, xã", "Ward"), "city": ("Thành phố", "City")}
WORST_RULES, WORST_SENDERS = 12, 15


def render_report(data: ReportData) -> str:
    """The page as HTML."""
    return page_environment().get_template("page.html.j2").render(data=data, **_prepare(data))


def write_report(data: ReportData, out_dir: Path) -> tuple[Path, ...]:
    """Write `index.html` into the folder, whole or not at all; gives the paths written."""
    return (write_whole(out_dir / "index.html", render_report(data)),)


def _prepare(data: ReportData) -> dict[str, Any]:
    """What the template shows that is not a column: totals, groups, the worst of each."""
    scored = {score.name: score for score in data.scores}
    return {
        "dimensions": [(name, texts, scored.get(name), _worst_rule(data, name)) for name, texts in DIMENSIONS.items()],
        "total": scored.get("total"),
        "catalogue_version": next((score.catalogue_version for score in data.scores), "–"),
        "control": _total(data.kinds),
        "kinds": KINDS,
        "worst_rules": _failing(data)[:WORST_RULES],
        "rule_count": len(data.rules),
        "key_rules": [line for line in _failing(data) if line[1].is_key],
        "sender_groups": _sender_groups(data),
        "silent": [sender for sender in data.senders if sender.state != "on_time"],
        "worst_senders": WORST_SENDERS,
        "ward_grades": Counter(wording.grade(ward.total).name for ward in data.wards),
        "grades": wording.GRADES,
        "bands": (wording.AMBER, wording.GREEN),
        "sender_kinds": SENDER_KINDS,
        "sender_states": SENDER_STATES,
        "owners": OWNERS,
        "dimension_texts": DIMENSIONS,
    }


def _failing(data: ReportData) -> list[tuple[RuleLine, RuleWording]]:
    """Scored rules that some row fails and the catalogue still knows, worst first."""
    failing = [line for line in data.rules if line.score is not None and line.satisfied < line.applicable]
    failing.sort(key=lambda line: (line.score, -line.applicable))
    told = [(line, data.wording[line.rule_id]) for line in failing if line.rule_id in data.wording]
    return [(line, rule) for line, rule in told if rule.is_scored]


def _worst_rule(data: ReportData, dimension: str) -> RuleWording | None:
    return next((rule for _, rule in _failing(data) if rule.dimension == dimension), None)


def _total(kinds: tuple[KindLine, ...]) -> KindLine:
    names = (
        "files",
        "accepted_files",
        "refused_files",
        "waiting_files",
        "rows_in",
        "accepted",
        "quarantined",
        "duplicate",
        "withdrawn",
    )
    sums = {name: sum(getattr(kind, name) for kind in kinds) for name in names}
    return KindLine(kind="", **sums, is_balanced=all(kind.is_balanced for kind in kinds))


def _sender_groups(data: ReportData) -> list[tuple[str, Counter[str], int]]:
    """Per kind of sender: how many are in which state, and how many there are."""
    groups = []
    for kind in SENDER_KINDS:
        states = Counter(sender.state for sender in data.senders if sender.kind == kind)
        if states:
            groups.append((kind, states, states.total()))
    return groups
