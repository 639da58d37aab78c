"""Plant errors in columns of text, and keep the books about it: one error a value, each written down."""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np

Rates = dict[str, dict[str, float]]
Column = np.ndarray
"""Text values of one column as an object array, None where nothing is stated."""
NOTHING = np.array(None, dtype=object)
"""What stands where nothing is stated."""


@lru_cache
def read_rates() -> Rates:
    """`error_rates.toml`: rates by column and error."""
    with (Path(__file__).parent / "error_rates.toml").open("rb") as file:
        return tomllib.load(file)


@dataclass
class Planting:
    """The errors of one file's rows. `care` multiplies every rate: what kind of sender this is."""

    rng: np.random.Generator
    size: int
    care: float = 1.0
    touched: dict[str, np.ndarray] = field(default_factory=dict)
    planted: list[tuple[np.ndarray, str, str]] = field(default_factory=list)

    def choose(self, column: str, error: str, eligible: np.ndarray) -> np.ndarray:
        """Rows to spoil by chance: places among those eligible whose `column` has no error yet."""
        rate = min(read_rates()[column][error] * self.care, 0.9)
        free = self._touched(column)
        return np.flatnonzero((self.rng.random(self.size) < rate) & eligible & ~free)

    def record(self, column: str, error: str, places: np.ndarray) -> None:
        """Write down that these rows have the error."""
        if len(places):
            self._touched(column)[places] = True
            self.planted.append((places, column, error))

    def change(
        self,
        values: Column,
        column: str,
        error: str,
        spoil: Callable[[str], str | None],
        eligible: np.ndarray | None = None,
    ) -> None:
        """Spoil values of `column` in place; a value that does not change is not written down."""
        stated = np.not_equal(values, NOTHING)
        places = self.choose(column, error, stated if eligible is None else stated & eligible)
        spoiled = [spoil(values[place]) for place in places]
        differs = np.array([new != values[place] for new, place in zip(spoiled, places, strict=True)], dtype=bool)
        for place, new in zip(places, spoiled, strict=True):
            values[place] = new
        self.record(column, error, places[differs])

    def replace(self, values: Column, column: str, error: str, others: Column) -> None:
        """Put another column's value in place of one's own, where that one exists and differs."""
        eligible = np.not_equal(values, NOTHING) & np.not_equal(others, NOTHING) & (values != others)
        places = self.choose(column, error, eligible)
        values[places] = others[places]
        self.record(column, error, places)

    def _touched(self, column: str) -> np.ndarray:
        return self.touched.setdefault(column, np.zeros(self.size, dtype=bool))
