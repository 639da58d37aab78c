"""The catalogue is whole: every rule can be looked up, speaks both languages, and names columns that exist."""

from pathlib import Path

import pytest

from etl.contracts import TABLES
from etl.errors import ConfigError
from etl.quality.catalogue import PREFIXES, catalogue, catalogue_version, read_catalogue
from etl.quality.derived import DERIVED
from etl.quality.whole_file import COUNTS, SHARES

REFUSALS = {
    "file_empty",
    "file_kind_unknown",
    "xml_truncated",
    "xml_unsafe",
    "sheet_too_wide",
    "cell_too_long",
    "file_too_large",
    "sender_mismatch",
    "sender_unknown",
    "zip_bomb",
    "header_missing",
    "file_unreadable",
    "file_locked",
    "signature_invalid",
    "register_change",
    "register_removal",
}
REMARKS = {
    *(
        "header_unknown",
        "header_doubtful",
        "part_unreadable",
        "record_count_differs",
        "card_counts_differ",
        "same_file",
    ),
    *(
        "row_total",
        "row_blank",
        "row_header",
        "row_footer",
        "row_hidden",
        "column_hidden",
        "sheet_hidden",
        "sheet_other",
    ),
    *("cell_error", "formula_unresolved", "quote_open"),
    *("signature_absent", "signature_unverified", "signature_valid", "signature_unreadable"),
}
RULE = """
name: {name}
expectations:
- type: expect_column_values_to_not_be_null
  kwargs: {{column: full_name}}
  severity: critical
  meta:
    id: one
    dimension: complete
    scope: field
    action: {action}
    weight: 1
    owner: sender
    message: {{vi: "Thiếu.", en: "Missing."}}
    fix: {{vi: "Ghi.", en: "Write."}}
    example: "x"
    since: 2026-09-01
"""


def test_every_reason_that_readers_give_has_its_wording() -> None:
    rules = catalogue().rules
    assert rules.keys() >= REFUSALS | REMARKS
    assert {name for name in REFUSALS if rules[name].meta.action != "refuse_file"} == set()


def test_rules_look_at_columns_that_exist() -> None:
    for suite in catalogue().suites.values():
        for rule in suite.expectations:
            for column in rule.frame_columns:
                bare = next((column[len(prefix) :] for prefix in PREFIXES if column.startswith(prefix)), column)
                known = {field.name for field in TABLES[suite.name]}
                known |= DERIVED.get(suite.name, {}).keys() | COUNTS.get(suite.name, {}).keys()
                known |= SHARES.get(suite.name, {}).keys()
                assert bare in known, f"{rule.rule_id}: {column}"
            if rule.is_expectation and rule.column_name:
                assert rule.column_name in {field.name for field in TABLES[suite.name]}, rule.rule_id


def test_no_field_looks_like_a_prefixed_one() -> None:
    names = {field.name for table in TABLES.values() for field in table}
    assert [name for name in names if name.startswith(PREFIXES)] == []


def test_key_fields_are_those_of_the_national_index() -> None:
    assert {rule.column_name for rule in catalogue() if rule.meta.is_key} == {"national_id", "ward_code"}


def test_version_is_a_digest_that_changes_with_any_word(tmp_path: Path) -> None:
    (tmp_path / "person_record.yaml").write_text(RULE.format(name="person_record", action="count_only"), "utf-8")
    before = read_catalogue(tmp_path).version
    (tmp_path / "person_record.yaml").write_text(
        RULE.format(name="person_record", action="count_only").replace("Missing", "Absent"), "utf-8"
    )
    assert len(before) == 16
    assert before != read_catalogue(tmp_path).version
    assert catalogue_version() == catalogue().version


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("unknown key", RULE.format(name="person_record", action="count_only") + "    colour: red\n"),
        ("unknown action", RULE.format(name="person_record", action="shout")),
        ("no day to mend it by", RULE.format(name="person_record", action="open_task")),
        ("another table's name", RULE.format(name="encounter", action="count_only")),
        ("no rule", "name: person_record\nexpectations: []\n"),
        ("not YAML", "name: [\n"),
    ],
)
def test_a_broken_catalogue_stops_the_start(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / "person_record.yaml").write_text(text, "utf-8")
    with pytest.raises(ConfigError):
        read_catalogue(tmp_path)


def test_a_rule_named_twice_is_refused(tmp_path: Path) -> None:
    for name in ("person_record", "encounter"):
        (tmp_path / f"{name}.yaml").write_text(RULE.format(name=name, action="count_only"), "utf-8")
    with pytest.raises(ConfigError, match="'one' stands twice"):
        read_catalogue(tmp_path)
