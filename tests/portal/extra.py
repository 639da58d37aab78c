"""More accounts of a town, which go with the block."""

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg2 import sql

from etl import steps
from etl.warehouse.connect import connect
from tests.portal.town import Town

ACTOR = "test"


@contextmanager
def account(town: Town, name: str, *roles: tuple[str, steps.Scope]) -> Iterator[str]:
    """An account beside those that a town has, known to `town.client` by this name."""
    made = steps.create_account(town.settings, town.account(name), f"{name} (invented)", ACTOR, roles=roles)
    town.passwords[name] = made["password"]
    try:
        yield town.account(name)
    finally:
        drop_role(town, town.account(name))


def drop_role(town: Town, user_name: str) -> None:
    """Roles are the server's, and stay where a database goes."""
    assert town.settings.database_url is not None
    with connect(town.settings.database_url) as connection, connection.cursor() as cursor:
        cursor.execute(sql.SQL("drop owned by {0}; drop role {0}").format(sql.Identifier(user_name)))
