"""The slope: places as ranked, lines for firms that are among the first in both years."""

import pytest

import connhub
from connhub.errors import OptionError
from connhub.plots import rank_slope
from tests.measures.two_years import two_years


def shown(picture, kind):
    found = [e for e in picture.spec["layer"] if e["mark"]["type"] == kind]
    return [row for e in found for row in e["data"]["values"]]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("by", ["connector_degree", "hub_degree"])
def test_places_are_those_of_both_years(seed, by):
    before, after, _ = two_years(seed)
    change = connhub.compare(before, after)
    picture = rank_slope(change, of_region="15", by=by, n=4, lang="en")
    if not picture.shows:
        assert not (change.degrees(by).query("region == '15'")["amount_after"] > 0).any()
        return
    frame = change.degrees(by)
    frame = frame[frame["region"] == "15"]
    first = {}
    for when in ("before", "after"):
        some = frame[frame[f"rank_{when}"].notna() & (frame[f"amount_{when}"] > 0)]
        first[when] = some.sort_values([f"rank_{when}", "firm_id"])["firm_id"].tolist()[:4]
    both = set(first["before"]) & set(first["after"])
    assert {row["n"] for row in shown(picture, "rule")} == both
    assert len(shown(picture, "circle")) == len(first["before"]) + len(first["after"])
    words = [row["t"] for row in shown(picture, "text")]
    for firm in first["after"]:
        rank = int(frame.set_index("firm_id").loc[firm, "rank_after"])
        assert any(word.startswith(f"{rank}  {firm}") for word in words)


def test_what_is_no_place_or_degree():
    change = connhub.compare(*two_years(1)[:2])
    with pytest.raises(OptionError):
        rank_slope(change, of_region="Atlantis")
    with pytest.raises(OptionError, match="by='score'"):
        rank_slope(change, of_region="15", by="score")
    with pytest.raises(OptionError):
        rank_slope(change, of_region="15", n=0)
    assert not rank_slope(change, of_region="47").shows
