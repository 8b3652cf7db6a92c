"""Wide-area regions (広域リージョン): which regions trade closely with each other."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from connhub.errors import Fault, OptionError
from connhub.networks.node_attributes import links_of
from connhub.regions.codes import PREFECTURES
from connhub.text.catalogue import listed

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["WideRegions", "adjusted_mutual_information", "wide_regions"]


@dataclass(frozen=True, eq=False)
class WideRegions:
    """Communities of the region graph, beside the grouping there is.

    Parameters
    ----------
    frame : DataFrame
        ``region, region_name, community``, and ``compared`` where there is a grouping to compare
        with; in the order of the graph. Community 1 trades most inside.
    communities : DataFrame
        ``community, regions, members, trade_inside, trade, share_inside``: number of regions and
        their names, money of the trade between regions of the community, of all that they sell to
        other regions, and inside / all.
    comparison : DataFrame
        One row for ``communities`` and one for ``compared``: ``grouping, groups, modularity,
        share_inside, agreement``; agreement is the adjusted mutual information with the other.
    seed : int
    resolution : float
    """

    frame: pd.DataFrame
    communities: pd.DataFrame
    comparison: pd.DataFrame
    seed: int
    resolution: float


def wide_regions(
    graph: nx.DiGraph[Any],
    *,
    resolution: float = 1.0,
    seed: int = 0,
    compare: Mapping[str, str] | None = None,
) -> WideRegions:
    """Find regions that trade closely with each other: candidates for 広域リージョン連携.

    Communities by the Louvain method, which looks for a high modularity

    Q = sum over groups g of (T_gg / T - resolution * S_g B_g / T^2)

    with T all trade of the graph, T_gg what stays inside g, S_g and B_g what its regions sell and
    buy. Only trade between different regions counts: what stays inside one says nothing about
    whom to team up with.

    Parameters
    ----------
    graph : networkx.DiGraph
        From `region_graph` or `backbone`.
    resolution : float
        Above 1 the groups are smaller, below 1 larger.
    seed : int
        The method goes through the regions in a random order: look at several seeds before
        relying on one. The same seed gives the same groups, at the same version of networkx.
    compare : mapping, optional
        ``{region: group}`` to compare with; by default METI's blocks where all regions are
        prefectures.

    Returns
    -------
    WideRegions

    Raises
    ------
    OptionError
        When the graph has no link, or `compare` lacks a region.

    References
    ----------
    V. D. Blondel et al., J. Stat. Mech. (2008) P10008; N. X. Vinh, J. Epps, J. Bailey, JMLR 11
    (2010) 2837-2854.

    Examples
    --------
    Tokyo (13) and Kanagawa (14) trade 90 with each other, Osaka (27) and Hyogo (28) 80, and 10 is
    between the two pairs: METI's blocks are found again.

    >>> import networkx as nx
    >>> graph = nx.DiGraph()
    >>> graph.add_weighted_edges_from([("13", "14", 50), ("14", "13", 40), ("27", "28", 60),
    ...                                ("28", "27", 20), ("13", "27", 10)])
    >>> found = wide_regions(graph)
    >>> found.frame["community"].tolist(), found.frame["compared"].tolist()
    ([1, 1, 2, 2], ['kanto', 'kanto', 'kinki', 'kinki'])
    >>> found.comparison.round(3)[["grouping", "groups", "share_inside", "agreement"]]
          grouping  groups  share_inside  agreement
    0  communities       2         0.944        1.0
    1     compared       2         0.944        1.0
    """
    import networkx as nx

    if not graph.number_of_edges():
        raise OptionError(Fault("a graph without links has no communities"))
    if not resolution > 0:
        raise OptionError(Fault(f"resolution={resolution} must be positive"))
    codes = list(graph)
    # Numbers instead of codes: sets of texts come in an order that changes from run to run
    numbered = nx.relabel_nodes(graph, {c: i for i, c in enumerate(codes)})
    found = nx.community.louvain_communities(numbered, resolution=resolution, seed=seed)
    trade = np.zeros((len(codes), len(codes)), dtype=np.int64)
    start, end, weight = links_of(graph)
    trade[start, end] = weight
    order = sorted(found, key=lambda g: (-_within(trade, g), min(g)))
    community = np.empty(len(codes), dtype=np.int64)
    for number, group in enumerate(order, start=1):
        community[list(group)] = number
    names = [str(graph.nodes[code].get("label", code)) for code in codes]
    columns: dict[str, Any] = {"region": codes, "region_name": names, "community": community}
    if (other := _compared(codes, compare)) is not None:
        columns["compared"] = other
    rows = [
        _quality(trade, label, name, resolution)
        for name, label in (("communities", community.tolist()), ("compared", other))
        if label is not None
    ]
    agreement = np.nan if other is None else adjusted_mutual_information(community.tolist(), other)
    return WideRegions(
        pd.DataFrame(columns),
        _communities(trade, order, names),
        pd.DataFrame(rows).assign(agreement=agreement),
        seed,
        resolution,
    )


def _within(trade: npt.NDArray[Any], group: set[int]) -> int:
    members = sorted(group)
    return int(trade[np.ix_(members, members)].sum())


def _compared(codes: list[str], compare: Mapping[str, str] | None) -> list[str] | None:
    """The group of each region in the grouping there is."""
    if compare is None:
        if not all(c in PREFECTURES for c in codes):
            return None
        compare = {c: PREFECTURES[c].block for c in codes}
    if missing := [c for c in codes if c not in compare]:
        raise OptionError(Fault(f"compare= lacks the regions {listed(missing)}"))
    return [compare[c] for c in codes]


def _communities(trade: npt.NDArray[Any], order: list[set[int]], names: list[str]) -> pd.DataFrame:
    rows = []
    for number, group in enumerate(order, start=1):
        inside, sold = _within(trade, group), int(trade[sorted(group)].sum())
        rows.append(
            {
                "community": number,
                "regions": len(group),
                "members": " ".join(names[i] for i in sorted(group)),
                "trade_inside": inside,
                "trade": sold,
                "share_inside": inside / sold if sold else np.nan,
            }
        )
    return pd.DataFrame(rows)


def _quality(
    trade: npt.NDArray[Any], label: Sequence[Hashable], name: str, resolution: float
) -> dict[str, Any]:
    """How many groups a grouping has, how modular it is, and how much trade it keeps inside."""
    groups: dict[Hashable, set[int]] = {}
    for i, group in enumerate(label):
        groups.setdefault(group, set()).add(i)
    whole = int(trade.sum())
    inside = sum(_within(trade, g) for g in groups.values())
    sold, bought = trade.sum(axis=1), trade.sum(axis=0)
    chance = sum(int(sold[list(g)].sum()) * int(bought[list(g)].sum()) for g in groups.values())
    return {
        "grouping": name,
        "groups": len(groups),
        "modularity": inside / whole - resolution * (chance / whole**2),
        "share_inside": inside / whole,
    }


def adjusted_mutual_information(a: Sequence[Hashable], b: Sequence[Hashable]) -> float:
    """How far two groupings of the same things agree, beyond what chance brings about.

    AMI = (MI - E[MI]) / ((H(a) + H(b)) / 2 - E[MI]), with the exact expectation over all ways to
    deal the things out to groups of the same sizes: 1 for the same grouping, about 0 by chance.

    Parameters
    ----------
    a, b : sequence, length n
        Group of each thing.

    Returns
    -------
    float
        At most 1; 1 also when both put all into one group, or each thing into its own.

    Raises
    ------
    OptionError

    References
    ----------
    N. X. Vinh, J. Epps, J. Bailey, JMLR 11 (2010) 2837-2854, eq. 24a.

    Examples
    --------
    >>> adjusted_mutual_information("aabb", "xxyy"), adjusted_mutual_information("aaaa", "wxyz")
    (1.0, 0.0)
    >>> round(adjusted_mutual_information("aabb", "xyxy"), 6)
    -0.5
    """
    from scipy.special import gammaln

    if len(a) != len(b) or not len(a):
        raise OptionError(Fault("two groupings of the same things are needed"))
    first, second = np.array(_numbered(a)), np.array(_numbered(b))
    n = len(a)
    table = np.zeros((first.max() + 1, second.max() + 1), dtype=np.int64)
    np.add.at(table, (first, second), 1)
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    if table.shape in ((1, 1), (n, n)):
        return 1.0

    def information(counts: npt.NDArray[Any], chance: npt.NDArray[Any]) -> float:
        seen = counts > 0
        return float((counts[seen] / n * np.log(n * counts[seen] / chance[seen])).sum())

    mutual = information(table, np.outer(rows, columns))
    entropy = (information(rows, rows**2) + information(columns, columns**2)) / 2
    log = gammaln(np.arange(n + 1) + 1.0)  # of factorials
    expected = 0.0
    for x in rows.tolist():
        for y in columns.tolist():
            k = np.arange(max(1, x + y - n), min(x, y) + 1)
            ways = log[x] + log[y] + log[n - x] + log[n - y] - log[n]
            chance = np.exp(ways - log[k] - log[x - k] - log[y - k] - log[n - x - y + k])
            expected += float((k / n * np.log(n * k / (x * y)) * chance).sum())
    return float((mutual - expected) / (entropy - expected))


def _numbered(groups: Sequence[Hashable]) -> list[int]:
    """Groups as numbers, in the order in which they come."""
    number: dict[Hashable, int] = {}
    return [number.setdefault(g, len(number)) for g in groups]
