"""The linkage model: a small versioned file that a person can read."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

MODEL_FILE = Path(__file__).with_name("model.toml")

FIELDS = ("name", "birth", "sex", "national_id", "old_id", "insurance_no", "phone", "ward")
"""The comparisons, in the order in which a waterfall shows them."""


@dataclass(frozen=True)
class Model:
    """Weights in bits by field and level, and the thresholds of the decision (posterior bits)."""

    version: str
    match_threshold: float
    review_threshold: float
    margin: float
    name_cap: float
    household_cap: float
    weights: dict[str, dict[str, float]]

    def weight(self, field: str, level: str) -> float:
        """Bits that one level of one field is worth; 0 where the model does not name it (missing)."""
        return self.weights[field].get(level, 0.0)


def load_model(path: Path = MODEL_FILE) -> Model:
    """Read a model file; a missing or unknown part is a `KeyError` or `TypeError`, for it is ours."""
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    weights = {field: dict(content[field]) for field in FIELDS}
    name_cap = weights["name"].pop("cap")
    return Model(
        version=content["version"],
        match_threshold=content["thresholds"]["match"],
        review_threshold=content["thresholds"]["review"],
        margin=content["thresholds"]["margin"],
        name_cap=name_cap,
        household_cap=content["household"]["cap"],
        weights=weights,
    )
