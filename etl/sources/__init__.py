"""Reading what senders send: one module a kind of file, found by being here; files are told apart by content alone.

A module of a kind has `KIND`, `SENDER_KIND` (who may send it), `recognise` and `read`. A file is refused as a whole
with a DataError, at the latest when its last chunk is read: a caller keeps nothing of a file that was not read out.
"""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Protocol, cast

import etl.sources.hospital_xml as hospital_xml
import etl.sources.register as register
from etl.contracts.reading import Chunk, Recognition, Sender
from etl.errors import ConfigError, DataError
from etl.sources.container import ARCHIVE, XML, other_kind, recognise_container
from etl.sources.grid import Grid
from etl.sources.headings import OwnHeadings
from etl.sources.limits import Limits
from etl.sources.own_headings import read_own_headings, write_own_headings
from etl.sources.sheet import header_missing, open_sheets


class SourceModule(Protocol):
    """What a module of a kind has; a sheet's `recognise` takes its grids, that of `hospital_xml` the path."""

    KIND: str
    SENDER_KIND: str

    def recognise(self, grids: list[Grid], own: OwnHeadings | None = None) -> Recognition | None: ...

    def read(self, path: Path, recognition: Recognition, sender: Sender, limits: Limits) -> Iterator[Chunk]: ...


_MODULES = [import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__)]
KINDS: dict[str, SourceModule] = {
    module.KIND: cast(SourceModule, module) for module in _MODULES if hasattr(module, "KIND")
}
"""Module of each kind of file."""
FIELDS = frozenset(field for module in _MODULES for field in getattr(module, "HEADINGS", {}).values())
"""What a sender's own headings may name."""

__all__ = [
    "KINDS",
    "Limits",
    "OwnHeadings",
    "check_kind",
    "open_sheets",
    "own_headings",
    "read",
    "recognise",
    "register",
    "write_own_headings",
]


def check_kind(kind: str | None) -> None:
    """Raises ConfigError where a sender's file is said to be of a kind that does not exist."""
    if kind is not None and kind not in KINDS:
        raise ConfigError(
            f"kind: there is no kind {kind!r}; expected one of {', '.join(sorted(KINDS))}. Leave it out to "
            "have it recognised."
        )


def own_headings(folder: Path, sender_code: str) -> OwnHeadings:
    """What a sender calls his columns, where the city keeps a file about it; see `etl.sources.own_headings`."""
    return read_own_headings(folder, sender_code, FIELDS)


def recognise(
    path: Path, kind: str | None = None, limits: Limits | None = None, own: OwnHeadings | None = None
) -> Recognition:
    """What a file is and how it is to be read; `kind` settles what its sender said it is, `own` what he calls columns.

    Raises DataError with the rule that refuses the file: empty, of another kind, too large, unsafe, without headings.
    """
    check_kind(kind)
    limits = limits or Limits()
    is_xml = recognise_container(path, limits) in (XML, ARCHIVE)
    if is_xml != (kind == hospital_xml.KIND) and kind is not None:
        raise other_kind(f"{'an XML' if is_xml else 'a sheet'}, not {kind}")
    if is_xml:
        return hospital_xml.recognise(path, limits)
    return _recognise_sheet(path, kind, limits, own)


def _recognise_sheet(path: Path, kind: str | None, limits: Limits, own: OwnHeadings | None) -> Recognition:
    grids = open_sheets(path, limits)
    modules = [module for name, module in KINDS.items() if name != hospital_xml.KIND and kind in (None, name)]
    seen = [recognition for module in modules if (recognition := module.recognise(grids, own)) is not None]
    if seen:
        return max(seen, key=lambda recognition: recognition.confidence)
    if max((grid.width for grid in grids), default=0) < 2:
        raise other_kind("a text without columns")
    raise header_missing()


def read(path: Path, recognition: Recognition, sender: Sender, limits: Limits | None = None) -> Iterator[Chunk]:
    """The file's rows as contract tables of text, chunk by chunk in the file's order; see `Chunk`.

    Raises DataError `sender_mismatch` before anything is read if such a file is not this sender's to send.
    """
    module = KINDS[recognition.kind]
    if sender.kind != module.SENDER_KIND:
        raise DataError(
            f"file: it is a {recognition.kind}, and its sender is a {sender.kind}; expected a "
            f"{module.SENDER_KIND}. Send it under the right sender's code.",
            "sender_mismatch",
        )
    return _read(module, path, recognition, sender, limits or Limits())


def _read(
    module: SourceModule, path: Path, recognition: Recognition, sender: Sender, limits: Limits
) -> Iterator[Chunk]:
    is_empty = True
    for chunk in module.read(path, recognition, sender, limits):
        is_empty = is_empty and not any(table.num_rows for table in chunk.tables.values())
        yield chunk
    if is_empty:
        raise DataError(
            "file: it has headings and no row; expected at least one person. Export it again and check its rows.",
            "file_empty",
        )
