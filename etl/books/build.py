"""Books from records, links and register."""

import pyarrow as pa

from etl.books.corrections import find_replaced
from etl.books.encounters import gather_events
from etl.books.sections import find_sections
from etl.books.survivorship import FIELD_NAMES, survive
from etl.contracts import BOOK_PARTS, Table
from etl.contracts.book import PERSON_FIELDS
from etl.engines.local import LocalEngine

LINEAGE = ("batch_id", "row_no")
"""Columns that say where a row came from, and nothing about the person."""

BIRTH_COLUMNS = {
    "birth_date": "strptime(left(birth_date || '-01-01', 10), '%Y-%m-%d')::date",
    "birth_precision": "case length(birth_date) when 4 then 'year' when 7 then 'month' when 10 then 'day' end",
}


def sql_for_part_digests(table: Table) -> str:
    """One row per person: the sums over his rows' hashes, whatever their order, without (`content`) and with lineage.

    DuckDB's hash takes a thirtieth of MD5 over text. It has 64 bits, which no two versions of a book will share by
    chance, and may be another in another release of DuckDB, which `rules_digest` tells of. It takes an empty list for
    none, which the length tells apart.
    """
    columns = [field for field in table if field.name not in ("person_id", *LINEAGE)]
    lengths = [f"len({field.name})" for field in columns if pa.types.is_list(field.type)]
    said = ", ".join([*(field.name for field in columns), *lengths])
    return f"""
    select person_id, sum(row_hash) as content, sum(hash(row_hash, {", ".join(LINEAGE)})) as whole
    from (select *, hash('{table.name}', {said}) as row_hash from {table.name}) group by person_id"""


def sql_for_digests() -> str:
    """One row per person: `content` and `whole` over the rows of all sections."""
    parts = " union all ".join(map(sql_for_part_digests, BOOK_PARTS))
    return f"select person_id, sum(content) as content, sum(whole) as whole from ({parts}) group by person_id"


def sql_for_books() -> str:
    """One row per person who has an open link: the health book's first page, without the build's own number.

    Visits that the law restricts are neither counted nor dated there: who may not see them must not learn of them.
    """
    fields = ", ".join(f"{BIRTH_COLUMNS.get(field.name, field.name)} as {field.name}" for field in PERSON_FIELDS)
    said = ", ".join(
        f"coalesce({name}, chr(30))"
        for name in (*FIELD_NAMES, "status", "death_date::varchar", "record_count::varchar")
    )
    return f"""
    with counted as (
        select l.person_id, count(*)::integer as record_count,
            max(r.as_of_date) filter (where v.is_hidden is not true) as last_event_on
        from link l join person_record r using (record_id) left join visit v using (record_id)
            anti join superseded using (record_id)
        group by l.person_id),
    visited as (
        select person_id, count(*)::integer as encounter_count from encounter where is_restricted is not true group by person_id),
    page as (
        select c.*, s.* exclude (person_id), coalesce(v.encounter_count, 0) as encounter_count,
            coalesce(p.status, 'provisional') as status, p.death_date, p.person_id is not null as is_verified
        from counted c join shown s using (person_id) left join visited v using (person_id) left join people p using (person_id))
    select person_id, {fields}, status, death_date, is_verified, record_count, encounter_count, last_event_on,
        md5(concat_ws(chr(31), {said}, d.content)) as digest,
        md5(concat_ws(chr(31), {said}, d.whole)) as lineage_digest
    from page left join part_digest d using (person_id)"""


def build_books(engine: LocalEngine) -> None:
    """Make `health_book` and its parts (`BOOK_PARTS`).

    Needs in the engine: `person_record` (accepted rows), `link` (open: record_id, person_id), `people` (the register),
    a `staged_…` table of accepted rows for each event table, and `superseded` (`sql_for_superseded`), made of everybody's
    records. Then of some persons alone it makes the same books as of everybody; `sql_for_touched` says whose may have changed.
    """
    find_replaced(engine)
    survive(engine)
    gather_events(engine)
    find_sections(engine)
    engine.create("part_digest", sql_for_digests())
    engine.create("health_book", sql_for_books())
