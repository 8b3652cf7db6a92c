"""The graph of firms: sparse matrices at any size, networkx for the part that is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from connhub.arguments import Id, Values, checked
from connhub.errors import Fault, OptionError, check_choice
from connhub.networks.node_attributes import (
    MAX_SIZE,
    attributes,
    check_level,
    check_size,
    node_labels,
)
from connhub.networks.pair_table import link_matrices
from connhub.networks.sparse import Kind, components, disparity, pagerank
from connhub.regions.directory import RegionDirectory
from connhub.text.catalogue import Message

if TYPE_CHECKING:
    import networkx as nx
    from scipy.sparse import csr_array

__all__ = ["Direction", "FirmGraph", "Flow"]

Int = npt.NDArray[np.int64]
Ints = npt.NDArray[np.integer]
Direction = Literal["suppliers", "customers", "both"]
Flow = Literal["goods", "money"]


@dataclass(frozen=True, eq=False)
class FirmGraph:
    """Firms that trade with each other, and how much.

    Parameters
    ----------
    firms : DataFrame
        ``firm_id, region`` and further columns; n rows, by id.
    amount, n_transactions : scipy.sparse.csr_array of int64, shape (n, n)
        Sales of the row's firm to the column's firm: money in whole `unit`, and transactions.
    left_out : mapping
        Number and money of the pairs that are no links: ``"unlisted"`` (a party that the firm
        table lacks), ``"self_trade"``, ``"not_positive"`` (netted by returns to zero or less).
    unit : str
        Of the money.
    directory : RegionDirectory
    max_size : int
        Limit of the firms, and of the links, of a networkx graph.
    """

    firms: pd.DataFrame
    amount: csr_array[Any, Any]
    n_transactions: csr_array[Any, Any]
    left_out: Mapping[str, tuple[int, int]]
    unit: str
    directory: RegionDirectory
    max_size: int = MAX_SIZE

    def __len__(self) -> int:
        return len(self.firms)

    def __repr__(self) -> str:
        pairs, amount = map(sum, zip(*self.left_out.values(), strict=True))
        return Message(
            "networks.firm_graph",
            firms=len(self),
            links=self.amount.nnz,
            pairs=pairs,
            left_out_amount=amount,
            unit=self.unit,
        ).text()

    @cached_property
    def _ids(self) -> pd.Index[Any]:
        ids: pd.Index[Any] = pd.Index(self.firms["firm_id"].astype("str"))
        return ids

    @cached_property
    def _purchases(self) -> Any:
        """Money of the purchases of the row's firm from the column's firm."""
        return self.amount.T.tocsr()

    @cached_property
    def _links(self) -> tuple[Ints, Ints, Ints]:
        """Seller, buyer and amount of every link."""
        seller = np.repeat(np.arange(len(self)), np.diff(self.amount.indptr))
        return seller, self.amount.indices, self.amount.data

    # --- the whole graph, at national size ---

    @checked
    def pagerank(self, *, flow: Flow = "goods") -> pd.DataFrame:
        """PageRank of every firm, weighted by amounts; see `connhub.networks.pagerank`.

        Parameters
        ----------
        flow : {"goods", "money"}
            Follow links from seller to buyer, or payments from buyer to seller.

        Returns
        -------
        DataFrame
            ``rank, firm_id, region`` and ``pagerank`` or ``pagerank_of_money``; the highest first,
            then by id.

        Raises
        ------
        OptionError
            When the flow is not offered.
        """
        check_choice("flow", flow, get_args(Flow))
        seller, buyer, amount = self._links
        ends = (seller, buyer) if flow == "goods" else (buyer, seller)
        name = "pagerank" if flow == "goods" else "pagerank_of_money"
        frame = self.firms[["firm_id", "region"]].assign(
            **{name: pagerank(*ends, amount, len(self))}
        )
        frame.insert(0, "rank", frame[name].rank(method="min", ascending=False).astype("int64"))
        return frame.sort_values("rank", kind="stable").reset_index(drop=True)

    @checked
    def components(self, *, kind: Kind = "weak") -> pd.DataFrame:
        """Connected components; see `connhub.networks.components`.

        Parameters
        ----------
        kind : {"weak", "strong"}
            Whether links count in both directions, or each firm must reach each other along them.

        Returns
        -------
        DataFrame
            ``firm_id, region, component``, by id; 0 is the largest component.

        Raises
        ------
        OptionError
            When the kind is not offered.
        """
        seller, buyer, _ = self._links
        numbers = components(seller, buyer, len(self), kind=kind)
        return self.firms[["firm_id", "region"]].assign(component=numbers)

    @checked
    def backbone(self, *, level: float = 0.05) -> FirmGraph:
        """Keep the links that are significant for their seller or buyer; see `disparity`.

        Parameters
        ----------
        level : float
            Level of significance, above 0 and up to 1; the smaller, the fewer links stay.

        Returns
        -------
        FirmGraph
            All firms, and the links whose p-value at one of their ends is below the level.

        Raises
        ------
        OptionError
            When the level is out of range.
        """
        check_level(level)
        seller, buyer, amount = self._links
        p, q = disparity(seller, buyer, amount, len(self))
        significant = np.minimum(p, q) < level
        links = [v[significant] for v in (seller, buyer, amount, self.n_transactions.data)]
        amount_matrix, count_matrix = link_matrices(*links, size=len(self))
        return replace(self, amount=amount_matrix, n_transactions=count_matrix)

    # --- parts of it, as networkx ---

    @checked
    def to_networkx(self, *, strongest: int | None = None) -> nx.DiGraph[str]:
        """The whole graph, or its strongest links, as networkx.

        Parameters
        ----------
        strongest : int, optional
            Only that many of the largest links, by amount, then by ids.

        Returns
        -------
        networkx.DiGraph
            As from `ego`, without ``step``; firms without a link are left out.

        Raises
        ------
        LimitError
            When it has more firms or links than `max_size`.
        """
        advice = Message("networks.shrink_graph")
        return self._subgraph(np.arange(len(self)), strongest, advice, isolated=False)

    @checked
    def ego(
        self,
        firms: Id | Values,
        *,
        steps: int = 1,
        direction: Direction = "both",
        max_partners: int | None = None,
    ) -> nx.DiGraph[str]:
        """Neighbourhood of one or several firms: their suppliers and customers, and theirs.

        Parameters
        ----------
        firms : str or sequence of str
            Ids.
        steps : int
            How many links away; at least 1.
        direction : {"suppliers", "customers", "both"}
            Follow purchases, sales, or both.
        max_partners : int, optional
            Follow only that many of the largest suppliers and customers of each firm, by amount,
            then by id.

        Returns
        -------
        networkx.DiGraph
            The firms reached and all links among them. Nodes carry ``label``, ``step`` (0 for the
            firms asked for) and the columns of `firms`; links ``amount``, ``n_transactions`` and
            ``weight``. Money is int in whole units of ``graph.graph["unit"]``.

        Raises
        ------
        OptionError
            When a firm has no link, or an option is not offered.
        LimitError
            When there are more firms or links than `max_size`.
        """
        check_choice("direction", direction, get_args(Direction))
        for name, value in (("steps", steps), ("max_partners", max_partners)):
            if value is not None and value < 1:
                raise OptionError(Fault("errors.out_of_range", name=name, value=value, least=1))
        sides = {"suppliers": [self._purchases], "customers": [self.amount]}
        matrices = sides.get(direction, [self._purchases, self.amount])
        advice = Message("networks.shrink_neighbourhood")
        front = self._positions(np.atleast_1d(np.array(firms, dtype=object)).tolist())
        step = np.full(len(self), -1)
        step[front] = 0
        for number in range(1, steps + 1):
            partners = np.concatenate([_partners(m, front, max_partners) for m in matrices])
            front = np.unique(partners[step[partners] < 0])
            step[front] = number
            check_size(int((step >= 0).sum()), 0, self.max_size, advice)
            if not front.size:
                break
        reached = np.flatnonzero(step >= 0)
        return self._subgraph(reached, None, advice, step=step[reached])

    @checked
    def supply_chain(self, of_region: str, *, strongest: int | None = None) -> nx.DiGraph[str]:
        """The trade inside a region: its firms that trade with each other, and how much.

        Parameters
        ----------
        of_region : str
            Code or name of the region.
        strongest : int, optional
            Only that many of the largest links, by amount, then by ids.

        Returns
        -------
        networkx.DiGraph
            As from `ego`, without ``step``; firms without a link are left out.

        Raises
        ------
        OptionError
            When there is no such region, or no firm of the graph is in it.
        LimitError
            When there are more firms or links than `max_size`.
        """
        code = self.directory.find(of_region)
        inside = (self.firms["region"] == code).to_numpy(dtype=bool)
        if not inside.any():
            known = sorted(self.firms["region"].unique())
            region = self.directory.in_languages(code)
            raise OptionError(Fault("networks.region_without_firms", region=region, known=known))
        advice = Message("networks.shrink_region")
        return self._subgraph(np.flatnonzero(inside), strongest, advice, isolated=False)

    def _positions(self, ids: list[Any]) -> Int:
        """Positions of firms by id."""
        if not ids:
            raise OptionError(Fault("networks.no_firm_given"))
        position = self._ids.get_indexer(pd.Index([str(i) for i in ids]))
        missing = [str(i) for i, found in zip(ids, position, strict=True) if found < 0]
        if missing:
            raise OptionError(Fault("networks.firms_without_links", examples=missing))
        return np.unique(position).astype(np.int64)

    def _subgraph(
        self,
        chosen: Int,
        strongest: int | None,
        advice: Message,
        *,
        isolated: bool = True,
        **more: Any,
    ) -> nx.DiGraph[str]:
        """Some firms, with or without those that have no link, and the links among them."""
        import networkx as nx

        part = self.amount[chosen][:, chosen].tocoo()
        n_transactions = self.n_transactions[chosen][:, chosen].data
        seller, buyer = part.coords
        amount = part.data
        if strongest is not None:
            # links are in the order of ids, which a stable sort keeps among equals
            best = np.sort(np.argsort(-amount, kind="stable")[:strongest])
            seller, buyer, amount = seller[best], buyer[best], amount[best]
            n_transactions = n_transactions[best]
        included = np.full(chosen.size, isolated)
        included[seller] = included[buyer] = True
        check_size(int(included.sum()), amount.size, self.max_size, advice)
        nodes = self.firms.iloc[chosen].assign(**more)[included]
        nodes = nodes.assign(label=node_labels(nodes))
        graph: nx.DiGraph[str] = nx.DiGraph(unit=self.unit)
        names = nodes["firm_id"].astype("str").tolist()
        graph.add_nodes_from(zip(names, attributes(nodes), strict=True))
        ids = self.firms["firm_id"].iloc[chosen].astype("str").to_numpy()
        links = pd.DataFrame({"weight": amount, "amount": amount, "n_transactions": n_transactions})
        graph.add_edges_from(
            zip(ids[seller].tolist(), ids[buyer].tolist(), attributes(links), strict=True)
        )
        return graph


def _partners(matrix: Any, firms: Int, max_partners: int | None) -> Int:
    """The columns with a value in the rows `firms`; of each row the largest `max_partners`."""
    found = [np.empty(0, dtype=np.int64)]
    for i in firms:
        row = slice(matrix.indptr[i], matrix.indptr[i + 1])
        partners = matrix.indices[row]
        if max_partners is not None and partners.size > max_partners:
            partners = partners[np.argsort(-matrix.data[row], kind="stable")[:max_partners]]
        found.append(partners.astype(np.int64))
    return np.concatenate(found)
