"""Sealed fields: what names a person lies in the warehouse as ciphertext, and only the application opens it.

A value is sealed with AES-256-SIV (RFC 5297; Tink's deterministic AEAD), bound to its field and to whose row it is: moved
to another row or column it does not open. There the same value gives the same ciphertext, so that rebuilding changes
nothing; in any other row it gives another, so that nobody can count how often a name occurs. Stored is `*`, then in
Base64 the number of the key and the ciphertext. What rows are looked up by has a keyed hash beside it (HMAC-SHA-256, the
first 16 bytes), which is the same in every table.
"""

from binascii import Error, a2b_base64, b2a_base64
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias, TypeVar

import pyarrow as pa
import pyarrow.compute as pc
import tink

from etl.contracts import PERSON_RECORD, REGISTER_PERSON, Table, hash_name
from etl.errors import DependencyError
from etl.warehouse.keys import NAMES, KeyRing

MARK = "*"
PREFIX_LENGTH = 7
"""Of a sealed text: the mark, and what tells one key from another."""
HASH_BYTES = 16
SEALED_NAMES = frozenset(field.name for table in (PERSON_RECORD, REGISTER_PERSON) for field in table.sealed_fields)
"""The fields whose values are sealed where each row names its field (`Field.named_by`)."""

Rows = TypeVar("Rows", pa.Table, pa.RecordBatch)
Column: TypeAlias = "pa.ChunkedArray[Any] | pa.Array[Any]"
Names: TypeAlias = "str | Column"
Pairs: TypeAlias = Iterable[tuple[bytes, bytes]]
"""A text and its context each."""
Change = Callable[[Names, Column, Column], pa.Array]
"""Texts made of a field's name (or of names, one each), owners and texts; one whose field has no name stays as it is."""


class Seals:
    """Seals and opens what a contract says is sealed; columns that rows lack are left out."""

    def __init__(self, ring: KeyRing) -> None:
        self._cipher, self._digest = ring.cipher(), ring.digest()
        self._numbers = ring.numbers(NAMES)
        self.prefix = (MARK + _in_base64(b"\1" + ring.newest(NAMES).to_bytes(4, "big")))[:PREFIX_LENGTH]
        """How a text begins that the newest key sealed."""

    def seal(self, table: Table, rows: Rows) -> Rows:
        """The rows as they are stored: sealed fields as ciphertext, and the keyed hashes of those that are looked up."""
        for name in table.looked_up:
            if name in rows.schema.names:
                rows = rows.append_column(hash_name(name), self.hash_column(name, rows.column(name)))
        return _changed(table, rows, self._seal_all)

    def open(self, table: Table, rows: Rows) -> Rows:
        """The rows as they were before; raises DependencyError as `open_value` does."""
        return _changed(table, rows, self._open_all)

    def open_rows(
        self, table: Table, rows: Iterable[Mapping[str, Any]], owner: object | None = None
    ) -> list[dict[str, Any]]:
        """The same of rows as dictionaries: each holds its `owner`, where it is not given for all."""
        opened = []
        for row in rows:
            whose, values = row[table.owner] if owner is None else owner, dict(row)
            for field in table.sealed_fields:
                name = row[field.named_by] if field.named_by else field.name
                if row.get(field.name) is not None and (not field.named_by or name in SEALED_NAMES):
                    values[field.name] = self.open_value(name, whose, row[field.name])
            opened.append(values)
        return opened

    def reseal(self, table: Table, rows: pa.Table) -> pa.Table:
        """Stored rows under the newest key, whichever sealed them; what is in clear yet is sealed."""
        return self.seal(table, _changed(table, rows, self._open_stored))

    def seal_column(self, field_name: str, owners: Column, values: Column) -> pa.Array:
        """The values of one field, each bound to the owner beside it."""
        return self._seal_all(field_name, owners, values)

    def open_column(self, field_name: str, owners: Column, values: Column) -> pa.Array:
        """The values of one field, each of the owner beside it."""
        return self._open_all(field_name, owners, values)

    def hash_column(self, field_name: str, values: Column) -> pa.Array:
        """The keyed hash of each value, by which it is found: 22 characters."""
        texts = values.to_pylist()
        return pa.array([None if text is None else self.hash_of(field_name, text) for text in texts], pa.string())

    def hash_of(self, field_name: str, value: str) -> str:
        """The keyed hash of one value."""
        return _in_base64(self._digest.compute(f"{field_name}:{value}".encode(), HASH_BYTES)).rstrip("=")

    def number_of(self, content: str) -> int:
        """A keyed hash as a whole number of 64 bits: tells two contents apart, and nothing of either."""
        return int.from_bytes(self._digest.compute(content.encode(), 8), "big", signed=True)

    def seal_value(self, field_name: str, owner: object, value: str) -> str:
        """One value, sealed for a field and an owner."""
        sealed = self._cipher.encrypt_deterministically(value.encode(), f"{owner}:{field_name}".encode())
        return MARK + _in_base64(sealed)

    def open_value(self, field_name: str, owner: object, stored: str) -> str:
        """One value in clear. Raises DependencyError where its key is gone, or it is not what was sealed for this place."""
        return self._open(stored.encode(), f"{owner}:{field_name}".encode()).decode()

    def _open(self, stored: bytes, context: bytes) -> bytes:
        try:
            sealed = a2b_base64(stored.removeprefix(MARK.encode()), strict_mode=True)
            opened: bytes = self._cipher.decrypt_deterministically(sealed, context)
        except (tink.TinkError, Error, ValueError):
            raise self._unopened(context.rpartition(b":")[2].decode(), stored.decode()) from None
        return opened

    def _unopened(self, field_name: str, stored: str) -> DependencyError:
        """What to say of it: the number of a key that is not ours, or that the value was changed."""
        try:
            number = int.from_bytes(a2b_base64(stored.removeprefix(MARK))[1:5], "big")
        except (Error, ValueError):
            number = 0
        if number and number not in self._numbers:
            return DependencyError(
                f"keys: a value of {field_name} was sealed by key {number}, which is not among ours; expected one of"
                f" {', '.join(map(str, self._numbers))}. Restore the keys from their backup."
            )
        return DependencyError(
            f"warehouse: a sealed value of {field_name} does not open; expected it where it was written. Somebody changed"
            " or moved it: restore the row from a backup."
        )

    def _seal_all(self, names: Names, owners: Column, values: Column) -> pa.Array:
        """In one loop over bytes, without calls of ours: a build seals some hundred million values."""
        encrypt, to_base64, mark = self._cipher.encrypt_deterministically, b2a_base64, MARK.encode()
        return _with_texts(
            names, owners, values,
            lambda pairs: [mark + to_base64(encrypt(text, context), newline=False) for text, context in pairs],
        )  # fmt: skip

    def _open_all(self, names: Names, owners: Column, values: Column) -> pa.Array:
        return _with_texts(names, owners, values, lambda pairs: [self._open(text, context) for text, context in pairs])

    def _open_stored(self, names: Names, owners: Column, values: Column) -> pa.Array:
        """What is in clear yet stays so."""
        is_sealed = pc.starts_with(values, MARK)
        return self._open_all(pc.if_else(is_sealed, names, pa.scalar(None, pa.string())), owners, values)


def _with_texts(names: Names, owners: Column, values: Column, change: Callable[[Pairs], list[bytes]]) -> pa.Array:
    """The values with those changed that there are and whose field has a name."""
    values = _whole(values)
    is_meant = pc.is_valid(values)
    if not isinstance(names, str):
        names = _whole(names)
        is_meant = pc.and_(is_meant, pc.is_valid(names))
        names = names.filter(is_meant)
    whose = _whole(owners).filter(is_meant).cast(pa.string()).fill_null("None")  # the database refuses such a row
    contexts = pc.binary_join_element_wise(whose, names, ":")
    texts = values.filter(is_meant)
    as_bytes = (column.cast(pa.binary()).to_pylist() for column in (texts, contexts))
    changed = pa.array(change(zip(*as_bytes, strict=True)), pa.binary())
    return pc.replace_with_mask(values, is_meant, changed.cast(pa.string()))


def _changed(table: Table, rows: Rows, change: Change) -> Rows:
    """The rows with the texts of every sealed field changed."""
    for field in table.sealed_fields:
        place = rows.schema.get_field_index(field.name)
        if place < 0 or rows.column(place).null_count == rows.num_rows:
            continue
        names: Names = field.name
        if field.named_by:
            named = rows.column(field.named_by)
            is_sealed = pc.is_in(named, value_set=pa.array(sorted(SEALED_NAMES)))
            names = pc.if_else(is_sealed, named, pa.scalar(None, pa.string()))
        rows = rows.set_column(place, field.name, change(names, rows.column(table.owner), rows.column(place)))
    return rows


def _whole(column: Column) -> "pa.Array[Any]":
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _in_base64(content: bytes) -> str:
    return b2a_base64(content, newline=False).decode()
