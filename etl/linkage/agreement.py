"""How far reviewers agree, and how many automatic matches are false: shares with honest intervals.

Sources: Wilson 1927 and Clopper & Pearson 1934 for one share; Yan & Su 2010 (Statistics in Biopharmaceutical Research
2:329) for a share over strata; Cohen 1960 for kappa, with the variance of Fleiss, Cohen & Everitt 1969.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

Z = 1.959964
"""Standard normal quantile of a two-sided 95 % interval."""
VERDICTS = ("same", "different", "cannot_tell")
"""What two reviewers may say of a pair; `split` is `different`."""


@dataclass(frozen=True)
class Share:
    """A share with its 95 % interval; all None where nothing was looked at."""

    found: int
    of: int
    share: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Stratum:
    """Of so many `records`, `looked_at` were ruled on clearly and `false` of these were ruled to be other people's."""

    records: int
    looked_at: int
    false: int
    unclear: int = 0


def wilson(found: int, of: int, z: float = Z) -> tuple[float, float]:
    """Wilson's interval of a share: (p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n). Nothing looked at: all of it."""
    if of == 0:
        return 0.0, 1.0
    p, spread = found / of, z * z / of
    half = z * np.sqrt(p * (1 - p) / of + spread / (4 * of))
    centre = p + spread / 2
    low, high = (centre - half) / (1 + spread), (centre + half) / (1 + spread)
    return (0.0 if found == 0 else max(float(low), 0.0)), (1.0 if found == of else min(float(high), 1.0))


def share_of(found: int, of: int) -> Share:
    """A share with Wilson's interval."""
    if of == 0:
        return Share(0, 0, None, None, None)
    return Share(found, of, found / of, *wilson(found, of))


def clopper_pearson(found: int, of: int, level: float = 0.95) -> tuple[float, float]:
    """The exact interval of a share, which never covers less than its level."""
    from scipy.stats import beta  # half a second to import

    tail = (1 - level) / 2
    low = 0.0 if found == 0 else float(beta.ppf(tail, found, of - found + 1))
    high = 1.0 if found == of else float(beta.ppf(1 - tail, found + 1, of - found))
    return low, high


def stratified(strata: Sequence[Stratum]) -> Share:
    """The share of false records over strata that were sampled at different rates, with Yan & Su's interval.

    p = Σ W_h x_h / n_h with W_h the stratum's part of all records. The limits are Σ W_h · Wilson_h at the quantile
    z √(Σ W_h² v_h) / Σ W_h √v_h, v_h = p_h (1 - p_h) / n_h with p_h moved towards one half by two pseudo-observations
    of each kind (Agresti & Coull 1998), so that a stratum in which nothing false was found is not taken for certain. A
    stratum of which nobody looked at anything leaves the share unknown.
    """
    present = [one for one in strata if one.records]
    found, of = sum(one.false for one in present), sum(one.looked_at for one in present)
    if not present or any(one.looked_at == 0 for one in present):
        return Share(found, of, None, None, None)
    n, x = (np.array([getattr(one, name) for one in present], dtype=float) for name in ("looked_at", "false"))
    weights = np.array([one.records for one in present], dtype=float)
    weights /= weights.sum()
    shrunk = (x + 2) / (n + 4)
    spread = weights * np.sqrt(shrunk * (1 - shrunk) / n)
    z = Z * float(np.sqrt((spread**2).sum()) / spread.sum())
    limits = np.array([wilson(one.false, one.looked_at, z) for one in present])
    low, high = weights @ limits[:, 0], weights @ limits[:, 1]
    return Share(found, of, float(weights @ (x / n)), float(low), float(high))


def count_pairs(pairs: Sequence[tuple[str, str]]) -> np.ndarray:
    """How often the first reviewer said one thing and the second another: rows and columns as in `VERDICTS`."""
    counts = np.zeros((len(VERDICTS), len(VERDICTS)), dtype=int)
    for first, second in pairs:
        counts[_place(first), _place(second)] += 1
    return counts


def _place(verdict: str) -> int:
    return VERDICTS.index("different" if verdict == "split" else verdict)


def kappa(counts: np.ndarray) -> dict[str, float | None]:
    """Cohen's kappa of a square table of counts, and its 95 % interval; None where one verdict is all that was given.

    kappa = (p_o - p_e) / (1 - p_e): agreement beyond what two reviewers would reach who ruled by lot, each with his own
    frequencies. With few pairs, or none that differ, the interval is narrower than what is known.
    """
    total = int(counts.sum())
    p = counts / max(total, 1)
    rows, columns, observed = p.sum(axis=1), p.sum(axis=0), float(np.trace(p))
    expected = float(rows @ columns)
    if total == 0 or expected >= 1:
        return {"kappa": None, "low": None, "high": None}
    value = (observed - expected) / (1 - expected)
    on = sum(p[i, i] * ((1 - expected) - (rows[i] + columns[i]) * (1 - observed)) ** 2 for i in range(len(p)))
    off = (1 - observed) ** 2 * sum(
        p[i, j] * (columns[i] + rows[j]) ** 2 for i in range(len(p)) for j in range(len(p)) if i != j
    )
    variance = (on + off - (observed * expected - 2 * expected + observed) ** 2) / (total * (1 - expected) ** 4)
    half = Z * float(np.sqrt(max(variance, 0.0)))
    return {"kappa": value, "low": max(value - half, -1.0), "high": min(value + half, 1.0)}


def false_among_absent(absent: Share, matched_share: float, in_register: float) -> dict[str, float | None]:
    """What the links of hidden people say of all automatic matches: false ones because the person is not in the register.

    Of the records whose person is absent the share `a` is linked to somebody else; of all records `1 - in_register`
    have an absent person; the rest of the matches is made of those who are there. So among matches the share is
    a (1 - in_register) / matched_share. The same for both ends of the interval of `a`.
    """
    scale = (1 - in_register) / matched_share if matched_share > 0 else None
    return {
        name: None if scale is None or value is None else min(value * scale, 1.0)
        for name, value in (("share", absent.share), ("low", absent.low), ("high", absent.high))
    }


def false_by_collisions(
    collisions: int, matches: Mapping[str, int], persons: Mapping[str, int], people: int
) -> float | None:
    """The share of false matches behind so many persons who bear two people's records at one sender.

    After the duplicate method of Blakely & Salmond 2002: a false link is seen when it falls on somebody who has records
    with the same sender anyway. If it falls on people by chance, sender s shows a part c_s = persons_s / people of its
    false links, so that collisions = f Σ matches_s c_s. Families share senders, so chance is a lower bound of c, and this
    an upper bound of f.
    """
    exposed = sum(matches[sender] * persons.get(sender, 0) / people for sender in matches) if people else 0.0
    return collisions / exposed if exposed > 0 else None
