"""What two toneless names that differ have in common: by hand, and against the oracle on names with slips."""

from random import Random

import pyarrow as pa
import pytest

from etl.linkage.levels import LEVELS
from etl.linkage.spelling import scoring
from tests.linkage.oracle_pairs import generic_spelling_level, spelling_level

FAMILIES = ("nguyen", "tran", "le", "ho", "dang", "ngo")
MIDDLES = ("van", "thi", "duc", "minh", "ngoc", "quang", "x")
GIVEN = ("an", "anh", "ha", "hai", "minh", "manh", "lan", "loan", "truc", "ngoc", "o", "yen")
WORDS = frozenset((*FAMILIES, *MIDDLES, *GIVEN))
PLAIN = (
    ("nguyen van an", "an nguyen van", "reordered"),
    ("truc pham quynh truc", "pham quynh truc truc", "reordered"),  # given name first, the same word last
    ("nguyen duc minh an", "nguyen minh duc an", "reordered"),
    ("nguyen van an", "nguyen an", "words_missing"),
    ("nguyen thi ngoc lan", "nguyen ngoc lan", "words_missing"),
    ("nguyen v an", "nguyen van an", "initials"),
    ("n v an", "nguyen van an", "initials"),
    ("nguyen van a", "nguyen van an", "initials"),
    ("nguyen van t", "nguyen van an", "family_same"),  # a twin's initial is no slip
    ("nguyen t an", "nguyen van an", "middle_differs"),
    ("nguyenvan an", "nguyen van an", "typo"),
    ("nguyeen van an", "nguyen van an", "typo"),
    ("nguyne van an", "nguyen van an", "typo"),
    ("nguyen van lnn", "nguyen van lan", "typo"),
    ("nguyen van manh", "nguyen van minh", "near_given"),  # both are names
    ("nguyen van lan", "nguyen van loan", "near_given"),
    ("le van an", "ho van an", "given_same"),
    ("nguyen thi an", "nguyen van an", "middle_differs"),
    ("nguyen van an", "tran thi an", "given_same"),
    ("nguyen van an", "nguyen thi yen", "family_same"),
    ("nguyen van an", "tran thi yen", "different"),
)


def fast(pairs: list[tuple[str, str]], is_generic: bool = False) -> list[str]:
    """The levels that the engine gives in one batch."""
    left, right = (list(side) for side in zip(*pairs, strict=True))
    batch = pa.record_batch(
        [pa.array(left), pa.array(right), *(pa.array(range(len(pairs)), pa.int64()) for _ in range(2))],
        ["record_name", "person_name", "record_key_id", "person_key_id"],
    )
    found = scoring(WORDS, is_generic)(batch)
    assert found["record_key_id"].to_pylist() == list(range(len(pairs)))
    return [LEVELS["name"][level] for level in found["name_level"].to_pylist()]


@pytest.mark.parametrize("turned", [False, True])
def test_levels_by_hand(turned: bool) -> None:
    pairs = [(two, one) if turned else (one, two) for one, two, _ in PLAIN]
    assert dict(zip(pairs, fast(pairs), strict=True)) == {
        pair: level for pair, (*_, level) in zip(pairs, PLAIN, strict=True)
    }


def test_nothing_to_score_gives_nothing() -> None:
    assert (
        fast([("le an", "le ha")])[:0]
        == scoring(WORDS, False)(
            pa.record_batch(
                [pa.array([], pa.string())] * 2 + [pa.array([], pa.int64())] * 2,
                ["record_name", "person_name", "record_key_id", "person_key_id"],
            )
        )["name_level"].to_pylist()
    )


def draw_name(rng: Random) -> str:
    """A name of two to five words."""
    middle = [rng.choice(MIDDLES) for _ in range(rng.choice([0, 1, 1, 2, 3]))]
    return " ".join([rng.choice(FAMILIES), *middle, rng.choice(GIVEN)])


def spoil(rng: Random, name: str) -> str:
    """The name with one or two slips."""
    for _ in range(rng.choice([1, 1, 2])):
        words, at = name.split(" "), rng.randrange(len(name))
        name = rng.choice(
            [
                " ".join([words[-1], *words[:-1]]),
                " ".join(rng.sample(words, len(words))),
                " ".join(word for place, word in enumerate(words) if place != 1 or len(words) < 3),
                " ".join([*words[:-1], words[-1][0]]),
                " ".join([words[0][0], *words[1:]]),
                " ".join([*words[:-1], rng.choice(GIVEN)]),
                " ".join([rng.choice(FAMILIES), *words[1:]]),
                "".join([name[:at], name[at + 1 :]]),
                "".join([name[:at], rng.choice("aehn "), name[at:]]),
                "".join([name[:at], name[at + 1 : at + 2], name[at], name[at + 2 :]]),
            ]
        )
        name = " ".join(name.split()) or "le"
    return name


@pytest.mark.parametrize("is_generic", [False, True])
def test_levels_are_the_oracles(is_generic: bool) -> None:
    rng = Random(11)
    drawn = [draw_name(rng) for _ in range(8_000)]
    pairs = [(spoil(rng, one), rng.choice([one, one, one, draw_name(rng)])) for one in drawn]
    pairs = [(one, other) for one, other in pairs if one != other]
    expected = [generic_spelling_level(*pair) if is_generic else spelling_level(*pair, WORDS) for pair in pairs]
    assert dict(zip(pairs, fast(pairs, is_generic), strict=True)) == dict(zip(pairs, expected, strict=True))
    wanted = set(LEVELS["name"][4:]) - ({"initials", "near_given", "family_same"} if is_generic else set())
    assert set(expected) == wanted
