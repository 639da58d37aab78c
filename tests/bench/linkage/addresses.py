"""How addresses differ from the register's: people have moved, clerks abbreviate, write without marks or half of it."""

import re

import numpy as np
import pyarrow as pa

from etl.sample.planting import Planting, Rates, read_rates
from etl.sample.rows import Rows
from etl.sample.spoil_names import strip_marks

ADDRESS_RATES: Rates = {
    "address": {
        "moved": 0.05,
        "missing": 0.05,
        "no_marks": 0.08,
        "abbreviated": 0.25,
        "slashed": 0.15,
        "half": 0.08,
        "upper_case": 0.04,
        "digit_mistyped": 0.01,
    }
}
WORDS = {"Số ": "SN ", "ngõ ": "ng. ", "phố ": "P. ", "Tổ ": "T. ", "Thôn ": "Th. ", "thôn ": "th. ", "Xóm ": "X. "}
LANE = re.compile(r"^Số (\d+) ngõ (\d+) phố (.+)$")
STREET = re.compile(r"^Số (\d+) phố (.+)$")


class AddressPlanting(Planting):
    """Planting with rates for addresses as well, which the sample city writes as the register does."""

    def choose(self, column: str, error: str, eligible: np.ndarray) -> np.ndarray:
        """Rows to spoil by chance: places among those eligible whose `column` has no error yet."""
        rates = ADDRESS_RATES if column in ADDRESS_RATES else read_rates()
        return self.choose_by(column, np.full(self.size, rates[column][error]), eligible)

    def choose_by(self, column: str, share: np.ndarray, eligible: np.ndarray) -> np.ndarray:
        """The same where each row has its own share."""
        rate = np.minimum(share * self.care, 0.9)
        return np.flatnonzero((self.rng.random(self.size) < rate) & eligible & ~self._touched(column))


def move_people(rows: Rows, people: pa.Table) -> None:
    """Some still stand under an address from before: another home's address and wards."""
    planting = rows.planting
    moved = planting.choose("address", "moved", np.ones(len(rows.who), dtype=bool))
    homes = people.select(["address", "ward_code", "old_ward_code"]).take(
        pa.array(planting.rng.integers(0, len(people), len(moved)))
    )
    for name in homes.column_names:
        rows.text[name][moved] = homes[name].to_numpy()
    planting.record("address", "moved", moved)


def spoil_addresses(rows: Rows) -> None:
    """Plant the errors of addresses; an address that a mover had before may be spoilt as well."""
    planting, values = rows.planting, rows.text["address"]
    moved = planting.touched.pop("address", None)
    spoils = {
        "missing": lambda _: None,
        "half": lambda text: re.split(r"phố |thôn ", text)[-1],
        "slashed": slash,
        "abbreviated": abbreviate,
        "no_marks": strip_marks,
        "upper_case": str.upper,
        "digit_mistyped": lambda text: re.sub(r"\d(?!\d)", lambda digit: str((int(digit[0]) + 3) % 10), text, count=1),
    }
    for error, spoil in spoils.items():
        planting.change(values, "address", error, spoil)
    if moved is not None:
        planting.touched["address"] = planting.touched.get("address", moved) | moved


def slash(address: str) -> str:
    """Số 45 ngõ 92 phố Giải Phóng → 45/92 Giải Phóng."""
    address = LANE.sub(r"\1/\2 \3", address)
    return STREET.sub(r"\1 \2", address)


def abbreviate(address: str) -> str:
    """Tổ 35, phố Tôn Đức Thắng → T. 35, P. Tôn Đức Thắng."""
    for word, short in WORDS.items():
        address = address.replace(word, short)
    return address
