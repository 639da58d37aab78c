"""What reviewers' rulings teach the model: its shares, how much its score is to be believed, where thresholds lie.

Every figure is checked on rulings that taught nothing: half of them, drawn by a seeded hash of the record. (Platt 1999,
with the targets and Newton's method of Lin, Lin & Weng 2007, for the calibration; Nigam et al. 2000 for labels in EM.)
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

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
MATCH_RANGE = (5.0, 20.0)
"""Bits between which the match threshold may be moved."""
REVIEW_RANGE = (-5.0, 0.0)
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

    Shares first, then the calibration under them, then thresholds that ask for the same odds as before. `matches` is how
    many records have a match: as many true pairs stand behind the shares.
    """
    taught = replace(model, m=teach_shares(model, teaching, matches))
    free = teaching.take(teaching.is_free)
    slope, offset = fit_platt(free.bits(taught), free.is_same)
    data = {**model.data, "calibration_slope": slope, "calibration_offset": offset, "rulings": len(teaching)}
    data |= {f"{name}_odds": odds for name, odds in odds_of(model).items()}
    taught = replace(taught, data=data)
    match, review = thresholds_of(taught)
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
    """Slope and offset (bits) of p = 1 / (1 + 2^-(slope · bits + offset)) that make the verdicts likeliest.

    Targets are (n₊ + 1) / (n₊ + 2) and 1 / (n₋ + 2) instead of 1 and 0, which keeps the slope finite where no verdict
    contradicts the score. Newton's method on a convex function of two parameters, each step halved until it helps.
    """
    positive = int(is_same.sum())
    target = np.where(is_same, (positive + 1) / (positive + 2), 1 / (len(is_same) - positive + 2))
    design = np.stack([bits * LN2, np.ones(len(bits))], axis=1)
    found = np.array([1.0, 0.0])
    for _ in range(MOST_STEPS):
        p = 1 / (1 + np.exp(-np.clip(design @ found, -CLAMP, CLAMP)))
        gradient = design.T @ (p - target)
        curvature = (design * np.maximum(p * (1 - p), 1e-12)[:, None]).T @ design + 1e-9 * np.eye(2)
        step = np.linalg.solve(curvature, gradient)
        before = _loss(design @ found, target)
        while np.abs(step).max() > SMALL_STEP and _loss(design @ (found - step), target) > before:
            step = step / 2
        if np.abs(step).max() <= SMALL_STEP:
            break
        found = found - step
    return float(found[0]), float(found[1] / LN2)


def _loss(logits: np.ndarray, target: np.ndarray) -> float:
    return float((np.logaddexp(0, logits) - target * logits).sum())


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


def check(model: Model, checking: Examples) -> dict[str, Any]:
    """How well a model foretells rulings that it has not seen, of pairs that nothing vetoes.

    Log loss in bits a ruling and Brier's score: less is better. `precision` is the share of `same` among the pairs that
    would be automatic matches.
    """
    free = checking.take(checking.is_free)
    bits = free.bits(model)
    p = np.clip(posterior(bits, model), 1e-9, 1 - 1e-9)
    is_match = bits >= model.match_threshold
    return {
        "rulings": len(free),
        "log_loss": round(float(-np.log2(np.where(free.is_same, p, 1 - p)).mean()), 6),
        "brier": round(float(((p - free.is_same) ** 2).mean()), 6),
        "matches": int(is_match.sum()),
        "precision": round(float(free.is_same[is_match].mean()), 6) if is_match.any() else None,
    }


def is_no_worse(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether a calibration may be used: what it foretells is no worse, nor is what it would match."""
    precise = before["precision"] is None or (after["precision"] is None or after["precision"] >= before["precision"])
    return bool(after["log_loss"] <= before["log_loss"] and after["brier"] <= before["brier"] and precise)
