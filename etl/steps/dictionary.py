"""Dictionary: what every table and field means, gathered from contracts, catalogue, readers and database."""

from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from etl.contracts import PERSON_RECORD, SCHEMAS, TABLES, reference
from etl.settings import Settings
from etl.standardise.codes import ETHNIC_GROUPS
from etl.steps.database import warehouse
from etl.steps.fills import field_fills
from etl.warehouse.described import read_described

if TYPE_CHECKING:
    from etl.reports.dictionary import CodeList, DictionaryData, RuleLine


def dictionary(settings: Settings, out: Path | None = None) -> tuple[Path, ...]:
    """Write the data dictionary and the diagram; gives the paths."""
    from etl.reports.dictionary import write_dictionary

    return write_dictionary(gather_dictionary(settings), out or settings.reports_dir)


def rules(settings: Settings, out: Path | None = None) -> tuple[Path, ...]:
    """Write the page of all rules; gives the paths."""
    from etl.quality.catalogue import catalogue
    from etl.reports.rules import write_rules

    return write_rules(_rules(), catalogue().version, out or settings.reports_dir)


def template(kind: str, path: Path) -> None:
    """Write an empty workbook for a kind of file, with the rules that it is checked by. Raises ConfigError."""
    from etl.reports.template import write_template

    write_template(kind, path, _rules())


def gather_dictionary(settings: Settings) -> "DictionaryData":
    """Everything that the dictionary says beside the contracts; needs the database at its newest version."""
    from etl.quality.catalogue import catalogue
    from etl.reports.dictionary import DictionaryData

    with warehouse(settings) as connection:
        described = read_described(connection, list(SCHEMAS))
    return DictionaryData(described, _rules(), field_fills(), _code_lists(), catalogue().version)


def _rules() -> tuple["RuleLine", ...]:
    """The catalogue's rules, each with the fields that it looks at; one on a file's people bears on their records."""
    from etl.quality.catalogue import PREFIXES, catalogue
    from etl.reports.dictionary import RuleLine

    rules, words = catalogue(), catalogue().wording()
    lines = []
    for name, suite in rules.suites.items():
        for rule in suite.expectations:
            table = name if name in TABLES or not rule.column_name else PERSON_RECORD.name
            known = set(TABLES[table].arrow_schema.names) if table in TABLES else set()
            bare = [_without_prefix(column, PREFIXES) for column in rule.frame_columns]
            columns = tuple(dict.fromkeys(name for name in (rule.column_name, *bare) if name in known))
            meta = rule.meta
            told = (meta.scope, meta.weight, meta.due_days, meta.since, meta.shadow)
            lines.append(RuleLine(words[rule.rule_id], rule.severity, meta.action, table, columns, *told))
    return tuple(lines)


def _without_prefix(column: str, prefixes: tuple[str, ...]) -> str:
    return next((column[len(prefix) :] for prefix in prefixes if column.startswith(prefix)), column)


def _code_lists() -> tuple["CodeList", ...]:
    """Lists that are short enough to be shown whole."""
    from etl.reports.dictionary import CodeList

    ethnic = tuple((f"{place:02}", names.split(",")[0]) for place, names in enumerate(ETHNIC_GROUPS, 1))
    return (
        CodeList("ward", *_texts("ward"), frozenset({"ward_code"}), _pairs(reference.wards())),
        CodeList("facility", *_texts("facility"), frozenset({"facility_code"}), _pairs(reference.facilities())),
        CodeList("sender", *_texts("sender"), frozenset({"sender_code"}), _pairs(reference.senders())),
        CodeList("ethnic", PERSON_RECORD["ethnic_code"].vi, "Ethnic groups", frozenset({"ethnic_code"}), ethnic),
    )


def _texts(table: str) -> tuple[str, str]:
    return TABLES[table].vi, TABLES[table].en


def _pairs(table: pa.Table) -> tuple[tuple[str, str], ...]:
    """Code and name, from the first column and `name`."""
    return tuple(zip(table.column(0).to_pylist(), table["name"].to_pylist(), strict=True))
