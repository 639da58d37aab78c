"""Linkage models in PostgreSQL, as text: each is kept for as long as a link names it; one is current."""

from psycopg2.extensions import connection as Connection

from etl.warehouse.audit import record

COLUMNS = ("version", "is_current", "actor", "created_at")


def read_content(connection: Connection, version: str | None = None) -> str | None:
    """The file of a version, or of the current model; None where there is none."""
    condition, parameters = ("version = %s", (version,)) if version else ("is_current", ())
    with connection.cursor() as cursor:
        cursor.execute(f"select content from identity.linkage_model where {condition}", parameters)
        row = cursor.fetchone()
    return None if row is None else str(row[0])


def write_content(connection: Connection, version: str, content: str, actor: str) -> None:
    """Keep a model under its version; one that is there already stays as it is."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into identity.linkage_model (version, content, is_current, actor, created_at)"
            " values (%s, %s, false, %s, now()) on conflict (version) do nothing",
            (version, content, actor),
        )
        added = cursor.rowcount
    if added:
        record(connection, actor, "model.written", f"model {version}", {})


def make_current(connection: Connection, version: str, actor: str) -> None:
    """Let builds to come link by this model."""
    with connection.cursor() as cursor:
        cursor.execute(
            "update identity.linkage_model set is_current = false where is_current and version <> %s", (version,)
        )
        cursor.execute(
            "update identity.linkage_model set is_current = true where version = %s and not is_current", (version,)
        )
        changed = cursor.rowcount
    if changed:
        record(connection, actor, "model.made_current", f"model {version}", {})


def list_models(connection: Connection) -> list[dict[str, object]]:
    """`version, is_current, actor, created_at`, the newest last."""
    with connection.cursor() as cursor:
        cursor.execute(f"select {', '.join(COLUMNS)} from identity.linkage_model order by created_at, version")
        return [dict(zip(COLUMNS, row, strict=True)) for row in cursor.fetchall()]
