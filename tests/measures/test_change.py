"""Changes of degrees against fractions, over random pairs of economies; and one firm a region."""

from fractions import Fraction

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import connhub
from connhub.errors import OptionError
from connhub.measures.change import DEGREES
from connhub.measures.compare import compare
from connhub.schema import columns
from tests.measures.two_years import two_years

PARTS = [
    ["own_effect", "region_effect"],
    ["own_effect_lmdi", "region_effect_lmdi"],
    ["orientation_effect", "size_effect", "region_orientation_effect"],
]


def check_degrees(seed, **options):
    before, after, firms = two_years(seed, **options)
    change, back = compare(before, after, firms), compare(after, before, firms)
    for by, (amount, _, whole) in DEGREES.items():
        frame = change.degrees(by)
        stays = frame[(frame["status"] == "stays") & frame["change"].notna()]
        old, new = (r.degrees.frame.set_index("firm_id") for r in (before, after))
        for row in stays.itertuples():
            one, other = old.loc[row.firm_id], new.loc[row.firm_id]
            exact = Fraction(int(other[amount]), int(other[whole])) - Fraction(
                int(one[amount]), int(one[whole])
            )
            assert row.change == pytest.approx(float(exact), abs=1e-12)
            assert row.own_effect + row.region_effect == pytest.approx(float(exact), abs=1e-12)
            assert (row.amount_before, row.amount_after) == (one[amount], other[amount])
        for names in PARTS:
            sums = stays[names].sum(axis=1, skipna=False).dropna()
            assert (sums - stays["change"].loc[sums.index]).abs().max() <= 1e-12 or sums.empty
        others = frame[frame["status"] != "stays"]
        assert others[[n for names in PARTS for n in names]].isna().all().all()
        of_region = frame.groupby("region")["change"].sum(min_count=1).dropna()
        listed = [r.degrees.frame.groupby("region")[by].sum(min_count=1) for r in (before, after)]
        both = of_region - (listed[1] - listed[0]).loc[of_region.index]
        assert (both.abs() <= 1e-12).all()
        mirrored = back.degrees(by).set_index(["firm_id", "region"])
        mirrored = mirrored.loc[list(zip(frame["firm_id"], frame["region"], strict=True))]
        for name in ["change", "moved", "growth", *PARTS[0], *PARTS[1], *PARTS[2]]:
            one, other = (f[name].astype("float64").to_numpy() for f in (frame, mirrored))
            assert np.allclose(one, -other, atol=1e-12, rtol=0, equal_nan=True), (seed, by, name)
    bought = change.purchases
    whole = bought["in_region_purchases_after"] - bought["in_region_purchases_before"]
    assert (bought["change"] == whole).all()
    split = bought[bought["status"] == "stays"]
    assert (split["turning_local"] + split["buying_more"] == split["change"]).all()
    for of in ("sales", "in_region_purchases"):
        shares = change.shift_share(of)
        effects = shares[["national_effect", "mix_effect", "competitive_effect"]].sum(axis=1)
        assert (effects == shares["change"]).all()
        for when, result in zip(("before", "after"), (before, after), strict=True):
            expected = result.degrees.frame.groupby("region")[of].sum()
            found = shares.groupby("region")[when].sum().reindex(expected.index, fill_value=0)
            assert found.tolist() == expected.tolist()


@pytest.mark.parametrize("seed", range(12))
def test_parts_add_up(seed):
    check_degrees(seed)


@pytest.mark.long
def test_parts_of_500_pairs_of_economies_add_up():
    for seed in range(500):
        check_degrees(seed, grain="firms" if seed % 2 else "pairs")


@pytest.mark.parametrize("self_trade", ["exclude", "include"])
def test_all_firms_of_a_region_in_one(self_trade):
    """Its connector degree is 1 and stays so; its hub degree is null, or 1 with self-trade."""
    firms = pa.table({"firm_id": ["all", "x", "y"], "prefecture_code": ["15", "13", "13"]})

    def result(year, *amounts):
        ends = [("all", "x"), ("x", "all"), ("all", "all"), ("x", "y")]
        seller, buyer = zip(*ends, strict=True)
        table = {"seller_id": seller, "buyer_id": buyer, "amount": amounts, "year": [year] * 4}
        return connhub.analyze(pa.table(table), firms, self_trade=self_trade)

    change = compare(result(2023, 50, 20, 30, 9), result(2024, 80, 10, 60, 9))
    merged = change.degrees().set_index("firm_id").loc["all"]
    assert (merged["before"], merged["after"], merged["change"]) == (1, 1, 0)
    assert merged["own_effect"] + merged["region_effect"] == pytest.approx(0, abs=1e-12)
    hub = change.degrees("hub_degree").set_index("firm_id").loc["all"]
    if self_trade == "include":
        assert (hub["before"], hub["after"], hub["change"]) == (1, 1, 0)
    else:
        assert hub[["before", "after", "change", "own_effect"]].isna().all()


def test_ranks_are_those_of_the_degrees():
    before, after, firms = two_years(4)
    frame = compare(before, after, firms).degrees("hub_degree").set_index("firm_id")
    for when, result in zip(("before", "after"), (before, after), strict=True):
        ids = result.degrees.frame["firm_id"]
        looked_up = result.firms(ids).set_index("firm_id")["hub_rank"]
        there = frame[frame[f"rank_{when}"].notna()]
        assert (there[f"rank_{when}"] == looked_up.loc[there.index]).all()
    moved = frame["rank_before"] - frame["rank_after"]
    assert frame["moved"].dropna().tolist() == moved.dropna().tolist()


def test_frames_are_in_the_schema_and_labelled(tmp_path):
    before, after, firms = two_years(2)
    change = compare(before, after, firms)
    frames = {
        "degree_change": change.degrees(),
        "region_change": change.regions,
        "transaction_change": change.transactions,
        "purchase_change": change.purchases,
        "shift_share": change.shift_share(),
        "firm_statuses": change.counts,
    }
    for name, frame in frames.items():
        assert list(frame.columns) == list(columns(name)), name
        assert frame.attrs == {"unit": "円", "label": "counted"}, name
    assert change.years == ("2023", "2024")
    folder = change.save(tmp_path / "change", csv=True)
    saved = pd.read_parquet(folder / "degree_change.parquet")
    assert len(saved) == 2 * len(change.degrees())
    assert {p.stem for p in folder.glob("*.csv")} == frames.keys() - {"shift_share"}
    assert change.counts.groupby("status")["firms"].sum().to_dict() == {
        status: int((change.degrees()["status"] == status).sum())
        for status in set(change.degrees()["status"]) - {"no_trade"}
    }


def test_what_is_missing_is_an_error():
    before, after, _ = two_years(2)
    change = compare(before, after)
    with pytest.raises(OptionError, match="no industry codes"):
        change.shift_share()
    with pytest.raises(OptionError, match="by='hub'"):
        change.degrees("hub")
    with pytest.raises(OptionError, match="columns"):
        change.ranks(pd.DataFrame(), pd.DataFrame())


def test_places_that_moved_are_bounded():
    before, after, firms = two_years(1)
    names = ["firm_id", "name", "region", "field", "rank", "rank_low", "rank_high"]
    lists = [pd.DataFrame([["a", "n", "15", None, k, k, k]], columns=names) for k in (3, 1)]
    moved = compare(before, after, firms).ranks(*lists)
    assert moved["moved"].tolist() == [2]
    assert moved.attrs == {"unit": "円", "label": "bounded"}


def test_a_change_is_shown_as_a_table_without_numbers_of_rows():
    before, after, firms = two_years(2)
    lines = repr(compare(before, after, firms)).splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("Change "))
    assert lines[start] == "Change 2023 -> 2024"
    assert len(lines[start + 1].split()) == len(set(lines[start + 1].split()))
    assert not any(line.lstrip()[:1].isdigit() for line in lines[start + 2 :])


@pytest.mark.parametrize(("lang", "all_rows"), [("ja", "全件"), ("en", "all rows")])
def test_a_notebook_shows_a_change_in_words(monkeypatch, lang, all_rows):
    monkeypatch.setenv("CONNHUB_LANG", lang)
    before, after, firms = two_years(2)
    change = compare(before, after, firms)
    html = change._repr_html_()
    assert f">{all_rows}</td>" in html
    whole = change.regions.query("figure == 'out_of_region_sales' and basis == 'all'")[
        "after"
    ].sum()
    assert f">{whole:,}</td>" in html
    shown = connhub.show(change.counts, lang=lang)._repr_html_()
    assert "stays" not in shown or lang == "en"
