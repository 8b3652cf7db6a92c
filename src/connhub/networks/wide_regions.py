"""Wide-area regions (広域リージョン): communities of regions that trade with each other."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from connhub.arguments import checked
from connhub.errors import Fault, OptionError
from connhub.networks.node_attributes import links_of
from connhub.regions.codes import PREFECTURES
from connhub.regions.directory import RegionDirectory

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["WideRegions", "adjusted_mutual_information", "wide_regions"]


@dataclass(frozen=True, eq=False)
class WideRegions:
    """Communities of the region graph, compared with another grouping.

    Parameters
    ----------
    frame : DataFrame
        ``region, region_name, community``, and ``compared`` where there is a grouping to compare
        with; in the order of the graph. Community 1 has the most trade inside.
    communities : DataFrame
        ``community, regions, members, trade_inside, trade, share_inside``: number of regions and
        their names, money of the trade between regions of the community, of all that they sell to
        other regions, and inside / all. Money is in the unit of the graph, which also stands in
        ``communities.attrs``.
    comparison : DataFrame
        One row for ``communities`` and one for ``compared``: ``grouping, groups, modularity,
        share_inside, agreement``; agreement is the adjusted mutual information with the other.
    seed : int
    resolution : float
        As given to `wide_regions`.
    """

    frame: pd.DataFrame
    communities: pd.DataFrame
    comparison: pd.DataFrame
    seed: int
    resolution: float


@checked
def wide_regions(
    graph: nx.DiGraph[Any],
    *,
    resolution: float = 1.0,
    seed: int = 0,
    compare: Mapping[str, Hashable] | None = None,
) -> WideRegions:
    """Find communities of regions that trade with each other: candidates for 広域リージョン連携.

    Communities by the Louvain method, which maximizes the modularity

    Q = sum over groups g of (T_gg / T - resolution * S_g B_g / T^2)

    with T all trade of the graph, T_gg what stays inside g, S_g and B_g what its regions sell and
    buy. Only trade between different regions counts: trade inside a region does not depend on
    which regions it is grouped with.

    Parameters
    ----------
    graph : networkx.DiGraph
        From `region_graph` or `backbone`.
    resolution : float
        Above 1 the groups are smaller, below 1 larger.
    seed : int
        The method goes through the regions in a random order: compare several seeds. The same
        seed gives the same groups with the same version of networkx.
    compare : mapping, optional
        ``{region: group}`` to compare with, regions by code or name; by default METI's blocks
        where all regions are prefectures.

    Returns
    -------
    WideRegions

    Raises
    ------
    OptionError
        When the graph has no link, `resolution` is not positive, or `compare` lacks a region.

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
        raise OptionError(Fault("networks.no_links"))
    if not resolution > 0:
        raise OptionError(Fault("networks.resolution_range", resolution=resolution))
    codes = list(graph)
    # Numbers instead of codes: sets of texts come in an order that changes from run to run
    numbered = nx.relabel_nodes(graph, {c: i for i, c in enumerate(codes)})
    groups = nx.community.louvain_communities(numbered, resolution=resolution, seed=seed)
    start, end, weight = links_of(graph)
    trade = np.zeros((len(codes), len(codes)), dtype=weight.dtype)
    trade[start, end] = weight
    groups = sorted(groups, key=lambda g: (-_trade_inside(trade, g), min(g)))
    community = np.empty(len(codes), dtype=np.int64)
    for number, group in enumerate(groups, start=1):
        community[list(group)] = number
    names = [str(graph.nodes[code].get("label", code)) for code in codes]
    columns: dict[str, Any] = {"region": codes, "region_name": names, "community": community}
    compared = _compared(codes, names, compare)
    if compared is not None:
        columns["compared"] = compared
    rows = [
        _quality(trade, grouping, name, resolution)
        for name, grouping in (("communities", community.tolist()), ("compared", compared))
        if grouping is not None
    ]
    agreement = (
        np.nan if compared is None else adjusted_mutual_information(community.tolist(), compared)
    )
    communities = _communities(trade, groups, names)
    if "unit" in graph.graph:
        communities.attrs["unit"] = graph.graph["unit"]
    return WideRegions(
        pd.DataFrame(columns),
        communities,
        pd.DataFrame(rows).assign(agreement=agreement),
        seed,
        resolution,
    )


def _trade_inside(trade: npt.NDArray[Any], group: set[int]) -> Any:
    """Trade among the members, as Python's own number, which does not overflow."""
    members = sorted(group)
    return trade[np.ix_(members, members)].sum().item()


def _compared(
    codes: list[str], names: list[str], compare: Mapping[str, Hashable] | None
) -> list[Hashable] | None:
    """The group of each region in the grouping to compare with."""
    if compare is None:
        if not all(c in PREFECTURES for c in codes):
            return None
        return [PREFECTURES[c].block for c in codes]
    directory = RegionDirectory.of(codes, names)
    group_of = {}
    for region, group in compare.items():
        with suppress(OptionError):  # the grouping may have more regions than the graph
            group_of[directory.find(region)] = group
    if missing := [c for c in codes if c not in group_of]:
        raise OptionError(Fault("networks.not_in_grouping", missing=missing))
    return [group_of[c] for c in codes]


def _communities(trade: npt.NDArray[Any], groups: list[set[int]], names: list[str]) -> pd.DataFrame:
    """A row for each community: its members, and how much of their trade stays inside."""
    rows = []
    for number, group in enumerate(groups, start=1):
        inside, sold = _trade_inside(trade, group), trade[sorted(group)].sum().item()
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
    trade: npt.NDArray[Any], grouping: Sequence[Hashable], name: str, resolution: float
) -> dict[str, Any]:
    """How many groups a grouping has, its modularity, and how much trade it keeps inside."""
    groups: dict[Hashable, set[int]] = {}
    for i, group in enumerate(grouping):
        groups.setdefault(group, set()).add(i)
    total = trade.sum().item()
    inside = sum(_trade_inside(trade, g) for g in groups.values())
    sold, bought = trade.sum(axis=1), trade.sum(axis=0)
    by_chance = sum(
        sold[list(g)].sum().item() * bought[list(g)].sum().item() for g in groups.values()
    )
    return {
        "grouping": name,
        "groups": len(groups),
        "modularity": inside / total - resolution * (by_chance / total**2),
        "share_inside": inside / total,
    }


@checked
def adjusted_mutual_information(a: Sequence[Hashable], b: Sequence[Hashable]) -> float:
    """Agreement of two groupings of the same members, adjusted for chance.

    AMI = (MI - E[MI]) / ((H(a) + H(b)) / 2 - E[MI]), with the exact expectation over all ways to
    assign the members to groups of the same sizes: 1 for equal groupings, about 0 by chance.

    Parameters
    ----------
    a, b : sequence, length n
        Group of each member.

    Returns
    -------
    float
        At most 1; 1 also when both groupings have a single group, or one group per member.

    Raises
    ------
    OptionError
        When the lengths differ or are 0.

    References
    ----------
    N. X. Vinh, J. Epps, J. Bailey, JMLR 11 (2010) 2837-2854, eq. 24a.

    Examples
    --------
    >>> adjusted_mutual_information([1, 1, 2, 2], ["x", "x", "y", "y"])
    1.0
    >>> round(adjusted_mutual_information(list("aabb"), list("xyxy")), 6)
    -0.5
    """
    from scipy.special import gammaln

    if len(a) != len(b) or not len(a):
        raise OptionError(Fault("networks.groupings_differ", first=len(a), second=len(b)))
    first, second = np.array(_numbered(a)), np.array(_numbered(b))
    n = len(a)
    table = np.zeros((first.max() + 1, second.max() + 1), dtype=np.int64)
    np.add.at(table, (first, second), 1)
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    if table.shape in ((1, 1), (n, n)):
        return 1.0

    def information(counts: npt.NDArray[Any], product: npt.NDArray[Any]) -> float:
        positive = counts > 0
        ratio = n * counts[positive] / product[positive]
        return float((counts[positive] / n * np.log(ratio)).sum())

    mutual = information(table, np.outer(rows, columns))
    entropy = (information(rows, rows**2) + information(columns, columns**2)) / 2
    log = gammaln(np.arange(n + 1) + 1.0)  # logarithms of factorials
    expected = 0.0
    for x in rows.tolist():
        for y in columns.tolist():
            k = np.arange(max(1, x + y - n), min(x, y) + 1)
            ways = log[x] + log[y] + log[n - x] + log[n - y] - log[n]
            probability = np.exp(ways - log[k] - log[x - k] - log[y - k] - log[n - x - y + k])
            expected += float((k / n * np.log(n * k / (x * y)) * probability).sum())
    return float((mutual - expected) / (entropy - expected))


def _numbered(groups: Sequence[Hashable]) -> list[int]:
    """Groups as numbers, in the order of their first members."""
    number: dict[Hashable, int] = {}
    return [number.setdefault(g, len(number)) for g in groups]
