"""Cells as their sender sees them: whole numbers without a point, days as yyyy-mm-dd, errors as nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.sources.worksheet_scan import DAY, ERROR, NUMBER, SHARED, TEXT, TRUTH, CellBlock, OddSheet, unescaped
from etl.sources.xlsx_parts import Package
from etl.standardise.column import by_distinct, except_where, matches

PLAIN_NUMBER = r"^(0|-?[1-9][0-9]{0,14})$"
FIRST_DAY, LAST_SERIAL, LEAP_DAY = datetime(1899, 12, 30), 2_958_465, 60  # noqa: DTZ001 - Excel knows no zones
"""Day 0 of Excel, its last day, and the day that it invents: 29 February 1900."""
DAYS_TO_1904 = 1462


@dataclass(frozen=True)
class CellTexts:
    """The text of each cell of a block (null where it holds nothing), and which cells hold an error (bool) or a formula
    without its result (bool)."""

    texts: pa.Array
    is_error: np.ndarray
    is_unresolved: np.ndarray


def read_texts(block: CellBlock, package: Package) -> CellTexts:
    """What the cells of a block say. Raises OddSheet where a value is not of its type."""
    is_day = np.zeros(len(block.types), bool)
    styles = package.day_styles
    if styles.any():
        is_day = (block.types == NUMBER) & styles[np.minimum(block.styles, len(styles) - 1)]
    kinds = np.where(is_day, DAY + 1, block.types)
    parts, order = [], []
    for kind in np.unique(kinds).tolist():
        places = np.flatnonzero(kinds == kind)
        parts.append(_read(kind, block.values.take(pa.array(places)), package))
        order.append(places)
    if not parts:
        return CellTexts(pa.array([], pa.string()), is_day, is_day)
    texts = pa.concat_arrays(parts)
    if len(parts) > 1:
        texts = texts.take(pa.array(np.argsort(np.concatenate(order), kind="stable")))
    texts = except_where(pc.equal(texts, ""), texts)
    is_unresolved = block.is_formula & (block.types != TEXT) & np.asarray(texts.is_null()) & (block.types != ERROR)
    return CellTexts(texts, block.types == ERROR, is_unresolved)


def _read(kind: int, values: pa.Array, package: Package) -> pa.Array:
    if kind == ERROR:
        return pa.nulls(len(values), pa.string())
    try:
        texts = values.cast(pa.string())
        if kind == SHARED:
            return package.texts.take(except_where(pc.equal(texts, ""), texts).cast(pa.int32()))
    except pa.ArrowInvalid:
        raise OddSheet from None
    if kind == TEXT:
        return unescaped(texts)
    if kind == TRUTH:
        return by_distinct(texts, _changed(lambda text: {"true": "1", "false": "0"}.get(text, text)))[0]
    if kind == DAY:
        return by_distinct(texts, _changed(lambda text: text.removesuffix("Z").removesuffix("T00:00:00")))[0]
    if kind == DAY + 1:
        shift = DAYS_TO_1904 if package.is_1904 else 0
        return by_distinct(texts, _changed(lambda text: say_serial(text, shift)))[0]
    return say_numbers(texts)


def say_numbers(texts: pa.Array) -> pa.Array:
    """Numbers as XML holds them, without the point of a whole one and the noise of a binary fraction."""
    is_odd = pc.and_not(pc.is_valid(texts), matches(texts, PLAIN_NUMBER))
    if not pc.any(is_odd).as_py():
        return texts
    said = pa.array([_say_number(text) for text in texts.filter(is_odd).to_pylist()], pa.string())
    return pc.replace_with_mask(texts, is_odd, said)


def _say_number(text: str) -> str:
    try:
        return say(float(text)) or "" if text else ""
    except ValueError:
        raise OddSheet from None


def say_serial(text: str, shift: int = 0) -> str:
    """Excel's count of days as a day, with the time where it holds one; `shift` is that of its other calendar."""
    try:
        serial = float(text) + shift
    except ValueError:
        return text
    if not 0 <= serial < LAST_SERIAL + 1:
        return _say_number(text)
    whole = timedelta(seconds=round(serial * 86400))
    if whole < timedelta(days=1):
        return str((FIRST_DAY + whole).time())
    return say(FIRST_DAY + whole + timedelta(days=serial < LEAP_DAY)) or ""


def say(cell: Any) -> str | None:
    """A cell of a library's as its sender sees it; None for an empty one."""
    if isinstance(cell, str):
        return cell or None
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime) and (cell.hour or cell.minute):
        return cell.isoformat(" ", "minutes")
    if isinstance(cell, date):
        return cell.strftime("%Y-%m-%d")
    return None if cell is None else cell.isoformat() if isinstance(cell, time) else str(cell)


def _changed(function: Callable[[str], str]) -> Callable[[pa.Array], tuple[pa.Array]]:
    """The function over an array of distinct texts."""
    return lambda texts: (
        pa.array([None if text is None else function(text) for text in texts.to_pylist()], pa.string()),
    )
