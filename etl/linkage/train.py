"""The model learns from the data that it is given, without labels: expectation–maximisation over comparison vectors.

`u` is measured on chance pairs. `m` and the share of records that the register knows come from the candidates of a
sample of records, in which each record has at most one true person: candidates compete, so that relatives and namesakes
lose to the person himself. Default shares stand in as if they were `PRIOR_PAIRS` true pairs, so that little data moves
them little. (Fellegi and Sunter 1969; Winkler 1988 for EM; one-to-one competition as in Larsen 2005.)
"""

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from etl.linkage.levels import BASE, FIELDS, LEVELS, level
from etl.linkage.model import Model, Shares
from etl.linkage.weigh import RARE_LEVELS, levels_of, score_vectors, vetoes_of

LEAST_RECORDS = 2_000
"""Fewer than this teach nothing that the defaults do not know better."""
REVIEW_CAPACITY = 0.01
"""Reviewers can look at this share of the records: the threshold is as high as that allows, in all likelihood …"""
MOST_FALSE = 3e-5
"""… but no larger share of them may be expected to be linked falsely, whatever waits for review."""
THRESHOLDS = tuple(bits / 4 for bits in range(40, 19, -1))
"""Bits, from the most careful to the boldest: odds of 1,000 to 1 down to 32 to 1."""
PRIOR_PAIRS = 50.0
"""The default shares count as so many true pairs."""
ROUNDS = 25
LEAST_CHANGE = 1e-4
UNIQUE = ("national_id", "old_id", "insurance_no", "phone")
"""Numbers that at most a few people bear: two people share one by chance about once in the register."""
MOST_IN_REGISTER = 0.99


@dataclass(frozen=True)
class Sample:
    """The records that are learned from.

    `pairs` has `record_id` and `vector` of the candidates of `drawn` records. Those in `sure` are linked whatever they weigh,
    and each stands for `sure_weight` records.
    """

    pairs: pa.Table
    drawn: int
    sure: pa.ChunkedArray
    sure_weight: int = 1

    @property
    def records(self) -> int:
        """How many records the sample stands for."""
        return self.drawn + (self.sure_weight - 1) * len(self.sure)


def train(model: Model, sample: Sample, chance: pa.Table, sizes: dict[str, float]) -> Model:
    """A model whose shares are those of the data at hand.

    `chance` has `vector` and `pairs` of chance pairs. `sizes` gives the register's `people`, `same_birth` and `same_ward`
    (shares of chance pairs that agree) and `same_toned` (of people of one toneless name, the share that agrees in marks as well).
    """
    u = estimate_u(model, chance, sizes)
    start = replace(model, u=u, register_size=int(sizes["people"]))
    if sample.records < LEAST_RECORDS or not sample.pairs.num_rows:
        return start
    found, is_sure, best, lead, veto = _maximise(start, model, sample)
    threshold = choose_threshold(found, best[~is_sure], lead[~is_sure], veto[~is_sure], sample.records)
    return replace(found, match_threshold=threshold)


def estimate_u(model: Model, chance: pa.Table, sizes: dict[str, float]) -> Shares:
    """Shares of each level among chance pairs; what chance hardly ever makes is known from the size of the register."""
    vectors, counts = np.asarray(chance["vector"]), np.asarray(chance["pairs"], dtype=float)
    total = max(counts.sum(), 1.0)
    u: dict[str, dict[str, float]] = {}
    for field in FIELDS:
        found = np.bincount(levels_of(vectors, field), counts, BASE)
        stated = found[1:].sum()
        prior = np.array([0.0, *(model.u[field][name] for name in LEVELS[field][1:])])
        weight = min(PRIOR_PAIRS, stated)
        shares = (found[1 : len(prior)] + prior[1:] * weight) / max(stated + weight, 1.0) if stated else prior[1:]
        least = np.minimum(prior[1:], 0.1 / total)  # what was not met in so many pairs is no rarer than that tells
        u[field] = dict(zip(LEVELS[field][1:], np.maximum(shares, least).tolist(), strict=True))
    people = max(sizes["people"], 1.0)
    for field in UNIQUE:
        u[field]["same"] = min(1 / people, 1e-6)
    if "doubtful" in u["national_id"]:
        u["national_id"]["doubtful"] = u["national_id"]["same"]
    for field, share in (("birth", sizes["same_birth"]), ("ward", sizes["same_ward"])):
        if share > 0:
            u[field]["same"] = share
    u["name"] |= _among_namesakes(model, sizes["same_toned"])
    return u


def _among_namesakes(model: Model, same_toned: float) -> dict[str, float]:
    """Shares of the name's levels among people of one toneless name; marks are lost regardless of who is meant."""
    lost = model.m["name"]["no_marks"] / sum(model.m["name"][name] for name in RARE_LEVELS)
    return {
        "no_marks": lost,
        "same": (1 - lost) * same_toned,
        "marks_differ": max((1 - lost) * (1 - same_toned), 1e-3),
    }


def choose_threshold(model: Model, best: np.ndarray, lead: np.ndarray, veto: np.ndarray, records: int) -> float:
    """The most careful threshold at which the review queue fits the capacity, and false matches stay rare.

    Where false matches would not be rare at any, it is the most careful of all. `best`, `lead` (over the next candidate) and
    `veto` of the best candidate of each record that has one, of `records` in all; what nobody weighs (sure links) is left out.
    What is expected follows from the scores, which are log2 odds; to the queue comes a standard error, for a sample may
    show too few who wait.
    """
    confidence = np.minimum(best, lead)
    chosen = THRESHOLDS[0]
    for threshold in THRESHOLDS:
        is_match = (confidence >= threshold) & (veto == 0)
        expected_false = (1 / (1 + np.exp2(np.minimum(confidence[is_match], 60)))).sum()
        if expected_false > MOST_FALSE * records:
            break
        chosen = threshold
        waiting = ((best >= model.review_threshold) & ~is_match).sum()
        if waiting + np.sqrt(waiting) <= REVIEW_CAPACITY * records:
            break
    return float(chosen)


def _maximise(
    start: Model, prior: Model, sample: Sample
) -> tuple[Model, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The model, and of each record with candidates whether it is sure, the best one's score, its lead and its veto."""
    sent, compared = np.asarray(sample.pairs["record_id"]), np.asarray(sample.pairs["vector"])
    order = np.lexsort((compared, sent))  # sums must not depend on order
    record = sent[order]
    vectors, at = np.unique(compared[order], return_inverse=True)
    first = np.flatnonzero(np.r_[True, record[1:] != record[:-1]])
    group = np.repeat(np.arange(len(first)), np.diff(np.r_[first, len(record)]))
    is_sure = np.isin(record[first], np.asarray(sample.sure))
    stands_for = np.where(is_sure, sample.sure_weight, 1)[group]
    model = start
    for _ in range(ROUNDS):
        odds = np.exp2(np.minimum(score_vectors(model, vectors), 60.0))[at]
        share = odds / (1 + np.add.reduceat(odds, first))[group] * stands_for
        weight = np.bincount(at, share, len(vectors))
        found = _m_step(model, prior, vectors, weight, sample.records)
        change = max(abs(found.m[f][name] - model.m[f][name]) for f in FIELDS for name in LEVELS[f][1:])
        model = found
        if change < LEAST_CHANGE:
            break
    scores, vetoes = score_vectors(model, vectors)[at], vetoes_of(vectors, model.rules)[at]
    ranked = np.lexsort((-scores, group))
    best, second = ranked[first], ranked[np.minimum(first + 1, len(ranked) - 1)]
    has_second = np.diff(np.r_[first, len(record)]) > 1
    lead = np.where(has_second, scores[best] - scores[second], np.inf)
    return model, is_sure, scores[best], lead, vetoes[best]


def _m_step(model: Model, prior: Model, vectors: np.ndarray, weight: np.ndarray, records: int) -> Model:
    m: dict[str, dict[str, float]] = {}
    for field in FIELDS:
        found = np.bincount(levels_of(vectors, field), weight, BASE)
        names = LEVELS[field][1:]
        counts = np.array([found[level(field, name)] + PRIOR_PAIRS * prior.m[field][name] for name in names])
        m[field] = dict(zip(names, (counts / counts.sum()).tolist(), strict=True))
    in_register = (weight.sum() + PRIOR_PAIRS * prior.in_register) / (records + PRIOR_PAIRS)
    found_model = replace(model, m=m, in_register=float(min(in_register, MOST_IN_REGISTER)))
    lost = m["name"]["no_marks"] / sum(m["name"][name] for name in RARE_LEVELS)
    old = model.u["name"]
    toned = old["same"] / (old["same"] + old["marks_differ"])
    name = {**old, "no_marks": lost, "same": (1 - lost) * toned, "marks_differ": (1 - lost) * (1 - toned)}
    return replace(found_model, u={**model.u, "name": name})
