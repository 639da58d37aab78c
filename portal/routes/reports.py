"""The quality of the city's data: the report of a day, two days side by side, and files to take away."""

import re
from base64 import b64encode
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse, Response

from etl.reports.data import ReportData
from etl.reports.history import courses, moved_wards
from etl.reports.page import COURSES, prepare, render_report
from etl.reports.pdf import write_pdf
from etl.reports.scopes import scope_names
from etl.reports.wording import DIMENSIONS
from etl.reports.workbook import write_tables
from etl.warehouse import officers
from portal.downloads import PDF, XLSX, ZIP, download
from portal.figures import figures
from portal.guard import POLICY
from portal.pages import language_of, render
from portal.report_days import list_days, read_before, read_day
from portal.visitor import Manager, Refused, Visitor
from portal.wording import rule_texts

router = APIRouter(prefix="/reports")
TASKS_NOW = (
    "select count(*) as tasks, count(*) filter (where due_on < %s) as overdue from quality.task"
    " where state in ('open', 'acknowledged')"
)
STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


@router.get("")
def show_city(request: Request, visitor: Manager, day: date | None = None) -> Response:
    """The city: four words, wards, senders, the worst rules, tasks. Of the newest report, or of a day."""
    days = list_days(visitor, "manager")
    if not days:
        return render(request, "reports_none.html")
    data = read_day(visitor, "manager", day)
    before = read_before(visitor, "manager", data.today)
    with visitor.database.owner() as connection:
        to_call = officers.read_officers(connection)
    return render(
        request, "reports.html", data=data, days=days, to_call=to_call, now=tasks_now(visitor),
        fig=figures(language_of(request)), **prepare(data, before),
    )  # fmt: skip


def tasks_now(visitor: Visitor) -> dict[str, Any]:
    """Tasks that are open at this moment, whatever the report of the day says."""
    return visitor.one("manager", TASKS_NOW, (visitor.settings.day,))


@router.get("/compare")
def show_comparison(
    request: Request, visitor: Manager, first: date | None = None, second: date | None = None
) -> Response:
    """Two days: what is new, resolved and persisting, and which wards moved."""
    days = list_days(visitor, "manager")
    told: dict[str, Any] = {"days": days, "first": first, "second": second, "fig": figures(language_of(request))}
    if first is None or second is None:
        told["second"], told["first"] = (days[0], days[1]) if len(days) > 1 else (None, None)
        return render(request, "reports_compare.html", after=None, **told)
    if first >= second:
        raise Refused("The first day must be before the second. Choose them in this order.")
    before, after = read_day(visitor, "manager", first), read_day(visitor, "manager", second)
    scores = [{score.name: score.score for score in data.scores} for data in (before, after)]
    words = {**DIMENSIONS, "total": ("Toàn thành phố", "The whole city", "", "")}
    return render(
        request, "reports_compare.html", before=before, after=after, courses=courses(before, after), course_texts=COURSES,
        words=[(texts, *(one.get(name) for one in scores)) for name, texts in words.items()],
        moved=moved_wards(before, after), rules={**rule_texts(), **before.wording, **after.wording},
        names=scope_names(after), **told,
    )  # fmt: skip


@router.get("/days/{day}/page")
def show_whole(visitor: Manager, day: date) -> Response:
    """The whole report of a day on one page, as it is printed; its links lead into the portal.

    It brings its own style and script; the policy lets exactly these two in, by their digests.
    """
    data = read_day(visitor, "manager", day)
    text = render_report(data, read_before(visitor, "manager", day))
    text = re.sub(r'href="(ward|sender)-(\w+)\.html"', rf'href="/reports/\1s/\2?day={day}"', text)
    policy = POLICY.replace("style-src 'self'", f"style-src {_digests(STYLE, text)}")
    policy = policy.replace("script-src 'self'", f"script-src {_digests(SCRIPT, text)}")
    return HTMLResponse(text, headers={"content-security-policy": policy})


def _digests(parts: re.Pattern[str], text: str) -> str:
    found = (b64encode(sha256(part.encode()).digest()).decode() for part in parts.findall(text))
    return " ".join(f"'sha256-{one}'" for one in found) or "'none'"


@router.get("/days/{day}/report.xlsx")
def give_workbook(visitor: Manager, day: date) -> FileResponse:
    """The day's tables as a workbook."""
    data = read_day(visitor, "manager", day)
    return download(
        visitor.settings, f"chat-luong-{day}.xlsx", XLSX, lambda out: write_tables(data, out.parent)[0].replace(out)
    )


@router.get("/days/{day}/report.zip")
def give_tables(visitor: Manager, day: date) -> FileResponse:
    """The day's tables as CSV files."""
    data = read_day(visitor, "manager", day)
    return download(visitor.settings, f"chat-luong-{day}.zip", ZIP, lambda out: _write_zip(data, out))


def _write_zip(data: ReportData, out: Path) -> None:
    with ZipFile(out, "w", ZIP_DEFLATED) as packed:
        for path in write_tables(data, out.parent)[1:]:
            packed.write(path, path.name)


@router.get("/days/{day}/report.pdf")
def give_paper(request: Request, visitor: Manager, day: date) -> FileResponse:
    """The day's report on paper, in the visitor's language."""
    data, before = read_day(visitor, "manager", day), read_before(visitor, "manager", day)
    place = ("vi", "en").index(language_of(request))
    return download(
        visitor.settings,
        f"chat-luong-{day}.pdf",
        PDF,
        lambda out: write_pdf(data, out.parent, before)[place].replace(out),
    )
