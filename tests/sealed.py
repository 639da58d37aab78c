"""Rows that a test writes by hand, sealed as the program seals them."""

from etl import steps
from etl.contracts import SEALED_TABLES
from etl.settings import Settings
from etl.warehouse.resealing import reseal_all
from etl.warehouse.store import Store


def write_sealed(settings: Settings, statements: str) -> None:
    """Run statements that write names in clear, or behind the mark that stands for a sealed one, and seal these."""
    rules = {}
    with steps.warehouse(settings) as connection, connection.cursor() as cursor:
        for table in SEALED_TABLES:
            cursor.execute(
                "select pg_get_constraintdef(oid) from pg_constraint where conrelid = %s::regclass and conname = 'sealed'",
                (table.qualified_name,),
            )
            [(rules[table.qualified_name],)] = cursor.fetchall()
            cursor.execute(f"alter table {table.qualified_name} drop constraint sealed")
        cursor.execute(statements.replace("'*", "'"))
        reseal_all(connection, Store(settings).seals)
        for name, rule in rules.items():
            cursor.execute(f"alter table {name} add constraint sealed {rule}")
