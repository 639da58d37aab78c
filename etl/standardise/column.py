"""Columns of text in, columns with notes out.

Most values are sure: they are in their standard form already. A cheap test tells them, they stay as they are, and the
whole rules see only the odd ones, each distinct value once.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.standardise.notes import Note

Column: TypeAlias = pa.Array | pa.ChunkedArray
Mask: TypeAlias = pa.Array
SAMPLE = 1000
"""So many values tell whether a column repeats itself."""


class Standardised(NamedTuple):
    """A standardised column and, beside each value, the code of a note (see `Note`) or null."""

    values: pa.Array
    notes: pa.Array


def as_array(column: Column, type_: pa.DataType | None = None) -> pa.Array:
    """The column in one piece, cast to `type_` where one is given."""
    whole = column
    if isinstance(whole, pa.ChunkedArray):
        whole = whole.chunk(0) if whole.num_chunks == 1 else whole.combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        whole = pa.concat_arrays(whole.chunks) if whole.num_chunks else pa.array([], whole.type)
    return whole if type_ is None or whole.type == type_ else whole.cast(type_)


def nulls(count: int, type_: pa.DataType | None = None) -> pa.Array:
    """`count` nulls, of text unless another type is named."""
    return pa.nulls(count, type_ or pa.string())


def by_distinct(column: Column, function: Callable[[pa.Array], tuple[pa.Array, ...]]) -> tuple[pa.Array, ...]:
    """What `function` makes of each distinct value, spread over the column again; nulls stay null."""
    whole = as_array(column)
    if repeats(whole):
        encoded = pc.dictionary_encode(whole)
        return tuple(part.take(encoded.indices) for part in function(encoded.dictionary))
    if not whole.null_count:
        return tuple(function(whole))
    is_sent = pc.is_valid(whole)
    return tuple(
        pc.replace_with_mask(nulls(len(whole), part.type), is_sent, part) for part in function(whole.drop_null())
    )


def repeats(column: pa.Array) -> bool:
    """True if it pays to work on each distinct value once; a small column is worth no test."""
    return len(column) <= SAMPLE or 2 * pc.count_distinct(column.slice(0, SAMPLE)).as_py() < SAMPLE


def rule_odd(column: pa.Array, is_sure: np.ndarray, rules: Callable[[pa.Array], Standardised]) -> Standardised:
    """Values that are sure (true where null, too) as they are, without a note, and the others as `rules` have them."""
    if is_sure.all():
        return Standardised(column, nulls(len(column)))
    is_odd = mask_of(~is_sure)
    return put(Standardised(column, nulls(len(column))), is_odd, rules(column.filter(is_odd)))


def put(found: Standardised, mask: pa.Array, part: Standardised) -> Standardised:
    """The values and notes with those of `part` in the places where the mask is true, in their order."""
    if len(part.values) == len(mask):
        return part
    return Standardised(*(pc.replace_with_mask(whole, mask, some) for whole, some in zip(found, part, strict=True)))


def mask_of(mask: np.ndarray) -> Mask:
    """A mask of NumPy as one of Arrow, bit by bit: several times faster than `pa.array`."""
    return pa.Array.from_buffers(pa.bool_(), len(mask), [None, pa.py_buffer(np.packbits(mask, bitorder="little"))])


def validity(column: pa.Array) -> np.ndarray:
    """Where there is a value."""
    return np.asarray(pc.is_valid(column)) if column.null_count else np.ones(len(column), bool)


def standardise_distinct(column: Column, function: Callable[[pa.Array], Standardised]) -> Standardised:
    """`by_distinct` for a function that gives values with notes."""
    return Standardised(*by_distinct(column, function))


def spread(mask: pa.Array, where: pa.Array, elsewhere: pa.Array) -> pa.Array:
    """The values of `where` in the places where the mask is true, those of `elsewhere` in the others, in their order."""
    start = pa.nulls(len(mask), where.type)
    return pc.replace_with_mask(pc.replace_with_mask(start, mask, where), pc.invert(mask), elsewhere)


def is_true(mask: pa.Array) -> Mask:
    """The mask with false for null."""
    return pc.fill_null(mask, False)


def matches(column: pa.Array, pattern: str) -> Mask:
    """Where the text matches an RE2 pattern; false for null."""
    return is_true(pc.match_substring_regex(column, pattern))


def matches_among(mask: Mask, column: pa.Array, pattern: str) -> Mask:
    """`matches` where the mask is true and false elsewhere: a pattern over all of Unicode takes long to prepare."""
    if not pc.any(mask).as_py():
        return mask
    return pc.replace_with_mask(mask, mask, matches(column.filter(mask), pattern))


def any_of(*masks: Mask) -> Mask:
    """Where at least one mask is true; nulls count as false."""
    found = is_true(masks[0])
    for mask in masks[1:]:
        found = pc.or_(found, is_true(mask))
    return found


def all_of(*masks: Mask) -> Mask:
    """Where every mask is true; nulls count as false."""
    found = is_true(masks[0])
    for mask in masks[1:]:
        found = pc.and_(found, is_true(mask))
    return found


def except_where(mask: Mask, column: pa.Array) -> pa.Array:
    """The column with null wherever the mask is true."""
    return pc.if_else(is_true(mask), pa.scalar(None, column.type), column)


def join_filled(columns: Sequence[pa.Array], separator: str) -> pa.Array:
    """The filled ones of each row, `separator` between them; null where none is.

    Not by `null_handling="skip"`, which leaves out the rows that are null throughout (pyarrow 26): every row after one
    would be another's.
    """
    joined = columns[0]
    for column in columns[1:]:
        both = pc.binary_join_element_wise(joined, column, separator)  # null where either is
        joined = pc.coalesce(both, joined, column)
    return joined


def first_note(count: int, *cases: tuple[Mask, Note]) -> pa.Array:
    """For each row the note of the first case whose mask is true, or null: give the gravest first."""
    notes = nulls(count)
    for mask, note in reversed(cases):
        notes = pc.if_else(is_true(mask), pa.scalar(note.value), notes)
    return notes


def blank_to_null(column: pa.Array) -> pa.Array:
    """The column trimmed, with null where nothing but white space was sent."""
    trimmed = pc.utf8_trim_whitespace(column)
    return except_where(pc.equal(trimmed, ""), trimmed)
