"""Signing off: wards and then the city sign a month's figures, which stay; what came out otherwise since stands beside."""

import json
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from etl import steps
from etl.reports.data import ReportData
from etl.reports.signing import CITY, MEASURES, SCORES, Signable, differences, digest_of, measure
from etl.reports.wording import DIMENSIONS
from etl.warehouse import signatures
from etl.warehouse.signatures import Signature
from portal.figures import figures
from portal.pages import go, language_of, render
from portal.report_days import list_days, read_day
from portal.routes.tasks import role_of
from portal.visitor import Forbidden, Manager, NotThere, Officer, Refused, Visitor, acting_as

router = APIRouter(prefix="/periods")
Concerned = Annotated[Visitor, Depends(acting_as("manager", "officer"))]
MEASURE_TEXTS = {
    **{name: texts[:2] for name, texts in DIMENSIONS.items()},
    "total": ("Tổng", "Total"),
    "files": ("Số tệp", "Files"),
    "rows_in": ("Dòng nhận", "Rows in"),
    "accepted": ("Chấp nhận", "Accepted"),
    "quarantined": ("Chờ sửa", "To be mended"),
    "duplicate": ("Trùng", "Duplicate"),
    "withdrawn": ("Đã rút", "Withdrawn"),
    "tasks_open": ("Việc đang mở", "Tasks open"),
    "tasks_overdue": ("Việc quá hạn", "Tasks overdue"),
}


@dataclass(frozen=True)
class Month:
    """A month as its page shows it: whether it is over, its report, and what was signed."""

    period: str
    is_over: bool
    data: ReportData | None
    signed: list[Signature]

    def signature(self, kind: str, code: str) -> Signature | None:
        """That of a scope."""
        return next((one for one in self.signed if (one.scope_kind, one.scope_code) == (kind, code)), None)


def own_wards(visitor: Visitor) -> list[str]:
    """Wards that he signs for: those that his scope as an officer names."""
    parts = visitor.permissions.get("officer", [])
    return sorted(part.removeprefix("ward:") for part in parts if part.startswith("ward:"))


def read_month(visitor: Visitor, period: str) -> Month:
    """A month; NotThere for what is none."""
    role = role_of(visitor)
    first, until = _month(period)
    with visitor.acting(role) as connection:
        signed = signatures.read_signatures(connection, period)
        last = signatures.last_report(connection, first, until)
    data = read_day(visitor, role, last) if last else None
    return Month(period, visitor.settings.day >= until, data, signed)


def _month(period: str) -> tuple[date, date]:
    try:
        return steps.month_of(period)
    except steps.PeriodError:
        raise NotThere from None


@router.get("")
def list_periods(request: Request, visitor: Concerned) -> Response:
    """Months that were reported, newest first, and what is signed of each."""
    role = role_of(visitor)
    periods = sorted({f"{day:%Y-%m}" for day in list_days(visitor, role)}, reverse=True)
    signed = visitor.rows(role, "select period, scope_kind, scope_code from quality.signature")
    there = {(one["period"], one["scope_kind"], one["scope_code"]) for one in signed}
    wards = {row["ward_code"]: row["name"] for row in visitor.rows(role, "select ward_code, name from reference.ward")}
    months = [
        {
            "period": period,
            "is_over": visitor.settings.day >= steps.month_of(period)[1],
            "is_signed": (period, *CITY) in there,
            "wards": sum(one["period"] == period and one["scope_kind"] == "ward" for one in signed),
            "own": [(code, wards.get(code, code), (period, "ward", code) in there) for code in own_wards(visitor)],
        }
        for period in periods
    ]
    return render(request, "periods.html", months=months, role=role, all_wards=len(wards), own=own_wards(visitor))


@router.get("/{period}")
def show_period(request: Request, visitor: Manager, period: str) -> Response:
    """A month of the city: its figures, which wards signed, and whether anything came out otherwise since."""
    month = read_month(visitor, period)
    wards = []
    if month.data:
        now = Signable(month.data)
        for ward in sorted(month.data.wards, key=lambda ward: ward.ward_name):
            signature = month.signature("ward", ward.ward_code)
            changed = differences(json.loads(signature.figures), now.of("ward", ward.ward_code)) if signature else []
            wards.append((ward, signature, changed))
    return render(
        request, "periods_one.html", month=month, kind="city", code=CITY[1], ward_name=None, wards=wards,
        missing=steps.missing_wards(month.data, month.signed) if month.data else [], may_sign=visitor.has("manager"),
        **_beside(request, month, *CITY),
    )  # fmt: skip


@router.get("/{period}/wards/{code}")
def show_ward(request: Request, visitor: Concerned, period: str, code: str) -> Response:
    """A month of a ward: what is signed, or what there is to sign."""
    if not visitor.has("manager") and code not in own_wards(visitor):
        raise NotThere
    month = read_month(visitor, period)
    found = visitor.rows(role_of(visitor), "select name from reference.ward where ward_code = %s", (code,))
    if not found:
        raise NotThere
    return render(
        request, "periods_one.html", month=month, kind="ward", code=code, ward_name=found[0]["name"], wards=[], missing=[],
        may_sign=code in own_wards(visitor), **_beside(request, month, "ward", code),
    )  # fmt: skip


def _beside(request: Request, month: Month, kind: str, code: str) -> dict[str, Any]:
    """What was signed beside what the month's report says now, number by number; and what would be signed."""
    signature = month.signature(kind, code)
    text = steps.figures_to_sign(month.data, kind, code, month.signed) if month.data else None
    now = json.loads(text) if text else None
    signed = json.loads(signature.figures) if signature else None
    lines = [
        (name, MEASURE_TEXTS[name], measure(signed, name) if signed else None, measure(now, name) if now else None)
        for name in MEASURES
    ]
    changed = differences(signed, now) if signed and now else []
    return {
        "signature": signature, "signed": signed, "now": now, "lines": lines, "changed": changed, "scores": SCORES,
        "is_whole": signature is None or digest_of(signature.figures) == signature.digest,
        "seen": digest_of(text) if text else "", "fig": figures(language_of(request)),
    }  # fmt: skip


@router.post("/{period}/wards/{code}")
def sign_ward(visitor: Officer, period: str, code: str, seen: Annotated[str, Form(max_length=64)] = "") -> Response:
    """An officer of the ward signs its figures."""
    if code not in own_wards(visitor):
        raise Forbidden
    month = read_month(visitor, period)
    _check(month, "ward", code, seen)
    steps.sign_ward(visitor.settings, period, code, visitor.user_name, seen)
    return go(f"/periods/{period}/wards/{code}?done=signed")


@router.post("/{period}/city")
def sign_city(
    visitor: Manager,
    period: str,
    seen: Annotated[str, Form(max_length=64)] = "",
    without_missing: Annotated[bool, Form()] = False,
) -> Response:
    """A manager signs the city's figures; where wards are missing, only if he confirms that."""
    month = read_month(visitor, period)
    _check(month, *CITY, seen)
    if month.data and steps.missing_wards(month.data, month.signed) and not without_missing:
        raise Refused("Some wards have not signed. Wait for them, or confirm that you sign without them.", 409)
    steps.sign_city(visitor.settings, period, visitor.user_name, seen, without_missing=without_missing)
    return go(f"/periods/{period}?done=signed")


def _check(month: Month, kind: str, code: str, seen: str) -> None:
    """Say why a month cannot be signed, in words of the page; the step checks the same again."""
    if not month.is_over:
        raise Refused("This month is not over. It can be signed from the first day after it.", 409)
    if month.data is None:
        raise Refused("No day of this month was reported, so there are no figures to sign.", 409)
    if month.signature(kind, code):
        raise Refused("This is signed already. What was signed stands.", 409)
    if seen != digest_of(steps.figures_to_sign(month.data, kind, code, month.signed)):
        raise Refused("The figures changed since the page was shown. Look at them again before you sign.", 409)
