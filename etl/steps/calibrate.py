"""Calibrate: what rulings teach the model, checked on rulings that taught nothing; a better model is kept, not used."""

from typing import Any

from etl.linkage import calibrate as learning
from etl.linkage.levels import FIELDS, LEVELS
from etl.linkage.model import Model
from etl.linkage.review import calibration_of, check_actor
from etl.settings import Settings
from etl.steps.database import warehouse
from etl.steps.explain import sized_model
from etl.steps.models import keep_model
from etl.warehouse import queue, rulings
from etl.warehouse.audit import record as note

LARGEST = 8
"""So many of the shares that change most are told."""


def calibrate(settings: Settings, actor: str, seed: int = 1, apply: bool = False) -> dict[str, Any]:
    """Learn from rulings of weighed pairs, half of them, and check on the other half; gives figures before and after.

    Only with `apply`, and only where the check is better, the new model is kept under its version; a re-link by it
    (`build --model`) is proposed and approved like any other. With too few rulings nothing is learnt (`lacks` says why).
    """
    check_actor(actor)
    with warehouse(settings) as connection:
        examples = learning.examples_of(rulings.read_examples(connection))
        teaching, checking = learning.split(examples, seed)
        told: dict[str, Any] = {"rulings": len(examples), "teaching": len(teaching), "checking": len(checking)}
        missing = learning.lacks(teaching, checking)
        if missing is not None:
            return {**told, "lacks": missing, "is_kept": False}
        model = sized_model(settings, connection)
        taught = learning.learn(model, teaching, queue.count_links(connection)["match"])
        before, after = learning.check(model, checking), learning.check(taught, checking)
        gained = learning.gain(model, taught, checking)
        is_better = learning.is_better(before, after, gained)
        is_kept = apply and is_better
        if is_kept:
            keep_model(connection, taught, actor)
            subject = f"model {taught.version}"
            note(connection, actor, "model.calibrated", subject, {"rulings": len(examples), "from": model.version})
    return {
        **told,
        "lacks": None,
        "before": {**_head(model), **before},
        "after": {**_head(taught), **after},
        "shares": changed_shares(model, taught),
        "gain": {"bits": round(gained[0], 6), "standard_error": round(gained[1], 6)},
        "is_better": is_better,
        "is_kept": is_kept,
    }


def _head(model: Model) -> dict[str, Any]:
    slope, offset = calibration_of(model)
    return {
        "model_version": model.version,
        "slope": round(slope, 4),
        "offset": round(offset, 4),
        "match_threshold": model.match_threshold,
        "review_threshold": model.review_threshold,
    }


def changed_shares(before: Model, after: Model) -> list[dict[str, Any]]:
    """The shares among true pairs that change most, by their ratio."""
    changes = [
        {"field": field, "level": name, "before": before.m[field][name], "after": after.m[field][name]}
        for field in FIELDS
        for name in LEVELS[field][1:]
    ]

    def ratio(change: dict[str, Any]) -> float:
        return float(max(change["after"] / change["before"], change["before"] / change["after"]))

    return sorted((one for one in changes if ratio(one) > 1.001), key=ratio, reverse=True)[:LARGEST]
