"""What reviewers' rulings teach the model: its shares, how much its score is to be believed, where thresholds lie.

Every figure is checked on rulings that taught nothing: half of them, drawn by a seeded hash of the record. (Platt 1999
and, for Newton's method, Lin, Lin & Weng 2007 for the calibration; Nigam et al. 2000 for labels in EM.)
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from etl.linkage.agreement import clopper_pearson
from etl.linkage.chance import draw
from etl.linkage.levels import BASE, FIELDS, LEVELS, level
from etl.linkage.model import Model, settled
from etl.linkage.review import CLAMP, calibration_of, confidence, posterior
from etl.linkage.weigh import levels_of, score_vectors, vetoes_of

LEAST_RULINGS = 50
LEAST_OF_EACH = 5
"""So many rulings of each verdict, in each half, before anything is learnt."""
LN2 = float(np.log(2))
MOST_STEPS, SMALL_STEP = 100, 1e-10
PRIOR_MEAN, PRIOR_SPREAD = np.array([1.0, 0.0]), np.array([0.3, 2.0])
"""Slope and offset (bits) before any ruling, and how far either may be off."""
MATCH_RANGE = (5.0, 20.0)
"""Bits between which the match threshold may be moved."""
REVIEW_RANGE = (-5.0, 0.0)
MOST_FALSE_IN_BAND = 0.005
"""Of the pairs that a lower threshold would newly match; they are at most one record in a hundred."""
BAND_STEP = 0.25
LEAST_SHARE = 1e-6


@dataclass(frozen=True)
class Examples:
    """Pairs that were ruled on: record, comparison vectors of the pair and of its rival (-1: none), and the verdict."""

    record_id: np.ndarray
    vector: np.ndarray
    rival: np.ndarray
    is_same: np.ndarray

    def __len__(self) -> int:
        return len(self.is_same)

    def take(self, chosen: np.ndarray) -> "Examples":
        """Those that a mask chooses."""
        return Examples(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))

    def bits(self, model: Model) -> np.ndarray:
        """What speaks for each pair under a model: against nobody and against the rival, whichever is fewer."""
        rivals = np.where(self.rival < 0, np.nan, score_vectors(model, np.maximum(self.rival, 0)))
        return confidence(score_vectors(model, self.vector), rivals)

    @property
    def is_free(self) -> np.ndarray:
        """Whether nothing vetoes the pair: of the others the score alone says little, and no threshold lets them match."""
        return np.asarray(vetoes_of(self.vector) == 0)


def examples_of(rulings: pa.Table) -> Examples:
    """From `record_id, vector, rival_vector, verdict` (`same` or `different`) in any order."""
    ordered = rulings.sort_by([("record_id", "ascending"), ("vector", "ascending")])
    rival = ordered["rival_vector"].fill_null(-1)
    return Examples(
        np.asarray(ordered["record_id"]),
        np.asarray(ordered["vector"]),
        np.asarray(rival),
        np.array([verdict == "same" for verdict in ordered["verdict"].to_pylist()], dtype=bool),
    )


def split(examples: Examples, seed: int) -> tuple[Examples, Examples]:
    """Those that teach, and those that check: about half each, all pairs of a record on one side."""
    is_held_out = draw(examples.record_id, seed) < 0.5
    return examples.take(~is_held_out), examples.take(is_held_out)


def lacks(teaching: Examples, checking: Examples) -> str | None:
    """What is missing before rulings can teach; None where nothing is."""
    total = len(teaching) + len(checking)
    if total < LEAST_RULINGS:
        return f"{total} rulings of {LEAST_RULINGS}"
    for name, half in (("teaching", teaching), ("checking", checking)):
        free = half.take(half.is_free)
        fewest = min(int(free.is_same.sum()), int((~free.is_same).sum()))
        if fewest < LEAST_OF_EACH:
            return f"{fewest} of {LEAST_OF_EACH} rulings of the rarer verdict without a veto, in the {name} half"
    return None


def learn(model: Model, teaching: Examples, matches: int) -> Model:
    """The model that the teaching half makes of a model; its version is that of what it says.

    Shares first, then the calibration under them, then thresholds that ask for the same odds as before; the match
    threshold is lowered only as far as rulings bear out. `matches` is how many records have a match: as many true pairs
    stand behind the shares.
    """
    taught = replace(model, m=teach_shares(model, teaching, matches))
    free = teaching.take(teaching.is_free)
    slope, offset = fit_platt(free.bits(taught), free.is_same)
    data = {**model.data, "calibration_slope": slope, "calibration_offset": offset, "rulings": len(teaching)}
    data |= {f"{name}_odds": odds for name, odds in odds_of(model).items()}
    taught = replace(taught, data=data)
    match, review = thresholds_of(taught)
    match = supported_threshold(free.bits(taught), free.is_same, match, model.match_threshold)
    return settled(replace(taught, match_threshold=match, review_threshold=review), "calibrated")


def teach_shares(model: Model, teaching: Examples, matches: int) -> dict[str, dict[str, float]]:
    """`m` with rulings in the place of guesses: each pair adds 1 if it is one person, less what the model thought.

    The model's shares stand for `matches` true pairs, among them this pair as far as the model believed in it. The
    queue shows odd pairs only, so plain counts would teach that true pairs are odd; the difference does not.
    """
    surprise = teaching.is_same - posterior(teaching.bits(model), model)
    shares: dict[str, dict[str, float]] = {}
    for field in FIELDS:
        found = np.bincount(levels_of(teaching.vector, field), surprise, BASE)
        names = LEVELS[field][1:]
        counts = np.array([model.m[field][name] * max(matches, 1) + found[level(field, name)] for name in names])
        counts = np.maximum(counts / max(matches, 1), LEAST_SHARE)
        shares[field] = dict(zip(names, (counts / counts.sum()).tolist(), strict=True))
    return shares


def fit_platt(bits: np.ndarray, is_same: np.ndarray) -> tuple[float, float]:
    """Slope and offset (bits) of p = 1 / (1 + 2^-(slope · bits + offset)) that are likeliest after the verdicts.

    A normal prior (`PRIOR_MEAN`, `PRIOR_SPREAD`) says that the score is about right: the first of the queue lie close
    together, and a slope through them alone would be anything; it stands in for the smoothed targets of Platt. Newton's
    method on a convex function of two parameters, each step halved until it helps.
    """
    design = np.stack([bits, np.ones(len(bits))], axis=1) * LN2
    found = PRIOR_MEAN
    for _ in range(MOST_STEPS):
        p = 1 / (1 + np.exp(-np.clip(design @ found, -CLAMP, CLAMP)))
        gradient = design.T @ (p - is_same) + (found - PRIOR_MEAN) / PRIOR_SPREAD**2
        curvature = (design * (p * (1 - p))[:, None]).T @ design + np.diag(1 / PRIOR_SPREAD**2)
        step = np.linalg.solve(curvature, gradient)
        before = platt_loss(found, bits, is_same)
        while np.abs(step).max() > SMALL_STEP and platt_loss(found - step, bits, is_same) > before:
            step = step / 2
        if np.abs(step).max() <= SMALL_STEP:
            break
        found = found - step
    return float(found[0]), float(found[1])


def platt_loss(found: np.ndarray, bits: np.ndarray, is_same: np.ndarray) -> float:
    """What is made least: cross-entropy of the verdicts (natural logarithm), and distance from the prior."""
    logits = (found[0] * bits + found[1]) * LN2
    distance = (((found - PRIOR_MEAN) / PRIOR_SPREAD) ** 2).sum() / 2
    return float((np.logaddexp(0, logits) - is_same * logits).sum() + distance)


def odds_of(model: Model) -> dict[str, float]:
    """The posterior odds (bits) that each threshold asks for; a calibration keeps them."""
    slope, offset = calibration_of(model)
    return {
        name: float(model.data.get(f"{name}_odds", slope * threshold + offset))
        for name, threshold in (("match", model.match_threshold), ("review", model.review_threshold))
    }


def thresholds_of(model: Model) -> tuple[float, float]:
    """Where match and review thresholds must lie to ask for those odds, within what may be moved without a second thought."""
    slope, offset = calibration_of(model)
    if slope <= 0:
        return model.match_threshold, model.review_threshold
    odds = odds_of(model)
    match, review = ((odds[name] - offset) / slope for name in ("match", "review"))
    return round(float(np.clip(match, *MATCH_RANGE)), 2), round(float(np.clip(review, *REVIEW_RANGE)), 2)


def supported_threshold(bits: np.ndarray, is_same: np.ndarray, wanted: float, standing: float) -> float:
    """The match threshold that may be used: higher ones at will, lower ones where rulings show it.

    Between a lower threshold and the standing one, the exact upper limit (97.5 %) of the share of different people must
    be at most `MOST_FALSE_IN_BAND`. The first of the queue say nothing of pairs far above them, and a false match is the
    worst that can be done.
    """
    if wanted >= standing:
        return wanted
    for threshold in np.arange(wanted, standing, BAND_STEP):
        in_band = (bits >= threshold) & (bits < standing)
        different = int((in_band & ~is_same).sum())
        if in_band.any() and clopper_pearson(different, int(in_band.sum()))[1] <= MOST_FALSE_IN_BAND:
            return round(float(threshold), 2)
    return standing


def check(model: Model, checking: Examples) -> dict[str, Any]:
    """How well a model foretells rulings that it has not seen, of pairs that nothing vetoes.

    Log loss in bits a ruling and Brier's score: less is better. `precision` is the share of `same` among the pairs that
    would be automatic matches.
    """
    free = checking.take(checking.is_free)
    bits = free.bits(model)
    is_match = bits >= model.match_threshold
    return {
        "rulings": len(free),
        "log_loss": round(float(losses(model, free).mean()), 6),
        "brier": round(float(((posterior(bits, model) - free.is_same) ** 2).mean()), 6),
        "matches": int(is_match.sum()),
        "precision": round(float(free.is_same[is_match].mean()), 6) if is_match.any() else None,
    }


def losses(model: Model, examples: Examples) -> np.ndarray:
    """Log loss of each ruling, in bits."""
    p = np.clip(posterior(examples.bits(model), model), 1e-9, 1 - 1e-9)
    return np.asarray(-np.log2(np.where(examples.is_same, p, 1 - p)))


def gain(before: Model, after: Model, checking: Examples) -> tuple[float, float]:
    """By how many bits a ruling the log loss sinks on rulings that taught nothing, and the standard error of that."""
    free = checking.take(checking.is_free)
    saved = losses(before, free) - losses(after, free)
    return float(saved.mean()), float(saved.std(ddof=1) / np.sqrt(len(saved)))


def is_better(before: Mapping[str, Any], after: Mapping[str, Any], gained: tuple[float, float]) -> bool:
    """Whether a calibration may be kept: it foretells better than chance alone would make it seem.

    The log loss must sink by more than its standard error, and neither Brier's score nor the precision of what would be
    matched may be worse.
    """
    precise = before["precision"] is None or (after["precision"] is None or after["precision"] >= before["precision"])
    return bool(gained[0] > gained[1] and after["brier"] <= before["brier"] and precise)
