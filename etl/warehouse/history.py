"""What books said before: kept when a build puts another value in a value's place, and never changed.

`keep_shown` notes what the books show that are about to be replaced; `write_history` compares it with what they show
then, and adds a row for each field that differs: what was shown until this build, from when on it was true by its source,
and from which row it came. What is shown now stands in the book and is not written twice, so that a first build of ten
million books adds nothing, and a day's adds what changed. The view `book.field_timeline` puts both together.
"""

from psycopg2.extensions import connection as Connection

from etl.contracts import FIELD_HISTORY
from etl.warehouse.resealing import reseal_rows
from etl.warehouse.sealing import Seals

COLUMNS = ("value", "rule", "as_of_date", "record_id", "batch_id", "row_no", "register_version")
BOOK = "book"
"""The field of a row that says that until then there was no book at all."""


def keep_shown(connection: Connection, seals: Seals) -> None:
    """Note what the books of the persons in `changed` (a temporary table with `person_id`) show, before they go.

    What an older key sealed is sealed anew: else every value would look like another one.
    """
    with connection.cursor() as cursor:
        # A register that was loaded since the book was built stated nothing that the book shows.
        cursor.execute(f"""
            create temp table shown_before on commit drop as
            select person_id, field_name, {", ".join(COLUMNS[:-1])}, least(p.register_version, r.register_version) as register_version
            from book.person_page p join changed using (person_id) join book.health_book b using (person_id)
                join identity.run r on r.run_id = b.built_run_id""")
        cursor.execute("""
            create temp table book_before on commit drop as
            select person_id from book.health_book join changed using (person_id)""")
        cursor.execute("""
            create temp table history_start on commit drop as
            select not exists (select from book.health_book) and not exists (select from book.field_history) as is_first""")
        reseal_rows(connection, seals, FIELD_HISTORY, "shown_before")
        cursor.execute("analyze shown_before, book_before")


def write_history(connection: Connection, run_id: int) -> int:
    """Add what is no longer shown, now that the persons in `changed` have their new books; gives how many rows.

    A person whose first book it is gets one row that says so, but for the very first build, before which nobody had any.
    """
    columns = ", ".join(COLUMNS)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            insert into book.field_history (person_id, field_name, known_to_run_id, {columns})
            select person_id, field_name, %(run)s, {", ".join(f"b.{name}" for name in COLUMNS)}
            from shown_before b full join (
                select p.* from book.person_page p join book_before using (person_id)) n using (person_id, field_name)
            where b.value is distinct from n.value
            union all
            select person_id, '{BOOK}', %(run)s, {", ".join(["null"] * len(COLUMNS))}
            from book.health_book join changed using (person_id)
            where person_id not in (select person_id from book_before) and not (select is_first from history_start)""",
            {"run": run_id},
        )
        return int(cursor.rowcount)
