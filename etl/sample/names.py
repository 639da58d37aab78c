"""Draw full names: family, middle, given, by sex and era; and names of other peoples."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.sample import name_tokens as tokens

HMONG_CODE, EDE_CODE, FOREIGN_CODE = "08", "12", "55"


def draw_full_names(rng: np.random.Generator, family: pa.Array, sex: np.ndarray, birth_year: np.ndarray) -> pa.Array:
    """A full name for each person, two to four words; `sex` 1 male, 2 female."""
    count = len(sex)
    era = np.searchsorted(tokens.ERA_STARTS, birth_year, side="right")
    middle = _by_group(rng, tokens.MIDDLE, sex, era)
    given = _by_group(rng, tokens.GIVEN, sex, era)
    second = _by_sex(rng, tokens.SECOND_MIDDLE, sex)
    # A word repeated beside itself ("Ngọc Ngọc") is not a name.
    repeats = pc.or_(pc.equal(second, middle), pc.equal(second, given)).to_numpy(zero_copy_only=False)
    has_four = (rng.random(count) < np.array(tokens.FOUR_WORD_SHARE)[era]) & ~repeats
    has_two = (rng.random(count) < tokens.TWO_WORD_SHARE) & ~has_four
    doubled = pc.equal(middle, given).to_numpy(zero_copy_only=False)
    middle = pc.if_else(pa.array(has_two | doubled), None, middle)
    second = pc.if_else(pa.array(has_four), second, None)
    return pc.binary_join_element_wise(family, middle, second, given, " ", null_handling="skip")


def draw_other_names(rng: np.random.Generator, names: pa.Array, sex: np.ndarray, ethnic_code: np.ndarray) -> pa.Array:
    """`names`, those of H'Mông, Ê-đê and foreigners replaced by names as these peoples form them."""
    result = names
    for code, table in ((HMONG_CODE, tokens.HMONG), (EDE_CODE, tokens.EDE), (FOREIGN_CODE, tokens.FOREIGN)):
        for one_sex, (first, last) in table.items():
            mask = (ethnic_code == code) & (sex == one_sex)
            count = int(mask.sum())
            firsts, lasts = (tokens.read_tokens(part).draw(rng, count) for part in (first, last))
            result = pc.replace_with_mask(result, pa.array(mask), pc.binary_join_element_wise(firsts, lasts, " "))
    return result


def _by_group(
    rng: np.random.Generator, tables: dict[tuple[int, int], str], sex: np.ndarray, era: np.ndarray
) -> pa.Array:
    """A token for each person from the table of sex and era."""
    result = pa.nulls(len(sex), pa.string())
    for (one_sex, one_era), text in tables.items():
        mask = (sex == one_sex) & (era == one_era)
        result = pc.replace_with_mask(result, pa.array(mask), tokens.read_tokens(text).draw(rng, int(mask.sum())))
    return result


def _by_sex(rng: np.random.Generator, tables: dict[int, str], sex: np.ndarray) -> pa.Array:
    """A token for each person from the table of the sex."""
    result = pa.nulls(len(sex), pa.string())
    for one_sex, text in tables.items():
        mask = sex == one_sex
        result = pc.replace_with_mask(result, pa.array(mask), tokens.read_tokens(text).draw(rng, int(mask.sum())))
    return result
