"""The gate: a batch's staged tables in; findings and the rows to set aside out."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.contracts.reading import CheckResult, Finding, Remark
from etl.quality.catalogue import Action, Catalogue, Rule, catalogue
from etl.quality.frames import build_frame
from etl.quality.suites import Outcome, run_suite

PERSONS = "person_record"
RULE_ERROR = "rule_error"


@dataclass
class _Gathering:
    findings: list[Finding] = field(default_factory=list)
    quarantined: dict[int, str] = field(default_factory=dict)

    def set_aside(self, rule: Rule, row_nos: Iterable[int]) -> None:
        for row_no in row_nos:
            self.quarantined.setdefault(row_no, rule.rule_id)


def check(
    tables: dict[str, pa.Table],
    remarks: Iterable[Remark] = (),
    received_on: date | None = None,
    rules: Catalogue | None = None,
) -> CheckResult:
    """What the rules say of a batch.

    `tables` are staged (contract columns, `sent_…`, `note_…`), by name; `remarks` are the readers'. `received_on`
    is the day on which the file came: without it, rules about the future do not apply. Each rule that applies to
    any row gives a finding, also where no row fails: its `applicable` is half of the score. A row that no reader
    could read is set aside by the reader's remark, and no other rule speaks of it. A rule that cannot be run fails
    on all rows, opens a task for the city (`rule_error`), and, if it is one that sets rows aside, sets aside all:
    what was not checked does not pass.
    """
    rules = rules or catalogue()
    gathered = _Gathering()
    unreadable = _take_remarks(gathered, rules, list(remarks), _row_count(tables))
    readable = {name: _without(table, unreadable) for name, table in tables.items()}
    for name in rules.suites:
        if readable.get(name, _EMPTY).num_rows:
            _take_suite(gathered, rules, name, readable, received_on)
    return CheckResult(tuple(gathered.findings), dict(sorted(gathered.quarantined.items())))


_EMPTY = pa.table({})


def _row_count(tables: dict[str, pa.Table]) -> int:
    return int(tables[PERSONS].num_rows) if PERSONS in tables else 0


def _without(table: pa.Table, row_nos: set[int]) -> pa.Table:
    if not row_nos:
        return table
    return table.filter(pc.invert(pc.is_in(table["row_no"], pa.array(sorted(row_nos), table["row_no"].type))))


def _take_remarks(gathered: _Gathering, rules: Catalogue, remarks: list[Remark], rows: int) -> set[int]:
    """Findings of the readers' remarks; gives the rows which they set aside.

    A scored reader's rule of row scope that nobody remarked on was satisfied by every row, and says so.
    """
    set_aside: set[int] = set()
    for (rule_id, table_name, column_name), row_nos, whole_file in _by_subject(remarks):
        rule = rules[rule_id]
        action, is_quarantine = rule.meta.action, False
        if action is Action.quarantine_row:
            is_quarantine = table_name == PERSONS and bool(row_nos)
            action = action if is_quarantine else Action.open_task
        count = max(len(row_nos), int(whole_file))
        applicable = max(rows, count) if row_nos else 1
        gathered.findings.append(
            Finding(
                rule_id,
                table_name,
                column_name,
                rule.severity,
                action.value,
                applicable,
                row_nos,
                count,
            )
        )
        if is_quarantine:
            gathered.set_aside(rule, row_nos)
            set_aside.update(row_nos)
    remarked = {finding.rule_id for finding in gathered.findings if finding.table_name == PERSONS}
    for rule in rules:
        if rule.type == "reader" and rule.meta.weight and rows and rule.rule_id not in remarked:
            gathered.findings.append(
                Finding(
                    rule.rule_id,
                    PERSONS,
                    "",
                    rule.severity,
                    rule.meta.action.value,
                    rows,
                    (),
                    0,
                )
            )
    return set_aside


def _by_subject(remarks: list[Remark]) -> list[tuple[tuple[str, str, str], tuple[int, ...], bool]]:
    """Remarks of several chunks joined by (rule, table, column): sorted row numbers, and whether any had none."""
    joined: dict[tuple[str, str, str], list[Remark]] = {}
    for remark in remarks:
        joined.setdefault((remark.rule_id, remark.table_name, remark.column_name), []).append(remark)
    return [
        (key, tuple(sorted({row for remark in group for row in remark.row_nos})), any(not r.row_nos for r in group))
        for key, group in joined.items()
    ]


def _take_suite(
    gathered: _Gathering, rules: Catalogue, name: str, tables: dict[str, pa.Table], received_on: date | None
) -> None:
    suite = rules.suites[name]
    frame = build_frame(suite, tables, received_on)
    for outcome in run_suite(suite, frame):
        if not outcome.applicable:
            continue
        rule = outcome.rule
        gathered.findings.append(_finding(name, outcome))
        if outcome.has_erred:
            gathered.findings.append(_error_finding(rules[RULE_ERROR], name, outcome))
        if rule.meta.action is Action.quarantine_row:
            every_row = np.unique(frame["row_no"].to_numpy()).tolist() if outcome.has_erred else outcome.row_nos
            gathered.set_aside(rule, every_row)


def _finding(table_name: str, outcome: Outcome) -> Finding:
    rule = outcome.rule
    return Finding(
        rule.rule_id,
        table_name,
        rule.column_name,
        rule.severity,
        rule.meta.action.value,
        outcome.applicable,
        outcome.row_nos,
        outcome.failing,
    )


def _error_finding(rule: Rule, table_name: str, outcome: Outcome) -> Finding:
    """Names the rule that could not be run where a column stands otherwise."""
    return Finding(
        rule.rule_id,
        table_name,
        outcome.rule.rule_id,
        rule.severity,
        rule.meta.action.value,
        outcome.applicable,
        (),
        outcome.applicable,
    )
