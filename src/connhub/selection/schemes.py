"""Schemes: how indicators become one score. Two are built in, users write their own."""

from __future__ import annotations

import math
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from connhub.arguments import check_fields, checked
from connhub.errors import ConnhubError, Fault, InputError, OptionError, did_you_mean
from connhub.labels import Language
from connhub.options import choices
from connhub.staging import replacing
from connhub.text.catalogue import Message
from connhub.text.names import plain
from connhub.text_files import read_text

__all__ = [
    "DEGREES",
    "FY2019",
    "SCHEMES",
    "STRATEGIC_FIELDS",
    "TWO_DEGREES",
    "Scheme",
    "find_scheme",
]

DEGREES = ("connector_degree", "hub_degree")
_AMOUNTS = {"connector_degree": "out_of_region_sales", "hub_degree": "in_region_purchases"}

STRATEGIC_FIELDS = (
    "AI・半導体",
    "造船",
    "量子",
    "合成生物学・バイオ",
    "航空・宇宙",
    "デジタル・サイバーセキュリティ",
    "コンテンツ",
    "フードテック",
    "資源・エネルギー安全保障・GX",
    "防災・国土強靱化",
    "創薬・先端医療",
    "フュージョンエネルギー",
    "マテリアル(重要鉱物・部素材)",
    "港湾ロジスティクス",
    "防衛産業",
    "情報通信",
    "海洋",
)
"""The 17 strategic fields of the policy (総務省, 2026-05-12); they belong to type A plans.

No official crosswalk to industry codes exists, so none is here: the user brings a table.
"""

_MOST_BYTES, _MOST_DOTS, _MOST_WEIGHT = 1 << 16, 100, 1e9
_OWN = Message("selection.scheme_own").text("en")


@dataclass(frozen=True)
class Scheme:
    """How indicators become one score.

    Every indicator x is ranked within a group of N firms, the best first. With rank r, mean rank
    r̄ and standard deviation σ of the ranks (ddof 0), the deviation score (偏差値) is

    linear: T = 50 + 10 (r̄ - r) / σ

    normal: T = 50 + 10 Φ⁻¹((N - r + 0.5) / N)

    and 50 where all are tied; the score of a firm is the sum over indicators of weight · T.

    Parameters
    ----------
    weights : mapping of str to float
        Weight of each indicator, each above 0, together 1. An indicator is ``connector_degree``,
        ``hub_degree``, one of `financial_indicators`, or any numeric column of the degrees, of
        the firm table, or of a table of the user's.
    name : str
        For people.
    lower_is_better : tuple of str
        Indicators of which less is better; for all others more is.
    score_method : {"linear", "normal"}
        How a rank becomes a deviation score. The official formula is not published.
    rank_within : {"all", "region", "field"}
        Among whom a firm is ranked for the score: all eligible firms, those of its region, or
        those of its field in all regions. (Firms are always *selected* within their region.)
    ties : {"average", "lowest"}
        Rank of tied firms in the score: the mean of their places, or the best of them.
    missing : {"exclude", "last", "neutral"}
        A firm without a value of an indicator is not ranked; or tied behind all that have one; or
        given T = 50 for it. A firm whose degree is undefined is never ranked, whatever this says.
    read_as : {"degree", "amount"}
        Whether ``connector_degree`` and ``hub_degree`` among the weights are the degrees, or the
        amounts of which these are shares, ``out_of_region_sales`` and ``in_region_purchases``.
        Within a region both rank alike, across regions they do not.

    Raises
    ------
    OptionError
        Weights that are not positive or do not add up to 1; a choice that is not offered.

    References
    ----------
    経済産業省, FY2019 report on 地域未来牽引企業: rank, deviation score, weights, and selection
    within each prefecture. Both score methods, the ties and the missing values are choices made
    here. 近畿経済産業局, criteria of 地域未来牽引企業 by data, 2023-06-30: sales outside the
    prefecture, an amount.

    Examples
    --------
    >>> own = Scheme({"connector_degree": 0.7, "hub_degree": 0.3}, rank_within="region")
    >>> own.weights["connector_degree"], own.score_method
    (0.7, 'linear')
    >>> print(own.to_toml())
    name = "own scheme"
    score_method = "linear"
    rank_within = "region"
    ties = "average"
    missing = "exclude"
    read_as = "degree"
    lower_is_better = []
    <BLANKLINE>
    [weights]
    "connector_degree" = 0.7
    "hub_degree" = 0.3
    <BLANKLINE>
    """

    weights: Mapping[str, float]
    name: str = _OWN
    lower_is_better: tuple[str, ...] = ()
    score_method: Literal["linear", "normal"] = "linear"
    rank_within: Literal["all", "region", "field"] = "all"
    ties: Literal["average", "lowest"] = "average"
    missing: Literal["exclude", "last", "neutral"] = "exclude"
    read_as: Literal["degree", "amount"] = "degree"

    def __post_init__(self) -> None:
        faults = list(_weight_faults(self.weights))
        for name, offered in choices(Scheme).items():
            value = getattr(self, name)
            if not isinstance(value, str) or value not in offered:
                faults.append(
                    Fault("selection.scheme_choice", key=name, value=str(value), known=offered)
                )
        lower = self.lower_is_better
        if isinstance(lower, str):
            faults.append(Fault("selection.lower_is_better_is_text", indicator=lower))
        elif not isinstance(lower, tuple | list):
            check_fields(self)
        elif unknown := [name for name in lower if name not in self.weights]:
            suggestion = did_you_mean(unknown[0], self.weights)
            faults.append(
                Fault(
                    "selection.lower_is_better_unknown",
                    indicator=str(unknown[0]),
                    suggestion=suggestion,
                )
            )
        if not isinstance(self.name, str):
            faults.append(Fault("selection.scheme_name_not_text", value=repr(self.name)))
        if faults:
            raise OptionError(*faults)
        read_as = _AMOUNTS if self.read_as == "amount" else {}
        weights = {read_as.get(str(n), str(n)): float(w) for n, w in self.weights.items()}
        if len(weights) < len(self.weights):
            raise OptionError(Fault("selection.degree_and_amount"))
        lower = tuple(read_as.get(name, name) for name in lower)
        object.__setattr__(self, "weights", MappingProxyType(weights))
        object.__setattr__(self, "lower_is_better", tuple(lower))

    @checked
    def title(self, lang: Language = "ja") -> str:
        """Name of the scheme for people: of the built-in ones in the language.

        Parameters
        ----------
        lang : {"ja", "en"}

        Returns
        -------
        str

        Examples
        --------
        >>> FY2019.title("en")
        'historical six-indicator scheme (FY2019, under revision since FY2023)'
        """
        kind = _NAMES.get(self.name)
        return plain(self.name) if kind is None else Message(kind).text(lang)

    @property
    def indicators(self) -> tuple[str, ...]:
        """Names of the indicators, in the order of the weights."""
        return tuple(self.weights)

    def to_toml(self) -> str:
        """Write the scheme as TOML.

        Returns
        -------
        str
        """
        keys = [f.name for f in fields(self) if f.name not in ("weights", "lower_is_better")]
        lines = [f"{key} = {_quoted(getattr(self, key))}" for key in keys]
        lines.append(f"lower_is_better = [{', '.join(map(_quoted, self.lower_is_better))}]")
        lines += ["", "[weights]"]
        lines += [f"{_quoted(n)} = {w!r}" for n, w in self.weights.items()]
        return "\n".join(lines) + "\n"

    @classmethod
    @checked
    def from_toml(cls, text: str, *, file: str = "") -> Scheme:
        """Read a scheme from TOML.

        Parameters
        ----------
        text : str
        file : str
            For messages.

        Returns
        -------
        Scheme

        Raises
        ------
        InputError
            When the text is no TOML or has keys that no scheme has.
        OptionError
            When the values are not those of a scheme.

        Examples
        --------
        >>> Scheme.from_toml(FY2019.to_toml()) == FY2019
        True
        """
        try:
            if max((line.count(".") for line in text.splitlines()), default=0) > _MOST_DOTS:
                raise ValueError("a key has too many parts")  # which take minutes to read
            found = tomllib.loads(text)
        except (ValueError, RecursionError) as error:  # also of numbers without end
            raise InputError(Fault("selection.not_toml", file=file, content=str(error))) from error
        known = [f.name for f in fields(cls)]
        if unknown := [key for key in found if key not in known]:
            suggestion = did_you_mean(unknown[0], known)
            raise InputError(
                Fault("selection.scheme_key", file=file, key=unknown[0], suggestion=suggestion)
            )
        if not isinstance(found.get("weights"), dict):
            raise InputError(Fault("selection.scheme_without_weights", file=file))
        try:
            return cls(**found)
        except RecursionError as error:
            raise InputError(Fault("selection.not_toml", file=file, content=str(error))) from error
        except OptionError as error:
            raise OptionError(*(fault.at(file=file) for fault in error.faults)) from error

    @checked
    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the scheme to a TOML file.

        Parameters
        ----------
        path : path

        Raises
        ------
        StorageError
        """
        with replacing(path) as temporary:
            temporary.write_text(self.to_toml(), encoding="utf-8")

    @classmethod
    @checked
    def load(cls, path: str | os.PathLike[str]) -> Scheme:
        """Read a scheme from a TOML file; see `from_toml`.

        Parameters
        ----------
        path : path

        Returns
        -------
        Scheme

        Raises
        ------
        InputError, OptionError
        """
        try:
            text = read_text(path, _MOST_BYTES)
        except ConnhubError:
            raise
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(
                Fault("selection.scheme_not_readable", file=str(path), known=list(SCHEMES))
            ) from error
        return cls.from_toml(text, file=str(path))


def _weight_faults(weights: Any) -> list[Fault]:
    if not isinstance(weights, Mapping) or not weights:
        return [Fault("selection.weights_not_mapping")]

    def positive(weight: Any) -> bool:
        return isinstance(weight, int | float) and 0 < weight < _MOST_WEIGHT

    if wrong := [str(name) for name, weight in weights.items() if not positive(weight)]:
        return [Fault("selection.weights_not_positive", indicators=wrong)]
    total = math.fsum(weights.values())
    if abs(total - 1) > 1e-9:
        return [Fault("selection.weights_sum", total=total)]
    return []


def _quoted(text: str) -> str:
    """A TOML basic string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in escaped) + '"'


_NAMES = {
    Message(kind).text("en"): kind
    for kind in ("selection.scheme_own", "selection.scheme_two_degrees", "selection.scheme_fy2019")
}
"""Names of schemes that the catalogue holds, and their kinds."""

TWO_DEGREES = Scheme(
    dict.fromkeys(DEGREES, 0.5),
    name=Message("selection.scheme_two_degrees").text("en"),
    rank_within="region",
)

FY2019 = Scheme(
    {
        "connector_degree": 0.15,
        "hub_degree": 0.15,
        "profit_contribution": 0.15,
        "employment_contribution": 0.15,
        "profit_growth": 0.20,
        "employment_growth": 0.20,
    },
    name=Message("selection.scheme_fy2019").text("en"),
)
"""Indicators and weights as METI published them for FY2019; the rest are choices made here.

Historical: the report of FY2023 lists a revision of the indicators of the network among its points.
"""

SCHEMES: Mapping[str, Scheme] = MappingProxyType(
    {"two-degrees": TWO_DEGREES, "historical-fy2019": FY2019}
)
"""The built-in schemes by name."""
_EARLIER_NAMES = {"follows-published-fy2019": "historical-fy2019"}


@checked
def find_scheme(scheme: Scheme | str | os.PathLike[str]) -> Scheme:
    """Scheme of a built-in name or a TOML file.

    Parameters
    ----------
    scheme : Scheme, str or path

    Returns
    -------
    Scheme

    Raises
    ------
    InputError, OptionError

    Examples
    --------
    >>> find_scheme("two-degrees").weights["hub_degree"]
    0.5
    """
    if isinstance(scheme, Scheme):
        return scheme
    if isinstance(scheme, str) and (name := _EARLIER_NAMES.get(scheme, scheme)) in SCHEMES:
        return SCHEMES[name]
    if isinstance(scheme, str | os.PathLike):
        if not str(scheme).endswith(".toml") and not Path(scheme).exists():
            suggestion = did_you_mean(str(scheme), SCHEMES)
            raise OptionError(
                Fault("selection.no_scheme", scheme=str(scheme), suggestion=suggestion)
            )
        return Scheme.load(scheme)
    raise OptionError(
        Fault("selection.not_a_scheme", type=type(scheme).__name__, known=list(SCHEMES))
    )
