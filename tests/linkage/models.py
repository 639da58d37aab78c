"""Models to hold what is said of every model against: the defaults, and some that odd data taught."""

from dataclasses import replace
from functools import cache

import numpy as np
import pyarrow as pa

from etl.linkage.levels import FIELDS, LEVELS, place
from etl.linkage.model import Model, load_model
from etl.linkage.train import Sample, train

RECORDS = 2_500
CHANCE = 20_000


def draw_vectors(rng: np.random.Generator, shares: dict[str, np.ndarray], count: int) -> np.ndarray:
    """Vectors whose fields take each level with its share, independently."""
    vectors = np.zeros(count, dtype=np.int64)
    for field in LEVELS:
        if field in shares:
            vectors += rng.choice(len(LEVELS[field]), count, p=shares[field]) * place(field)
    return vectors


def draw_shares(rng: np.random.Generator, evenness: float) -> dict[str, np.ndarray]:
    """Shares of the levels of each field; the less even, the more one level has nearly all."""
    shares = {field: rng.dirichlet(np.full(len(LEVELS[field]), evenness)) for field in FIELDS}
    return shares | {"rarity": rng.dirichlet(np.full(32, evenness))}


@cache
def taught(seed: int) -> Model:
    """What training makes of pairs and chance pairs of any kind: some fields may say the contrary of what they should."""
    rng = np.random.default_rng(seed)
    evenness = [0.05, 0.3, 1.0, 5.0][seed % 4]
    count = RECORDS * int(rng.integers(1, 4))
    pairs = pa.table(
        {
            "record_id": rng.integers(0, RECORDS, count),
            "vector": draw_vectors(rng, draw_shares(rng, evenness), count),
        }
    )
    chance = pa.table(
        {"vector": draw_vectors(rng, draw_shares(rng, evenness), CHANCE), "pairs": np.ones(CHANCE, dtype=np.int64)}
    )
    sizes = {
        "people": float(10 ** rng.integers(0, 8)),
        "same_birth": float(rng.choice([0.0, 1e-5, 0.5])),
        "same_ward": float(rng.choice([0.0, 0.01, 1.0])),
        "same_toned": float(rng.choice([0.1, 0.75, 1.0])),
    }
    nobody = pa.chunked_array([], pa.int64())
    return train(load_model(), Sample(pairs, RECORDS, nobody), chance, sizes)


def all_models() -> list[Model]:
    """The defaults for registers of any size, and what odd data teaches."""
    return [
        *(replace(load_model(), register_size=size) for size in (1, 300, 10**7)),
        *(taught(seed) for seed in range(12)),
    ]
