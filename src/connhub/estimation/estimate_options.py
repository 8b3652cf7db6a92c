"""How the amounts of links are estimated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from connhub.errors import Fault, OptionError
from connhub.options import Options

__all__ = ["EstimateOptions"]


@dataclass(frozen=True)
class EstimateOptions(Options):
    """How the amounts of links are estimated.

    Parameters
    ----------
    margins : {"auto", "exact", "at_most", "soft"}
        What the totals of firms are: what their links come to, an upper limit of it (since there
        are buyers outside the table), or near it. By default ``"at_most"`` where some amounts are
        known, else ``"exact"``; the other two need known amounts.
    soft_weight : float
        Of soft totals: each sum is scaled by (total / sum) ** (w / (1 + w)). Above 0.
    cost_ratio : float or mapping, optional
        Purchases as a share of net sales, for firms whose purchases are not reported; for all, or
        by the beginning of the industry code: ``{"09": 0.65, "53": 0.9}``. By default these firms
        are not held to a total of purchases.
    draws : int
        How many draws intervals of degrees are taken from. Draws are made when they are asked for.
    seed : int
        Of the draws and of the parts in which known amounts are hidden.
    """

    margins: Literal["auto", "exact", "at_most", "soft"] = "auto"
    soft_weight: float = 4.0
    cost_ratio: float | Mapping[str, float] | None = None
    draws: int = 100
    seed: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        ratio = self.cost_ratio
        ratios = list(ratio.values()) if isinstance(ratio, Mapping) else [ratio]
        checked: list[tuple[str, Any, type, int]] = [
            ("draws", self.draws, int, 2),
            ("seed", self.seed, int, 0),
        ]
        checked += [("soft_weight", self.soft_weight, float, 0)]
        checked += [("cost_ratio", value, float, 0) for value in ratios if value is not None]
        for name, value, kind, least in checked:
            number = type(value) is int or (kind is float and isinstance(value, float))
            if not number or not least <= value < float("inf") or (kind is float and value == 0):
                fault = Fault("errors.out_of_range", name=name, value=value, least=least)
                raise OptionError(fault)
