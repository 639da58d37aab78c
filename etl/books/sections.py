"""What was asked of a person, and found or not found: "none known" is not "nobody asked"."""

from etl.contracts.book import SECTIONS
from etl.engines.local import LocalEngine

NO_VACCINE = "^(khong|khong co|khong tiem|chua|chua tiem|chua tiem chung|chua tiem mui nao|chua co)$"
"""Toneless words in a column of vaccines that say there was none; other sections have `is_none_known` from their readers."""


def sql_for_statements() -> str:
    """One row per statement about a section; what the law restricts tells nothing here, not even that it is there."""
    toneless = "strip_accents(replace(lower(trim(vaccine_name)), 'đ', 'd'))"
    lineage = "record_id, batch_id, row_no, line_no"
    return f"""
    select person_id, 'allergy' as section, coalesce(is_none_known, false) as is_none, stated_on, {lineage}
    from allergy where is_none_known or substance is not null
    union all select person_id, kind, coalesce(is_none_known, false), stated_on, {lineage}
    from history where (is_none_known or statement is not null or icd10_code is not null) and is_restricted is not true
    union all select person_id, 'vaccination', regexp_matches({toneless}, '{NO_VACCINE}'), given_on, {lineage}
    from immunisation"""


def sql_for_sections() -> str:
    """One row per person and section that somebody asked about, with the newest statement of its state as its source.

    One source that found something outweighs any number that found nothing, whenever they asked: an allergy that was
    not asked about properly last week is still one. That they disagree is kept beside it.
    """
    known = ", ".join(f"'{name}'" for name in SECTIONS)
    return f"""
    with told as (select *, bool_and(is_none) over (partition by person_id, section) as is_none_known from asked where section in ({known})),
    found as (
        select person_id, section, is_none_known, bool_or(is_none) as is_denied,
            first({{'stated_on': stated_on, 'record_id': record_id, 'batch_id': batch_id, 'row_no': row_no}}
                order by is_none <> is_none_known, stated_on desc nulls last, record_id, line_no) as source
        from told group by person_id, section, is_none_known)
    select person_id, section, case when is_none_known then 'none_known' else 'filled' end as state,
        is_denied and not is_none_known as is_contradicted, source.stated_on as stated_on,
        source.record_id as record_id, source.batch_id as batch_id, source.row_no as row_no
    from found"""


def find_sections(engine: LocalEngine) -> None:
    """Make `section` from the event tables."""
    engine.create("asked", sql_for_statements())
    engine.create("section", sql_for_sections())
