"""The report on paper: A4, by Typst, whose wheel brings its own fonts. Its text goes in as JSON, never as markup."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from etl.reports import ward_map, wording
from etl.reports.data import ReportData
from etl.reports.page import OWNERS, SENDER_STATES, WORST_TASKS, prepare
from etl.reports.rendering import TEMPLATES
from etl.reports.scopes import scope_names
from etl.reports.wording import DIMENSIONS, grade

LANGUAGES = ("vi", "en")
TEMPLATE = TEMPLATES / "report.typ"
MOST_RULES, MOST_SENDERS, MOST_FACILITIES = 12, 20, 30


def write_pdf(data: ReportData, folder: Path, before: ReportData | None = None) -> tuple[Path, ...]:
    """Write report.pdf in Vietnamese and report.en.pdf in English; gives their paths."""
    return tuple(
        _write(folder / name, paper_of(data, language, before))
        for language, name in zip(LANGUAGES, ("report.pdf", "report.en.pdf"), strict=True)
    )


def render_pages(paper: dict[str, Any]) -> list[bytes]:
    """The pages as pictures (PNG), to be looked at."""
    import typst

    made: Any = typst.compile(TEMPLATE, format="png", ppi=110, sys_inputs={"data": json.dumps(paper)})
    return made if isinstance(made, list) else [made]


def _write(path: Path, paper: dict[str, Any]) -> Path:
    import typst

    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".part")
    typst.compile(TEMPLATE, output=draft, format="pdf", sys_inputs={"data": json.dumps(paper)})
    return draft.replace(path)


class _Tongue:
    """Says everything in one language."""

    def __init__(self, language: str) -> None:
        self.place, self._other = LANGUAGES.index(language), LANGUAGES[1 - LANGUAGES.index(language)]

    def __call__(self, *texts: object) -> str:
        """Of two texts, that of the language; of one with both inside, its part of it."""
        told = texts[self.place] if len(texts) == 2 else texts[0]
        ours = re.sub(f'<span lang="{self._other}">.*?</span>', "", str(told))
        return Markup(ours).striptags()  # noqa: S704 - to take its tags away


def paper_of(data: ReportData, language: str, before: ReportData | None = None) -> dict[str, Any]:
    """All that stands on the paper, as text."""
    say, told = _Tongue(language), prepare(data, before)
    return {
        "language": language,
        "title": say("Dữ liệu đúng, đủ, sạch, sống đến đâu?", "How correct, complete, clean and live is the data?"),
        "author": say("Thành phố Hà Nội · Sổ sức khỏe điện tử", "City of Hanoi · Electronic health books"),
        "day": say(wording.day(data.today)),
        "day_line": say(f"Tính đến ngày {data.today:%d/%m/%Y}", f"As of {data.today}"),
        "footer": say("Số từ 1 đến 4 được che (< 5); không có dữ liệu của một người cụ thể.", "Counts of 1 to 4 are hidden (< 5); nothing is about a single person."),
        "invented": say("Số liệu minh họa: mọi người và hồ sơ đều là giả định.", "A demonstration: every person and record is invented.") if data.is_invented else "",
        **_first(data, told, say),
        **_tables(data, told, say),
        **_places(data, say),
    }  # fmt: skip


def _first(data: ReportData, told: dict[str, Any], say: _Tongue) -> dict[str, Any]:
    c, ahead = data.coverage, told["forecast"]
    words = [(name, texts[:2], told["trends"][name]) for name, texts in DIMENSIONS.items()]
    words.append(("total", ("Toàn thành phố", "The whole city"), told["trends"]["total"]))
    scores = {score.name: score.score for score in data.scores}
    return {
        "figures": [
            {"name": say("Người đang cư trú đã có sổ", "Residents who have a book"), "share": say(wording.share(c.residents_with_book, c.residents)),
             "note": f"{say(wording.part(c.residents_with_book, c.residents))} / {say(wording.count(c.residents))}"},
            {"name": say("Sổ đã đối chiếu với dân cư", "Books verified against the register"), "share": say(wording.share(c.verified_books, c.books)),
             "note": f"{say(wording.part(c.verified_books, c.books))} / {say(wording.count(c.books))}"},
        ],
        "forecast": say(
            f"Nếu giữ nhịp này, mọi người có sổ vào {ahead.on:%d/%m/%Y} (sớm nhất {ahead.earliest:%d/%m/%Y}).",
            f"At this pace everybody has one by {ahead.on} (at the earliest {ahead.earliest}).",
        ) if ahead else "",
        "words_title": say("Đúng, đủ, sạch, sống", "Correct, complete, clean, live"),
        "words": [
            {"name": say(*texts), "score": say(wording.points(scores.get(name))), "grade": (g := grade(scores.get(name))).name,
             "label": f"{g.sign} {say(g.vi, g.en)}", "change": say(told["change"](line.change(7)))}
            for name, texts, line in words
        ],
    }  # fmt: skip


def _tables(data: ReportData, told: dict[str, Any], say: _Tongue) -> dict[str, Any]:
    names = scope_names(data)
    owner = {name: say(*texts) for name, texts in OWNERS.items()}
    return {
        "fixes_title": say("Năm việc nâng điểm nhiều nhất", "The five fixes that would raise the city most"),
        "fixes_headings": [say("Lỗi", "Fault"), say("Ai sửa", "Owner"), say("Số dòng", "Rows"), say("Điểm tăng", "Gain")],
        "fixes": [[say(rule.message_vi, rule.message_en), owner[rule.owner], say(wording.count(fix.rows)), "+" + say(wording.points(fix.gain, 2))] for fix, rule in told["fixes"]],
        "rules_title": say("Lỗi nặng nhất", "What fails most"),
        "rules_headings": [say("Lỗi", "Fault"), say("Ai sửa", "Owner"), say("Không đạt", "Failing"), say("Điểm", "Score")],
        "rules": [
            [say(rule.message_vi, rule.message_en), owner[rule.owner], say(wording.part(line.applicable - line.satisfied, line.applicable)),
             say(wording.rule_points(line.satisfied, line.applicable, line.score))]
            for line, rule in told["worst_rules"][:MOST_RULES]
        ],
        "tasks_title": say("Việc gấp nhất", "The most urgent tasks"),
        "tasks_headings": [say("Việc", "Task"), say("Nơi", "Where"), say("Số dòng", "Rows"), say("Hạn", "Due")],
        "tasks": [
            [say(data.wording[task.rule_id].message_vi, data.wording[task.rule_id].message_en), names.get((task.scope_kind, task.scope_code), task.scope_code),
             say(wording.count(task.row_count)), ("■ " if task.due_on < data.today else "") + say(wording.day(task.due_on))]
            for task in told["urgent"][:WORST_TASKS]
        ],
        "senders_title": say("Đơn vị im lặng hoặc gửi muộn", "Senders silent or late"),
        "senders_none": say("Mọi đơn vị đều gửi đúng chu kỳ.", "Every sender is within his rhythm."),
        "senders_headings": [say("Đơn vị", "Sender"), say("Tình trạng", "State"), say("Lần cuối", "Last sent"), say("Số ngày", "Days")],
        "senders": [[one.name, say(*SENDER_STATES[one.state]), say(wording.day(one.last_accepted_on)), str(one.days_since or "–")] for one in told["silent"][:MOST_SENDERS]],
        "facilities_title": say("Cơ sở khám chữa bệnh: kém nhất trước", "Facilities: worst first"),
        "facilities_headings": [say("Cơ sở", "Facility"), *_scores_headings(say), say("Số ngày", "Days")],
        "facilities": [
            [one.name, *_scores_cells([scores.get(name) for name in (*DIMENSIONS, "total")], say), str(one.days_since if one.days_since is not None else "–")]
            for one, scores in told["facilities"][:MOST_FACILITIES]
        ],
    }  # fmt: skip


def _scores_headings(say: _Tongue) -> list[str]:
    return [*(say(*texts[:2]) for texts in DIMENSIONS.values()), say("Tổng", "Total")]


def _scores_cells(scores: Sequence[float | None], say: _Tongue) -> list[str]:
    """The four words and the total, which bears its sign."""
    *words, total = scores
    return [*(say(wording.points(value, 0)) for value in words), f"{grade(total).sign} {say(wording.points(total, 0))}"]


def _places(data: ReportData, say: _Tongue) -> dict[str, Any]:
    places = ward_map.mark_places()
    return {
        "map_title": say("Bản đồ điểm của các phường, xã", "Map of the wards' scores"),
        "map_note": say("● từ 90, ▲ từ 75, ■ dưới 75, ○ chưa có số liệu; nội thành được giãn rộng.", "● from 90, ▲ from 75, ■ below 75, ○ no data; the inner city is drawn wider."),
        "marks": [
            {"x": places[ward.ward_code][0] / ward_map.WIDTH, "y": places[ward.ward_code][1] / ward_map.HEIGHT, "grade": grade(ward.total).name,
             "score": "–" if ward.total is None else wording.cut(ward.total, 0), "name": ward.ward_name.split(" ", 1)[-1]}
            for ward in data.wards if ward.ward_code in places
        ],
        "wards_title": say("Phường, xã: kém nhất trước", "Wards: worst first"),
        "wards_headings": [say("Phường, xã", "Ward"), say("Có sổ", "Have one"), *_scores_headings(say)],
        "wards": [
            [ward.ward_name, say(wording.share(ward.residents_with_book, ward.residents, 0)),
             *_scores_cells((ward.correct, ward.complete, ward.clean, ward.live, ward.total), say)]
            for ward in data.wards
        ],
    }  # fmt: skip
