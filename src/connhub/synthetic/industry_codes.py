"""What firms do: industries that sell to one another, as far as the links allow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connhub.synthetic.firms import Float, Int, Population, generator
from connhub.synthetic.links import Links

__all__ = ["industry_codes"]


@dataclass(frozen=True)
class _Kind:
    """Industries that trade alike.

    Parameters
    ----------
    share, of_large : float
        Of firms, and of those with more than `_MANY` partners.
    codes : str
        Small codes of JSIC; the first two digits are the major group.
    sells_to : dict of str to float
        How likely it sells to another kind, beside `_TO_OTHERS`.
    """

    share: float
    of_large: float
    codes: str
    sells_to: dict[str, float]


_KINDS = {
    "farms": _Kind(
        0.06,
        0.01,
        "0111 0113 0114 0121 0311 0411",
        {"food": 9, "food wholesale": 5, "retail": 2, "hospitality": 1.5},
    ),
    "food": _Kind(
        0.07,
        0.12,
        "0911 0921 0931 0971 1023",
        {"food wholesale": 6, "retail": 5, "hospitality": 4, "food": 2},
    ),
    "materials": _Kind(
        0.09,
        0.12,
        "1211 1453 1511 1831 2122 2441 2452 2464",
        {"machinery": 6, "construction": 5, "materials": 2, "food": 2, "wholesale": 1.5},
    ),
    "machinery": _Kind(
        0.1,
        0.2,
        "2611 2621 2661 2671 2741 2814 3111 3113 3131",
        {"machinery": 7, "wholesale": 2, "construction": 1, "materials": 1},
    ),
    "construction": _Kind(
        0.23,
        0.1,
        "0611 0621 0641 0711 0811 0821 0831",
        {"construction": 7, "retail": 1, "services": 1},
    ),
    "transport": _Kind(
        0.06,
        0.06,
        "4411 4711",
        {"food": 2, "materials": 3, "machinery": 2, "wholesale": 3, "food wholesale": 3},
    ),
    "information": _Kind(
        0.05, 0.05, "3911 3921", {"information": 4, "services": 3, "machinery": 1.5}
    ),
    "food wholesale": _Kind(
        0.06, 0.1, "5213 5216 5223", {"retail": 6, "hospitality": 6, "food": 3, "food wholesale": 2}
    ),
    "wholesale": _Kind(
        0.1, 0.12, "5311 5411", {"retail": 4, "construction": 3, "machinery": 3, "wholesale": 3}
    ),
    "retail": _Kind(0.06, 0.08, "5811 5911 6031", {"services": 1, "construction": 0.6}),
    "hospitality": _Kind(0.04, 0.02, "7511 7611", {"services": 1.5, "information": 0.6}),
    "services": _Kind(
        0.08,
        0.02,
        "6911 7411 8911 9221 9111 9121",
        {"services": 2, "information": 2, "construction": 1, "machinery": 1, "hospitality": 1},
    ),
}
_TO_OTHERS = 0.4
_TURNS = 4
"""How often one half of the firms takes after the other: more turns change little."""
_MANY = 30
"""Firms with more partners are of any kind, and the others take after them."""
_ROUNDS = 12
"""How often the shares are corrected; they end within some percent of what is wanted."""


def industry_codes(firms: Population, links: Links) -> pa.Array:
    """Draw the industry of each firm by what its customers and suppliers do.

    One half of the firms, drawn by lot, chooses by what the other half does, and the other way
    round. Who trades with whom, and for how much, stays as it is.

    Parameters
    ----------
    firms : Population
    links : Links

    Returns
    -------
    Array of string
        Small codes of JSIC.
    """
    rng, kinds = generator(firms.seed, "industries"), list(_KINDS.values())
    share, of_large = np.array([(kind.share, kind.of_large) for kind in kinds]).T
    kind = rng.choice(share.size, firms.size, p=share)
    first_half = rng.random(firms.size) < 0.5
    sells = np.log(
        [[kind.sells_to.get(name, _TO_OTHERS) for name in _KINDS] for kind in kinds]
    )  # seller, buyer
    both = np.bincount(links.seller, minlength=firms.size)
    both += np.bincount(links.buyer, minlength=firms.size)
    weight = np.maximum(both, 1) ** -0.25
    large = np.flatnonzero(both > _MANY)
    kind[large] = rng.choice(share.size, large.size, p=of_large)
    for turn in range(_TURNS):
        half = np.flatnonzero((first_half == turn % 2) & (both <= _MANY))
        kind[half] = _chosen(rng, _pull(kind, links, sells, weight)[half], share)
    codes = [kind.codes.split() for kind in kinds]
    start = np.concatenate(([0], np.cumsum([len(c) for c in codes])))
    within = rng.integers(0, np.diff(start)[kind])
    return pa.array([code for some in codes for code in some]).take(pa.array(start[kind] + within))


def _pull(kind: Int, links: Links, sells: Float, weight: Float) -> npt.NDArray[np.float32]:
    """What the partners of each firm say for each kind, shape (firms, kinds)."""
    pull = np.empty((kind.size, len(sells)), dtype=np.float32)
    for k in range(len(sells)):
        said = np.bincount(links.seller, sells[k, kind[links.buyer]], kind.size)
        said += np.bincount(links.buyer, sells[kind[links.seller], k], kind.size)
        pull[:, k] = said * weight
    return pull


def _chosen(rng: np.random.Generator, pull: npt.NDArray[np.float32], share: Float) -> Int:
    """A kind for each firm, by lot and by what is said for it, so that all keep their shares."""
    odds = pull + rng.gumbel(size=pull.shape).astype(np.float32)
    offset = np.log(share)
    chosen: Int = odds.argmax(axis=1)
    for _ in range(_ROUNDS):
        chosen = (odds + offset.astype(np.float32)).argmax(axis=1)
        found = np.bincount(chosen, minlength=share.size) + 1
        offset += np.log(share * found.sum() / found)
    return chosen
