"""What two names that are not the same have in common, as a level of the comparison."""

from collections.abc import Callable, Set

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from rapidfuzz import process
from rapidfuzz.distance import OSA, JaroWinkler

from etl.linkage.levels import level
from etl.linkage.name_forms import number_letters

SPELLING = pa.schema([("record_key_id", pa.int64()), ("person_key_id", pa.int64()), ("name_level", pa.int64())])
TYPO_EDITS = 2
"""So many letters may be off."""
Judge = Callable[[str, str], str | None]


def scoring(known_words: Set[str], is_generic: bool) -> Callable[[pa.RecordBatch], pa.RecordBatch]:
    """The function that gives `SPELLING` for pairs of toneless names (`record_name`, `person_name`, and their numbers).

    `known_words` are the words that names in the register consist of: a typing error seldom makes another name.
    """
    judge = _judge_generic if is_generic else _judge_vietnamese

    def score(batch: pa.RecordBatch) -> pa.RecordBatch:
        levels = judge(batch["record_name"], batch["person_name"], known_words)
        return pa.record_batch(
            [batch["record_key_id"], batch["person_key_id"], pa.array(levels, pa.int64())], schema=SPELLING
        )

    return score


def _judge_vietnamese(left: pa.Array, right: pa.Array, known_words: Set[str]) -> np.ndarray:
    given_same = np.asarray(pc.equal(_last(left), _last(right)))
    family_same = np.asarray(pc.equal(_first(left), _first(right)))
    levels = np.select(
        [given_same & family_same, given_same, family_same],
        [level("name", "middle_differs"), level("name", "given_same"), level("name", "family_same")],
        level("name", "different"),
    )
    left_list, right_list = left.to_pylist(), right.to_pylist()
    edits = process.cpdist(
        left_list, right_list, scorer=OSA.distance, score_cutoff=TYPO_EDITS, dtype=np.uint8, workers=1
    )
    same_letters = number_letters(left) == number_letters(right)
    word_counts = [np.asarray(pc.count_substring(side, " ")) for side in (left, right)]
    has_initial = np.asarray(pc.or_(*(pc.match_substring_regex(side, r"\b[a-z]\b") for side in (left, right))))
    is_open = (
        (edits <= TYPO_EDITS)
        | same_letters
        | ((word_counts[0] != word_counts[1]) & given_same & family_same)
        | has_initial
    )
    for at in np.flatnonzero(is_open):
        found = judge_pair(left_list[at], right_list[at], int(edits[at]), known_words)
        if found is not None:
            levels[at] = level("name", found)
    return levels


def judge_pair(left: str, right: str, edits: int, known_words: Set[str]) -> str | None:
    """The level of two toneless names that may be one; None where none of the special levels fits."""
    one, other = left.split(), right.split()
    if sorted(one) == sorted(other):
        return "reordered"
    if one[0] == other[0] and one[-1] == other[-1] and len(one) != len(other):
        short, long = sorted((one, other), key=len)
        if all(word in long for word in short):
            return "words_missing"
    if len(one) == len(other) and _are_initials(one, other):
        return "initials"
    if edits > TYPO_EDITS:
        return None
    if "".join(one) == "".join(other):
        return "typo"
    if len(one) != len(other):
        return "typo" if edits == 1 else None
    differing = [(a, b) for a, b in zip(one, other, strict=True) if a != b]
    if any(1 in (len(a), len(b)) and a[0] != b[0] for a, b in differing):
        return None  # the initial of another word
    if any(a not in known_words or b not in known_words for a, b in differing):
        return "typo"
    return "near_given" if one[-1] != other[-1] else None


def _are_initials(one: list[str], other: list[str]) -> bool:
    pairs = list(zip(one, other, strict=True))
    return any(len(a) == 1 or len(b) == 1 for a, b in pairs) and all(
        a == b or (min(len(a), len(b)) == 1 and a[0] == b[0]) for a, b in pairs
    )


def _judge_generic(left: pa.Array, right: pa.Array, _: Set[str]) -> np.ndarray:
    """By similarity alone: no word has a place or a meaning of its own."""
    left_list, right_list = left.to_pylist(), right.to_pylist()
    similarity = process.cpdist(left_list, right_list, scorer=JaroWinkler.similarity, dtype=np.float32, workers=1)
    turned = [" ".join(reversed(name.split())) for name in left_list]
    reverse = process.cpdist(turned, right_list, scorer=JaroWinkler.similarity, dtype=np.float32, workers=1)
    best = np.maximum(similarity, reverse)
    shares = np.array([bool(set(a.split()) & set(b.split())) for a, b in zip(left_list, right_list, strict=True)])
    names = ("reordered", "typo", "words_missing", "middle_differs", "given_same")
    tests = [reverse >= 0.999, best >= 0.94, best >= 0.88, best >= 0.8, shares]
    return np.select(tests, [level("name", name) for name in names], level("name", "different"))


def _last(names: pa.Array) -> pa.Array:
    return pc.replace_substring_regex(names, r"^.* ", "")


def _first(names: pa.Array) -> pa.Array:
    return pc.replace_substring_regex(names, r" .*$", "")
