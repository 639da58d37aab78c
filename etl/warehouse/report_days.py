"""Each day's report as data, in PostgreSQL: it can be shown again as it was."""

from datetime import date
from hashlib import sha256

from psycopg2.extensions import connection as Connection

from etl.errors import ConfigError


def keep(connection: Connection, day: date, content: str, catalogue_version: str) -> None:
    """Keep the data of a day's report, in the place of what the day had; the same again changes nothing."""
    digest = sha256(content.encode()).hexdigest()
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into quality.report_day values (%s, %s, %s, %s, now()) on conflict (reported_on) do update set"
            " catalogue_version = excluded.catalogue_version, digest = excluded.digest, content = excluded.content,"
            " made_at = excluded.made_at where report_day.digest <> excluded.digest",
            (day, catalogue_version, digest, content),
        )


def read(connection: Connection, day: date) -> str:
    """The data of a day's report. ConfigError where it has none, or where it is not what was kept."""
    with connection.cursor() as cursor:
        cursor.execute("select content, digest from quality.report_day where reported_on = %s", (day,))
        found = cursor.fetchone()
        if found is None:
            cursor.execute("select max(reported_on) from quality.report_day")
            (newest,) = cursor.fetchone() or (None,)
            raise ConfigError(f"report {day}: there is none; expected a day that was reported, at the latest {newest}.")
    if sha256(found[0].encode()).hexdigest() != found[1]:
        raise ConfigError(f"report {day}: it is not what was kept; expected its digest. Restore it from a backup.")
    return str(found[0])


def before(connection: Connection, day: date) -> date | None:
    """The newest day before that has a report."""
    with connection.cursor() as cursor:
        cursor.execute("select max(reported_on) from quality.report_day where reported_on < %s", (day,))
        found: tuple[date | None] = cursor.fetchone() or (None,)
    return found[0]
