"""The rows of `schema.csv`, as texts and errors need them; users ask `connhub.schema`."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, get_args

__all__ = ["Column", "Language", "known", "label_of", "tables"]

Language = Literal["ja", "en"]


def known(lang: Language) -> Language:
    """The language, or an error where it is another."""
    if not isinstance(lang, str) or lang not in get_args(Language):
        from connhub.errors import check_language  # it rests on this module

        check_language(lang)
    return lang


@dataclass(frozen=True)
class Column:
    """A column: where it occurs, what it holds, what it is called.

    Parameters
    ----------
    table : str
        Accepted: ``transactions``, ``firms``, ``firm_totals``, ``financials``, ``fields``,
        ``firm_changes``, ``targets``. Emitted:
        ``degrees``, ``linkages``, ``regions``, ``firms_by_region``, ``pairs``, ``ledger``,
        ``indicators``, ``selection``, ``not_ranked``, ``counts``, ``roles``, ``ripple``,
        ``ripple_regions``, ``ripple_tiers``, ``ripple_where``, ``dependence``, ``losses``,
        ``systemic_risk``, ``leaks``, ``leak_partners``, ``local_matches``, ``local_processing``,
        ``estimated_transactions``, ``validation``, ``margins``,
        ``resilience``, ``degree_change``, ``region_change``, ``transaction_change``,
        ``purchase_change``, ``shift_share``, ``rank_change``, ``firm_statuses``,
        ``progress``, ``progress_steps``, ``panel_coverage``,
        ``scenario_firms``, ``scenario_regions``, ``scenario_deals``, ``needed``, ``dossier``,
        ``region_centralities``, ``firm_ranking``, ``wide_regions``,
        ``merged_regions``, ``merged_firms``. Words in them: ``entry`` (lines of the ledger),
        ``target_measure``, ``reason``, ``role``, ``option`` (of an analysis).
    name : str
        Name in code and in output frames; for accepted columns also the role.
    dtype, unit : str
        Type, and unit of measurement ("money": whole units of the result).
    nullable : bool
        Whether cells may be empty.
    label_ja, label_en : str
        Labels for people.
    aliases : tuple of str
        Headers under which users' files carry it.
    description, description_ja, source : str
        What it means in both languages (Japanese for the main results), and who defines it.
    """

    table: str
    name: str
    dtype: str
    unit: str
    nullable: bool
    label_ja: str
    label_en: str
    aliases: tuple[str, ...]
    description: str
    description_ja: str
    source: str

    def meaning(self, lang: Language = "ja") -> str:
        """What the column means, for people; in English where there is no Japanese text.

        Examples
        --------
        >>> tables()["degrees"]["hub_degree"].meaning()
        '域内仕入額 ÷ 地域の域内仕入額'
        """
        return (known(lang) == "ja" and self.description_ja) or self.description


@cache
def tables() -> Mapping[str, Mapping[str, Column]]:
    """Columns by table and name, in order."""
    found: dict[str, dict[str, Column]] = {}
    with Path(__file__).with_name("schema.csv").open(encoding="utf-8") as f:
        for row in csv.DictReader(f):
            aliases = tuple(a for a in row.pop("aliases").split("|") if a)
            nullable = row.pop("nullable") == "true"
            column = Column(**row, aliases=aliases, nullable=nullable)
            found.setdefault(column.table, {})[column.name] = column
    return found


def label_of(table: str, name: str, lang: Language) -> str:
    """Label of a column for people."""
    column = tables()[table][name]
    return column.label_ja if lang == "ja" else column.label_en
