"""A register with mistakes of its own: a share of its rows says something wrong."""

import numpy as np
import pyarrow as pa

from etl.sample.randomness import stream
from etl.sample.spoil_names import drop_middle, mistype
from etl.sample.spoil_numbers import mistype_digit

OTHER_MIDDLES = ("Văn", "Thị", "Minh", "Ngọc", "Thanh", "Đức", "Hồng", "Quang")
KINDS = ("name_misspelt", "other_middle", "middle_dropped", "birth_off", "id_digit", "card_digit", "other_ward", "sex")


def make_wrong(register: pa.Table, share: float, seed: int, part: int) -> pa.Table:
    """The same rows, `share` of them with one mistake each; `part` tells which slice of the register it is."""
    rng = stream(seed, "wrong register", str(part))
    wrong = np.flatnonzero(rng.random(len(register)) < share)
    kind = rng.integers(0, len(KINDS), len(wrong))
    wards = register["ward_code"].to_numpy() if "ward_code" in register.column_names else None
    spoils = {
        "name_misspelt": ("full_name", mistype),
        "other_middle": ("full_name", lambda name: change_middle(name, str(rng.choice(OTHER_MIDDLES)))),
        "middle_dropped": ("full_name", drop_middle),
        "birth_off": ("birth_date", lambda date: shift_date(rng, date)),
        "id_digit": ("national_id", lambda text: mistype_digit(rng, text, 6)),
        "card_digit": ("insurance_no", lambda text: mistype_digit(rng, text, 2)),
        "other_ward": ("ward_code", lambda _: str(wards[rng.integers(len(wards))]) if wards is not None else None),
        "sex": ("sex", lambda sex: {"1": "2", "2": "1"}[sex]),
    }
    for number, name in enumerate(KINDS):
        column, spoil = spoils[name]
        if column not in register.column_names:
            continue
        values = register[column].to_numpy()
        values = values.copy()
        for place in wrong[kind == number]:
            if values[place] is not None:
                values[place] = spoil(values[place])
        at = register.column_names.index(column)
        register = register.set_column(at, column, pa.array(values, pa.string()))
    return register


def change_middle(name: str, other: str) -> str:
    """Nguyễn Văn An → Nguyễn Minh An."""
    words = name.split(" ")
    return " ".join([words[0], other, words[-1]])


def shift_date(rng: np.random.Generator, date: str) -> str:
    """yyyymmdd with another day, month or year that is still one of the calendar."""
    year, month, day = int(date[:4]), int(date[4:6]), int(date[6:8])
    part = int(rng.integers(0, 3))
    if part == 0 or not month:
        year += int(rng.choice([-10, -1, 1]))
        day = min(day, 28)
    elif part == 1:
        month, day = month % 12 + 1, min(day, 28)
    else:
        day = day % 28 + 1
    return f"{year}{month:02d}{day:02d}"
