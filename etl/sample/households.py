"""Who lives together: households from templates, ages that fit each other, twins."""

from dataclasses import dataclass

import numpy as np

TODAY = np.datetime64("2026-10-01")
"""The day on which the city is looked at. Never the clock's."""
HEAD, SPOUSE, CHILD, FATHER, MOTHER, SIBLING, LODGER, FOREIGNER = range(8)
LETTERS = "HSCFMBLX"
TEMPLATES = (
    # roles, weight, youngest and oldest age of the head
    ("H", 10, 19, 60),
    ("HS", 12, 23, 70),
    ("HSC", 18, 25, 58),
    ("HSCC", 30, 28, 56),
    ("HSCCC", 7, 34, 54),
    ("HSCFM", 3, 26, 48),
    ("HSCCFM", 7, 29, 50),
    ("HSCCM", 6, 29, 52),
    ("HC", 5, 24, 55),
    ("HCC", 3, 28, 52),
    ("HS", 9, 60, 85),
    ("H", 5, 60, 92),
    ("HB", 3, 19, 35),
    ("HBB", 2, 19, 32),
    ("LL", 1.5, 18, 22),
    ("LLL", 1.0, 18, 22),
    ("L", 1.5, 18, 25),
    ("X", 0.8, 24, 60),
    ("XX", 0.4, 25, 55),
)
TWIN_SHARE = 0.03
"""Of children with a next younger sibling in the household."""


@dataclass(frozen=True)
class Households:
    """Arrays by person: household, role, sex (1 male, 2 female), day of birth, places of relatives (-1: none)."""

    household: np.ndarray
    role: np.ndarray
    sex: np.ndarray
    birth_day: np.ndarray
    father: np.ndarray
    mother: np.ndarray
    partner: np.ndarray
    first: np.ndarray
    """Place of the first person of the person's household."""


def draw_households(rng: np.random.Generator, people: int) -> Households:
    """Households until `people` persons; the last one may be cut."""
    sizes = np.array([len(roles) for roles, *_ in TEMPLATES])
    weight = np.array([template[1] for template in TEMPLATES])
    kind = rng.choice(len(TEMPLATES), people, p=weight / weight.sum())
    kind = kind[: np.searchsorted(np.cumsum(sizes[kind]), people) + 1]
    household = np.repeat(np.arange(len(kind)), sizes[kind])[:people]
    starts = np.concatenate([[0], np.cumsum(sizes[kind])[:-1]])
    first = starts[household]
    position = np.arange(people) - first
    table = np.full((len(TEMPLATES), 6), -1)
    for row, (roles, *_) in enumerate(TEMPLATES):
        table[row, : len(roles)] = [LETTERS.index(letter) for letter in roles]
    role = table[kind[household], position]
    sex = _draw_sex(rng, role, first)
    age = _draw_ages(rng, kind, household, role, first, sex)
    birth_day = np.minimum(TODAY.astype(np.int64) - (age * 365.2425).astype(np.int64), TODAY.astype(np.int64) - 2)
    twin = np.flatnonzero((role[:-1] == CHILD) & (role[1:] == CHILD) & (household[:-1] == household[1:]))
    twin = twin[rng.random(len(twin)) < TWIN_SHARE]
    birth_day[twin + 1] = birth_day[twin]
    return Households(household, role, sex, birth_day, *_relatives(role, first, sex, people), first)


def _draw_sex(rng: np.random.Generator, role: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Sexes by role: a couple has both."""
    chance = rng.random(len(role))
    sex = np.where(chance < np.where(role == HEAD, 0.62, 0.515), 1, 2)
    sex = np.where(role == SPOUSE, 3 - sex[first], sex)
    return np.where(role == FATHER, 1, np.where(role == MOTHER, 2, sex)).astype(np.int8)


def _draw_ages(
    rng: np.random.Generator,
    kind: np.ndarray,
    household: np.ndarray,
    role: np.ndarray,
    first: np.ndarray,
    sex: np.ndarray,
) -> np.ndarray:
    """Ages in years that fit: parents at least 20 years older, siblings apart by years."""
    count = len(role)
    low, high = (np.array([template[place] for template in TEMPLATES])[kind] for place in (2, 3))
    head_age = (low + rng.random(len(kind)) * (high - low + 1))[household]
    gap = rng.uniform(1.6, 4.0, len(kind))[household]
    place = np.arange(count)
    same = household[1:] == household[:-1]
    both = same & (role[1:] == CHILD) & (role[:-1] == CHILD)
    younger = np.zeros(count, dtype=np.int64)
    for _ in range(2):  # at most three children: how many come after each
        younger[:-1] = np.where(both, younger[1:] + 1, 0)
    child_count = np.bincount(household, weights=role == CHILD)[household]
    youngest = (rng.random(len(kind)) ** 1.2)[household] * np.maximum(
        np.minimum(head_age - 21, 25) - gap * (child_count - 1), 0.5
    )
    older = np.where(role == FATHER, 24, 21.5) + rng.random(count) * 11
    spouse = np.maximum(
        head_age + np.where(sex[first] == 1, -2.2, 2.2) + rng.normal(0, 2.5, count), 19 + 0.3 * child_count
    )
    # A mother, or father, is of age when the first child comes.
    oldest = np.where(child_count > 0, youngest + gap * (child_count - 1), 0)
    spouse = np.maximum(spouse, oldest + 18.5)
    own = 18 + rng.random(count) * (place % 7 + 1)
    return np.select(
        [
            role == HEAD,
            role == SPOUSE,
            role == CHILD,
            (role == FATHER) | (role == MOTHER),
            role == SIBLING,
            role == LODGER,
        ],
        [
            head_age,
            spouse,
            youngest + gap * younger,
            np.minimum(head_age + older, 100.5),
            np.maximum(head_age + rng.normal(0, 4, count), 16),
            own,
        ],
        default=22 + rng.random(count) * 38,
    )


def _relatives(
    role: np.ndarray, first: np.ndarray, sex: np.ndarray, people: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Places of father, mother and partner. The spouse always stands second."""
    second = np.minimum(first + 1, people - 1)
    has_couple = (role[second] == SPOUSE) & (second > first)
    is_child = role == CHILD
    head_is_male = sex[first] == 1
    father = np.where(is_child & head_is_male, first, np.where(is_child & has_couple, second, -1))
    mother = np.where(is_child & ~head_is_male, first, np.where(is_child & has_couple, second, -1))
    partner = np.where((role == HEAD) & has_couple, second, np.where(role == SPOUSE, first, -1))
    return father, mother, partner
