"""The catalogue of rules: `expectations/<table>.yaml`, read once, checked whole, and looked up by rule.

Everything that speaks of a rule (the gate, the receipt, tasks, scores, the report) takes its wording from here.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from etl.contracts.wording import RuleWording
from etl.errors import ConfigError

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast, where PyYAML has it
FOLDER = Path(__file__).resolve().parents[2] / "expectations"
COLUMN_KWARGS = ("column", "column_A", "column_B")
PREFIXES = ("note_", "sent_", "filled_")
DIMENSIONS = ("correct", "complete", "clean", "live")
"""Đúng, đủ, sạch, sống, in the order in which they are said. `consistent`, the fifth criterion, may be added."""


class Action(StrEnum):
    """What a failing rule does to the file or row."""

    refuse_file = "refuse_file"
    quarantine_row = "quarantine_row"
    open_task = "open_task"
    count_only = "count_only"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(_Strict):
    """A sentence in both languages."""

    vi: str = Field(min_length=3)
    en: str = Field(min_length=3)


class Meta(_Strict):
    """What the catalogue says of a rule beside its expectation.

    `weight` is its share in the score, 0 where it is not scored; `due_days` the days within which a task must be
    mended; `column` the contract's column that a finding names, where it is not the expectation's own; `is_key`
    marks citizen ID and ward, which must be at 100 (national index); `measured_in` is the unit of what a standing rule
    observed of a sender beside what it expected; `shadow` is measured, but not yet counted.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    dimension: Literal["correct", "complete", "clean", "live", "consistent"]
    scope: Literal["field", "row", "table", "cross_source", "batch"]
    action: Action
    weight: float = Field(ge=0)
    owner: Literal["sender", "ward", "city"]
    due_days: int | None = Field(default=None, ge=1, le=60)
    column: str | None = None
    is_key: bool = False
    measured_in: Literal["days", "rows", "index"] | None = None
    message: Text
    fix: Text
    example: str = Field(min_length=1)
    since: date
    shadow: bool = False

    @model_validator(mode="after")
    def _someone_mends_it_in_time(self) -> "Meta":
        needs_day = self.action in (Action.open_task, Action.quarantine_row)
        if needs_day and self.due_days is None:
            raise ValueError("a rule that opens a task must say due_days")
        return self


class Rule(_Strict):
    """One rule: a Great Expectations expectation, or `reader`: raised while a file is read."""

    type: str = Field(pattern=r"^(expect_[a-z_]+|reader)$")
    kwargs: dict[str, Any] = Field(default_factory=dict)
    severity: Literal["critical", "warning", "info"]
    meta: Meta

    @property
    def rule_id(self) -> str:
        """Its name, unique in the catalogue."""
        return self.meta.id

    @property
    def is_expectation(self) -> bool:
        """Great Expectations runs it."""
        return self.type.startswith("expect_")

    @property
    def frame_columns(self) -> tuple[str, ...]:
        """The columns of the checked frame that it looks at."""
        return tuple(self.kwargs[name] for name in COLUMN_KWARGS if name in self.kwargs)

    @property
    def column_name(self) -> str:
        """The contract's column that a finding names; empty for a whole row or file."""
        if self.meta.column is not None or not self.frame_columns:
            return self.meta.column or ""
        column = self.frame_columns[0]
        return next((column[len(prefix) :] for prefix in PREFIXES if column.startswith(prefix)), column)


class Suite(_Strict):
    """One file of the catalogue: the rules of one contract table, in order of precedence."""

    name: str
    expectations: tuple[Rule, ...]


@dataclass(frozen=True)
class Catalogue:
    """All suites by name, in the order of their file names; rule names are unique."""

    suites: dict[str, Suite]

    def __iter__(self) -> Iterator[Rule]:
        for suite in self.suites.values():
            yield from suite.expectations

    @cached_property
    def rules(self) -> dict[str, Rule]:
        """Every rule by its name."""
        return {rule.rule_id: rule for rule in self}

    def __getitem__(self, rule_id: str) -> Rule:
        """The rule of that name; an unknown one is a fault of ours, and says which."""
        try:
            return self.rules[rule_id]
        except KeyError:
            raise ConfigError(
                f"expectations: no rule is called {rule_id!r}; expected one of the catalogue. Add it to file.yaml."
            ) from None

    def wording(self) -> dict[str, RuleWording]:
        """How each rule is told to people, by its name."""
        return {
            rule.rule_id: RuleWording(
                rule.rule_id,
                rule.meta.dimension,
                rule.meta.owner,
                rule.meta.is_key,
                rule.meta.weight > 0 and not rule.meta.shadow,
                0.0 if rule.meta.shadow else rule.meta.weight,
                rule.meta.message.vi,
                rule.meta.message.en,
                rule.meta.fix.vi,
                rule.meta.fix.en,
                rule.meta.example,
                rule.meta.measured_in,
                rule.meta.shadow,
            )
            for rule in self
        }

    @cached_property
    def version(self) -> str:
        """16 hex digits over all that the rules say: changes when any of them does."""
        content = {name: suite.model_dump(mode="json") for name, suite in self.suites.items()}
        text = json.dumps(content, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def read_catalogue(folder: Path) -> Catalogue:
    """The catalogue in a folder; an unknown key, a missing text or a rule named twice is a ConfigError."""
    suites = {}
    for path in sorted(folder.glob("*.yaml")):
        suite = _read_suite(path)
        suites[suite.name] = suite
    names = [rule.rule_id for suite in suites.values() for rule in suite.expectations]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled or not names:
        problem = f"rule {doubled[0]!r} stands twice" if doubled else "there is no rule"
        raise ConfigError(f"expectations: {problem}; expected each rule once. Mend the catalogue.")
    return Catalogue(suites)


def _read_suite(path: Path) -> Suite:
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER)  # noqa: S506
        suite = Suite.model_validate(content)
    except (ValidationError, yaml.YAMLError) as error:
        raise ConfigError(
            f"expectations/{path.name}: {error}; expected the keys of etl/quality/catalogue.py. Mend the file."
        ) from error
    if suite.name != path.stem:
        raise ConfigError(
            f"expectations/{path.name}: name is {suite.name!r}; expected {path.stem!r}. Rename one of them."
        )
    return suite


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """The project's catalogue, read once a process."""
    return read_catalogue(FOLDER)


def catalogue_version() -> str:
    """The digest that every score keeps."""
    return catalogue().version
