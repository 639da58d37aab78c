"""Signing off: a ward and then the city sign a month's figures, which stay as they were signed."""

import re
from dataclasses import dataclass
from datetime import date

from psycopg2.extensions import connection as Connection

from etl.errors import ConfigError
from etl.reports.data import ReportData
from etl.reports.history import load_report
from etl.reports.signing import CITY, Signable, canonical, digest_of
from etl.settings import Settings
from etl.steps.database import warehouse
from etl.warehouse import report_days, signatures
from etl.warehouse.audit import check_actor
from etl.warehouse.signatures import Signature


@dataclass(frozen=True)
class Draft:
    """Who signs which month of which scope, and the digest of the figures that he was shown."""

    period: str
    scope_kind: str
    scope_code: str
    actor: str
    seen: str | None


class PeriodError(ConfigError):
    """A period that is no month."""


def month_of(period: str) -> tuple[date, date]:
    """A period's first day, and the first day after it. PeriodError for what is none."""
    if not re.fullmatch(r"20\d{2}-(0[1-9]|1[0-2])", period, re.ASCII):
        raise PeriodError("period: it is no month; expected such as 2026-09. Correct it.")
    year, month = int(period[:4]), int(period[5:])
    return date(year, month, 1), date(year + month // 12, month % 12 + 1, 1)


def read_period(connection: Connection, period: str) -> ReportData | None:
    """The report that a month is signed by: its last day's that has one. None where no day of it was reported."""
    day = signatures.last_report(connection, *month_of(period))
    return load_report(report_days.read(connection, day)) if day else None


def missing_wards(data: ReportData, signed: list[Signature]) -> list[str]:
    """Wards of the report that have not signed."""
    there = {one.scope_code for one in signed if one.scope_kind == "ward"}
    return sorted(ward.ward_code for ward in data.wards if ward.ward_code not in there)


def figures_to_sign(data: ReportData, scope_kind: str, scope_code: str, signed: list[Signature]) -> str:
    """The text that a signature of a scope would stand for now; the city's names the wards that are missing."""
    figures = Signable(data).of(scope_kind, scope_code)
    if scope_kind == "city":
        figures["wards_missing"] = missing_wards(data, signed)
    return canonical(figures)


def sign_ward(settings: Settings, period: str, ward_code: str, actor: str, seen: str | None = None) -> Signature:
    """Sign a month's figures of a ward; gives the signature. `seen` is the digest of those that the signer was shown.

    Raises ConfigError where the month is not over or has no report, the ward is not there, it is signed already, or the
    figures are not those that were seen.
    """
    with warehouse(settings) as connection:
        data = _check(settings, connection, period, actor)
        if ward_code not in {ward.ward_code for ward in data.wards}:
            raise ConfigError(f"period {period}: there is no ward {ward_code}; expected one of the report. Correct it.")
        return _sign(connection, Draft(period, "ward", ward_code, actor, seen), data)


def sign_city(
    settings: Settings, period: str, actor: str, seen: str | None = None, *, without_missing: bool = False
) -> Signature:
    """Sign a month's figures of the city, which name the wards that have not signed; gives the signature.

    Raises ConfigError as `sign_ward` does, and where wards are missing unless `without_missing` accepts that.
    """
    with warehouse(settings) as connection:
        data = _check(settings, connection, period, actor)
        missing = missing_wards(data, signatures.read_signatures(connection, period))
        if missing and not without_missing:
            raise ConfigError(
                f"period {period}: {len(missing)} wards have not signed; expected all. Wait for them, or confirm to sign "
                "without them: the figures name them."
            )
        return _sign(connection, Draft(period, *CITY, actor, seen), data)


def _check(settings: Settings, connection: Connection, period: str, actor: str) -> ReportData:
    _, until = month_of(period)
    check_actor(actor)
    if settings.day < until:
        raise ConfigError(f"period {period}: it is not over; expected a month that is. Sign from {until} on.")
    data = read_period(connection, period)
    if data is None:
        raise ConfigError(f"period {period}: no day of it was reported; expected a report. See `healthbook report`.")
    return data


def _sign(connection: Connection, draft: Draft, data: ReportData) -> Signature:
    signed = signatures.read_signatures(connection, draft.period)
    text = figures_to_sign(data, draft.scope_kind, draft.scope_code, signed)
    digest = digest_of(text)
    if draft.seen not in (None, digest):
        raise ConfigError(
            f"period {draft.period}: its figures changed since they were shown; expected those. Look again."
        )
    scope = (draft.scope_kind, draft.scope_code)
    signature = Signature(draft.period, *scope, data.today, digest, text, draft.actor)
    signatures.sign(connection, signature)
    return signature
