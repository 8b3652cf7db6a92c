from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

import connhub
from connhub.certainty_options import CertaintyOptions
from connhub.errors import ColumnError, InputError, OptionError
from connhub.selection import Scheme
from connhub.selection.breakdown import _SHARES

CONNECTOR = Scheme({"connector_degree": 1.0}, rank_within="region")
FIRMS = pa.table({"firm_id": list("abcdz"), "prefecture_code": ["13"] * 4 + ["27"]})
TRADE = pa.table(
    {
        "seller_id": list("abcd"),
        "buyer_id": ["z"] * 4,
        "amount": [100, 80, 70, 30],
        "year": [2025] * 4,
    }
)


def reports(net_sales=(100, 100, 110, 230, 0), year=2025):
    return pa.table({"firm_id": list("abcdz"), "year": [year] * 5, "net_sales": net_sales})


def selection(scheme=CONNECTOR, per_region=2, grain="pairs", trade=TRADE, **options):
    options.setdefault("financials", reports())
    result = connhub.analyze(trade, FIRMS, grain=grain, unknown_firm="outside")
    return result.select(scheme=scheme, per_region=per_region, **options)


def verdicts(found):
    return dict(zip(found.frame["firm_id"], found.frame["certainty"], strict=True))


def test_the_example_worked_by_hand():
    found = selection().certainty()
    assert verdicts(found) == {
        "a": "borderline",
        "b": "borderline",
        "c": "borderline",
        "d": "borderline",
    }
    assert found.breakdown_share.head(2).tolist() == [0.75, 0.25]
    assert found.frame["rank_low"].tolist() == [1, 1, 1, 1]  # at most b 100, c 110, d 230
    assert found.frame["rank_high"].tolist() == [3, 4, 4, 4]
    assert found.notes == ()  # every region has its verdict
    half = selection().certainty(missing_share=0.5)
    assert verdicts(half)["a"] == "certain"
    none = selection().certainty(missing_share=0.0)
    assert verdicts(none) == {"a": "certain", "b": "certain", "c": "out", "d": "out"}


def test_a_firm_leaves_the_list_just_beyond_its_breakdown_share():
    for share, verdict in ((0.75, "certain"), (0.751, "borderline")):
        assert verdicts(selection().certainty(missing_share=share))["a"] == verdict


def test_reports_a_thousand_times_too_small_give_no_verdict():
    thousandth = reports((1, 1, 1, 1, 0))
    found = selection(financials=thousandth).certainty()
    assert set(verdicts(found).values()) == {"no_verdict"}
    assert set(found.frame["bound"]) == {"contradicted"}
    assert [n.kind for n in found.notes] == ["certainty.regions_without_verdict"]
    assert "no verdict: 4 of 4" in found.sentences("en")[0]
    # nothing bounds anybody: no option makes a verdict of it
    accepted = selection(financials=thousandth).certainty(accept_contradicted=1.0)
    assert set(verdicts(accepted).values()) == {"no_verdict"}


def test_a_contradicted_firm_is_never_bounded_by_nothing():
    some = selection(financials=reports((100, 100, 110, 10, 0)))
    assert set(verdicts(some.certainty()).values()) == {"no_verdict"}  # 1 of 4 is above 10%
    found = some.certainty(accept_contradicted=0.25, missing_share=0.2)
    assert verdicts(found) == {"a": "certain", "b": "certain", "c": "out", "d": "no_bound"}
    rows = found.frame.set_index("firm_id")
    # b stays at 80: one rival without a bound, d with 30, must have over 50 more
    assert (rows.loc["b", "unless_rivals"], rows.loc["b", "unless_amount"]) == (1, 50)
    assert rows["unless_rivals"].isna().tolist() == [True, False, True, True]  # a needs two
    assert "unless 1 rival without an upper bound have over 50 yen more" in found.explain(
        "b", lang="en"
    )
    assert "more was counted" in found.explain("d", lang="en")
    assert found.lists[["no_bound", "contradicted"]].to_numpy().tolist() == [[1, 1]]
    assert "1 firm has no upper bound" in found.sentences("en")[0]
    assert "no upper bound" not in selection().certainty().sentences("en")[0]


def test_coverage_bounds_those_without_a_bound_where_it_is_asked_for():
    chosen = selection(financials=reports((110, 88, 77, None, 0)))
    assert verdicts(chosen.certainty())["d"] == "no_bound"
    found = chosen.certainty(without_bound="coverage")  # 250 of 275: d is 33 at most
    assert verdicts(found) == {"a": "certain", "b": "certain", "c": "out", "d": "out"}
    assert found.frame["bound"].tolist() == ["bounded"] * 4


def test_reports_are_of_the_same_year_or_refused():
    with pytest.raises(OptionError, match="hold 2024, not 2025"):
        selection(financials=reports(year=2024)).certainty()
    undated = TRADE.drop_columns("year")
    two = pa.concat_tables([reports(), reports(year=2024)])
    assert verdicts(selection(trade=undated).certainty(missing_share=0))["a"] == "certain"
    with pytest.raises(OptionError, match="name no year"):
        selection(trade=undated, financials=two).certainty()
    found = selection(trade=undated, financials=two).certainty(reported_year=2024)
    assert set(verdicts(found).values()) == {"borderline"}
    with pytest.raises(OptionError, match="the transactions are of 2025"):
        selection().certainty(reported_year=2024)


def test_two_years_that_are_added_up_need_both_reports():
    both = pa.concat_tables([TRADE, TRADE.set_column(3, "year", pa.array([2024] * 4))])
    two = pa.concat_tables([reports(), reports((100, 80, None, 30, 0), year=2024)])
    result = connhub.analyze(both, FIRMS)
    found = result.select(scheme=CONNECTOR, per_region=2, financials=two).certainty(missing_share=0)
    assert dict(zip(found.frame["firm_id"], found.frame["bound"]))["c"] == "no_report"
    assert (found.frame["bound"] == "bounded").sum() == 3


def test_reports_in_another_unit_are_refused():
    chosen = selection()
    other = connhub.analyze(TRADE, FIRMS, unit="EUR").select(scheme=CONNECTOR)
    mixed = replace(other, basis=replace(other.basis, reports=chosen.basis.reports))
    with pytest.raises(OptionError, match="EUR"):
        mixed.certainty()


def test_what_could_not_be_looked_at_is_said():
    nothing = selection(financials=None, grain="firms").certainty(amount_error=0.3)
    assert set(verdicts(nothing).values()) == {"no_verdict"}
    kinds = [m.kind for m in nothing.not_looked_at]
    assert kinds == ["certainty.needs_sales", "certainty.needs_pairs"]
    assert "Not looked at" in nothing.explain("a", lang="en")


def test_an_indicator_without_bounds_gives_no_false_certainty():
    ratio = Scheme({"out_of_region_sales_ratio": 1.0}, rank_within="region")
    found = selection(scheme=ratio).certainty()
    assert set(verdicts(found).values()) == {"no_verdict"}
    assert [m.kind for m in found.not_looked_at] == ["certainty.no_bounds_of"]


def test_errors_in_amounts_widen_to_both_sides():
    exact = selection(financials=None).certainty(amount_error=0.01)
    assert verdicts(exact) == {"a": "certain", "b": "certain", "c": "out", "d": "out"}
    rough = selection(financials=None).certainty(amount_error=1.0)
    assert set(verdicts(rough).values()) == {"borderline"}
    both = selection().certainty(amount_error=0.01, missing_share=0.5)
    assert verdicts(both) == {
        "a": "certain",
        "b": "borderline",
        "c": "borderline",
        "d": "borderline",
    }


def draws(*lists):
    """A draw each: the degrees of a to d."""
    rows = [(k, f, v) for k, values in enumerate(lists) for f, v in zip("abcd", values)]
    number, firm, value = zip(*rows)
    return pa.table({"draw": number, "firm_id": firm, "connector_degree": value})


def test_draws_give_the_share_in_which_a_firm_is_listed():
    table = draws(*[(0.4, 0.3, 0.2, 0.1)] * 19, (0.1, 0.2, 0.3, 0.4))
    found = selection(financials=None).certainty(draws=table)
    assert found.frame["share_of_draws"].tolist() == [0.95, 0.95, 0.05, 0.05]
    assert verdicts(found) == {"a": "certain", "b": "certain", "c": "out", "d": "out"}
    more = draws(*[(0.4, 0.3, 0.2, 0.1)] * 17, *[(0.1, 0.2, 0.3, 0.4)] * 3)
    found = selection(financials=None).certainty(draws=more)
    assert set(verdicts(found).values()) == {"borderline"}
    assert "listed in 85% of the draws" in found.explain("a", lang="en")


def test_draws_that_cannot_be_used_are_refused():
    chosen = selection()
    with pytest.raises(ColumnError, match="draw"):
        chosen.certainty(draws=pa.table({"firm_id": ["a"], "connector_degree": [0.5]}))
    with pytest.raises(InputError, match="1 firm without degrees"):
        chosen.certainty(draws=pa.table({"draw": [1], "firm_id": ["?"], "connector_degree": [0.5]}))


def test_the_weights_are_a_doubt_like_the_others():
    trade = pa.table(
        {
            "seller_id": list("abcdab"),
            "buyer_id": list("zzzzba"),
            "amount": [100, 80, 70, 30, 5, 9],
            "year": [2025] * 6,
        }
    )
    chosen = selection(scheme="two-degrees", per_region=1, trade=trade, financials=None)
    found = chosen.certainty(weight_draws=20)
    shares = chosen.stability(n_draws=20).set_index("firm_id")["share"]
    of_firm = found.frame.set_index("firm_id")["share_of_weights"]
    assert of_firm[shares.index].tolist() == shares.tolist()
    assert [m.kind for m in found.looked_at] == ["certainty.weights_looked_at"]
    assert "share_of_weights" not in chosen.certainty(weight_draws=0).frame


@pytest.mark.parametrize(
    "options",
    [
        {"missing_share": 1.5},
        {"missing_share": "all"},
        {"missing_share": True},
        {"amount_error": 0},
        {"amount_error": float("nan")},
        {"accept_contradicted": -0.1},
        {"without_bound": "guess"},
        {"weight_draws": -1},
        {"reported_year": 2025.5},
    ],
)
def test_options_that_make_no_sense_are_refused(options):
    with pytest.raises(OptionError):
        CertaintyOptions(**options)


def test_the_lists_stand_apart_and_in_the_order_of_names():
    found = selection().certainty(missing_share=0.5)
    assert found.of("certain")["firm_id"].tolist() == ["a"]
    assert found.of("borderline")["firm_id"].tolist() == ["b", "c", "d"]
    with pytest.raises(OptionError):
        found.of("sure")


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_words_of_the_result(lang):
    found = selection().certainty(missing_share=0.5)
    (sentence,) = found.sentences(lang)
    assert "50%" in sentence  # of what the reports leave open
    assert "48.1%" in sentence  # 260 of 540
    text = found.explain("b", lang=lang)
    assert "25%" in text
    assert found.lists["certain"].tolist() == [1]
    assert "Certainty (" in repr(found)
    assert "<pre style" in found._repr_html_()
    with pytest.raises(InputError):
        found.explain("?", lang=lang)


def test_one_region_of_many_has_the_same_verdicts():
    chosen = selection(scheme=Scheme({"connector_degree": 0.5, "sales": 0.5}), per_region=2)
    whole = chosen.certainty(missing_share=0.5).frame
    part = chosen.of_region("13").certainty(missing_share=0.5).frame
    assert whole[whole["region"] == "13"].reset_index(drop=True).equals(part)


def test_the_input_is_not_changed():
    chosen = selection()
    before = chosen.frame.copy(), chosen.basis.degrees.frame.copy()
    chosen.certainty(missing_share=0.3, without_bound="coverage")
    assert chosen.frame.equals(before[0])
    assert chosen.basis.degrees.frame.equals(before[1])
    assert np.isfinite(chosen.ranking.score).all()


def test_what_decides_a_list_by_one_degree():
    trade = pa.table(
        {
            "seller_id": ["a", "a", "b", "b", "c", "d"],
            "buyer_id": ["z", "y", "z", "y", "z", "z"],
            "amount": [60, 40, 75, 5, 70, 30],
            "year": [2025] * 6,
        }
    )
    found = selection(trade=trade, financials=None).certainty(amount_error=0.01)
    table = found.deciding.set_index("firm_id")
    # of three others the second has 70: a is 30 above it, b 10; c is 10 below b
    assert table["margin"].to_dict() == {"a": 30, "b": 10, "c": -10, "d": -50}
    assert table["largest_deal"].to_dict() == {"a": 60, "b": 75, "c": 70, "d": 30}
    assert table["stays_without_largest"].to_dict() == {
        "a": False,
        "b": False,
        "c": False,
        "d": False,
    }
    assert table["deciding_deals"].to_dict() == {"a": 2, "b": 1, "c": 0, "d": 0}
    assert found.every_deal_judged
    deals = found.deals[["firm_id", "partner_id", "side", "amount", "stays"]]
    assert deals.iloc[0].tolist() == ["a", "z", "sales", 60, False]
    assert deals["amount"].tolist() == [60, 40, 75]
    assert deals["partner_id"].isna().tolist() == [False, True, False]  # y is not in the firm table


def test_what_decides_needs_pairs_only_where_deals_are_meant():
    found = selection(grain="firms").certainty()
    table = found.deciding.set_index("firm_id")
    assert table["margin"].tolist() == [30, 10, -10, -50]
    assert table["breakdown_share"].round(2).tolist() == [0.75, 0.25, 0.25, 0.25]
    assert table[["largest_deal", "deciding_deals"]].isna().all(axis=None)
    assert not len(found.deals)
    assert found.deal_notes == ()


def test_one_deal_over_half_of_a_denominator_is_noted():
    found = selection(scheme="two-degrees", trade=TRADE_INSIDE, financials=None).certainty()
    assert [n.kind for n in found.deal_notes] == ["certainty.large_part"]
    assert found.deal_notes[0].values["count"] == 1
    assert "1 region" in found.deal_notes[0].text("en")
    assert "score_margin" in found.deciding
    assert not found.every_deal_judged


def test_only_regions_with_lists_are_noted():
    """Tokyo buys nothing inside, once returns are taken back: it has no list, and no note."""
    firms = pa.table({"firm_id": list("abcd"), "prefecture_code": ["13", "13", "27", "27"]})
    deals = [*("ac9", "bc1", "ca9", "da1"), *("ab5", "cd9", "dc1")]
    rows = [(d[0], d[1], int(d[2])) for d in deals] + [("b", "a", -5)]
    names = ("seller_id", "buyer_id", "amount")
    trade = pa.table({n: [r[i] for r in rows] for i, n in enumerate(names)})
    analysis = connhub.analyze(trade, firms, grain="pairs")
    chosen = analysis.select(scheme="two-degrees", per_region=1)
    notes = chosen.certainty().deal_notes
    sums = ["In-region purchases", "Out-of-region sales"]
    assert [note.values["sum"].text("en") for note in notes] == sums
    assert [note.values["regions"] for note in notes] == [[{"ja": "大阪府", "en": "Osaka"}]] * 2


TRADE_INSIDE = pa.table(
    {
        "seller_id": list("abcdab"),
        "buyer_id": list("zzzzba"),
        "amount": [100, 80, 70, 30, 5, 9],
        "year": [2025] * 6,
    }
)


def test_where_all_are_selected_no_place_is_in_danger():
    table = selection(per_region=4).certainty().deciding
    assert table["margin"].isna().all()
    assert table["certainty"].eq("certain").all()


def test_the_margin_to_a_threshold_is_that_of_the_score():
    chosen = selection(per_region=None, threshold=50.0)
    table = chosen.certainty().deciding.set_index("firm_id")
    score = chosen.frame.set_index("firm_id")["score"]
    assert table["score_margin"].to_dict() == pytest.approx((score - 50).to_dict())
    assert table["margin"].isna().all()


def test_a_rival_that_stands_above_already_is_none_who_would_have_to_pass():
    some = selection(financials=reports((10, 80, 70, 30, 0)))  # a is contradicted, and first
    found = some.certainty(accept_contradicted=0.25)
    assert found.frame["bound"].tolist() == ["contradicted", *["bounded"] * 3]
    assert found.frame["unless_rivals"].isna().all()
    assert found.frame["unless_amount"].isna().all()


def test_by_several_indicators_rivals_are_counted_without_an_amount():
    scheme = Scheme({"connector_degree": 0.5, "out_of_region_sales": 0.5}, rank_within="region")
    some = selection(scheme=scheme, financials=reports((100, 80, 70, 10, 0)))
    found = some.certainty(accept_contradicted=0.25)
    rows = found.frame.set_index("firm_id")
    # Without d, which has no bound, b is second of two: one rival, d, may push it out.
    assert rows["unless_rivals"].fillna(0).to_dict() == {"a": 0, "b": 1, "c": 0, "d": 0}
    assert rows["unless_amount"].isna().all()


def test_by_several_indicators_the_breakdown_share_is_the_largest_that_still_holds():
    scheme = Scheme({"connector_degree": 0.5, "out_of_region_sales": 0.5}, rank_within="region")
    chosen = selection(scheme=scheme)
    shares = chosen.certainty().deciding.set_index("firm_id")["breakdown_share"]
    steps = [0, *(share for share in _SHARES if share > 0)]
    for firm, share in shares.items():
        verdict = {True: "certain", False: "out"}[firm in "ab"]
        if np.isinf(share):
            share = 1.0
        assert verdicts(chosen.certainty(missing_share=share))[firm] == verdict
        if share < 1:
            wider = steps[steps.index(share) + 1]
            assert verdicts(chosen.certainty(missing_share=wider))[firm] == "borderline"
    assert shares.nunique() > 1


def test_the_selected_and_the_next_ten_are_looked_at_one_by_one():
    ids = [f"f{k:02d}" for k in range(15)]
    firms = pa.table({"firm_id": [*ids, "z"], "prefecture_code": ["13"] * 15 + ["27"]})
    trade = pa.table(
        {
            "seller_id": ids,
            "buyer_id": ["z"] * 15,
            "amount": list(range(150, 0, -10)),
            "year": [2025] * 15,
        }
    )
    given = pa.table({"firm_id": ids, "year": [2025] * 15, "net_sales": [300] * 15})
    result = connhub.analyze(trade, firms, grain="pairs")
    two = Scheme({"connector_degree": 0.5, "out_of_region_sales": 0.5}, rank_within="region")
    for scheme in (CONNECTOR, two):
        found = result.select(scheme=scheme, per_region=2, financials=given).certainty()
        assert found.deciding["firm_id"].tolist() == ids[:12]
        assert found.deciding["largest_deal"].tolist() == list(range(150, 30, -10))
        shares = found.breakdown_share
        assert shares.notna().tolist() == [True] * 12 + [False] * 3


def test_how_much_of_the_reports_is_missing_is_said():
    found = selection().certainty()
    (missing,) = [m for m in found.looked_at if m.kind == "certainty.missing_sales"]
    assert missing.values["share"] == "48.1%"  # 280 of 540 were counted
    zero = selection(financials=reports((0, 0, 0, 0, 0)), trade=TRADE.slice(0, 0)).certainty()
    (nothing,) = [m for m in zero.looked_at if m.kind == "certainty.missing_sales"]
    assert nothing.values["share"] == "0.0%"


def test_a_firm_that_a_draw_does_not_name_keeps_its_degree_and_one_without_is_last():
    table = pa.table(
        {"draw": ["x", "y"], "firm_id": ["c", "a"], "connector_degree": [0.9, float("nan")]}
    )
    found = selection(financials=None).certainty(draws=table).frame
    # c and a are first in x, b and c in y
    assert dict(zip(found["firm_id"], found["share_of_draws"], strict=True)) == {
        "a": 0.5, "b": 0.5, "c": 1.0, "d": 0.0,
    }  # fmt: skip


def test_draws_name_the_first_ten_firms_that_are_not_known():
    ids = [f"z{k:02d}" for k in range(12)]
    table = pa.table({"draw": [1] * 12, "firm_id": ids, "connector_degree": [0.5] * 12})
    with pytest.raises(InputError) as caught:
        selection().certainty(draws=table)
    (fault,) = caught.value.faults
    assert (fault.count, list(fault.examples)) == (12, ids[:10])
    with pytest.raises(ColumnError):
        selection().certainty(draws=table.slice(0, 0))


def test_the_field_of_a_list_is_named():
    fields = pa.table({"field": ["海洋"] * 4, "firm_id": list("abcd")})
    (of_field,) = selection(fields=fields).certainty().sentences("ja")
    assert "海洋" in of_field
    (of_region,) = selection().certainty().sentences("ja")
    assert "東京都" in of_region
    assert "None" not in of_region
    assert "nan" not in of_region


def test_where_a_newcomer_may_change_a_list_no_share_holds():
    """Firm z has no degree as counted; ranked with all others it may come between b and c."""
    scheme = Scheme({"connector_degree": 0.5, "out_of_region_sales": 0.5})
    chosen = selection(scheme=scheme)
    assert chosen.certainty().breakdown_share.tolist() == [0.2, 0.0, 0.0, 0.1]
    stands = {"a": "certain", "b": "borderline", "c": "borderline", "d": "out"}
    assert verdicts(chosen.certainty(missing_share=0.0)) == stands
    assert verdicts(chosen.certainty(missing_share=0.1)) == stands
    assert verdicts(chosen.certainty(missing_share=0.2)) == {**stands, "d": "borderline"}


def test_by_a_threshold_the_verdict_is_on_the_score():
    options = {"per_region": None, "threshold": 50.0}
    none = selection(**options).certainty(missing_share=0.0)
    assert verdicts(none) == {"a": "certain", "b": "certain", "c": "out", "d": "out"}
    # d may come second, and b third; c is third at best
    found = selection(**options, financials=reports((100, 80, 70, 99, 0))).certainty()
    assert verdicts(found) == {
        "a": "certain",
        "b": "borderline",
        "c": "out",
        "d": "borderline",
    }


def test_ranks_and_scores_of_each_indicator_have_bounds_around_them():
    chosen = selection(scheme="two-degrees", trade=TRADE_INSIDE)
    frame = chosen.certainty().frame.set_index("firm_id")
    for name in ("connector_degree", "hub_degree"):
        listed = chosen.frame.set_index("firm_id").loc[frame.index]
        for figure in ("rank", "deviation_score"):
            low, high = (frame[f"{name}_{figure}_{end}"] for end in ("low", "high"))
            assert (low <= listed[f"{name}_{figure}"] + 1e-9).all()
            assert (listed[f"{name}_{figure}"] <= high + 1e-9).all()
    assert (frame["connector_degree_rank_low"] < frame["connector_degree_rank_high"]).any()


def test_the_unexplained_share_is_of_firms_that_report():
    """Of 30 more than the 250 that a, b and c sell; nothing is known of d."""
    found = selection(financials=reports((100, 100, 80, None, 0))).certainty()
    assert found.lists["unexplained_share"].tolist() == [pytest.approx(30 / 280)]
