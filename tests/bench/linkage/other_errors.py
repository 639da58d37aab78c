"""How the other maker's records go wrong: whole columns at once, kinds and rates of its own."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

MARKS = "[\u0300-\u036f]"


@dataclass
class Planter:
    """Chance and the books of one part. `scale` multiplies every rate."""

    rng: np.random.Generator
    size: int
    scale: float
    said: np.ndarray = field(init=False)
    """By row what was planted, joined by semicolons."""

    def __post_init__(self) -> None:
        self.said = np.full(self.size, "", dtype=object)

    def choose(self, error: str, rate: float, eligible: np.ndarray | None = None) -> np.ndarray:
        """A mask of rows to spoil, written down under this name."""
        mask = self.rng.random(self.size) < min(rate * self.scale, 0.9)
        if eligible is not None:
            mask &= eligible
        self.said[mask] = self.said[mask] + f"{error};"
        return mask

    def name_errors(self) -> pa.Array:
        """By row the names of all errors, joined by semicolons; null for none."""
        return pa.array([said[:-1] or None for said in self.said], pa.string())


def strip_marks(names: pa.Array) -> pa.Array:
    """Without tone and vowel marks."""
    bare = pc.replace_substring_regex(pc.utf8_normalize(names, "NFD"), MARKS, "")
    return pc.replace_substring(pc.replace_substring(bare, "đ", "d"), "Đ", "D")


def by_regex(pattern: str, put: str) -> Callable[[pa.Array], pa.Array]:
    """Replaces the first place where the pattern fits."""
    return lambda names: pc.replace_substring_regex(names, pattern, put, max_replacements=1)


NAME_ERRORS: tuple[tuple[str, float, Callable[[pa.Array], pa.Array]], ...] = (
    ("name.second_word_left_out", 0.008, by_regex(r"^(\S+) \S+ (.+)$", r"\1 \2")),
    ("name.initials", 0.003, by_regex(r"^(\S+) (\S)\S* (.+)$", r"\1 \2. \3")),
    ("name.given_first", 0.004, by_regex(r"^(.+) (\S+)$", r"\2 \1")),
    ("name.letter_left_out", 0.004, by_regex(r"(\S{2})\S(\S)$", r"\1\2")),
    ("name.n_for_m", 0.002, by_regex("m", "n")),
    ("name.s_for_x", 0.003, by_regex("([Xx])", "s")),
    ("name.n_for_l", 0.003, by_regex("L", "N")),
    ("name.y_for_i", 0.006, by_regex(r"i( |$)", r"y\1")),
    ("name.words_run_together", 0.003, by_regex(r"^(.+) (\S+)$", r"\1\2")),
    ("name.other_tone", 0.006, by_regex("[ùúủ]", "ư")),
    ("name.comma", 0.001, by_regex(r"^(\S+) ", r"\1, ")),
    ("name.middles_left_out", 0.001, by_regex(r"^(\S+) .* (\S+)$", r"\1 \2")),
    ("name.space_at_the_end", 0.01, by_regex(r"$", "  ")),
    ("name.no_marks", 0.09, strip_marks),
    ("name.upper_case", 0.15, pc.utf8_upper),
    ("name.lower_case", 0.02, pc.utf8_lower),
    ("name.decomposed", 0.02, lambda names: pc.utf8_normalize(names, "NFD")),
)


def spoil_names(planter: Planter, names: pa.Array) -> pa.Array:
    """Plant the errors of names; several may meet in one."""
    for error, rate, spoil in NAME_ERRORS:
        mask = pa.array(planter.choose(error, rate))
        names = pc.replace_with_mask(names, mask, spoil(names.filter(mask)))
    return names


def spoil_dates(planter: Planter, day: np.ndarray, month: np.ndarray, year: np.ndarray, age_years: np.ndarray) -> None:
    """Plant the errors of birth dates in place; day and month 0 are not known."""
    rng = planter.rng
    mask = planter.choose("birth.day_off", 0.004)
    day[mask] = day[mask] % 28 + 1
    mask = planter.choose("birth.month_off", 0.003)
    month[mask], day[mask] = month[mask] % 12 + 1, np.minimum(day[mask], 28)
    mask = planter.choose("birth.year_off", 0.006)
    year[mask] += rng.choice([-10, -2, -1, 1], int(mask.sum()))
    day[mask] = np.minimum(day[mask], 28)
    mask = planter.choose("birth.swapped", 0.006, (day <= 12) & (day != month))
    day[mask], month[mask] = month[mask], day[mask]
    mask = planter.choose("birth.first_of_january", 0.05, age_years > 55)
    day[mask] = month[mask] = 1
    mask = planter.choose("birth.year_only", 0.04)
    day[mask] = month[mask] = 0


def mistype(planter: Planter, numbers: np.ndarray, mask: np.ndarray, width: int) -> None:
    """One digit of each number under the mask becomes another, in place."""
    rng, count = planter.rng, int(mask.sum())
    unit = 10 ** rng.integers(0, width - 2, count)
    digit = numbers[mask] // unit % 10
    numbers[mask] += ((digit + rng.integers(1, 10, count)) % 10 - digit) * unit


def swap(planter: Planter, numbers: np.ndarray, mask: np.ndarray, width: int) -> None:
    """Two neighbouring digits of each number under the mask change places, in place."""
    unit = 10 ** planter.rng.integers(0, width - 3, int(mask.sum()))
    low, high = numbers[mask] // unit % 10, numbers[mask] // (unit * 10) % 10
    numbers[mask] += (low - high) * unit * 10 + (high - low) * unit


def print_numbers(numbers: np.ndarray, width: int) -> pa.Array:
    """Digits with leading zeros; null for negative numbers."""
    text = pc.utf8_lpad(pc.cast(pa.array(np.maximum(numbers, 0)), pa.string()), width, "0")
    return pc.if_else(pa.array(numbers < 0), None, text)
