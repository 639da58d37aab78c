"""An invented report, for tests and for looking at the page."""

import random
from collections.abc import Iterator
from datetime import date
from typing import Any

from etl.contracts import reference
from etl.quality.catalogue import catalogue
from etl.reports.data import (
    BatchLine,
    Build,
    CityScore,
    Coverage,
    KindLine,
    OpenTask,
    RefusalLine,
    ReportData,
    RuleLine,
    ScopeScore,
    SenderLine,
    TaskLine,
    TaskSenderLine,
    TrendPoint,
    WardLine,
)

TODAY = date(2026, 10, 1)


def invented_report(**changes: Any) -> ReportData:
    """A whole report over a small city; `changes` replace parts of it."""
    chance = random.Random(7)
    version = "0123456789abcdef"
    scores = {"correct": 92.61, "complete": 78.24, "clean": 95.03, "live": 61.98, "total": 81.96}
    parts: dict[str, Any] = {
        "coverage": Coverage(2871, 2410, 2532, 2219),
        "build": Build(3, 3611, 187, 214, 2, date(2026, 10, 1)),
        "scores": tuple(
            CityScore("total" if name == "total" else "dimension", name, 900, 1000, score, TODAY, version)
            for name, score in scores.items()
        ),
        "rules": tuple(_rules(chance)),
        "kinds": (
            KindLine("", 3, 0, 3, 0, 0, 0, 0, 0, 0, True),
            KindLine("district_export", 6, 6, 0, 0, 612, 580, 12, 20, 0, True),
            KindLine("health_check", 4, 4, 0, 0, 301, 297, 4, 0, 0, True),
            KindLine("hospital_xml", 24, 23, 1, 0, 801, 760, 21, 20, 0, True),
            KindLine("ward_sheet", 126, 124, 2, 0, 2440, 2375, 43, 22, 0, True),
        ),
        "refusals": (RefusalLine("xml_truncated", 1), RefusalLine("header_missing", 2)),
        "senders": tuple(_senders(chance)),
        "wards": tuple(_wards(chance)),
        "tasks": (
            TaskLine("sender", 214, 12, 77, 125, 1804, date(2026, 9, 24)),
            TaskLine("ward", 18, 0, 2, 16, 44, date(2026, 10, 4)),
            TaskLine("city", 1, 0, 1, 0, 4, date(2026, 10, 5)),
        ),
        "task_senders": tuple(
            TaskSenderLine(
                f"PX{ward['ward_code']}",
                f"Trạm Y tế {ward['name']}",
                9 - place,
                max(0, 2 - place),
                60 - 7 * place,
                date(2026, 9, 28 + min(place, 2)),
            )
            for place, ward in enumerate(reference.wards().slice(20, 8).to_pylist())
        ),
        "scope_scores": tuple(_scope_scores(chance)),
        "trend": tuple(_trend(chance)),
        "batches": (
            BatchLine(31, "PX00004", "ward_sheet", "accepted", TODAY, 40, 36, 2, 2, 0),
            BatchLine(9, "PX00004", "ward_sheet", "refused", date(2026, 9, 1), 0, 0, 0, 0, 0),
        ),
        "open_tasks": (
            OpenTask(1, "name_missing", "sender", "PX00004", 31, "sender", "open", 3, date(2026, 9, 28), 1),
            OpenTask(2, "batch_expected", "ward", "00008", None, "ward", "acknowledged", 12, date(2026, 10, 6), 0),
        ),
        "wording": catalogue().wording(),
        "is_invented": True,
    }
    return ReportData(today=TODAY, **{**parts, **changes})


def _scope_scores(chance: random.Random) -> Iterator[ScopeScore]:
    """Of each ward and station its words, its total, and two rules: of one a few rows fail, of the other many."""
    codes = [("ward", ward["ward_code"]) for ward in reference.wards().to_pylist()]
    for kind, code in codes + [("sender", f"PX{code}") for _, code in codes]:
        for name in ("correct", "complete", "clean", "live", "total"):
            yield ScopeScore(
                kind, code, "total" if name == "total" else "dimension", name, 0, 0, chance.uniform(60, 100)
            )
        yield ScopeScore(kind, code, "rule", "phone_missing", 27, 29, 100 * 27 / 29)
        yield ScopeScore(kind, code, "rule", "national_id_missing", 20, 40, 50.0)
    for place, sender in enumerate(one for one in reference.senders().to_pylist() if one["kind"] == "hospital"):
        for name in ("correct", "complete", "clean", "live", "total"):
            level = "total" if name == "total" else "dimension"
            yield ScopeScore("sender", sender["sender_code"], level, name, 0, 0, 99 - 4 * place + chance.uniform(-2, 2))
    yield ScopeScore("sender", "CS01929", "rule", "sender_in_rhythm", 0, 1, 0.0, 19, 2)
    yield ScopeScore("sender", "CS01929", "rule", "batch_expected", 0, 1, 0.0, None, 7)
    yield ScopeScore("sender", "CS01929", "rule", "volume_in_season", 0, 1, 0.0, 4, 1040)
    yield ScopeScore("sender", "CS01929", "rule", "people_spread_as_before", 0, 1, 0.0, 0.318, 0.25)


def _trend(chance: random.Random) -> Iterator[TrendPoint]:
    """Forty days of the city, rising slowly."""
    for days in range(40, -1, -1):
        day = date.fromordinal(TODAY.toordinal() - days)
        for name in ("correct", "complete", "clean", "live", "total", "book_exists"):
            yield TrendPoint(day, "city", "HN", name, 84 - 0.2 * days + chance.uniform(-0.3, 0.3))


def _rules(chance: random.Random) -> list[RuleLine]:
    lines = []
    for rule in (rule for rule in catalogue() if rule.meta.weight):
        applicable = chance.choice([0, 900, 2400, 4012])
        failing = int(applicable * chance.choice([0, 0, 0.004, 0.02, 0.08, 0.2, 0.45]))
        if applicable:
            kept = applicable - failing
            lines.append(RuleLine(rule.rule_id, kept, applicable, 100 * kept / applicable))
    return sorted(lines, key=lambda line: line.score or 0)


def _senders(chance: random.Random) -> list[SenderLine]:
    lines = []
    for sender in reference.senders().to_pylist():
        days = chance.choice([None, 3, 5, 12, 20, 44] if sender["kind"] == "ward" else [1, 4, 9])
        if sender["kind"] in ("ward", "hospital"):
            state = "silent" if days is None else "late" if days > sender["rhythm_days"] else "on_time"
            last = None if days is None else date.fromordinal(TODAY.toordinal() - days)
            told = {name: sender[name] for name in ("sender_code", "name", "kind", "rhythm_days")}
            lines.append(SenderLine(**told, last_accepted_on=last, state=state, days_since=days))
    return sorted(lines, key=lambda line: -(line.days_since if line.days_since is not None else 999))


def _wards(chance: random.Random) -> list[WardLine]:
    lines = []
    for ward in reference.wards().to_pylist():
        residents = chance.randrange(6, 60)
        having = int(residents * chance.uniform(0.6, 1))
        parts = [min(100.0, chance.gauss(mean, 9)) for mean in (92, 80, 95, 65)]
        counts = (residents, having, having + 2, having)
        lines.append(WardLine(ward["ward_code"], ward["name"], *counts, sum(parts) / 4, *parts))
    return sorted(lines, key=lambda line: line.total or 0)
