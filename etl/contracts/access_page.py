"""The matrix as Markdown: which role sees what of each table. `docs/access.md` holds it, and a test compares."""

from etl.contracts import WAREHOUSE_TABLES, Privacy, Rows, Table
from etl.contracts.access import ROLES, Reach, Role

HEAD = "| table | rows are | " + " | ".join(role.name for role in ROLES) + " |"
REACHES = {Reach.sender: "own", Reach.ward: "wards", Reach.city: "city"}


def matrix_text() -> str:
    """Two tables: what each role is, and what it sees."""
    roles = [f"| `{role.account}` | {role.vi} | {role.en} |" for role in ROLES]
    rows = [
        f"| `{table.qualified_name}` | {table.rows or 'not stated'} | {' | '.join(_cell(role, table) for role in ROLES)} |"
        for table in WAREHOUSE_TABLES
    ]
    views = [f"| views of `{schema}` | | {' | '.join(_view_cell(role, schema) for role in ROLES)} |" for schema in _views()]
    return "\n".join([
        "| role | vai trò | what it is for |", "|---|---|---|", *roles, "",
        HEAD, "|---" * (len(ROLES) + 2) + "|", *rows, *views,
    ])  # fmt: skip


def _cell(role: Role, table: Table) -> str:
    """Which fields, and over which rows; a dash where the table is closed."""
    fields = role.fields_of(table)
    if not fields:
        return "–"
    hidden = {field.privacy for field in table} - {field.privacy for field in fields}
    shown = "all" if not hidden else "without " + ", ".join(privacy for privacy in Privacy if privacy in hidden)
    if table.rows is Rows.everyone:
        return shown
    is_metadata = role.reach is Reach.ward and table.rows in (Rows.sender, Rows.batch)
    reach = "city" if is_metadata else REACHES[role.reach]
    is_cut = not role.sees_restricted and role.reach is Reach.ward and {"person_id", "record_id"} <= {f.name for f in table}
    return f"{shown}; {reach}{', not HIV' if is_cut else ''}"


def _views() -> list[str]:
    return sorted({schema for role in ROLES for schema in role.view_schemas})


def _view_cell(role: Role, schema: str) -> str:
    return "yes" if schema in role.view_schemas else "–"
