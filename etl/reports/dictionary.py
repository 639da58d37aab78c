"""The data dictionary: every table and field with its meaning, privacy, origin and rules, as HTML and as Markdown.

Nothing is written here: it all comes from the contracts, the catalogue of rules, the readers and the database.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from etl.contracts import SQL_TYPES, TABLES, WAREHOUSE_TABLES, Field, Privacy, Table
from etl.contracts.wording import PRIVACY_WORDING, RuleWording
from etl.reports import diagram
from etl.reports.page import KINDS, OWNERS
from etl.reports.rendering import page_environment, read_script, write_whole
from etl.reports.wording import DIMENSIONS
from etl.warehouse.described import Constraint, Described

SOURCE_KINDS = {**{kind: texts for kind, texts in KINDS.items() if kind}, "register": ("Dân cư", "Population register")}
ACTIONS = {
    "refuse_file": ("Từ chối cả tệp", "Refuses the file"),
    "quarantine_row": ("Cách ly dòng", "Sets the row aside"),
    "open_task": ("Giao việc phải sửa", "Opens a task"),
    "count_only": ("Chỉ đếm", "Is counted"),
}
SEVERITIES = {"critical": ("Nghiêm trọng", "Critical"), "warning": ("Cảnh báo", "Warning"), "info": ("Lưu ý", "Note")}


@dataclass(frozen=True)
class RuleLine:
    """A rule of the catalogue: its words, what it does, and the table and fields that it looks at."""

    wording: RuleWording
    severity: str
    action: str
    table: str
    columns: tuple[str, ...]
    scope: str
    weight: float
    due_days: int | None
    since: date
    is_shadow: bool


@dataclass(frozen=True)
class CodeList:
    """Codes with their names, and the fields that hold such a code."""

    name: str
    vi: str
    en: str
    fields: frozenset[str]
    codes: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class DictionaryData:
    """What the dictionary is made of, beside the contracts."""

    described: Described
    rules: tuple[RuleLine, ...]
    fills: dict[tuple[str, str], tuple[str, ...]]
    code_lists: tuple[CodeList, ...]
    catalogue_version: str


@dataclass(frozen=True)
class FieldEntry:
    """All that there is to say of a field."""

    table: Table
    field: Field
    type: str
    is_key: bool
    values: tuple[str, ...]
    constraints: tuple[Constraint, ...]
    rules: tuple[RuleLine, ...]
    kinds: tuple[str, ...]
    code_list: CodeList | None
    target: Table | None = None

    @property
    def is_from_files(self) -> bool:
        """A source file may fill it."""
        return bool(self.kinds)


@dataclass(frozen=True)
class TableEntry:
    """A table with its fields, the conditions on several of them, its rules on whole rows, and who refers to it."""

    table: Table
    privacy: Privacy
    fields: tuple[FieldEntry, ...]
    constraints: tuple[Constraint, ...]
    rules: tuple[RuleLine, ...]
    referred_by: tuple[str, ...]


@dataclass(frozen=True)
class SchemaEntry:
    """A schema with its tables."""

    name: str
    vi: str
    en: str
    tables: tuple[TableEntry, ...] = field(default_factory=tuple)


def describe(data: DictionaryData) -> tuple[SchemaEntry, ...]:
    """Every table of the contracts, by schema."""
    entries = [_describe_table(table, data) for table in WAREHOUSE_TABLES]
    return tuple(
        SchemaEntry(name, vi, en, tuple(entry for entry in entries if entry.table.schema == name))
        for name, (vi, en) in data.described.schemas.items()
        if any(entry.table.schema == name for entry in entries)
    )


def _describe_table(table: Table, data: DictionaryData) -> TableEntry:
    held = [constraint for constraint in data.described.constraints if constraint.table == table.qualified_name]
    rules = [rule for rule in data.rules if rule.table == table.name]
    return TableEntry(
        table,
        diagram.most_private(table),
        tuple(_describe_field(table, field, held, rules, data) for field in table.stored_fields),
        tuple(constraint for constraint in held if len(constraint.columns) > 1),
        tuple(rule for rule in rules if not rule.columns),
        tuple(
            f"{other.name}.{field.name}"
            for other in WAREHOUSE_TABLES
            for field in other
            if field.references and field.references.split(".")[0] == table.name
        ),
    )


def _describe_field(
    table: Table, field: Field, held: list[Constraint], rules: list[RuleLine], data: DictionaryData
) -> FieldEntry:
    alone = [constraint for constraint in held if constraint.columns == (field.name,)]
    return FieldEntry(
        table,
        field,
        SQL_TYPES[field.type],
        field.name in table.key,
        next((constraint.values for constraint in alone if constraint.values), ()),
        tuple(constraint for constraint in alone if not constraint.values),
        tuple(rule for rule in rules if field.name in rule.columns),
        data.fills.get((table.name, field.name), ()),
        next((codes for codes in data.code_lists if field.name in codes.fields), None),
        TABLES[field.references.split(".")[0]] if field.references else None,
    )


def render_html(data: DictionaryData) -> str:
    """The dictionary as one page that stands alone; its script only searches, and the page does without it."""
    page = page_environment().get_template("dictionary.html.j2")
    return page.render(**_prepare(data), **read_script("dictionary.js"))


def render_markdown(data: DictionaryData) -> str:
    """The dictionary for the documentation: Vietnamese first, English beside it."""
    environment = page_environment()
    environment.autoescape = False
    environment.filters["cell"] = _cell
    environment.filters["code"] = _code
    return environment.get_template("dictionary.md.j2").render(**_prepare(data))


def render_diagram() -> str:
    """The diagram as a file of its own, in Vietnamese; names of tables and fields are English anyway."""
    text = page_environment().get_template("er.svg.j2").render(**_diagram(("vi",)), is_alone=True)
    return text.lstrip()


def write_dictionary(data: DictionaryData, out_dir: Path) -> tuple[Path, ...]:
    """Write dictionary.html, dictionary.md and er.svg; gives their paths."""
    return (
        write_whole(out_dir / "dictionary.html", render_html(data)),
        write_whole(out_dir / "dictionary.md", render_markdown(data)),
        write_whole(out_dir / "er.svg", render_diagram()),
    )


def _cell(text: str) -> str:
    """Text inside a cell of a Markdown table."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("|", "\\|")


def _code(text: str) -> str:
    """Code inside a cell of a Markdown table."""
    return "`" + text.replace("|", "\\|") + "`"


def _diagram(languages: tuple[str, ...] = ("vi", "en")) -> dict[str, object]:
    er = diagram.lay_out(WAREHOUSE_TABLES, languages)
    return {
        "languages": languages,
        "er": er,
        "colours": {bus.target: bus.colour for bus in er.buses},
        "references": diagram.references_in_words(WAREHOUSE_TABLES),
        "most_private": diagram.most_private,
        "privacy": PRIVACY_WORDING,
        "sizes": diagram,
    }


def _prepare(data: DictionaryData) -> dict[str, object]:
    used = defaultdict(list)
    for rule, column in _rule_columns(data):
        used[rule.wording.rule_id].append(column)
    return {
        **_diagram(),
        "is_alone": False,
        "schemas": describe(data),
        "views": data.described.views,
        "report_schema": data.described.schemas["report"],
        "rules": data.rules,
        "rule_fields": dict(used),
        "code_lists": data.code_lists,
        "kinds": SOURCE_KINDS,
        "dimensions": DIMENSIONS,
        "owners": OWNERS,
        "actions": ACTIONS,
        "severities": SEVERITIES,
        "catalogue_version": data.catalogue_version,
        "table_count": len(WAREHOUSE_TABLES),
        "field_count": sum(len(table.stored_fields) for table in WAREHOUSE_TABLES),
    }


def _rule_columns(data: DictionaryData) -> Iterator[tuple[RuleLine, tuple[str, str]]]:
    """Each rule with each table and field that it looks at."""
    for rule in data.rules:
        for column in rule.columns:
            if rule.table in TABLES and column in TABLES[rule.table].arrow_schema.names:
                yield rule, (rule.table, column)
