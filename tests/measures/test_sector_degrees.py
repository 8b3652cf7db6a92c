"""Shares within a sector: another denominator, the same money."""

import numpy as np
import pandas as pd
import pytest

import connhub
from connhub.errors import OptionError
from connhub.measures.sector_degrees import sector_degrees
from tests.selection.builders import FIRMS, analysis, select


def test_the_denominator_is_the_sum_over_the_sector_in_the_region():
    degrees = analysis().degrees
    sector = degrees.frame["firm_id"].isin(["b", "c", "d"]).to_numpy()
    found = sector_degrees(degrees, sector).set_index("firm_id")
    sales = degrees.frame.set_index("firm_id")["out_of_region_sales"]
    assert found.loc["b", "sector_connector_degree"] == sales["b"] / (sales["b"] + sales["c"])
    assert found.loc["d", "sector_connector_degree"] == 1.0
    assert np.isnan(found.loc["a", "sector_connector_degree"])


def test_of_all_firms_they_are_the_degrees():
    degrees = analysis().degrees
    found = sector_degrees(degrees, np.ones(len(degrees.frame), dtype=bool))
    for name in ("connector_degree", "hub_degree"):
        np.testing.assert_array_equal(found[f"sector_{name}"], degrees.frame[name])


@pytest.mark.parametrize("sector", [[True], [1, 0, 1, 0, 1], ["a", "b"]])
def test_what_is_no_mask_is_refused(sector):
    with pytest.raises(OptionError, match="True or False for each firm"):
        sector_degrees(analysis().degrees, sector)


def test_eligible_changes_no_degree_and_adds_the_shares_within():
    everyone, some = select(), select(eligible=["b", "d"])
    own = everyone.frame.set_index("firm_id").loc[["b", "d"]]
    part = some.frame.set_index("firm_id").loc[["b", "d"]]
    for name in ("connector_degree", "hub_degree"):
        assert part[name].tolist() == own[name].tolist()
    assert part["sector_connector_degree"].tolist() == [1.0, 1.0]
    assert "sector_connector_degree" not in everyone.frame


def test_eligible_takes_a_table_of_ids_such_as_part_of_the_firm_table(tmp_path):
    part = FIRMS.to_pandas().iloc[[1, 3, 5]]  # of these "us" has no degrees
    part.to_csv(tmp_path / "製造業.csv", index=False)
    by_ids = select(eligible=["b", "d"])
    for eligible in (part, str(tmp_path / "製造業.csv"), tmp_path / "製造業.csv"):
        assert select(eligible=eligible).frame.equals(by_ids.frame)
    with pytest.raises(connhub.ConnhubError, match="firm that the firm table lacks"):
        select(eligible=pd.DataFrame({"firm_id": ["b", "zz"]}))


def test_a_firm_table_of_one_sector_is_pointed_to_eligible():
    deals = pd.DataFrame(
        {"seller_id": list("abcdab"), "buyer_id": list("cdabdc"), "amount": [30, 9, 8, 7, 6, 5]}
    )
    firms = pd.DataFrame({"firm_id": list("abcd"), "prefecture_code": ["15", "13", "15", "13"]})
    part = connhub.check(deals, firms.iloc[:3])
    assert "ledger.whole_firm_table" in [note.kind for note in part.notes]
    assert any("--eligible" in note.text("ja", flags=True) for note in part.notes)
    whole = connhub.check(deals, firms)
    assert "ledger.whole_firm_table" not in [note.kind for note in whole.notes]
