"""The rules by which data is judged, as a page for whoever must keep them and as Markdown: all of it is the catalogue's."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from etl.contracts import TABLES
from etl.reports.dictionary import ACTIONS, SEVERITIES, RuleLine
from etl.reports.page import OWNERS
from etl.reports.rendering import page_environment, read_script, write_whole
from etl.reports.wording import AMBER, DIMENSIONS, GREEN

SCOPES = {
    "field": ("Một trường", "A field"),
    "row": ("Một dòng", "A row"),
    "table": ("Cả bảng của tệp", "A file's whole table"),
    "batch": ("Cả tệp", "A whole file"),
    "cross_source": ("Toàn kho dữ liệu", "The whole warehouse"),
}
DIMENSION_TEXTS = {
    **DIMENSIONS,
    "consistent": ("Thống nhất", "Consistent", "các nguồn nói như nhau", "sources say the same"),
}
ORDER = {name: place for place, name in enumerate(("refuse_file", "quarantine_row", "open_task", "count_only"))}


@dataclass(frozen=True)
class RuleGroup:
    """The rules of one dimension, the gravest action first."""

    name: str
    texts: tuple[str, str, str, str]
    rules: tuple[RuleLine, ...]


def group_rules(rules: Iterable[RuleLine]) -> tuple[RuleGroup, ...]:
    """The rules by dimension, in the order in which the words are said."""
    rules = sorted(rules, key=lambda rule: (ORDER[rule.action], -rule.weight, rule.wording.rule_id))
    groups = (
        RuleGroup(name, texts, tuple(rule for rule in rules if rule.wording.dimension == name))
        for name, texts in DIMENSION_TEXTS.items()
    )
    return tuple(group for group in groups if group.rules)


def render_html(rules: tuple[RuleLine, ...], catalogue_version: str) -> str:
    """One page that stands alone; its script only searches."""
    page = page_environment().get_template("rules.html.j2")
    return page.render(**_prepare(rules, catalogue_version), **read_script("dictionary.js"))


def render_markdown(rules: tuple[RuleLine, ...], catalogue_version: str) -> str:
    """The same for the documentation: Vietnamese first, English beside it."""
    environment = page_environment()
    environment.autoescape = False
    environment.filters["cell"] = lambda text: text.replace("&", "&amp;").replace("<", "&lt;").replace("|", "\\|")
    return environment.get_template("rules.md.j2").render(**_prepare(rules, catalogue_version))


def write_rules(rules: tuple[RuleLine, ...], catalogue_version: str, out_dir: Path) -> tuple[Path, ...]:
    """Write rules.html and rules.md; gives their paths."""
    return (
        write_whole(out_dir / "rules.html", render_html(rules, catalogue_version)),
        write_whole(out_dir / "rules.md", render_markdown(rules, catalogue_version)),
    )


def _prepare(rules: tuple[RuleLine, ...], catalogue_version: str) -> dict[str, object]:
    return {
        "groups": group_rules(rules),
        "rule_count": len(rules),
        "actions": ACTIONS,
        "severities": SEVERITIES,
        "owners": OWNERS,
        "scopes": SCOPES,
        "tables": {name: (table.vi, table.en) for name, table in TABLES.items()},
        "fields": {(name, field.name): (field.vi, field.name) for name, table in TABLES.items() for field in table},
        "bands": (AMBER, GREEN),
        "catalogue_version": catalogue_version,
    }
