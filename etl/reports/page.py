"""The manager's pages: HTML files that stand alone, in Vietnamese and English, for screen and A4 paper.

A front page for the city, and one for each ward and sender, to which only relative links lead. No script, no font and no
picture comes from elsewhere; the one script sorts tables. The language is chosen by a radio button that the style sheet
obeys; without a style sheet both languages show. Charts are SVG whose numbers also stand in the text.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from etl.contracts.wording import RuleWording
from etl.reports import ward_map, wording
from etl.reports.data import KindLine, ReportData, RuleLine, SenderLine
from etl.reports.fixes import Fix, RuleScore, best_fixes
from etl.reports.forecast import forecast
from etl.reports.history import courses, moved_wards
from etl.reports.rendering import page_environment, read_script, write_whole
from etl.reports.scopes import scope_names, scopes
from etl.reports.trend import Trend, change, trends
from etl.reports.wording import DIMENSIONS

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
COURSES = {
    "new": ("Mới", "New"),
    "resolved": ("Đã khắc phục", "Resolved"),
    "persisting": ("Còn tồn tại", "Persisting"),
}
BATCH_STATES = {
    "accepted": ("Chấp nhận", "Accepted"),
    "refused": ("Từ chối", "Refused"),
    "waiting": ("Đang chờ", "Waiting"),
    "withdrawn": ("Đã rút", "Withdrawn"),
}
TASK_STATES = {
    "open": ("Chưa nhận", "Open"),
    "acknowledged": ("Đang làm", "Acknowledged"),
    "fixed": ("Đã sửa", "Fixed"),
}
WORST_RULES, WORST_SENDERS, WORST_TASKS = 12, 15, 15
CITY = "HN"


def render_report(data: ReportData, before: ReportData | None = None) -> str:
    """The front page as HTML; `before` is the report that faults are held against."""
    page = page_environment().get_template("page.html.j2")
    return page.render(data=data, **prepare(data, before), **read_script("sort.js"))


def render_scopes(data: ReportData) -> Iterator[tuple[str, str]]:
    """The page of each ward and each sender: the file's name, and its HTML."""
    template = page_environment().get_template("scope.html.j2")
    shared = {
        "data": data, "kinds": KINDS, "owners": OWNERS, "bands": (wording.AMBER, wording.GREEN), "states": BATCH_STATES,
        "sender_states": SENDER_STATES, "grades": wording.GRADES, "dimension_texts": DIMENSIONS, "change": change,
        "TASK_STATES": TASK_STATES,
    }  # fmt: skip
    for page in scopes(data):
        yield f"{page.file_name}", template.render(page=page, **shared)


def render_comparison(before: ReportData, after: ReportData) -> str:
    """Two days side by side."""
    template = page_environment().get_template("compare.html.j2")
    scores = [{score.name: score.score for score in data.scores} for data in (before, after)]
    words = {**DIMENSIONS, "total": ("Toàn thành phố", "The whole city", "", "")}
    return template.render(
        before=before,
        after=after,
        words=[(texts, *(told.get(name) for told in scores)) for name, texts in words.items()],
        courses=courses(before, after),
        course_texts=COURSES,
        moved=moved_wards(before, after),
        wording={**before.wording, **after.wording},
        bands=(wording.AMBER, wording.GREEN),
        owners=OWNERS,
    )


def write_report(data: ReportData, out_dir: Path, before: ReportData | None = None) -> tuple[Path, ...]:
    """Write the day's pages into a folder named after it, and the front page beside as the newest; gives the paths.

    Each file is written whole or not at all.
    """
    folder = out_dir / f"{data.today}"
    front = render_report(data, before)
    pages = [write_whole(folder / name, text) for name, text in render_scopes(data)]
    newest = front.replace('href="ward-', f'href="{data.today}/ward-').replace(
        'href="sender-', f'href="{data.today}/sender-'
    )
    return (write_whole(out_dir / "index.html", newest), write_whole(folder / "index.html", front), *pages)


def prepare(data: ReportData, before: ReportData | None) -> dict[str, Any]:
    """What the template shows that is not a column: totals, groups, the worst of each."""
    lines = trends(data.trend)
    city = {name: lines.get(("city", CITY, name), Trend(())) for name in (*DIMENSIONS, "total", "book_exists")}
    scored, failing = {score.name: score for score in data.scores}, _failing(data)
    counted = [line for line in failing if line[1].is_scored]
    worst = {rule.dimension: rule for _, rule in reversed(counted)}
    return {
        "dimensions": [(name, texts, scored.get(name), worst.get(name)) for name, texts in DIMENSIONS.items()],
        "total": scored.get("total"),
        "catalogue_version": next((score.catalogue_version for score in data.scores), "–"),
        "control": _total(data.kinds),
        "kinds": KINDS,
        "worst_rules": counted[:WORST_RULES],
        "shadow_rules": [line for line in failing if line[1].is_shadow],
        "rule_count": len(data.rules),
        "key_rules": [line for line in counted if line[1].is_key],
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
        "trends": city,
        "change": change,
        "forecast": forecast(city["book_exists"].days),
        "fixes": _fixes(data),
        "courses": courses(before, data) if before else {},
        "course_texts": COURSES,
        "before": before,
        "map_size": (ward_map.WIDTH, ward_map.HEIGHT),
        "marks": ward_map.mark_places(),
        "urgent": [task for task in data.open_tasks if task.rule_id in data.wording][:WORST_TASKS],
        "scope_names": scope_names(data),
        "facilities": _facilities(data),
    }


def _facilities(data: ReportData) -> list[tuple[SenderLine, dict[str, float | None]]]:
    """Every hospital with its scores by name, the worst total first, those without a score last."""
    scores: dict[str, dict[str, float | None]] = {}
    for one in data.scope_scores:
        if one.scope_kind == "sender" and one.level != "rule":
            scores.setdefault(one.scope_code, {})[one.name] = one.score
    found = [(one, scores.get(one.sender_code, {})) for one in data.senders if one.kind == "hospital"]
    return sorted(
        found, key=lambda line: (line[1].get("total") is None, line[1].get("total") or 0.0, line[0].sender_code)
    )


def _fixes(data: ReportData) -> list[tuple[Fix, RuleWording]]:
    """The fixes that would raise the city most, with the words of their rules."""
    known = [(line, data.wording[line.rule_id]) for line in data.rules if line.rule_id in data.wording]
    scores = (
        RuleScore(line.rule_id, rule.dimension, rule.weight, line.satisfied, line.applicable) for line, rule in known
    )
    return [(fix, data.wording[fix.rule_id]) for fix in best_fixes(scores)]


def _failing(data: ReportData) -> list[tuple[RuleLine, RuleWording]]:
    """Rules that some row fails and the catalogue still knows, worst first, whether they count or not."""
    failing = [line for line in data.rules if line.score is not None and line.satisfied < line.applicable]
    failing.sort(key=lambda line: (line.score, -line.applicable))
    return [(line, data.wording[line.rule_id]) for line in failing if line.rule_id in data.wording]


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
