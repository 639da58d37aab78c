"""What books said before: kept when a build puts another value in a value's place, and never changed.

`keep_shown` notes what the books show that are about to be replaced; `write_history` compares it with what they show
then, and adds a row for each field that differs: what was shown until this build, from when on it was true by its source,
and from which row it came. What is shown now stands in the book and is not written twice, so that a first build of ten
million books adds nothing, and a day's adds what changed. The view `book.field_timeline` puts both together.
"""

import pyarrow as pa
from psycopg2.extensions import connection as Connection

from etl.contracts import FIELD_HISTORY, HEALTH_BOOK
from etl.warehouse.partitions import looking_up
from etl.warehouse.resealing import reseal_rows
from etl.warehouse.sealing import Seals

COLUMNS = ("value", "rule", "as_of_date", "record_id", "batch_id", "row_no", "register_version")
NOT_SHOWN = frozenset({
    "person_id", "birth_precision", "is_verified", "record_count", "encounter_count", "last_event_on", "digest",
    "lineage_digest", "built_run_id",
})  # fmt: skip
"""Columns of a book that are no field of its page."""
BOOK = "book"
"""The field of a row that says that until then there was no book at all."""


def keep_shown(connection: Connection, seals: Seals, is_few: bool) -> None:
    """Note what the books of the persons in `changed` (a temporary table with `person_id`) show, before they go.

    What an older key sealed is sealed anew: else every value would look like another one. `is_few`: they are looked up
    one by one.
    """
    gather_pages(connection, "changed", is_few)
    with connection.cursor() as cursor:
        # A register that was loaded since the book was built stated nothing that the book shows.
        cursor.execute(f"""
            create temp table shown_before on commit drop as
            select person_id, field_name, {", ".join(COLUMNS[:-1])}, least(p.register_version, r.register_version) as register_version
            from ({PAGES}) p join identity.run r on r.run_id = p.built_run_id""")
        cursor.execute("create temp table book_before on commit drop as select person_id from page_book")
        cursor.execute("""
            create temp table history_start on commit drop as
            select not exists (select from book.health_book) and not exists (select from book.field_history) as is_first""")
        reseal_rows(connection, seals, FIELD_HISTORY, "shown_before")
        cursor.execute("analyze shown_before, book_before")


def gather_pages(connection: Connection, persons: str, is_few: bool) -> None:
    """Fetch what `PAGES` reads, of the persons in a table: books, the values' sources, versions of the register."""
    with connection.cursor() as cursor:
        cursor.execute("drop table if exists page_book, page_source, page_register")
        with looking_up(connection, is_few):
            cursor.execute(f"""
                create temp table page_book on commit drop as
                select b.* from {persons} join book.health_book b using (person_id);
                create temp table page_source on commit drop as
                select v.* from {persons} join book.field_value v using (person_id) where v.value_rank = 1;
                create temp table page_register on commit drop as
                select r.person_id, r.register_version from {persons} join identity.register_person r using (person_id)""")
        cursor.execute("analyze page_book, page_source, page_register")


def _sql_for_pages() -> str:
    fields = [field for field in HEALTH_BOOK if field.name not in NOT_SHOWN]
    texts = [f"to_char(b.{f.name}, 'YYYY-MM-DD')" if f.type == pa.date32() else f"b.{f.name}" for f in fields]
    shown = ", ".join(f"('{field.name}', {text})" for field, text in zip(fields, texts, strict=True))
    return f"""
        select b.person_id, f.field_name, coalesce(v.value, f.value) as value,
            coalesce(v.rule, case when b.is_verified then 'register' else 'none' end) as rule, v.as_of_date, v.record_id,
            v.batch_id, v.row_no, case when v.person_id is null then r.register_version else v.register_version end
                as register_version, b.built_run_id
        from page_book b cross join lateral (values {shown}) as f (field_name, value)
            left join page_source v on v.person_id = b.person_id and v.field_name = f.field_name
            left join page_register r on r.person_id = b.person_id
        where f.value is not null"""


PAGES = _sql_for_pages()
"""What the view `book.person_page` says, of the persons that were gathered: it would make everybody's pages first."""


def write_history(connection: Connection, run_id: int, is_few: bool) -> int:
    """Add what is no longer shown, now that the persons in `changed` have their new books; gives how many rows.

    A person whose first book it is gets one row that says so, but for the very first build, before which nobody had any.
    """
    columns = ", ".join(COLUMNS)
    gather_pages(connection, "book_before", is_few)
    with connection.cursor() as cursor:
        with looking_up(connection, is_few):
            cursor.execute("""
                create temp table book_new on commit drop as
                select person_id from changed join book.health_book using (person_id)
                where person_id not in (select person_id from book_before) and not (select is_first from history_start)""")
        cursor.execute(
            f"""
            insert into book.field_history (person_id, field_name, known_to_run_id, {columns})
            select person_id, field_name, %(run)s, {", ".join(f"b.{name}" for name in COLUMNS)}
            from shown_before b full join ({PAGES}) n using (person_id, field_name)
            where b.value is distinct from n.value
            union all
            select person_id, '{BOOK}', %(run)s, {", ".join(["null"] * len(COLUMNS))} from book_new""",
            {"run": run_id},
        )
        return int(cursor.rowcount)
