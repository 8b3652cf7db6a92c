"""A plan's requirements beside what the figures say: an annex for the office to complete."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from connhub.arguments import Table, checked
from connhub.arrow import text
from connhub.errors import Fault, OptionError, check_choice
from connhub.industries import industry_groups
from connhub.intake.firm_table import FirmTable
from connhub.intake.targets import Target, read_targets
from connhub.labels import Language
from connhub.measures.results import Results
from connhub.schema import columns
from connhub.text.catalogue import Message, Texts, default_language
from connhub.text.numbers import share

__all__ = ["Dossier", "Plan", "Requirement", "plan_dossier"]

Plan = Literal["A", "B", "C"]
Status = Literal["computed", "to_supply", "contradicted"]
Mask = npt.NDArray[np.bool_]

_REQUIREMENTS = {
    "A": ("strategic_fields", "budget", "investment", "labour"),
    "B": ("exports_or_share", "rooting", "targets", "support"),
    "C": ("value_or_markets", "targets", "contact"),
}
"""Of the policy's deck, in its order."""
_TARGETS = (("in_region_transactions",), ("sales", "net_sales"), ("employees",), ("wages",))
"""Measures that targets are asked for; one of each will do."""
_PEERS = (0.25, 0.5, 0.75, 0.95)
_LEAST_PEERS = 10


@dataclass(frozen=True)
class Requirement:
    """One requirement of a plan.

    Parameters
    ----------
    name : str
    status : {"computed", "to_supply", "contradicted"}
        Evidence stands beside it; the office has to supply it; or the figures contradict it. None
        of these says that it is met.
    evidence : tuple of Message
    """

    name: str
    status: Status
    evidence: tuple[Message, ...]


@dataclass(frozen=True, eq=False)
class Dossier:
    """Requirements of a plan with evidence; it claims no compliance.

    Parameters
    ----------
    plan : {"A", "B", "C"}
        Strategic cluster, regional industry cluster, or local industry plan.
    region : str
        Code.
    place : str
        Name of the region.
    industries : tuple of str
        Codes; empty for all.
    requirements : tuple of Requirement
    """

    plan: Plan
    region: str
    place: str
    industries: tuple[str, ...]
    requirements: tuple[Requirement, ...]

    @property
    def frame(self) -> pd.DataFrame:
        """A row for each requirement, in the default language; see `to_frame`."""
        return self.to_frame(default_language())

    @checked
    def to_frame(self, lang: Language = "ja") -> pd.DataFrame:
        """A row for each requirement.

        Parameters
        ----------
        lang : {"ja", "en"}

        Returns
        -------
        DataFrame
            ``plan, requirement, status, evidence`` and an empty column ``office`` to write into.
        """
        texts = Texts("dossier", lang)
        rows = [
            {
                "plan": texts(f"plan_{self.plan}"),
                "requirement": texts(f"requirement_{r.name}"),
                "status": texts(f"status_{r.status}"),
                "evidence": "\n".join(note.text(lang) for note in r.evidence),
                "office": "",
            }
            for r in self.requirements
        ]
        return pd.DataFrame(rows, columns=list(columns("dossier")), dtype="str")

    def __repr__(self) -> str:
        texts = Texts("dossier", default_language())
        lines = [f"! {texts('no_claim')}", f"{texts(f'plan_{self.plan}')}: {self.place}"]
        for row in self.frame.to_dict("records"):
            lines += [f"{row['requirement']} [{row['status']}]"]
            lines += [f"  {line}" for line in row["evidence"].splitlines()]
        return "\n".join(lines)


@checked
def plan_dossier(
    result: Results,
    firms: FirmTable,
    *,
    plan: Plan = "B",
    of_region: str,
    industries: Sequence[str] = (),
    targets: Table | None = None,
    roadmap: Mapping[int, float] | None = None,
) -> Dossier:
    """Set the requirements of a plan beside what the figures say.

    What transactions can say is computed; all else is for the office to supply. Where the figures
    contradict a requirement (no exports and no strength in the industry; a target below today's
    value; a road map beyond what nearly all peers reach) that is said. It never says that a
    requirement is met, and claims no compliance.

    Parameters
    ----------
    result : Results
    firms : FirmTable
        The table of the analysis.
    plan : {"A", "B", "C"}
        戦略産業クラスター計画, 地域産業クラスター計画, 地場産業成長プラン.
    of_region : str
        Code or name.
    industries : sequence of str
        Codes of the industry fields of the plan; by default all industries.
    targets : path or table, optional
        As for `connhub.track`: ``region, measure, base_year, target_year, target``; those of the
        region count.
    roadmap : mapping of int to float, optional
        For a firm that is to come: by year, the share of its purchases that it is to make in the
        region, from 0 to 1.

    Returns
    -------
    Dossier

    Raises
    ------
    OptionError
        For what is no region, no plan, or where the firm table has no industries.
    InputError
        For targets that cannot be read.

    References
    ----------
    総務省, 地域未来戦略について, 2026-05-12, 計画要件.

    Examples
    --------
    >>> from connhub.analysis import analyze
    >>> from connhub.intake.firm_table import read_firms
    >>> firms = pa.table({"firm_id": ["a", "b"], "prefecture_code": ["15", "13"]})
    >>> trade = pa.table({"seller_id": ["a"], "buyer_id": ["b"], "amount": [30]})
    >>> found = plan_dossier(analyze(trade, firms), read_firms(firms), of_region="新潟")
    >>> [(r.name, r.status) for r in found.requirements][:2]
    [('exports_or_share', 'computed'), ('rooting', 'to_supply')]
    """
    check_choice("plan", plan, _REQUIREMENTS)
    code = result.directory.find_home(of_region)
    for part in (roadmap or {}).values():
        if not 0 <= part <= 1:
            raise OptionError(Fault("options.not_a_share", name="roadmap", value=repr(part)))
    figures = _Figures(result, firms, code, tuple(industries))
    wanted = None
    if targets is not None:
        read = read_targets(targets, result.directory, result.unit)
        wanted = [target for target in read if target.region == code]
    found = []
    for name in _REQUIREMENTS[plan]:
        make: dict[str, Callable[[], Requirement]] = {
            "exports_or_share": figures.exports_or_share,
            "rooting": lambda: figures.rooting(roadmap),
            "targets": lambda: figures.targets(wanted),
            "value_or_markets": figures.markets,
        }
        supply = Requirement(name, "to_supply", (Message(f"dossier.supply_{name}"),))
        found.append(make[name]() if name in make else supply)
    place = result.directory.label(code)
    return Dossier(plan, code, place, tuple(industries), tuple(found))


class _Figures:
    """What transactions say of the firms of a region, in some industries."""

    def __init__(
        self, result: Results, firms: FirmTable, code: str, industries: tuple[str, ...]
    ) -> None:
        self.result, self.code = result, code
        self.frame = result.degrees.frame
        self.nowhere: list[str] = []
        self.chosen = self._of_industries(firms, industries)
        self.local = self.chosen & (self.frame["region"] == code).to_numpy(dtype=bool)
        self.field = "dossier.all_industries" if not industries else "dossier.of_industries"
        self.field_message = Message(self.field, industries=list(industries))

    def _of_industries(self, firms: FirmTable, industries: tuple[str, ...]) -> Mask:
        every = np.ones(len(self.frame), dtype=np.bool_)
        rows = firms.placed_rows
        listed = text(firms.table["firm_id"].take(pa.array(rows)))
        if not listed.equals(text(self.result.degrees.to_arrow()["firm_id"])):
            raise OptionError(Fault("ripple.other_firm_table"))
        if not industries:
            return every
        if "industry_code" not in firms.table.column_names:
            raise OptionError(Fault("dossier.no_industries"))
        codes = text(firms.table["industry_code"]).take(pa.array(rows))
        chosen = ~every
        for industry in industries:
            names, group = industry_groups(codes, len(industry))
            if industry not in names:
                self.nowhere.append(industry)
                continue
            chosen |= group == names.index(industry)
        if not chosen.any():
            raise OptionError(Fault("dossier.no_such_industry", industries=list(industries)))
        return chosen

    def _without_firms(self) -> list[Message]:
        """Which industries no firm of the table has, whatever the region."""
        if not self.nowhere:
            return []
        return [Message("dossier.industries_without_firms", industries=list(self.nowhere))]

    def _money(self, kind: str, amount: int, **values: Any) -> Message:
        unit = self.result.unit
        return Message(f"dossier.{kind}", value_amount=int(amount), unit=unit, **values)

    def exports_or_share(self) -> Requirement:
        """Overseas sales, and the share of the nation's sales in the industries."""
        sums = self.frame[self.chosen].groupby("region")["sales"].sum()
        here = self.frame[self.local]
        exports, sold = int(here["overseas_sales"].sum()), int(here["sales"].sum())
        nation, everything = int(sums.sum()), int(self.frame["sales"].sum())
        place = {"field": self.field_message}
        evidence = [
            self._money("exports", exports, firms=int((here["overseas_sales"] > 0).sum()), **place)
        ]
        evidence += [Message("dossier.exports_through_others"), *self._without_firms()]
        weak = False
        if nation > 0 and sold > 0:
            rank = 1 + int((sums > sums.get(self.code, 0)).sum())
            part = sold / nation
            evidence.append(
                self._money(
                    "national_share", sold, share=share(part), rank=rank, regions=len(sums), **place
                )
            )
            whole = int(self.frame.loc[self.frame["region"] == self.code, "sales"].sum())
            weak = everything > 0 and part * everything < whole and rank > len(sums) / 2
        status: Status = "computed"
        if not sold:  # yet to come: nothing speaks for it, and nothing against
            status = "to_supply"
            evidence.append(Message("dossier.supply_exports_or_share", **place))
        elif not exports and weak:
            status = "contradicted"
            evidence.append(Message("dossier.neither_exports_nor_share", **place))
        return Requirement("exports_or_share", status, tuple(evidence))

    def rooting(self, roadmap: Mapping[int, float] | None) -> Requirement:
        """What peers reach in buying from the region, beside a road map."""
        ratios, where = self._peer_ratios()
        evidence = [Message("dossier.supply_rooting")]
        if ratios.size < _LEAST_PEERS:
            evidence.append(Message("dossier.too_few_peers", firms=int(ratios.size)))
            return Requirement("rooting", "to_supply", tuple(evidence))
        reached = dict(zip(("q25", "q50", "q75", "q95"), np.quantile(ratios, _PEERS), strict=True))
        shown = {name: share(float(value)) for name, value in reached.items()}
        peers = {"firms": int(ratios.size), "where": Message(f"dossier.{where}")}
        evidence.append(Message("dossier.peers_reach", field=self.field_message, **peers, **shown))
        status: Status = "to_supply"
        for year, part in sorted((roadmap or {}).items()):
            beyond = part > reached["q95"]
            kind = "roadmap_beyond" if beyond else "roadmap_step"
            above = float((ratios < part).mean())
            values = {"year": str(year), "share": share(part), "above": share(above)}
            evidence.append(Message(f"dossier.{kind}", **values))
            status = "contradicted" if beyond or status == "contradicted" else "computed"
        return Requirement("rooting", status, tuple(evidence))

    def _peer_ratios(self) -> tuple[npt.NDArray[np.float64], str]:
        """In-region shares of the purchases of firms alike: of the region, else of the nation."""
        known = self.frame["in_region_purchase_ratio"]
        local = known[self.local].dropna().to_numpy(dtype=np.float64)
        if local.size >= _LEAST_PEERS:
            return local, "in_region"
        return known[self.chosen].dropna().to_numpy(dtype=np.float64), "in_nation"

    def targets(self, targets: Sequence[Target] | None) -> Requirement:
        """Today's in-region transactions and sales, and targets beside them."""
        frame = self.result.regions.frame
        here = frame[frame["region"] == self.code]
        today = {
            "in_region_transactions": int(here["in_region_transactions"].sum()),
            "sales": int(self.frame.loc[self.local, "sales"].sum()),
        }
        if any(target.measure == "out_of_region_sales" for target in targets or ()):
            today["out_of_region_sales"] = int(here["out_of_region_sales"].sum())
        evidence = [
            self._money(f"baseline_{name}", amount, field=self.field_message)
            for name, amount in today.items()
        ]
        if targets is None:
            supply = Message("dossier.supply_targets")
            return Requirement("targets", "to_supply", (*evidence, supply))
        status: Status = "computed"
        for target in targets:
            measure = Message(f"dossier.measure_{target.measure}")
            values = {"measure": measure, "year": str(target.target_year)}
            base = 0 if target.field else today.get(target.measure, 0)
            if target.measure == "employees":
                evidence.append(Message("dossier.target_persons", persons=target.target, **values))
            elif base <= 0:
                evidence.append(self._money("target_without_base", target.target, **values))
            else:
                below = target.target < base
                growth = share(target.target / base - 1)
                growth = growth if below else f"+{growth}"
                kind = "target_below" if below else "target_above"
                evidence.append(self._money(kind, target.target, growth=growth, **values))
                status = "contradicted" if below else status
        there = {target.measure for target in targets}
        for names in _TARGETS:
            if not there & set(names):
                name = Message(f"dossier.measure_{names[0]}")
                evidence.append(Message("dossier.target_missing", measure=name))
                status = status if status == "contradicted" else "to_supply"
        return Requirement("targets", status, tuple(evidence))

    def markets(self) -> Requirement:
        """Where the firms sell today: a baseline for new markets."""
        here = self.frame[self.local]
        outside = int(here["out_of_region_sales"].sum())
        links = self.result.linkages.frame
        partners = int((links["seller_region"] == self.code).sum())
        evidence = [
            self._money("markets", outside, field=self.field_message),
            Message("dossier.partners", count=partners),
            *self._without_firms(),
            Message("dossier.supply_value_or_markets"),
        ]
        return Requirement("value_or_markets", "to_supply", tuple(evidence))
