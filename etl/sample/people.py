"""The city's people: one row each, with everything that is true of them."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.sample import households as homes
from etl.sample import identifiers, name_tokens, names, places
from etl.sample.randomness import stream

TODAY = int(homes.TODAY.astype(np.int64))
SNAPSHOT_DAY = int(np.datetime64("2026-09-01").astype(np.int64))
RESIDENT, MOVED, DEAD, CANCELLED = 1, 2, 3, 4
NO_DAY = -1
ETHNIC = {"01": 96.6, "06": 1.2, "02": 0.7, "03": 0.35, "07": 0.35, "09": 0.15, "04": 0.15, "08": 0.3, "12": 0.2}
"""Ethnic groups with shares in percent."""
NATIONS = ("410", "392", "156", "840", "250", "702")
OCCUPATIONS = (
    "00000",
    "23000",
    "33000",
    "41000",
    "51000",
    "52000",
    "61000",
    "71000",
    "81000",
    "83000",
    "91000",
    "96000",
)
BLOOD = "O 42, B 30, A 21, AB 6"


def draw_people(people: int, seed: int) -> pa.Table:
    """All persons, one row each; relatives are row numbers of this table. Texts are as a perfect file says them."""
    rng = stream(seed, "people")
    home = homes.draw_households(rng, people)
    year = home.birth_day.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970
    age = (TODAY - home.birth_day) / 365.2425
    is_foreign, is_lodger = home.role == homes.FOREIGNER, home.role == homes.LODGER
    is_known = ~is_foreign & ~(is_lodger & (rng.random(people) < 0.75)) & (rng.random(people) > 0.004)
    columns = {
        "is_registered": pa.array(is_known),
        "person_id": _number_people(rng, is_known),
        "sex": home.sex,
        "birth_day": home.birth_day,
        "is_year_only": (year < 1962) & (rng.random(people) < 0.03),
    }
    ethnic = _draw_ethnic(rng, home, is_foreign)
    full_name = names.draw_other_names(
        rng, names.draw_full_names(rng, _draw_family(rng, home), home.sex, year), home.sex, ethnic
    )
    columns |= {"full_name": full_name, "ethnic_code": ethnic}
    columns |= _draw_numbers(rng, home, year, age, is_foreign, is_lodger)
    columns |= _draw_homes(rng, home)
    columns |= {
        "occupation_code": np.where(age < 16, "00000", np.array(OCCUPATIONS)[rng.integers(0, 12, people)]),
        "nationality_code": np.where(is_foreign, np.array(NATIONS)[rng.integers(0, 6, people)], "000"),
        "blood_group": name_tokens.read_tokens(BLOOD).draw(rng, people),
    }
    columns |= _draw_status(rng, is_known, home.birth_day, age)
    columns |= {"father": home.father, "mother": home.mother, "relative": _choose_relative(rng, home)}
    guardian = np.where(age < 16, np.where(home.mother >= 0, home.mother, home.father), -1)
    columns["guardian_name"] = full_name.take(pa.array(guardian, mask=guardian < 0))
    return pa.table(
        {name: column if isinstance(column, pa.Array) else pa.array(column) for name, column in columns.items()}
    )


def _number_people(rng: np.random.Generator, is_known: np.ndarray) -> np.ndarray:
    """MA_NGUOI in no order; negative numbers for those whom the register does not know."""
    numbers = rng.permutation(len(is_known)) * 3 + 100_000_001
    return np.where(is_known, numbers, -np.cumsum(~is_known))


def _draw_family(rng: np.random.Generator, home: homes.Households) -> pa.Array:
    """Family names: children bear their father's, siblings and the head's father the head's."""
    own = name_tokens.FAMILY.draw(rng, len(home.role))
    male_head = home.sex[home.first] == 1
    by_child = np.where(home.father >= 0, home.father, home.mother)
    follows_head = (home.role == homes.SIBLING) | (home.role == homes.FATHER)
    source = np.where(
        home.role == homes.CHILD,
        by_child,
        np.where(follows_head & (male_head | (home.role == homes.SIBLING)), home.first, np.arange(len(own))),
    )
    return own.take(pa.array(source))


def _draw_ethnic(rng: np.random.Generator, home: homes.Households, is_foreign: np.ndarray) -> np.ndarray:
    """One ethnic group for each household; 55 for foreigners."""
    share = np.array(list(ETHNIC.values()))
    chosen = np.array(list(ETHNIC))[rng.choice(len(share), home.household[-1] + 1, p=share / share.sum())]
    return np.where(is_foreign, "55", chosen[home.household])


def _draw_numbers(
    rng: np.random.Generator,
    home: homes.Households,
    year: np.ndarray,
    age: np.ndarray,
    is_foreign: np.ndarray,
    is_lodger: np.ndarray,
) -> dict[str, pa.Array]:
    """Identifiers of all persons, and the ID before a re-issue (0.2 %)."""
    count = len(year)
    born_here = (rng.random(count) < np.where(age < 18, 0.93, 0.66)) & ~is_lodger
    both = identifiers.draw_citizen_ids(rng, np.tile(year, 2), np.tile(home.sex, 2), np.tile(born_here, 2))
    national, previous = identifiers.digits(both[:count], 12), identifiers.digits(both[count:], 12)
    has_none = pa.array(is_foreign | (rng.random(count) < 0.004))
    was_reissued = pa.array((rng.random(count) < 0.002) & ~is_foreign)
    insurance, card = identifiers.draw_cards(rng, age, rng.random(count) < 0.02)
    foreign = pa.array(is_foreign)
    old = pc.if_else(foreign, None, identifiers.draw_old_ids(rng, year, born_here))
    return {
        "national_id": pc.if_else(has_none, None, national),
        "previous_id": pc.if_else(was_reissued, previous, None),
        "old_id": old,
        "insurance_no": pc.if_else(foreign, None, insurance),
        "insurance_card": pc.if_else(foreign, None, card),
        "passport_no": pc.if_else(foreign, identifiers.draw_passports(rng, count), None),
        "phone": _draw_phones(rng, home, age),
    }


def _draw_phones(rng: np.random.Generator, home: homes.Households, age: np.ndarray) -> pa.Array:
    """Own phones for adults; children, and one in four of the old, have the head's; some have none."""
    shares = (age < 14) | ((age > 68) & (rng.random(len(age)) < 0.3)) | (rng.random(len(age)) < 0.04)
    owner = np.where(shares, home.first, np.arange(len(age)))
    phones = identifiers.draw_phones(rng, len(age)).take(pa.array(owner))
    return pc.if_else(pa.array(rng.random(len(age)) < 0.04), None, phones)


def _draw_homes(rng: np.random.Generator, home: homes.Households) -> dict[str, pa.Array]:
    """Ward, old ward, address and household number, the same for all of a household."""
    known, count = places.read_places(), int(home.household[-1]) + 1
    ward = places.draw_wards(rng, known, count)
    old_ward, district = places.draw_old_wards(rng, known, ward)
    ward_code = known.ward_code.take(pa.array(ward))
    number = pc.binary_join_element_wise("HN", identifiers.digits(rng.permutation(count) + 1, 8), "")
    by_home = {
        "ward_code": ward_code,
        "old_ward_code": old_ward,
        "district_code": district,
        "address": places.draw_addresses(rng, known, ward),
        "household_id": number,
    }
    return {name: column.take(pa.array(home.household)) for name, column in by_home.items()}


def _draw_status(
    rng: np.random.Generator, is_known: np.ndarray, birth_day: np.ndarray, age: np.ndarray
) -> dict[str, np.ndarray]:
    """Register status as of the delta, days of death, and what the delta says of whom."""
    count, chance = len(age), rng.random(len(age))
    dies = chance < 0.0006 * np.exp(np.minimum(age, 95) / 17)
    death_day = np.where(dies, TODAY - 1 - rng.integers(0, 420, count), NO_DAY)
    dies &= is_known & (death_day > birth_day)
    status = np.select([dies, chance > 0.997, chance > 0.985], [DEAD, CANCELLED, MOVED], default=RESIDENT)
    change = np.where(dies & (death_day >= SNAPSHOT_DAY), "TU", "")
    draw = rng.random(count)
    change = np.where((status == MOVED) & (draw < 0.10), "CHUYEN_DI", change)
    change = np.where((status == RESIDENT) & (draw < 0.002), "CHUYEN_DEN", change)
    change = np.where((status == RESIDENT) & (draw > 0.998), "DINH_CHINH", change)
    change = np.where(birth_day >= SNAPSHOT_DAY, "SINH", change)
    return {
        "status": np.where(is_known, status, RESIDENT).astype(np.int8),
        "death_day": np.where(dies, death_day, NO_DAY),
        "change": np.where(is_known, change, ""),
    }


def _choose_relative(rng: np.random.Generator, home: homes.Households) -> np.ndarray:
    """Whose number or card may stand on a person's row by mistake: a parent, else the partner; -1 for none."""
    swap = rng.random(len(home.role)) < 0.7
    first, second = np.where(swap, home.mother, home.father), np.where(swap, home.father, home.mother)
    parent = np.where(first >= 0, first, second)
    return np.where(parent >= 0, parent, home.partner)
