"""How the server is: what every administrator asks first."""

from typing import Any

from psycopg2.extensions import connection as Connection


def read_database(connection: Connection) -> dict[str, Any]:
    """`version`, `bytes` of this database, `connections` to it, and `most_connections` of the server."""
    with connection.cursor() as cursor:
        cursor.execute("""
            select current_setting('server_version'), pg_database_size(current_database()),
                (select count(*) from pg_stat_activity where datname = current_database()),
                current_setting('max_connections')::integer""")
        row = cursor.fetchone() or ("", 0, 0, 0)
    return dict(zip(("version", "bytes", "connections", "most_connections"), row, strict=True))
