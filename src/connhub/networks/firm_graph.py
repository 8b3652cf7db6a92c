"""The graph of firms: sparse inside at any size, networkx for the part that is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from connhub.errors import Fault, OptionError, did_you_mean
from connhub.measures.degrees import Degrees
from connhub.measures.result_table import Result
from connhub.measures.trade import Trade
from connhub.memory import require
from connhub.networks.node_attributes import MOST, attributes, check_size
from connhub.networks.pair_table import check_pairs, positions, translated, with_attributes
from connhub.networks.sparse import components, disparity, pagerank
from connhub.text.catalogue import listed

if TYPE_CHECKING:
    import networkx as nx
    from scipy.sparse import csr_array

__all__ = ["FirmGraph", "firm_graph"]

Int = npt.NDArray[np.int64]
Ints = npt.NDArray[np.integer]
Direction = Literal["suppliers", "customers", "both"]


@dataclass(frozen=True, eq=False)
class FirmGraph:
    """Firms that trade with each other, and how much.

    Parameters
    ----------
    firms : DataFrame
        ``firm_id, region`` and what else is known of each firm; n rows, by id.
    amount, deals : scipy.sparse.csr_array of int64, shape (n, n)
        Money and deals of the sales of the row's firm to the column's firm.
    left_out : mapping
        Pairs and money that are no links: ``"unlisted"`` (a party that the firm table lacks),
        ``"self_trade"``, ``"not_positive"`` (netted by returns to zero or less).
    most : int
        A networkx graph has at most so many firms, and links.
    """

    firms: pd.DataFrame
    amount: csr_array[Any, Any]
    deals: csr_array[Any, Any]
    left_out: Mapping[str, tuple[int, int]]
    most: int = MOST

    def __len__(self) -> int:
        return len(self.firms)

    def __repr__(self) -> str:
        count, money = map(sum, zip(*self.left_out.values(), strict=True))
        links = f"{len(self):,} firms, {self.amount.nnz:,} links"
        return f"FirmGraph: {links}; left out: {count:,} pairs with {money:,}"

    @cached_property
    def _ids(self) -> pd.Index[Any]:
        ids: pd.Index[Any] = pd.Index(self.firms["firm_id"])
        return ids

    @cached_property
    def _bought(self) -> Any:
        return self.amount.T.tocsr()

    @cached_property
    def _links(self) -> tuple[Ints, Ints, Ints]:
        """Seller, buyer and amount of every link."""
        seller = np.repeat(np.arange(len(self)), np.diff(self.amount.indptr))
        return seller, self.amount.indices, self.amount.data

    # --- the whole graph, at national size ---

    def pagerank(self, *, flow: Literal["goods", "money"] = "goods") -> pd.DataFrame:
        """PageRank of every firm, weighted by amounts; see `connhub.networks.pagerank`.

        Parameters
        ----------
        flow : {"goods", "money"}
            Whether the walker goes from seller to buyer or the other way; `meaning` says of
            ``"pagerank"`` and ``"pagerank_of_money"`` what that means.

        Returns
        -------
        DataFrame
            ``rank, firm_id, region`` and ``pagerank`` or ``pagerank_of_money``; the highest first,
            then by id.
        """
        if flow not in ("goods", "money"):
            raise OptionError(Fault(f"flow={flow!r} is not offered", fix="'goods' or 'money'"))
        seller, buyer, amount = self._links
        ends = (seller, buyer) if flow == "goods" else (buyer, seller)
        name = "pagerank" if flow == "goods" else "pagerank_of_money"
        frame = self.firms[["firm_id", "region"]].assign(
            **{name: pagerank(*ends, amount, len(self))}
        )
        frame.insert(0, "rank", frame[name].rank(method="min", ascending=False).astype("int64"))
        return frame.sort_values("rank", kind="stable").reset_index(drop=True)

    def components(self, *, kind: Literal["weak", "strong"] = "weak") -> pd.DataFrame:
        """Which firms hang together; see `connhub.networks.components`.

        Returns
        -------
        DataFrame
            ``firm_id, region, component``, by id; 0 is the largest component.
        """
        seller, buyer, _ = self._links
        found = components(seller, buyer, len(self), kind=kind)
        return self.firms[["firm_id", "region"]].assign(component=found)

    def backbone(self, *, level: float = 0.05) -> FirmGraph:
        """Keep the links that stand out for their seller or buyer; see `disparity`."""
        if not 0 < level <= 1:
            raise OptionError(Fault(f"level={level} is not above 0 and up to 1"))
        seller, buyer, amount = self._links
        p, q = disparity(seller, buyer, amount, len(self))
        return self._only(np.minimum(p, q) < level)

    def _only(self, kept: npt.NDArray[np.bool_]) -> FirmGraph:
        """The same firms with some of the links."""
        seller, buyer, amount = (v[kept] for v in self._links)
        deals = self.deals.data[kept]
        matrices = _matrices(seller, buyer, amount, deals, len(self))
        return FirmGraph(self.firms, *matrices, self.left_out, self.most)

    # --- parts of it, as networkx ---

    def to_networkx(self, *, strongest: int | None = None) -> nx.DiGraph[str]:
        """The whole graph, or its strongest links, as networkx; firms without one are left out.

        Raises
        ------
        LimitError
            When it has more firms or links than `most`.
        """
        fix = "give strongest=, or take a backbone() first"
        return self._part(np.arange(len(self)), strongest, fix, lonely=False)

    def ego(
        self,
        firms: str | Sequence[Any],
        *,
        steps: int = 1,
        direction: Direction = "both",
        cap: int | None = None,
    ) -> nx.DiGraph[str]:
        """Firms around a firm, or around several: their suppliers and customers, and so on.

        Parameters
        ----------
        firms : str or sequence of str
            Ids.
        steps : int
            How many links away; at least 1.
        direction : {"suppliers", "customers", "both"}
            Follow purchases, sales, or both.
        cap : int, optional
            Follow only the so many strongest suppliers and customers of each firm, by amount,
            then by id.

        Returns
        -------
        networkx.DiGraph
            The firms found and all links among them. Nodes carry ``label``, ``step`` (0 for the
            firms asked for) and the columns of `firms`; links ``amount``, ``deals``, ``weight``.

        Raises
        ------
        OptionError
            When a firm has no link, or an option is not offered.
        LimitError
            When there are more firms or links than `most`.
        """
        if direction not in ("suppliers", "customers", "both"):
            fix = did_you_mean(direction, ["suppliers", "customers", "both"])
            raise OptionError(Fault(f"direction={direction!r} is not offered", fix=fix))
        if steps < 1 or (cap is not None and cap < 1):
            raise OptionError(Fault(f"steps={steps} and cap={cap} must be at least 1"))
        sides = {"suppliers": [self._bought], "customers": [self.amount]}
        matrices = sides.get(direction, [self._bought, self.amount])
        fix = "ask for fewer steps=, a smaller cap=, or one direction="
        edge = self._at(np.atleast_1d(np.array(firms, dtype=object)).tolist())
        step = np.full(len(self), -1)
        step[edge] = 0
        for number in range(1, steps + 1):
            near = np.concatenate([_partners(m, edge, cap) for m in matrices])
            edge = np.unique(near[step[near] < 0])
            step[edge] = number
            check_size(int((step >= 0).sum()), 0, self.most, fix)
            if not edge.size:
                break
        chosen = np.flatnonzero(step >= 0)
        return self._part(chosen, None, fix, step=step[chosen])

    def supply_chain(self, region: str, *, strongest: int | None = None) -> nx.DiGraph[str]:
        """The trade inside a region: its firms that trade with each other, and how much.

        Parameters
        ----------
        region : str
            Code, or name where `firms` has it.
        strongest : int, optional
            Only the so many largest links, by amount, then by ids.

        Returns
        -------
        networkx.DiGraph
            As from `ego`, without ``step``; firms without a link are left out.

        Raises
        ------
        OptionError
            When no firm of the graph lies there.
        LimitError
            When there are more firms or links than `most`.
        """
        inside = (self.firms["region"] == region).to_numpy()
        if "region_name" in self.firms:
            inside = inside | (self.firms["region_name"] == region).fillna(False).to_numpy(
                dtype=bool
            )
        if not inside.any():
            fix = did_you_mean(region, sorted(self.firms["region"].unique()))
            raise OptionError(Fault(f"no firm of the graph in region {region!r}", fix=fix))
        fix = "give strongest=, take a backbone() first, or finer regions"
        return self._part(np.flatnonzero(inside), strongest, fix, lonely=False)

    def _at(self, ids: list[Any]) -> Int:
        """Positions of firms."""
        found = self._ids.get_indexer(pd.Index([str(i) for i in ids]))
        if (missing := [i for i, at in zip(ids, found, strict=True) if at < 0]) or not len(ids):
            fix = "the graph has the firms that trade with another firm of the table"
            raise OptionError(Fault(f"firms without a link: {listed(missing)}", fix=fix))
        return np.unique(found).astype(np.int64)

    def _part(
        self, chosen: Int, strongest: int | None, fix: str, *, lonely: bool = True, **more: Any
    ) -> nx.DiGraph[str]:
        """Some firms and the links among them, as networkx."""
        import networkx as nx

        part = self.amount[chosen][:, chosen].tocoo()
        deals = self.deals[chosen][:, chosen].data
        seller, buyer = part.coords
        amount = part.data
        if strongest is not None:
            # links are in the order of ids, which a stable sort keeps among equals
            best = np.sort(np.argsort(-amount, kind="stable")[:strongest])
            seller, buyer, amount, deals = (v[best] for v in (seller, buyer, amount, deals))
        linked = np.full(chosen.size, lonely)
        linked[seller] = linked[buyer] = True
        check_size(int(linked.sum()), amount.size, self.most, fix)
        nodes = self.firms.iloc[chosen].assign(**more)[linked]
        label = nodes["firm_id"]
        if "name" in nodes:
            label = nodes["name"].where(nodes["name"].notna(), label)
        nodes = nodes.assign(label=label)
        graph: nx.DiGraph[str] = nx.DiGraph()
        graph.add_nodes_from(zip(nodes["firm_id"].tolist(), attributes(nodes), strict=True))
        ids = self.firms["firm_id"].to_numpy()[chosen]
        links = pd.DataFrame({"weight": amount, "amount": amount, "deals": deals})
        graph.add_edges_from(
            zip(ids[seller].tolist(), ids[buyer].tolist(), attributes(links), strict=True)
        )
        return graph


def _partners(matrix: Any, firms: Int, cap: int | None) -> Int:
    """The columns with a value in the rows `firms`; of each row at most `cap`, the largest."""
    found = [np.empty(0, dtype=np.int64)]
    for i in firms:
        part = slice(matrix.indptr[i], matrix.indptr[i + 1])
        near = matrix.indices[part]
        if cap is not None and near.size > cap:
            near = near[np.argsort(-matrix.data[part], kind="stable")[:cap]]
        found.append(near.astype(np.int64))
    return np.concatenate(found)


def firm_graph(
    trade: Trade,
    *,
    degrees: Degrees | None = None,
    roles: Result | pd.DataFrame | None = None,
    most: int = MOST,
) -> FirmGraph:
    """Make the graph of firms from the grain ``pairs``.

    Parameters
    ----------
    trade : Trade
        ``result.trade`` of ``analyze(..., grain="pairs")``. About 70 bytes a pair are needed.
    degrees : Degrees, optional
        Gives names and both degrees to the firms.
    roles : result or DataFrame, optional
        Further columns by ``firm_id``.
    most : int
        Size up to which a part is given as networkx.

    Returns
    -------
    FirmGraph
        Of the firms that trade with another firm of the table. A link needs a positive amount.

    Raises
    ------
    OptionError
        When the trade is of a coarser grain.
    LimitError
        When memory does not suffice.

    Examples
    --------
    a sells to b, and b to c; c has sent back more than it got from a, which is no link.

    >>> from connhub.intake.firm_table import read_firms
    >>> from connhub.measures.trade import trade
    >>> from connhub.totals.threads import total
    >>> firms = read_firms(
    ...     pa.table({"firm_id": ["a", "b", "c"], "prefecture_code": ["15", "15", "13"]}))
    >>> deals = pa.table({"seller_id": ["a", "b", "a"], "buyer_id": ["b", "c", "c"],
    ...                   "amount": [30, 10, -5]})
    >>> graph = firm_graph(trade(total(deals, firms, grain="pairs"), firms))
    >>> graph
    FirmGraph: 3 firms, 2 links; left out: 1 pairs with -5
    >>> graph.ego("c", steps=2, direction="suppliers").nodes(data="step")
    NodeDataView({'a': 2, 'b': 1, 'c': 0}, data='step')
    >>> graph.supply_chain("15").edges(data=True)
    OutEdgeDataView([('a', 'b', {'weight': 30, 'amount': 30, 'deals': 1})])
    >>> graph.pagerank().round(3)
       rank firm_id region  pagerank
    0     1       c     13     0.474
    1     2       b     15     0.341
    2     3       a     15     0.184
    """
    check_pairs(trade)
    table = trade.table
    require(72 * table.num_rows, "the graph", "choose a larger machine, or fewer years or regions")
    (seller, sellers), (buyer, buyers) = positions(table["seller_id"]), positions(table["buyer_id"])
    # By id, so that neither the order of the firm table nor a saved file matters to any result
    ids = pc.unique(pa.chunked_array([sellers, buyers]))
    ids = ids.take(pc.sort_indices(ids))
    seller = translated(seller, sellers, ids)
    buyer = translated(buyer, buyers, ids)
    amount, deals = table["amount"].to_numpy(), table["deals"].to_numpy()
    kept, left_out = _kept(seller, buyer, amount)
    region, words = np.full(len(ids), -1), pa.array([], pa.large_string())
    for side, firm in (("seller_region", seller), ("buyer_region", buyer)):
        place, named = positions(table[side])
        words = pc.unique(pa.chunked_array([words, named]))
        region[firm[kept]] = translated(place, named, words)[kept]
    trading = np.flatnonzero(region >= 0)
    number = np.full(len(ids), -1)
    number[trading] = np.arange(trading.size)
    named_ids = ids.take(pa.array(trading)).to_pandas()
    places = words.take(pa.array(region[trading])).to_pandas()
    firms = pd.DataFrame({"firm_id": named_ids, "region": places})
    firms = with_attributes(with_attributes(firms, degrees), roles)
    seller, buyer = number[seller[kept]], number[buyer[kept]]
    matrices = _matrices(seller, buyer, amount[kept], deals[kept], trading.size)
    return FirmGraph(firms, *matrices, left_out, most)


def _kept(seller: Int, buyer: Int, amount: Int) -> tuple[npt.NDArray[np.bool_], dict[str, Any]]:
    """Which pairs are links, and how many and how much are not; the first reason counts."""
    reasons = {
        "unlisted": (seller < 0) | (buyer < 0),
        "self_trade": seller == buyer,
        "not_positive": amount <= 0,
    }
    kept = np.ones(amount.size, dtype=bool)
    left_out = {}
    for reason, holds in reasons.items():
        gone = kept & holds
        left_out[reason] = int(gone.sum()), int(amount[gone].sum())
        kept &= ~holds
    return kept, left_out


def _matrices(
    seller: Ints, buyer: Ints, amount: Ints, deals: Ints, size: int
) -> tuple[csr_array[Any, Any], csr_array[Any, Any]]:
    from scipy.sparse import csr_array

    shape = size, size
    return csr_array((amount, (seller, buyer)), shape=shape), csr_array(
        (deals, (seller, buyer)), shape=shape
    )
