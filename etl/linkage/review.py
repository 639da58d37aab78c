"""Which pair a reviewer should see next, and what a ruling makes of a link: pure, from numbers alone."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from etl.errors import ConfigError
from etl.linkage.model import Model
from etl.linkage.weigh import VETOES, score_vectors
from etl.linkage.wording import REASONS, VERDICTS

CLAMP = 60.0
"""Bits beyond which odds are as good as certain; also stands for the lead of a candidate without a rival."""


def confidence(scores: np.ndarray, runner_up_scores: np.ndarray) -> np.ndarray:
    """Bits that speak for the best candidate: against nobody, and against the next candidate, whichever is fewer."""
    lead = np.where(np.isnan(runner_up_scores), CLAMP, scores - runner_up_scores)
    return np.asarray(np.clip(np.minimum(scores, lead), -CLAMP, CLAMP))


def posterior(bits: np.ndarray, model: Model) -> np.ndarray:
    """The probability that a pair is one person: 1 / (1 + 2^-(slope · bits + offset)).

    Slope and offset are what calibration learnt from rulings (`calibrate`), else 1 and 0.
    """
    slope, offset = calibration_of(model)
    return np.asarray(1 / (1 + np.exp2(-np.clip(slope * bits + offset, -CLAMP, CLAMP))))


def calibration_of(model: Model) -> tuple[float, float]:
    """Slope and offset (bits) of a model's calibration."""
    return float(model.data.get("calibration_slope", 1.0)), float(model.data.get("calibration_offset", 0.0))


def entropy(probability: np.ndarray) -> np.ndarray:
    """Binary entropy in bits: 1 where nothing is known, 0 where all is."""
    p = np.clip(probability, 1e-12, 1 - 1e-12)
    return np.asarray(-(p * np.log2(p) + (1 - p) * np.log2(1 - p)))


def same_shares(verdicts: Mapping[str, tuple[int, int]]) -> dict[str, float]:
    """Per veto, how likely a vetoed pair is one person all the same: the mean of a Beta(1 + same, 1 + different).

    `verdicts` gives for each rule how many were ruled same and different. The score does not tell it, for the veto
    stands for what the score cannot know; before any ruling it is one half.
    """
    found = {rule: verdicts.get(rule, (0, 0)) for rule in VETOES if rule}
    return {rule: (same + 1) / (same + different + 2) for rule, (same, different) in found.items()}


def rank(waiting: pa.Table, model: Model, shares: Mapping[str, float]) -> pa.Table:
    """The queue, what is worth most first; adds `uncertainty` (bits), `value` and `position` (from 1).

    `waiting` has `record_id, rule, vector, runner_up_vector, records, events, is_passed, is_contested`. The value of a
    decision is the uncertainty that it resolves times the records and visits that hang on it. Vectors are weighed by the
    model of now, whichever decided the link, so that what was learnt counts for the whole queue. Pairs of which a
    reviewer could not tell come last; those that a blind review contradicts are as uncertain as can be.
    """
    bits = confidence(_scores(model, waiting["vector"]), _scores(model, waiting["runner_up_vector"]))
    likely = np.where(np.isnan(bits), 0.5, posterior(np.nan_to_num(bits), model))
    rules = waiting["rule"].to_pylist()
    likely = np.array([shares.get(rule, one) for rule, one in zip(rules, likely, strict=True)], dtype=float)
    uncertainty = np.where(np.asarray(waiting["is_contested"], dtype=bool), 1.0, entropy(likely))
    value = uncertainty * (np.asarray(waiting["records"]) + np.asarray(waiting["events"]))
    order = np.lexsort((np.asarray(waiting["record_id"]), -value, np.asarray(waiting["is_passed"], dtype=bool)))
    ranked = waiting.append_column("uncertainty", pa.array(uncertainty)).append_column("value", pa.array(value))
    ranked = ranked.take(pa.array(order))
    return ranked.append_column("position", pa.array(np.arange(1, ranked.num_rows + 1)))


def _scores(model: Model, vectors: pa.ChunkedArray) -> np.ndarray:
    """The score of each vector, NaN where there is none."""
    known = np.asarray(vectors.is_valid())
    return np.where(known, score_vectors(model, np.asarray(vectors.fill_null(0))), np.nan)


def check_words(verdict: str, reason: str, note: str | None, actor: str) -> None:
    """Raise ConfigError where a ruling is not worded as it must be."""
    for what, word, words in (("verdict", verdict, VERDICTS), ("reason", reason, REASONS)):
        if word not in words:
            raise ConfigError(f"{what}: unknown; expected one of {', '.join(words)}. Choose one.")
    if reason == "other" and not (note or "").strip():
        raise ConfigError("reason: other says nothing alone; expected a note beside it. Add --note.")
    check_actor(actor)


def check_actor(actor: str) -> None:
    """Raise ConfigError where nobody is named who answers for a decision."""
    if not actor.strip() or actor == "engine":
        raise ConfigError("actor: it names nobody; expected the account of a reviewer. Name it with --actor.")


@dataclass(frozen=True)
class Standing:
    """What stands of a record: its open link."""

    record_id: int
    person_id: int
    decision: str
    rule: str
    candidate_person_id: int | None


@dataclass(frozen=True)
class NewLink:
    """What a ruling puts in the place of a link."""

    person_id: int
    decision: str
    candidate_person_id: int | None


def settle(verdict: str, person_id: int, link: Standing) -> NewLink | None:
    """Whose the record is once a ruling on a person is given; None where the link may stay as it is.

    A record that loses its person becomes its own provisional one (the negated number of the record) until the next
    build, which knows the ruling, decides anew. `cannot_tell` takes back what a reviewer linked, and nothing else.
    """
    own, is_linked = -link.record_id, link.person_id == person_id
    if verdict == "same":
        is_ruled = is_linked and link.rule == "reviewer" and link.decision == "match"
        return None if is_ruled else NewLink(person_id, "match", person_id)
    if verdict == "cannot_tell":
        is_ruled = is_linked and link.rule == "reviewer" and link.decision == "match"
        return NewLink(own, "review", person_id) if is_ruled else None
    if is_linked and person_id > 0:
        return NewLink(own, "none", None)
    if is_linked and person_id != own:
        return NewLink(own, link.decision, link.candidate_person_id)
    if link.decision == "review" and link.candidate_person_id == person_id:
        return NewLink(link.person_id, "none", None)
    return None
