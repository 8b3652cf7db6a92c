"""Draw the pictures of the guide from the sample, so that pages show what the code makes today."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import connhub
from connhub import plots
from connhub.scenario import Arrival, Scenario

__all__ = ["setup"]

_SAMPLE = "data/sample/delivered"


def _draw(app: Any, _: Any) -> None:
    root = Path(app.srcdir).parent
    result = connhub.analyze(
        str(root / _SAMPLE / "transactions.csv"),
        str(root / _SAMPLE / "firms.csv"),
        missing_amount="exclude",
        grain="pairs",
        progress=False,
    )
    selection = result.select(
        str(root / _SAMPLE / "firms.csv"),
        financials=str(root / _SAMPLE / "financials.csv"),
        scheme="historical-fy2019",
        per_region=10,
    )
    first = str(selection.top(1, of_region="15")["firm_id"].iloc[0])
    ripple, leaks = result.ripple("15"), result.leaks(str(root / _SAMPLE / "firms.csv"))
    niigata: dict[str, Any] = {"of_region": "15", "lang": "en"}
    pictures = {
        "connector_hub": plots.connector_hub(result.degrees, selection=selection, **niigata),
        "concentration": plots.concentration(result.degrees, **niigata),
        "contributions": plots.contributions(selection, **niigata),
        "stability": plots.stability(selection, **niigata),
        "tile_map": plots.tile_map(result.regions, lang="en"),
        "flow_matrix": plots.flow_matrix(result.linkages, lang="en"),
        "strongest_linkages": plots.strongest_linkages(result.linkages, lang="en"),
        "fireworks": plots.fireworks(result.trade, first, degrees=result.degrees, lang="en"),
        "ripple_tiers": plots.ripple_tiers(ripple, lang="en"),
        "leak_map": plots.leak_map(leaks, **niigata),
        "dependents": plots.dependents(ripple, lang="en"),
        "resilience": plots.resilience(ripple, leaks, **niigata),
    }
    japanese = plots.connector_hub(result.degrees, selection=selection, of_region="15", lang="ja")
    pictures["connector_hub_ja"] = japanese
    pictures |= _of_years(root / "data" / "sample", niigata)
    plant = Arrival("NEW", "15", sales=3_000_000_000, purchases=1_000_000_000, industry="28")
    table = connhub.read_firms(str(root / _SAMPLE / "firms.csv"))
    change = connhub.what_if(result, Scenario([plant]), table)
    pictures["before_after"] = plots.before_after(change, **niigata)
    folder = Path(app.srcdir) / "how-to" / "pictures"
    folder.mkdir(exist_ok=True)
    for name, picture in pictures.items():
        picture.save(folder / f"{name}.png", scale=1.5)


def _of_years(sample: Path, niigata: dict[str, Any]) -> dict[str, Any]:
    """The pictures of what changed, and of a target."""
    firms, years = str(sample / "years" / "firms.parquet"), sample / "years"
    panel = connhub.analyze_years(
        str(years / "transactions.parquet"),
        firms,
        firm_changes=str(years / "firm_changes.csv"),
        grain="pairs",
        progress=False,
    )
    change = panel.compare(2023, 2025, firms=firms)
    financials = str(sample / "financials.parquet")
    progress = connhub.track(panel, str(years / "targets.csv"), financials=financials)
    return {
        "change_waterfall": plots.change_waterfall(change, **niigata),
        "rank_slope": plots.rank_slope(change, **niigata),
        "target_path": plots.target_path(progress, 0, lang="en"),
    }


def setup(app: Any) -> dict[str, bool]:
    """Draw before Sphinx looks for sources."""
    app.connect("config-inited", _draw)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
