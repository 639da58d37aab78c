"""Plain rows as the tables of whole numbers that linkage joins."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa

from etl.linkage.keys import KEY_SCHEMA
from etl.linkage.name_forms import number_texts
from tests.linkage.oracle_values import Row

NOTHING_SAID = Row(
    number=0,
    toned_id=None,
    key_id=None,
    is_newborn=False,
    birth=None,
    is_weak_birth=True,
    day_limit=None,
    sex=None,
    ward=None,
    national_id=None,
    old_id=None,
    insurance_no=None,
    phone=None,
    is_id_doubtful=False,
    address_id=None,
    street_id=None,
)
TEXTS = ("toned_id", "key_id", "given_id", "family_id", "ward")
DIGITS = ("national_id", "old_id", "insurance_no", "phone")
SEXES = {"male": 1, "female": 2, None: None}


def key_table(rows: Sequence[Row], key: str, more: Mapping[str, Sequence[Any]] | None = None) -> pa.Table:
    """`key` and `KEY_SCHEMA`, and more columns beside."""
    columns = {key: pa.array([row.number for row in rows], pa.int64())}
    for field in KEY_SCHEMA:
        columns[field.name] = pa.array([_value_of(row, field.name) for row in rows], field.type)
    return pa.table({**columns, **(more or {})})


def _value_of(row: Row, name: str) -> Any:
    value = getattr(row, name)
    if name in ("birth", "day_limit"):
        return value and value[0] * 10_000 + value[1] * 100 + value[2]
    if name == "sex":
        return SEXES[value]
    if name in ("address_id", "street_id"):
        return value and sum_words(value)
    if name in DIGITS:
        return value and int(value)
    return number_text(value) if name in TEXTS else value


@cache
def number_text(text: str | None) -> int | None:
    """What linkage compares in place of a text."""
    return number_texts(pa.array([text], pa.string()))[0].as_py()


@cache
def sum_words(words: tuple[str, ...]) -> int | None:
    """What linkage compares in place of words in any order."""
    numbers = number_texts(pa.array(list(words), pa.string()))
    return int(np.asarray(numbers).sum()) if len(numbers) else None
