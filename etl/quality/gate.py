"""The gate: a batch's staged tables in, chunk by chunk; findings and the rows to set aside out."""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from etl.contracts.reading import CheckResult, Finding, Remark
from etl.quality.catalogue import Action, Catalogue, Rule, Suite, catalogue
from etl.quality.frames import Frame
from etl.quality.screen import screen
from etl.quality.verdicts import failing_rows, judge_cases
from etl.quality.whole_file import COUNTS, SHARES, Counted, Shared, WholeFile

PERSONS = "person_record"
RULE_ERROR = "rule_error"
MANY = 100_000
"""So many row numbers are kept as four bytes each, not as Python's numbers."""
Numbers = npt.NDArray[np.int32]


@dataclass
class _Tally:
    """What a rule, or a reader's remark, has come to so far."""

    applicable: int = 0
    failing: int = 0
    row_nos: list[Numbers] = field(default_factory=list)
    has_erred: bool = False
    concerns_file: bool = False

    def rows(self) -> Sequence[int]:
        """Row numbers, each once, in order; none where the rule could not be run."""
        if self.has_erred:
            return ()
        found = _sorted(self.row_nos)
        self.row_nos = [found]
        if len(found) < MANY:
            return tuple(found.tolist())
        many = array("i")
        many.frombytes(found.data.cast("B"))
        return many


class Gate:
    """Checks a batch chunk by chunk, in the file's order; `finish` gives its findings.

    `received_on` is the day on which the file came: without it, rules about the future do not apply. Each rule that
    applies to any row gives a finding, also where no row fails: its `applicable` is half of the score. A row that no
    reader could read is set aside by the reader's remark, and no other rule speaks of it. A rule that cannot be run
    fails on all rows, opens a task for the city (`rule_error`), and, if it is one that sets rows aside, sets aside
    all: what was not checked does not pass. `folder` takes what memory does not hold.
    """

    def __init__(
        self, received_on: date | None = None, rules: Catalogue | None = None, folder: Path | None = None
    ) -> None:
        self._received_on, self._rules = received_on, rules or catalogue()
        self._remarks: dict[tuple[str, str, str], _Tally] = {}
        self._tallies: dict[tuple[str, str], _Tally] = {}
        self._rows, self._folder = 0, folder
        self._whole: WholeFile | None = None
        for suite in self._rules.suites.values():
            for rule in suite.expectations:  # rows have gone on before the whole file is known
                assert not (_is_counting(suite, rule) and rule.meta.action is Action.quarantine_row), rule.rule_id

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._whole is not None:
            self._whole.__exit__(kind, error, trace)

    def take(self, tables: dict[str, pa.Table], remarks: Iterable[Remark] = ()) -> dict[int, str]:
        """Check the staged tables of a chunk (contract columns, `sent_…`, `note_…`), and what its reader remarked.

        Gives the rows to set aside, each with the first rule that does so, in the order of the rows.
        """
        self._rows += tables[PERSONS].num_rows if PERSONS in tables else 0
        set_aside = self._take_remarks(remarks)
        readable = {name: _without(table, set(set_aside)) for name, table in tables.items()}
        for name, suite in self._rules.suites.items():
            if name in readable and readable[name].num_rows:
                self._take_table(suite, Frame(name, readable, self._received_on), set_aside)
        return dict(sorted(set_aside.items()))

    def finish(self) -> tuple[Finding, ...]:
        """One finding for each rule and column, remarks first."""
        findings = self._findings_of_remarks()
        for name, suite in self._rules.suites.items():
            counted = self._whole.counted(name) if self._whole is not None else {}
            shared = self._whole.shared(name) if self._whole is not None else {}
            for rule in suite.expectations:
                tally = self._tallies.get((name, rule.rule_id)) or self._count(suite, rule, counted)
                if rule.kwargs.get("column") in shared:
                    tally = self._share(suite, rule, shared[rule.kwargs["column"]])
                if tally.applicable:
                    findings.append(_finding(rule, name, rule.column_name, tally))
                if tally.applicable and tally.has_erred:  # names the rule where a column stands otherwise
                    findings.append(_finding(self._rules[RULE_ERROR], name, rule.rule_id, tally))
        return tuple(findings)

    def _take_remarks(self, remarks: Iterable[Remark]) -> dict[int, str]:
        set_aside: dict[int, str] = {}
        for remark in remarks:
            tally = self._remarks.setdefault((remark.rule_id, remark.table_name, remark.column_name), _Tally())
            tally.row_nos.append(np.array(remark.row_nos, np.int32))
            tally.concerns_file = tally.concerns_file or not remark.row_nos
            if self._rules[remark.rule_id].meta.action is Action.quarantine_row and remark.table_name == PERSONS:
                set_aside |= dict.fromkeys(remark.row_nos, remark.rule_id)
        return set_aside

    def _take_table(self, suite: Suite, frame: Frame, set_aside: dict[int, str]) -> None:
        """Add what the rules of one table say of a chunk, and the rows that they set aside."""
        if COUNTS.get(suite.name):
            self._whole = self._whole or WholeFile(self._folder)
            self._whole.take(frame)
        rules = [rule for rule in suite.expectations if rule.is_expectation and not _is_counting(suite, rule)]
        screened = {rule.rule_id: screen(rule, frame) for rule in rules}
        doubtful = {name: each.doubtful for name, each in screened.items() if each.doubtful.any()}
        failing = failing_rows(suite, frame, doubtful) if doubtful else {}
        for rule in rules:
            found = failing.get(rule.rule_id, np.array([], np.int64))
            tally = self._tallies.setdefault((suite.name, rule.rule_id), _Tally())
            tally.has_erred = tally.has_erred or found is None
            tally.applicable += frame.count if found is None else int(screened[rule.rule_id].applicable.sum())
            tally.failing += frame.count if found is None else len(found)
            row_nos = frame.row_nos if found is None else frame.row_nos[found]
            tally.row_nos.append(row_nos)
            if rule.meta.action is Action.quarantine_row:
                for row_no in row_nos.tolist():
                    set_aside.setdefault(row_no, rule.rule_id)

    def _count(self, suite: Suite, rule: Rule, counted: dict[str, Counted]) -> _Tally:
        """What a rule on a counting column says of the whole file; a count of 1 is what all rows have that are not told."""
        if not _is_counting(suite, rule) or rule.kwargs["column"] not in counted:
            return _Tally()
        seen = counted[rule.kwargs["column"]]
        counts, case_of_row = np.unique(np.append(seen.counts, 1), return_inverse=True)
        verdict = judge_cases(suite, {rule.rule_id: pa.table({rule.kwargs["column"]: counts})})[rule.rule_id]
        if verdict is None or (seen.applicable and verdict[case_of_row[-1]]):
            return _Tally(seen.applicable, seen.applicable, has_erred=True)
        is_failing = verdict[case_of_row[:-1]]
        return _Tally(seen.applicable, int(is_failing.sum()), [seen.row_nos[is_failing]])

    def _share(self, suite: Suite, rule: Rule, shared: Shared) -> _Tally:
        """What a rule on a share says of the whole file: all rows that make up a share too great, or none."""
        if shared.share is None:
            return _Tally()
        [verdict] = _first(judge_cases(suite, {rule.rule_id: pa.table({rule.kwargs["column"]: [shared.share]})}))
        if verdict is None:
            return _Tally(shared.applicable, shared.applicable, has_erred=True)
        failing = shared.row_nos if verdict else shared.row_nos[:0]
        return _Tally(shared.applicable, len(failing), [failing])

    def _findings_of_remarks(self) -> list[Finding]:
        """A scored reader's rule of row scope that nobody remarked on was satisfied by every row, and says so."""
        findings = []
        for (rule_id, table_name, column_name), tally in self._remarks.items():
            rows = tally.rows()
            tally.failing = max(len(rows), int(tally.concerns_file))
            tally.applicable = max(self._rows, tally.failing) if rows else 1
            is_about_persons = table_name == PERSONS and bool(rows)
            findings.append(_finding(self._rules[rule_id], table_name, column_name, tally, is_about_persons))
        remarked = {rule_id for rule_id, table_name, _ in self._remarks if table_name == PERSONS}
        for rule in self._rules:
            if rule.type == "reader" and rule.meta.weight and self._rows and rule.rule_id not in remarked:
                findings.append(_finding(rule, PERSONS, "", _Tally(self._rows)))
        return findings


def check(
    tables: dict[str, pa.Table],
    remarks: Iterable[Remark] = (),
    received_on: date | None = None,
    rules: Catalogue | None = None,
) -> CheckResult:
    """What the rules say of a batch that comes in one chunk; see `Gate`."""
    with Gate(received_on, rules) as gate:
        quarantined = gate.take(tables, remarks)
        return CheckResult(gate.finish(), quarantined)


def _first(verdicts: dict[str, npt.NDArray[np.bool_] | None]) -> list[bool | None]:
    """Of verdicts on one case each, each rule's; None for a rule that could not be run."""
    return [None if verdict is None else bool(verdict[0]) for verdict in verdicts.values()]


def _is_counting(suite: Suite, rule: Rule) -> bool:
    return rule.kwargs.get("column") in COUNTS.get(suite.name, {}).keys() | SHARES.get(suite.name, {}).keys()


def _without(table: pa.Table, row_nos: set[int]) -> pa.Table:
    if not row_nos:
        return table
    return table.filter(pc.invert(pc.is_in(table["row_no"], pa.array(sorted(row_nos), table["row_no"].type))))


def _sorted(parts: list[Numbers]) -> Numbers:
    """Each number once, in order; chunks mostly come so, and sorting takes thrice the memory."""
    found = np.concatenate(parts) if parts else np.array([], np.int32)
    return found if (found[1:] > found[:-1]).all() else np.unique(found)


def _finding(rule: Rule, table_name: str, column_name: str, tally: _Tally, can_set_aside: bool = True) -> Finding:
    """The finding that a tally makes; a row can be set aside only by what is said of its person."""
    action = rule.meta.action
    if action is Action.quarantine_row and not can_set_aside:
        action = Action.open_task
    is_error = rule.rule_id == RULE_ERROR
    return Finding(
        rule.rule_id,
        table_name,
        column_name,
        rule.severity,
        action.value,
        tally.applicable,
        () if is_error else tally.rows(),
        tally.applicable if is_error else tally.failing,
    )
