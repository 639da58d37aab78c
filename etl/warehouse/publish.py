"""Publishing: the books that changed replace the old ones in one transaction; readers see all of it or none."""

from pathlib import Path

import pyarrow.parquet as pq
from psycopg2.extensions import connection as Connection

from etl.contracts import BOOK_PARTS, HEALTH_BOOK
from etl.warehouse.audit import record
from etl.warehouse.history import keep_shown, write_history
from etl.warehouse.load import copy_table

BOOK_TABLES = (HEALTH_BOOK, *BOOK_PARTS)
"""What a build writes, the book itself first."""


def publish_books(connection: Connection, run_id: int, folder: Path) -> int:
    """Replace every book that differs from the one in `folder` (`<table>.parquet`), and count the books that stand.

    A book differs when its digest over content and lineage does; a person without records has no book. The caller's
    transaction makes it all visible at once.
    """
    for table in BOOK_TABLES:
        _load_next(connection, table.name, folder)
    with connection.cursor() as cursor:
        cursor.execute("""
            create temp table changed on commit drop as
            select coalesce(n.person_id, b.person_id) as person_id from next_health_book n full join book.health_book b using (person_id)
            where n.lineage_digest is distinct from b.lineage_digest""")
        cursor.execute("create unique index on changed (person_id)")
        cursor.execute("analyze changed")
        keep_shown(connection)
        for table in reversed(BOOK_TABLES):
            cursor.execute(f"delete from {table.qualified_name} where person_id in (select person_id from changed)")
        for table in BOOK_TABLES:
            columns = ", ".join(field.name for field in table)
            cursor.execute(
                f"insert into {table.qualified_name} ({columns}) select {columns} from next_{table.name} where person_id in (select person_id from changed)"
            )
        write_history(connection, run_id)
        cursor.execute("select count(*) from changed")
        (changed,) = cursor.fetchone() or (0,)
        cursor.execute(
            "update identity.run set books = (select count(*) from book.health_book), finished_at = now(), state = 'published' where run_id = %s returning books",
            (run_id,),
        )
        (books,) = cursor.fetchone() or (0,)
    record(connection, "engine", "books.published", f"run {run_id}", {"books": books, "changed": changed})
    return int(books)


def _load_next(connection: Connection, name: str, folder: Path) -> None:
    """Copy one built table beside the published one, batch by batch of its file."""
    with connection.cursor() as cursor:
        cursor.execute(f"create temp table next_{name} (like book.{name}) on commit drop")
    for batch in pq.ParquetFile(folder / f"{name}.parquet").iter_batches(500_000):
        copy_table(connection, f"next_{name}", batch)
    with connection.cursor() as cursor:
        cursor.execute(f"create index on next_{name} (person_id)")
        cursor.execute(f"analyze next_{name}")
