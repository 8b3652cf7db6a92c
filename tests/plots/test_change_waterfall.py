"""The waterfall: steps as counted, from sum to sum, with the three figures below the title."""

import pytest

import connhub
from connhub.errors import OptionError
from connhub.plots import change_waterfall
from tests.measures.two_years import two_years
from tests.plots.builders import notes


def shown(picture, kind):
    found = [e for e in picture.spec["layer"] if e["mark"]["type"] == kind]
    return [row for e in found for row in e["data"]["values"]]


@pytest.mark.parametrize("seed", range(4))
def test_bars_run_from_one_sum_to_the_other(seed):
    before, after, _ = two_years(seed)
    change = connhub.compare(before, after)
    picture = change_waterfall(change, of_region="新潟県", lang="en")
    bars = shown(picture, "rect")
    assert [bar["n"] for bar in bars] == [
        "2023", "Pairs that continue", "New pairs", "Lost pairs", "Firms that enter",
        "Firms that leave", "2024",
    ]  # fmt: skip
    rows = change.transactions
    rows = rows[rows["region"] == "15"].set_index("term")
    widths = [bars[0]["X"] - bars[0]["x"], bars[-1]["X"] - bars[-1]["x"]]
    sums = [abs(int(rows["before"].sum())), abs(int(rows["after"].sum()))]
    assert abs(widths[0] * sums[1] - widths[1] * sums[0]) <= max(sums) + 1  # a pixel at least
    for bar, term in zip(bars[1:-1], rows.index, strict=True):
        moved = int(rows.loc[term, "change"])
        assert bar["v"] == (f"+{moved:,} yen" if moved > 0 else f"{moved:,} yen")
        assert bar["p"].startswith(f"{rows.loc[term, 'pairs']} pair")


def test_growth_stands_in_three_figures_with_the_warning():
    before, after, _ = two_years(2)
    change = connhub.compare(before, after)
    text = notes(change_waterfall(change, of_region="15", lang="en"))
    row = change.regions.query("region == '15' and figure == 'in_region_transactions'")
    growth = row.set_index("basis")["growth"]
    assert f"Change: {growth['all']:+.1%} of all rows" in text
    assert ("newly seen is not new" in text) == bool(change.notes_of("15"))
    assert "2023 to 2024" in text
    assert change_waterfall(change).shows  # all regions together


def test_nothing_and_what_is_not_known():
    before, after, _ = two_years(2)
    change = connhub.compare(before, after)
    assert not change_waterfall(change, of_region="47").shows
    with pytest.raises(OptionError):
        change_waterfall(change, of_region="Atlantis")
    coarse = connhub.compare(*two_years(2, grain="firms")[:2])
    with pytest.raises(OptionError, match="grain 'pairs'"):
        change_waterfall(coarse, of_region="15")
