"""People of the other maker: own households, numbers and homes, drawn with numpy."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.contracts import reference
from tests.bench.linkage.other_names import FAMILIES, FAMILY_FALL, draw_names, draw_ranked

TODAY = int(np.datetime64("2026-10-01").astype(np.int64))
SIZES = (0.14, 0.19, 0.2, 0.2, 0.12, 0.08, 0.04, 0.03)
"""Shares of households of one to eight people."""
TWINS, BOARDING = 0.025, 0.06
"""Of younger children, those born with the one before; of households, those of lodgers who are no kin."""
STREETS = (
    "Nguyễn Du",
    "Lò Đúc",
    "Đại La",
    "Ngô Quyền",
    "Bà Triệu",
    "Phố Huế",
    "Hàng Trống",
    "Vạn Phúc",
    "Xa La",
    "Phùng Khoang",
    "Mai Dịch",
    "Cổ Nhuế",
    "Phú Diễn",
    "Tân Mai",
    "Vĩnh Hưng",
    "Yên Sở",
    "Thanh Nhàn",
    "Ngọc Thụy",
    "Sài Đồng",
    "Phúc Lợi",
    "Văn Quán",
    "Mỗ Lao",
    "Dương Nội",
    "Tây Mỗ",
    "An Dương",
    "Yên Phụ",
    "Tứ Liên",
    "Nhật Tân",
    "Phú Thượng",
    "Liễu Giai",
)
STREET_COUNT = len(STREETS)
ABSENT = -1
"""Stands for a number that a person has not got, and for a relative who is not there."""
SPANS = {"national_id": 12, "old_id": 9, "insurance_no": 10, "phone": 10}
"""Digits of each number."""


def draw_people(rng: np.random.Generator, people: int) -> pa.Table:
    """One row a person: numbers as int64 (ABSENT for none), relatives as places in this table."""
    home, position = _draw_homes(rng, people)
    first = np.arange(people) - position
    is_boarding = (rng.random(home[-1] + 1) < BOARDING)[home]
    age = _draw_ages(rng, position, first, is_boarding)
    sex = _draw_sexes(rng, position, first, is_boarding)
    birth = np.minimum(TODAY - (age * 365.2425).astype(np.int64), TODAY - 1)
    is_child = (position >= 2) & (position <= 4) & ~is_boarding
    twin = np.flatnonzero(is_child[1:] & is_child[:-1] & (rng.random(people - 1) < TWINS)) + 1
    twin = twin[position[twin] > position[twin - 1]]
    birth[twin] = birth[twin - 1]
    alike = np.where(is_child & (rng.random(people) < 0.4) & (position > 2), np.arange(people) - 1, ABSENT)
    alike[twin] = twin - 1
    alike = np.where((alike >= 0) & (sex == sex[np.maximum(alike, 0)]), alike, ABSENT)
    father = np.where(is_child & (sex[first] == 1), first, np.where(is_child, first + 1, ABSENT))
    mother = np.where(is_child & (sex[first] == 2), first, np.where(is_child, first + 1, ABSENT))
    family = _draw_families(rng, father, mother, is_child)
    twin_of = np.full(people, ABSENT)
    twin_of[twin], twin_of[twin - 1] = twin - 1, twin
    is_known = rng.random(people) > np.where(is_boarding, 0.25, 0.012)
    year = birth.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970
    columns = {
        "person_id": np.where(is_known, rng.permutation(people) + 5_000_000, -np.arange(1, people + 1)),
        "is_registered": is_known,
        "household": home,
        "birth_day": birth,
        "sex": sex,
        "full_name": draw_names(rng, family, sex, alike),
        **_draw_numbers(rng, year, sex, age),
        **_draw_places(rng, home),
        **_draw_status(rng, age, birth, is_known),
        "father": father,
        "mother": mother,
        "twin": twin_of,
        "relative": _choose_relative(rng, position, first, home),
    }
    return pa.table(
        {name: values if isinstance(values, pa.Array) else pa.array(values) for name, values in columns.items()}
    )


def _draw_homes(rng: np.random.Generator, people: int) -> tuple[np.ndarray, np.ndarray]:
    """Household and position in it of each person."""
    sizes = rng.choice(len(SIZES), people, p=SIZES) + 1
    home = np.repeat(np.arange(people), sizes)[:people]
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    return home, np.arange(people) - starts[home]


def _draw_ages(
    rng: np.random.Generator, position: np.ndarray, first: np.ndarray, is_boarding: np.ndarray
) -> np.ndarray:
    """Years: a couple, children from position 2, then the old, then grown brothers and sisters."""
    count = len(position)
    head = (22 + rng.gamma(3.5, 8.5, count).clip(0, 68))[first]
    eldest = np.maximum(head - 22 - rng.gamma(2, 3, count)[first], 0.3)
    gap = rng.uniform(1.0, 5.0, count)[first]
    child = np.maximum(eldest - gap * (position - 2), rng.random(count) * 0.9)
    family = np.select(
        [position == 0, position == 1, position <= 4, position <= 6],
        [
            head,
            np.maximum(head + rng.normal(-1, 4, count), 18),
            child,
            np.minimum(head + 24 + rng.random(count) * 9, 99),
        ],
        default=np.maximum(head + rng.normal(0, 6, count), 15),
    )
    return np.where(is_boarding, 18 + rng.gamma(1.5, 5, count), family)


def _draw_sexes(
    rng: np.random.Generator, position: np.ndarray, first: np.ndarray, is_boarding: np.ndarray
) -> np.ndarray:
    """1 male, 2 female; a couple has both."""
    sex = 1 + (rng.random(len(position)) < 0.5)
    return np.where((position == 1) & ~is_boarding, 3 - sex[first], sex)


def _draw_families(
    rng: np.random.Generator, father: np.ndarray, mother: np.ndarray, is_child: np.ndarray
) -> np.ndarray:
    """Places of family names: nine in ten children bear their father's, the others their mother's."""
    own = draw_ranked(rng, len(father), len(FAMILIES), FAMILY_FALL)
    parent = np.where(rng.random(len(father)) < 0.9, father, mother)
    return np.where(is_child & (parent >= 0), own[np.minimum(np.maximum(parent, 0), len(own) - 1)], own)


def _unique(rng: np.random.Generator, head: np.ndarray, span: int) -> np.ndarray:
    """`head` followed by chance digits, no number twice."""
    numbers = head * span + rng.integers(0, span, len(head))
    for _ in range(50):
        _, firsts = np.unique(numbers, return_index=True)
        if len(firsts) == len(numbers):
            break
        again = np.setdiff1d(np.arange(len(numbers)), firsts)
        numbers[again] = head[again] * span + rng.integers(0, span, len(again))
    return numbers


def _draw_numbers(
    rng: np.random.Generator, year: np.ndarray, sex: np.ndarray, age: np.ndarray
) -> dict[str, np.ndarray]:
    """Citizen IDs by the law's form, old IDs that two provinces may have given twice, insurance numbers, phones."""
    count = len(year)
    prefixes = np.array([int(prefix) for prefix in reference.provinces()["id_prefix"].to_pylist()])
    province = np.where(rng.random(count) < 0.5, 1, prefixes[rng.integers(0, len(prefixes), count)])
    century_sex = (year // 100 - 19) * 2 + (sex == 2)
    national = _unique(rng, province * 1000 + century_sex * 100 + year % 100, 1_000_000)
    old = rng.integers(10_000_000, 390_000_000, count)
    given_twice = rng.random(count) < 0.004
    old[given_twice] = old[rng.integers(0, count, int(given_twice.sum()))]
    insurance = _unique(rng, rng.integers(1, 97, count), 100_000_000)
    phone = rng.integers(320_000_000, 999_999_999, count)
    return {
        "national_id": np.where(rng.random(count) < np.where(age < 10, 0.12, 0.008), ABSENT, national),
        "old_id": np.where((year < 2000) & (rng.random(count) < 0.6), old, ABSENT),
        "insurance_no": np.where(rng.random(count) < 0.9, insurance, ABSENT),
        "phone": np.where((age > 12) & (rng.random(count) < 0.85), phone, ABSENT),
    }


def _draw_places(rng: np.random.Generator, home: np.ndarray) -> dict[str, pa.Array]:
    """Ward of today, an old ward in it, and an address; the same for all of a household."""
    count = int(home[-1]) + 1
    parts = reference.old_ward_parts()
    parts = parts.filter(pc.equal(parts["valid_to"], reference.VALID_TO_2025))
    weight = rng.gamma(2.0, 1.0, len(parts))
    part = np.searchsorted(np.cumsum(weight) / weight.sum(), rng.random(count)).clip(0, len(parts) - 1)
    number = [pc.cast(pa.array(rng.integers(1, top, count)), pa.string()) for top in (900, 60, 30)]
    street = pa.array(STREETS).take(pa.array(rng.integers(0, STREET_COUNT, count)))
    join = pc.binary_join_element_wise
    forms = (
        join(number[0], street, " "),
        join(join("Ngách", number[1], " "), join("ngõ", number[0], " "), street, ", "),
        join(join("CH", number[0], " "), join("chung cư CT", number[2], ""), street, ", "),
        join(join("Khu", number[2], " "), join("đường", street, " "), " - "),
    )
    form = rng.integers(0, 4, count)
    address = forms[0]
    for place in (1, 2, 3):
        address = pc.if_else(pa.array(form == place), forms[place], address)
    by_home = {
        "ward_code": parts["ward_code"].combine_chunks().take(pa.array(part)),
        "old_ward_code": parts["old_ward_code"].combine_chunks().take(pa.array(part)),
        "address": address,
    }
    return {name: column.take(pa.array(home)) for name, column in by_home.items()}


def _draw_status(
    rng: np.random.Generator, age: np.ndarray, birth: np.ndarray, is_known: np.ndarray
) -> dict[str, np.ndarray]:
    """Status as the register codes it (1 resident, 2 moved, 3 deceased, 4 cancelled), and days of death."""
    chance = rng.random(len(age))
    dies = (chance < 0.0008 * np.exp(np.minimum(age, 92) / 16)) & is_known
    death = np.maximum(TODAY - 5 - rng.integers(0, 900, len(age)), birth)
    status = np.select([dies, chance > 0.996, chance > 0.97], [3, 4, 2], default=1)
    return {"status": status, "death_day": np.where(dies, death, ABSENT)}


def _choose_relative(rng: np.random.Generator, position: np.ndarray, first: np.ndarray, home: np.ndarray) -> np.ndarray:
    """Somebody of the same household, whose number or phone may stand on one's record; ABSENT for who lives alone."""
    size = np.bincount(home)[home]
    other = (position + 1 + (rng.random(len(home)) * (size - 1)).astype(np.int64)) % size
    return np.where(size > 1, np.minimum(first + other, len(home) - 1), ABSENT)
