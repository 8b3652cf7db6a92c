"""Schemes: how indicators become one score. Two are built in, users write their own."""

from __future__ import annotations

import math
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_args, get_type_hints

from connhub.errors import Fault, InputError, OptionError, did_you_mean
from connhub.storage import replacing
from connhub.text.catalogue import listed

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


@dataclass(frozen=True)
class Scheme:
    """How indicators become one score.

    Every indicator x is ranked in the ranking population, the best first. With N firms, rank r,
    mean rank r̄ and standard deviation σ of the ranks (ddof 0), the deviation score (偏差値) is

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
    reading : {"linear", "normal"}
        How a rank becomes a deviation score. The official formula is not published.
    population : {"all", "region", "field"}
        Among whom a firm is ranked for the score: all eligible firms, those of its region, or
        those of its field in all regions. (Firms are always *selected* within their region.)
    ties : {"average", "lowest"}
        Rank of tied firms in the score: the mean of their places, or the best of them.
    missing : {"exclude", "last", "neutral"}
        A firm without a value of an indicator is not ranked; or tied behind all that have one; or
        given T = 50 for it. A firm whose degree is undefined is never ranked, whatever this says.

    Raises
    ------
    OptionError
        Weights that are not positive or do not add up to 1; a choice that is not offered.

    References
    ----------
    経済産業省, FY2019 report on 地域未来牽引企業: rank, deviation score, weights, and selection
    within each prefecture. Both readings, the ties and the missing values are choices made here.

    Examples
    --------
    >>> own = Scheme({"connector_degree": 0.7, "hub_degree": 0.3}, population="region")
    >>> own.weights["connector_degree"], own.reading
    (0.7, 'linear')
    >>> print(own.to_toml())
    name = "own scheme"
    reading = "linear"
    population = "region"
    ties = "average"
    missing = "exclude"
    lower_is_better = []
    <BLANKLINE>
    [weights]
    "connector_degree" = 0.7
    "hub_degree" = 0.3
    <BLANKLINE>
    """

    weights: Mapping[str, float]
    name: str = "own scheme"
    lower_is_better: tuple[str, ...] = ()
    reading: Literal["linear", "normal"] = "linear"
    population: Literal["all", "region", "field"] = "all"
    ties: Literal["average", "lowest"] = "average"
    missing: Literal["exclude", "last", "neutral"] = "exclude"

    def __post_init__(self) -> None:
        faults = list(_weight_faults(self.weights))
        for name in ("reading", "population", "ties", "missing"):
            offered = get_args(get_type_hints(type(self))[name])
            if (value := getattr(self, name)) not in offered:
                faults.append(Fault(f"{name}={value!r} is not offered", fix=f"{listed(offered)}"))
        if isinstance(self.lower_is_better, str):
            fix = f"give a tuple: ({self.lower_is_better!r},)"
            faults.append(Fault("lower_is_better= is one text", fix=fix))
        elif unknown := [n for n in self.lower_is_better if n not in self.weights]:
            what = f"lower_is_better= names no indicator of the scheme: {unknown[0]!r}"
            faults.append(Fault(what, fix=did_you_mean(unknown[0], self.weights)))
        if not isinstance(self.name, str):
            faults.append(Fault(f"name={self.name!r} is no text"))
        if faults:
            raise OptionError(*faults)
        own = {str(k): float(v) for k, v in self.weights.items()}
        object.__setattr__(self, "weights", MappingProxyType(own))
        object.__setattr__(self, "lower_is_better", tuple(self.lower_is_better))

    @property
    def indicators(self) -> tuple[str, ...]:
        """Names of the indicators, in the order of the weights."""
        return tuple(self.weights)

    def to_toml(self) -> str:
        """Write the scheme as TOML."""
        words = [f.name for f in fields(self) if f.name not in ("weights", "lower_is_better")]
        lines = [f"{word} = {_quoted(getattr(self, word))}" for word in words]
        lines.append(f"lower_is_better = [{', '.join(map(_quoted, self.lower_is_better))}]")
        lines += ["", "[weights]"]
        lines += [f"{_quoted(n)} = {w!r}" for n, w in self.weights.items()]
        return "\n".join(lines) + "\n"

    @classmethod
    def from_toml(cls, text: str, *, file: str = "") -> Scheme:
        """Read a scheme from TOML.

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
            found = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise InputError(Fault(f"no TOML: {error}", file=file)) from error
        known = [f.name for f in fields(cls)]
        if unknown := [key for key in found if key not in known]:
            what, fix = f"a scheme has no {unknown[0]!r}", did_you_mean(unknown[0], known)
            raise InputError(Fault(what, file=file, fix=fix))
        if not isinstance(found.get("weights"), dict):
            fix = "write [weights], and below it lines such as connector_degree = 0.5"
            raise InputError(Fault("a scheme needs weights", file=file, fix=fix))
        return cls(**found)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the scheme to a TOML file.

        Raises
        ------
        StorageError
        """
        with replacing(path) as temporary:
            temporary.write_text(self.to_toml(), encoding="utf-8")

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Scheme:
        """Read a scheme from a TOML file; see `from_toml`.

        Raises
        ------
        InputError, OptionError
        """
        try:
            text = Path(path).read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            fix = f"give a TOML file, or one of {listed(SCHEMES)}"
            raise InputError(Fault("no scheme can be read", file=str(path), fix=fix)) from error
        return cls.from_toml(text, file=str(path))


def _weight_faults(weights: Any) -> list[Fault]:
    if not isinstance(weights, Mapping) or not weights:
        return [Fault("weights= is no mapping", fix="give {'connector_degree': 0.5, ...}")]

    def positive(w: Any) -> bool:
        return isinstance(w, int | float) and math.isfinite(w) and w > 0

    if bad := [n for n, w in weights.items() if not positive(w)]:
        return [
            Fault(
                f"weights that are no positive numbers: {listed(bad)}",
                fix="leave out an indicator that shall not count",
            )
        ]
    total = math.fsum(weights.values())
    if abs(total - 1) > 1e-9:
        fix = "give shares, such as 0.15 for 15%"
        return [Fault(f"the weights add up to {total:.10g}, not to 1", fix=fix)]
    return []


def _quoted(text: str) -> str:
    """A TOML basic string."""
    plain = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in plain) + '"'


TWO_DEGREES = Scheme(
    dict.fromkeys(DEGREES, 0.5), name="connector and hub degree", population="region"
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
    name="follows the published FY2019 scheme",
)
"""Indicators and weights as METI published them for FY2019; the rest are choices made here."""

SCHEMES: Mapping[str, Scheme] = MappingProxyType(
    {"two-degrees": TWO_DEGREES, "follows-published-fy2019": FY2019}
)
"""The built-in schemes by name."""


def find_scheme(scheme: Scheme | str | os.PathLike[str]) -> Scheme:
    """Scheme of a built-in name or a TOML file.

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
    if isinstance(scheme, str) and scheme in SCHEMES:
        return SCHEMES[scheme]
    if isinstance(scheme, str | os.PathLike):
        if not str(scheme).endswith(".toml") and not Path(scheme).exists():
            fix = f"{did_you_mean(str(scheme), SCHEMES)} Or a .toml file."
            raise OptionError(Fault(f"no scheme {str(scheme)!r}", fix=fix))
        return Scheme.load(scheme)
    raise OptionError(Fault(f"no scheme: {type(scheme).__name__}", fix=listed(SCHEMES)))
