"""Receive: a file's bytes are kept, its batch is opened."""

import os
from pathlib import Path

from etl import sources
from etl.errors import ConfigError
from etl.settings import Settings
from etl.steps.database import warehouse
from etl.steps.intake import Receipt, take_in
from etl.warehouse import batches
from etl.warehouse.store import Store

REGISTER_SENDER = "DC01"


def receive(settings: Settings, path: Path, sender_code: str, kind: str | None = None) -> Receipt:
    """Take one file in from first to last; the same file of the same sender gives the first receipt."""
    sources.check_kind(kind)
    return take_in(settings, register_file(settings, path, sender_code), kind)


def register_file(settings: Settings, path: Path, sender_code: str) -> int:
    """Keep a file's bytes in the store and open its batch; gives the batch's number."""
    check_file(path)
    store = Store(settings)
    sha256, size = store.put_raw(path)
    name = store.seals.seal_value("file_name", sha256, _readable_name(path))  # it may be a patient's
    with warehouse(settings) as connection:
        return batches.open_batch(connection, sha256, size, sender_code, name, settings.today).batch_id


def check_file(path: Path) -> None:
    """Raises ConfigError where a path is no file; the path, which may name a person, is not told."""
    if not path.is_file():
        wrong = "it is a folder" if path.is_dir() else "there is no such file"
        raise ConfigError(f"file: {wrong}; expected the path of a file. Check the path.")


def _readable_name(path: Path) -> str:
    """The file's name as text that a database takes, whatever bytes it has on disk."""
    return os.fsencode(path.name).decode("utf-8", "replace")


def register_waiting(settings: Settings) -> list[int]:
    """Open a batch for each file in the inbox (`<sender code>/<file>`); gives all batches that wait to be taken in.

    A file leaves the inbox once its bytes and its batch are safe. Names that begin with a dot or end in `.part` are
    still being written, and wait.
    """
    for path in inbox_files(settings):
        if path.parent.name != REGISTER_SENDER:
            register_file(settings, path, path.parent.name)
            path.unlink()
    with warehouse(settings) as connection:
        return batches.read_waiting(connection)


def inbox_files(settings: Settings) -> list[Path]:
    """Files in the inbox that are written to their end, in the order of their names."""
    found = sorted(settings.inbox_dir.glob("*/*"))
    return [path for path in found if path.is_file() and not path.name.startswith(".") and path.suffix != ".part"]
