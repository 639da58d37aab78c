"""Streams of chance: one for each part of the city, so that no part's draws depend on another's."""

import zlib

import numpy as np


def stream(seed: int, *parts: str) -> np.random.Generator:
    """The stream of one part, the same in every process."""
    return np.random.default_rng([seed, *(zlib.crc32(part.encode()) for part in parts)])
