"""The linkage model: a small versioned file that a person can read."""

import hashlib
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from etl.linkage.levels import FIELDS, LEVELS

MODEL_FILE = Path(__file__).with_name("model.toml")
Shares = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Model:
    """How often each level is met among true pairs (`m`) and among chance pairs (`u`), and where decisions lie.

    `u` of the name levels that are worth the rarity of the name is meant among people of that very toneless name.
    `in_register` is the share of records whose person the register knows; thresholds and caps are in bits (log2).
    """

    version: str
    register_size: int
    in_register: float
    m: Shares
    u: Shares
    match_threshold: float
    review_threshold: float
    household_cap: float
    rarity_cap: float
    rules: str = "vietnam"
    """Whose names they are: `vietnam`, or `generic`, where no word of a name has a place of its own and none forbids."""
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def prior_bits(self) -> float:
        """log2 odds that a person taken by chance is the record's, against nobody being so."""
        return math.log2(self.in_register / (1 - self.in_register) / max(self.register_size, 1))


def load_model(path: Path = MODEL_FILE) -> Model:
    """Read a model file; a missing or unknown part is a `KeyError` or `TypeError`, for it is ours."""
    return read_text(path.read_text(encoding="utf-8"))


def read_text(text: str) -> Model:
    """The model that a file holds."""
    content = tomllib.loads(text)
    return Model(**{**content, "m": _complete(content["m"]), "u": _complete(content["u"])})


def _complete(shares: Shares) -> Shares:
    return {one: {name: shares[one][name] for name in LEVELS[one][1:]} for one in FIELDS}


def write_model(model: Model, path: Path) -> None:
    """Write a model as `load_model` reads it: the same model gives the same bytes."""
    path.write_text(text_of(model), encoding="utf-8")


def text_of(model: Model) -> str:
    """A model as TOML, shares with six significant digits."""
    heads = (
        "version",
        "register_size",
        "in_register",
        "match_threshold",
        "review_threshold",
        "household_cap",
        "rarity_cap",
        "rules",
    )
    lines = [
        "# The linkage model. m: of the true pairs in which both sides state the field, the share with this level;",
        "# u: the same of chance pairs. Thresholds and caps are in bits (log2).",
        *(f"{name} = {_value(getattr(model, name))}" for name in heads),
        "",
        "[data]",
        *(f"{name} = {_value(value)}" for name, value in sorted(model.data.items())),
    ]
    for side, shares in (("m", model.m), ("u", model.u)):
        for one in FIELDS:
            lines += ["", f"[{side}.{one}]", *(f"{name} = {_value(shares[one][name])}" for name in LEVELS[one][1:])]
    return "\n".join(lines) + "\n"


def _value(value: Any) -> str:
    if isinstance(value, str):
        return f'"{value}"'
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def settled(model: Model, name: str) -> Model:
    """The model as its file gives it back, with a version made of `name` and the digest of all else."""
    text = text_of(replace(model, version=name))
    version = f"{name}-{hashlib.sha256(text.encode()).hexdigest()[:10]}"
    return read_text(text_of(replace(model, version=version)))
