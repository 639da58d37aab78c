"""The database that every step works on: started where it does not run, one transaction a step."""

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg2.extensions import connection as Connection

from etl.settings import Settings
from etl.warehouse.connect import connect, connect_alone, connect_if_alone
from etl.warehouse.embedded import ensure_running
from etl.warehouse.store import Store


@contextmanager
def warehouse(settings: Settings) -> Iterator[Connection]:
    """One transaction on the warehouse, whose embedded server is started where none is set."""
    with connect(ensure_running(settings)) as connection:
        yield connection


@contextmanager
def read_by(settings: Settings, reader: Connection | None) -> Iterator[Connection]:
    """What somebody is shown is read by his own connection where he has one, in a role that says what he may see."""
    if reader is not None:
        yield reader
        return
    with warehouse(settings) as connection:
        yield connection


@contextmanager
def warehouse_alone(settings: Settings, what: str) -> Iterator[Connection]:
    """A connection to the warehouse that waits until nobody else has one that is alone with `what`."""
    with connect_alone(ensure_running(settings), what) as connection:
        yield connection


@contextmanager
def warehouse_if_alone(settings: Settings, what: str) -> Iterator[Connection | None]:
    """The same without waiting: None where somebody else is alone with `what`."""
    with connect_if_alone(ensure_running(settings), what) as connection:
        yield connection


def url_of(settings: Settings) -> str:
    """The warehouse's address, for those who need more connections than one."""
    return ensure_running(settings)


def prepare(settings: Settings) -> str:
    """Start the database where it does not run, and bring its schema up to date; says what it did.

    What an older version wrote in clear is sealed then.
    """
    # Alembic and SQLAlchemy take a second to import, Tink 0.4 s, and few commands need them.
    from etl.warehouse.migrate import is_all_sealed, migrate

    told = str(migrate(ensure_running(settings)))
    with warehouse(settings) as connection:
        if not is_all_sealed(connection):
            from etl.warehouse import resealing

            resealing.reseal_all(connection, Store(settings).seals)
            resealing.note_all_sealed(connection)
    return told
