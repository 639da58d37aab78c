"""The files of each day, by our own generator: what every sender of a small city delivers from 1 to 31 October."""

import re
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.contracts import reference
from etl.sample.hospital_xml import write_hospital_xml
from etl.sample.people import RESIDENT, draw_people
from etl.sample.randomness import stream
from etl.sample.register import DELTA_FILE, SNAPSHOT_FILE, write_register
from etl.sample.ward_sheet import write_ward_sheet

PEOPLE, SEED = 1500, 26
FIRST, LAST = date(2026, 10, 1), date(2026, 10, 31)
FACILITIES = tuple(reference.facilities()["facility_code"].to_pylist())
STEADY, SILENT, MONDAYS, FAULTY = FACILITIES[:4]
"""The hospitals that send every day; the others send on Mondays what their week brought."""
SILENT_FROM = date(2026, 10, 13)
MISSED_MONDAY, MONDAY_VISITS, VISITS = date(2026, 10, 26), 40, 15
FAULT_FROM, FAULT_MENDED = date(2026, 10, 5), date(2026, 10, 14)
"""In between the export of `FAULTY` leaves birth dates out; then it sends those days again, whole."""
HISTORY = tuple(date(2026, 8, 3) + timedelta(weeks=week) for week in range(9))
"""Mondays before the month on which `MONDAYS` sent: what a Monday of its own brings is learned from these."""
BAD_WARD = "00008"
BAD_DAYS = (date(2026, 10, 5), date(2026, 10, 15), date(2026, 10, 26))
CARE, CARELESS = 0.6, 25.0
"""Usual rates of error times this."""


@dataclass(frozen=True)
class Delivery:
    """A file that a sender delivers on a day."""

    day: date
    sender_code: str
    path: Path


def days() -> list[date]:
    """Those of the month."""
    return [FIRST + timedelta(days=number) for number in range((LAST - FIRST).days + 1)]


def invent(out: Path) -> tuple[list[Path], list[Delivery]]:
    """Write everything under `out`: the register's files, and the deliveries by day."""
    people = draw_people(PEOPLE, SEED)
    write_register(people, SEED, out)
    deliveries = [*_hospitals(people, out), *_wards(people, out)]
    ordered = sorted(deliveries, key=lambda one: (one.day, one.sender_code, one.path))
    return [out / SNAPSHOT_FILE, out / DELTA_FILE], ordered


def _hospitals(people: pa.Table, out: Path) -> Iterator[Delivery]:
    living = np.flatnonzero(pc.equal(people["status"], RESIDENT).to_numpy())
    living = living[people["birth_day"].to_numpy()[living] < _number(HISTORY[0])]
    for code in FACILITIES:
        rng = stream(SEED, "month", code)
        on = np.repeat([_number(day) for day in _days_of(code)], [_visits(code, day) for day in _days_of(code)])
        who = rng.choice(living, len(on))
        is_daily = code in (STEADY, SILENT, MONDAYS, FAULTY)
        write_hospital_xml(people, code, who, on, rng, CARE, out, _by_day if is_daily else _by_week)
        for path in sorted((out / f"hospital_xml/CS{code}").glob("*.xml")):
            day = date.fromisoformat(path.stem.split("_")[1])
            if code == FAULTY and FAULT_FROM <= day < FAULT_MENDED:
                yield Delivery(day, f"CS{code}", _without_birth_dates(path))
                day = FAULT_MENDED
            yield Delivery(day, f"CS{code}", path)


def _days_of(code: str) -> list[date]:
    """The days on which a hospital has visits to tell."""
    if code == SILENT:
        return [day for day in days() if day < SILENT_FROM]
    return [*HISTORY, *days()] if code == MONDAYS else days()


def _visits(code: str, day: date) -> int:
    if code not in (STEADY, SILENT, MONDAYS, FAULTY):
        return 3
    if code == MONDAYS and day.weekday() == 0:
        return MONDAY_VISITS // 10 if day == MISSED_MONDAY else MONDAY_VISITS
    return VISITS


def _by_day(day: np.ndarray) -> list[tuple[str, np.ndarray]]:
    return [(str(_date(one)), np.flatnonzero(day == one)) for one in np.unique(day)]


def _by_week(day: np.ndarray) -> list[tuple[str, np.ndarray]]:
    """On the Monday after; the last days of the month go on its last day."""
    monday = np.minimum(day - (day + 3) % 7 + 7, _number(LAST))  # day 0 was a Thursday
    return [(str(_date(one)), np.flatnonzero(monday == one)) for one in np.unique(monday)]


def _number(day: date) -> int:
    return (day - date(1970, 1, 1)).days


def _date(number: int) -> date:
    return date(1970, 1, 1) + timedelta(days=int(number))


def _without_birth_dates(path: Path) -> Path:
    """The same envelope as a faulty export wrote it, beside the whole one."""

    def spoil(found: re.Match[bytes]) -> bytes:
        return b64encode(re.sub(rb"<NGAY_SINH>\d*</NGAY_SINH>", b"<NGAY_SINH></NGAY_SINH>", b64decode(found[0])))

    broken = path.with_suffix(".fault.xml")
    broken.write_bytes(re.sub(rb"(?<=<NOIDUNGFILE>)[^<]+", spoil, path.read_bytes()))
    return broken


def _wards(people: pa.Table, out: Path) -> Iterator[Delivery]:
    """Every ward sends its list once, four or five a day; `BAD_WARD` three times, and never as it should be."""
    codes = np.array(people["ward_code"].to_pylist())
    for place, ward in enumerate(reference.wards().to_pylist()):
        code, who = ward["ward_code"], np.flatnonzero(codes == ward["ward_code"])
        if not len(who):
            continue
        on = BAD_DAYS if code == BAD_WARD else (FIRST + timedelta(days=1 + place * 28 // 126),)
        for day in on:
            rng, folder = stream(SEED, "month", code, str(day)), out / str(day)
            write_ward_sheet(people, code, ward["name"], who, rng, CARELESS if code == BAD_WARD else CARE, folder)
            (path,) = (folder / f"ward_sheet/PX{code}").iterdir()
            yield Delivery(day, f"PX{code}", path)
