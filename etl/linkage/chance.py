"""Chance that is the same every time: a number between 0 and 1 for each id and seed, whatever the order of the rows."""

import numpy as np

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
FIRST, SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def draw(ids: np.ndarray, seed: int) -> np.ndarray:
    """Numbers in [0, 1), as good as independent of the ids and of other seeds: SplitMix64 (Steele et al. 2014)."""
    with np.errstate(over="ignore"):
        start = np.uint64(seed % 2**64) * FIRST + SECOND
        mixed = (np.asarray(ids).astype(np.int64).view(np.uint64) ^ start) + GOLDEN
        mixed = (mixed ^ (mixed >> np.uint64(30))) * FIRST
        mixed = (mixed ^ (mixed >> np.uint64(27))) * SECOND
        mixed ^= mixed >> np.uint64(31)
    return np.asarray((mixed >> np.uint64(11)).astype(float) / 2.0**53)
