"""The walk from links without amounts to an analysis of estimated ones."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import connhub
from connhub.errors import ColumnError, InputError, OptionError
from connhub.estimation.estimate import Estimate
from connhub.estimation.estimated_transactions import read_estimate


def economy(seed=1, firms=60, links=300, known=0.2):
    """Firms, links with some amounts, true amounts, and the totals they add up to."""
    rng = np.random.default_rng(seed)
    ids = [f"F{i:03d}" for i in range(firms)]
    pairs = {(s, b) for s, b in rng.integers(0, firms, (links, 2)).tolist() if s != b}
    seller, buyer = np.array(sorted(pairs)).T
    true = np.maximum(1, np.exp(10 + 1.2 * rng.standard_normal(seller.size))).astype(np.int64)
    table = pd.DataFrame({"seller_id": seller, "buyer_id": buyer, "amount": true})
    sums = [table.groupby(c)["amount"].sum() for c in ("seller_id", "buyer_id")]
    sales, purchases = (s.reindex(range(firms), fill_value=0) for s in sums)
    totals = pd.DataFrame(
        {"firm_id": ids, "year": 2024, "net_sales": sales, "purchases_reported": purchases}
    )
    table["seller_id"] = [ids[i] for i in seller]
    table["buyer_id"] = [ids[i] for i in buyer]
    hidden = table.assign(amount=table["amount"].where(rng.random(len(table)) < known))
    places = rng.choice(["13", "15", "27"], firms)
    return {
        "firms": pa.table({"firm_id": ids, "prefecture_code": places}),
        "links": hidden.astype({"amount": "Int64"}),
        "true": table,
        "totals": totals,
    }


def estimate(tables, **options):
    return connhub.estimate_amounts(
        tables["links"], tables["firms"], tables["totals"], **{"margins": "exact", **options}
    )


def faults(error, *args, **options):
    with pytest.raises(error) as caught:
        connhub.estimate_amounts(*args, **options)
    return caught.value.faults


@pytest.fixture(scope="module")
def tables():
    return economy()


@pytest.fixture(scope="module")
def found(tables):
    return estimate(tables)


def test_known_amounts_stay_and_totals_are_met_to_the_unit_for_sellers(tables, found):
    frame = found.transactions.frame
    known = tables["links"].dropna()
    given = frame[~frame["estimated"]]
    assert given["amount"].tolist() == known["amount"].tolist()
    assert (given["low"] == given["amount"]).all()
    assert (given["high"] == given["amount"]).all()
    sold = frame.groupby("seller_id")["amount"].sum()
    sales = tables["totals"].set_index("firm_id")["net_sales"]
    assert (sold == sales[sold.index]).all()
    bought = frame.groupby("buyer_id")["amount"].sum()
    purchases = tables["totals"].set_index("firm_id")["purchases_reported"][bought.index]
    assert np.abs(bought - purchases).max() <= tables["links"].groupby("buyer_id").size().max()
    assert (frame["low"] <= frame["amount"]).all()
    assert (frame["high"] >= frame["amount"]).all()
    assert len(frame) == len(tables["links"])


def test_margins_say_what_was_met(tables, found):
    margins = found.margins.set_index("firm_id")
    rows = margins["sales_total"] > 0
    assert (margins["sales_known"] + margins["sales_estimated"] == margins["sales_total"])[
        rows
    ].all()
    assert margins["sales_miss"].abs().max() < 1e-9
    assert margins["purchases_miss"].abs().max() < 1e-9
    assert found.margins.attrs == {"unit": "円", "label": "modelled"}


def test_the_order_of_rows_and_firms_changes_no_bit(tables, found):
    rng = np.random.default_rng(2)
    shuffled = {
        "links": tables["links"].iloc[rng.permutation(len(tables["links"]))],
        "firms": tables["firms"].take(pa.array(rng.permutation(len(tables["firms"])))),
        "totals": tables["totals"].iloc[rng.permutation(len(tables["totals"]))],
    }
    again = estimate(shuffled)
    keys = ["seller_id", "buyer_id"]
    one, other = (e.transactions.frame.sort_values(keys, ignore_index=True) for e in (found, again))
    pd.testing.assert_frame_equal(one, other)
    pd.testing.assert_frame_equal(found.validation, again.validation)


def test_integer_ids_stay_integers(tables):
    numbers = {f"F{i:03d}": 10 + i for i in range(60)}
    links = tables["links"].replace({"seller_id": numbers, "buyer_id": numbers})
    links = links.astype({"seller_id": "int64", "buyer_id": "int64"})
    ids = pa.array([numbers[i] for i in tables["firms"]["firm_id"].to_pylist()])
    firms = tables["firms"].set_column(0, "firm_id", ids)
    totals = tables["totals"].assign(firm_id=tables["totals"]["firm_id"].map(numbers))
    frame = connhub.estimate_amounts(links, firms, totals, margins="exact").transactions.frame
    assert frame["seller_id"].dtype == "int64"


def test_validation_is_by_size_and_its_shares_are_in_order(found):
    frame = found.validation
    assert frame["stratum"].tolist() == ["all", "small", "middle", "large"]
    assert frame["amounts"].iloc[1:].sum() == frame["amounts"].iloc[0] > 30
    assert (frame["typical_factor"] >= 1).all()
    assert (frame["within_2"] <= frame["within_10"]).all()
    assert (frame["coverage_50"] <= frame["coverage_80"]).all()
    assert (frame["coverage_80"] <= frame["coverage_90"]).all()
    assert frame["coverage_90"].iloc[0] >= 0.85
    assert "known_are_large" in " ".join(note.kind for note in found.notes)


def test_links_without_any_amount_need_exact_totals(tables):
    links = tables["links"].drop(columns="amount")
    result = connhub.estimate_amounts(links, tables["firms"], tables["totals"])
    assert result.options["margins"] == "exact"
    assert result.transactions.frame["estimated"].all()
    assert result.validation.empty
    assert "estimation.spread_assumed" in [note.kind for note in result.notes]
    for margins in ("at_most", "soft"):
        (fault,) = faults(OptionError, links, tables["firms"], tables["totals"], margins=margins)
        assert fault.kind == "estimation.no_known_amounts"


def test_limits_are_kept_and_are_the_default_where_amounts_are_known(tables):
    result = connhub.estimate_amounts(tables["links"], tables["firms"], tables["totals"])
    assert result.options["margins"] == "at_most"
    margins = result.margins
    for side in ("sales", "purchases"):
        assert (margins[f"{side}_miss"].dropna() <= 1e-9).all()
    estimated = margins["sales_estimated"].sum()
    assert 0.5 * estimated < result.largest_total
    assert estimated <= result.largest_total + len(margins)
    assert {"seller_sales", "buyer_purchases"} <= result.terms.keys()


def test_totals_that_cannot_be_met_are_an_error_that_names_the_firms(tables):
    totals = tables["totals"].copy()
    links = tables["links"].drop(columns="amount")
    buyers = set(links.loc[links["seller_id"] == "F007", "buyer_id"])
    limit = totals.loc[totals["firm_id"].isin(buyers), "purchases_reported"].sum()
    totals.loc[totals["firm_id"] == "F007", "net_sales"] = limit + 10**13
    (fault,) = faults(InputError, links, tables["firms"], totals)
    assert fault.kind == "estimation.sellers_cannot_be_met"
    assert fault.examples == ("F007",)
    assert fault.values["total"] == limit + 10**13
    assert fault.values["partners_total"] == limit


def test_a_total_below_the_known_amounts_is_raised_to_them_and_listed(tables):
    links, totals = tables["links"], tables["totals"].copy()
    known = links.dropna().groupby("seller_id")["amount"].sum()
    firm = known.index[0]
    totals.loc[totals["firm_id"] == firm, "net_sales"] = known[firm] - 1
    result = connhub.estimate_amounts(links, tables["firms"], totals)
    (note,) = [n for n in result.notes if n.kind == "estimation.raised"]
    assert note.values["firms"] == 1
    assert list(note.values["examples"]) == [firm]
    frame = result.transactions.frame
    mine = frame[(frame["seller_id"] == firm) & frame["estimated"]]
    assert mine["amount"].sum() == 0


def test_firms_without_totals_are_held_by_their_partners(tables):
    links, totals = tables["links"].drop(columns="amount"), tables["totals"].copy()
    seller, buyer = links.iloc[0]
    totals["net_sales"] = totals["net_sales"].astype("Int64")
    totals.loc[totals["firm_id"] == seller, "net_sales"] = None
    result = connhub.estimate_amounts(links, tables["firms"], totals)
    (note,) = [n for n in result.notes if n.kind == "estimation.without_totals"]
    assert (note.values["sellers"], note.values["buyers"]) == (1, 0)
    totals["purchases_reported"] = totals["purchases_reported"].astype("Int64")
    totals.loc[totals["firm_id"] == buyer, "purchases_reported"] = None
    (fault,) = faults(InputError, links, tables["firms"], totals)
    assert fault.kind == "estimation.no_total_at_either_end"
    assert set(fault.examples) == {seller, buyer}


def test_a_firm_without_sales_sells_nothing(tables):
    links, totals = tables["links"].drop(columns="amount"), tables["totals"].copy()
    seller = links["seller_id"].iloc[0]
    rows = tables["true"][tables["true"]["seller_id"] == seller]
    totals.loc[totals["firm_id"] == seller, "net_sales"] = 0
    bought = totals["firm_id"].map(rows.groupby("buyer_id")["amount"].sum()).fillna(0)
    totals["purchases_reported"] -= bought.astype("int64")
    result = connhub.estimate_amounts(links, tables["firms"], totals)
    frame = result.transactions.frame
    assert len(frame) == len(links)
    assert (frame.loc[frame["seller_id"] == seller, ["amount", "low", "high"]] == 0).all(axis=None)
    assert result.margins["purchases_miss"].abs().max() < 1e-6


def test_purchases_follow_from_sales_where_a_ratio_is_given(tables):
    totals = tables["totals"].drop(columns="purchases_reported")
    result = connhub.estimate_amounts(
        tables["links"], tables["firms"], totals, cost_ratio=0.5, margins="at_most"
    )
    margins = result.margins
    known = margins["purchases_known"]
    half = (totals.set_index("firm_id")["net_sales"][margins["firm_id"]] / 2).round().to_numpy()
    assert (margins["purchases_total"] == np.maximum(half, known)).all()
    firms = tables["firms"].append_column("industry_code", pa.array(["0911", "5311"] * 30))
    by_code = connhub.estimate_amounts(
        tables["links"], firms, totals, cost_ratio={"09": 0.25, "0911": 0.75}, margins="at_most"
    ).margins.set_index("firm_id")
    assert by_code.loc["F001", "purchases_total"] is pd.NA
    sales = totals.set_index("firm_id")["net_sales"]["F000"]
    assert by_code.loc["F000", "purchases_total"] == max(
        round(0.75 * sales), by_code.loc["F000", "purchases_known"]
    )


def test_rows_that_are_no_links_are_counted():
    tables = economy(3, known=0)
    links = tables["links"]
    more = pd.DataFrame(
        {"seller_id": ["F001", "F001", "X"], "buyer_id": ["F001", "Y", "F002"], "amount": pd.NA}
    )
    repeated = pd.concat([links, links.iloc[:2], more.astype({"amount": "Int64"})])
    result = connhub.estimate_amounts(repeated, tables["firms"], tables["totals"])
    left_out = {n.kind: n.values["rows"] for n in result.notes if "rows" in n.values}
    assert left_out == {
        "estimation.left_out_same_firm": 1,
        "estimation.left_out_not_listed": 2,
        "estimation.left_out_repeated": 2,
    }
    assert len(result.transactions) == len(links)


def test_years_must_be_chosen_and_totals_are_of_that_year(tables):
    links = tables["links"].drop(columns="amount")
    both = pd.concat([links.assign(year=2023), links.assign(year=2024)])
    (fault,) = faults(OptionError, both, tables["firms"], tables["totals"])
    assert fault.kind == "estimation.several_years"
    (fault,) = faults(InputError, both, tables["firms"], tables["totals"], year=2023)
    assert fault.kind == "estimation.no_totals"
    frame = connhub.estimate_amounts(both, tables["firms"], tables["totals"], year=2024)
    assert frame.transactions.frame["year"].eq(2024).all()


def test_nothing_to_estimate_and_wrong_tables_are_errors(tables):
    (fault,) = faults(InputError, tables["true"], tables["firms"], tables["totals"])
    assert fault.kind == "estimation.nothing_to_estimate"
    with pytest.raises(ColumnError):
        connhub.estimate_amounts(tables["firms"], tables["firms"], tables["totals"])
    for name, value in [("draws", 1), ("soft_weight", 0), ("cost_ratio", -1), ("seed", -1)]:
        (fault,) = faults(
            OptionError, tables["links"], tables["firms"], tables["totals"], **{name: value}
        )
        assert fault.kind == "errors.out_of_range"
    (fault,) = faults(
        OptionError, tables["links"], tables["firms"], tables["totals"], margins="most"
    )
    assert fault.kind == "errors.not_offered"


def test_analyze_takes_the_transactions_and_says_what_is_estimated(tables, found):
    result = connhub.analyze(found.transactions, tables["firms"])
    frame, transactions = result.degrees.frame, found.transactions.frame
    estimated = transactions[transactions["estimated"]]
    assert result.ledger.entry("with_estimated") == (len(estimated), estimated["amount"].sum())
    assert result.ledger.residual_amount == 0
    assert result.degrees.label == "modelled"
    assert frame.attrs["label"] == "modelled"
    assert [n.kind for n in result.ledger.notes[:2]] == [
        "ledger.estimated",
        "estimation.assumed_exact",
    ]
    for degree in ("connector_degree", "hub_degree"):
        known = frame[frame[degree].notna()]
        assert (known[f"{degree}_low"] <= known[degree]).all()
        assert (known[f"{degree}_high"] >= known[degree]).all()
        assert (known[f"{degree}_high"] > known[f"{degree}_low"]).any()
    mine = estimated.groupby("seller_id")["amount"].sum().get("F000", 0)
    mine += estimated.groupby("buyer_id")["amount"].sum().get("F000", 0)
    row = frame.set_index("firm_id").loc["F000"]
    assert row["share_estimated"] == mine / (row["sales"] + row["purchases"])


def test_a_table_of_counted_amounts_has_no_such_columns(tables):
    result = connhub.analyze(tables["true"], tables["firms"])
    assert not {"share_estimated", "hub_degree_low"} & set(result.degrees.frame)
    assert result.degrees.frame.attrs["label"] == "counted"
    assert result.ledger.label == "counted"


def test_what_was_saved_is_analyzed_as_what_was_made(tables, found, tmp_path):
    folder = found.save(tmp_path / "estimate", csv=True)
    made = connhub.analyze(found.transactions, tables["firms"])
    again = connhub.analyze(folder, tables["firms"])
    pd.testing.assert_frame_equal(made.degrees.frame, again.degrees.frame)
    assert made.ledger.notes == again.ledger.notes
    plain = connhub.analyze(folder / "transactions.parquet", tables["firms"])
    assert plain.ledger.entry("with_estimated") == made.ledger.entry("with_estimated")
    assert plain.degrees.frame["share_estimated"].equals(made.degrees.frame["share_estimated"])
    from_csv = connhub.analyze(folder / "transactions.csv", tables["firms"])
    assert from_csv.ledger.entry("with_estimated") == made.ledger.entry("with_estimated")
    assert pq.read_schema(folder / "margins.parquet").metadata[b"label"] == b"modelled"


def test_a_saved_analysis_keeps_the_label(tables, found, tmp_path):
    result = connhub.analyze(found.transactions, tables["firms"])
    again = connhub.load(result.save(tmp_path))
    assert again.degrees.label == "modelled"
    pd.testing.assert_frame_equal(again.degrees.frame, result.degrees.frame)


def test_a_changed_estimate_is_refused(found, tmp_path):
    folder = found.save(tmp_path / "estimate")
    path = folder / "link_priors.parquet"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(connhub.ConnhubError):
        read_estimate(folder)


def test_draws_keep_known_amounts_and_the_sums_of_sellers(tables, found):
    sales = tables["totals"].set_index("firm_id")["net_sales"]
    known = found.known_rows["amount"].to_pylist()
    for drawn in found.transactions.draw(3):
        frame = drawn.to_pandas()
        assert frame.loc[~frame["estimated"], "amount"].tolist() == known
        sold = frame.groupby("seller_id")["amount"].sum()
        assert (sold == sales[sold.index]).all()
    one, other = (next(iter(found.transactions.draw(1, seed=s))) for s in (1, 2))
    assert not one.equals(other)


def test_amounts_in_fractions_of_the_unit_stay_exact():
    firms = pa.table({"firm_id": list("abcd"), "prefecture_code": ["13", "13", "27", "13"]})
    links = pa.table({"seller_id": list("aabb"), "buyer_id": list("cdcd")})
    totals = pa.table(
        {
            "firm_id": list("abcd"),
            "year": [2024] * 4,
            "net_sales": ["30.50", "10.10", "0", "0"],
            "purchases_reported": ["0", "0", "20.30", "20.30"],
        }
    )
    options = {"unit": "EUR", "resolution": "0.01"}
    result = connhub.estimate_amounts(links, firms, totals, **options)
    assert result.unit == "0.01 EUR"
    assert result.transactions.frame["amount"].tolist() == [1525, 1525, 505, 505]
    analysis = connhub.analyze(result.transactions, firms, **options)
    assert analysis.ledger.entry("read") == (4, 4060)


def test_a_prepared_table_would_lose_what_is_estimated(tables, found, tmp_path):
    with pytest.raises(OptionError) as caught:
        connhub.prepare(found.transactions, tables["firms"], out=tmp_path / "prepared")
    assert caught.value.faults[0].kind == "prepared.has_estimates"


def test_a_flag_that_is_none_is_an_error(tables):
    odd = tables["true"].assign(estimated="perhaps")
    with pytest.raises(InputError) as caught:
        connhub.analyze(odd, tables["firms"])
    assert caught.value.faults[0].kind == "intake.neither_true_nor_false"


def test_the_result_says_that_it_is_modelled(found):
    assert isinstance(found, Estimate)
    assert "modelled" in repr(found)
    assert "estimated" in repr(found.transactions)


def test_without_draws_no_firm_is_certain_by_estimated_amounts(tables, found):
    result = connhub.analyze(found.transactions, tables["firms"], grain="pairs")
    chosen = result.select(tables["firms"], per_region=3)
    certainty = chosen.certainty()
    assert set(certainty.frame["certainty"]) == {"no_verdict"}
    assert not certainty.lists["verdict"].any()
    assert "draws=" in certainty.notes[0].text("en")
    assert "推計" in certainty.sentences("ja")[0]
    assert "推計した金額の誤差" in certainty.explain(certainty.frame["firm_id"][0], lang="ja")
    assert chosen.certainty(amount_error=0.3).lists["verdict"].all()


def test_draws_feed_the_certainty_of_a_list(tables, found):
    result = connhub.analyze(found.transactions, tables["firms"])
    drawn = connhub.draw_estimated_degrees(result, found.transactions, tables["firms"], draws=20)
    assert len(drawn) == 20 * len(result.degrees.frame)
    certainty = result.select(tables["firms"], per_region=3).certainty(draws=drawn)
    shares = certainty.frame["share_of_draws"]
    assert ((shares >= 0) & (shares <= 1)).all()
    assert shares.max() > 0.5
    assert certainty.lists["verdict"].all()
    with pytest.raises(OptionError) as caught:
        connhub.draw_estimated_degrees(result, tables["true"], tables["firms"])
    assert caught.value.faults[0].kind == "estimation.no_estimate"
    with pytest.raises(OptionError):
        connhub.draw_estimated_degrees(result, found.transactions, tables["firms"].slice(1))


def test_pictures_say_that_they_rest_on_estimates(found, tables):
    from connhub.options import CaptionOptions
    from connhub.plots.picture import caption_line

    result = connhub.analyze(found.transactions, tables["firms"])
    assert caption_line(result.ledger, CaptionOptions(lang="en")).startswith("Modelled")
    assert caption_line(result.ledger, CaptionOptions(lang="ja")).startswith("推計値")
