"""Firm totals instead of transactions: the same degrees, and nothing implausible in silence."""

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import connhub
from connhub.errors import ColumnError, InputError, LimitError, OptionError
from connhub.networks import region_graph
from connhub.plots import flow_matrix, strongest_linkages
from connhub.totals.firm_totals import read_firm_totals

AMOUNTS = ["sales", "out_of_region_sales", "overseas_sales", "purchases", "in_region_purchases"]
CODES = ["01", "13", "15", "27"]


def random_economy(seed, *, lowest=0, highest=10**11):
    """Firms in regions, abroad and nowhere, and deals between them."""
    random = np.random.default_rng(seed)
    n = int(random.integers(1, 40))
    places = random.choice([*CODES, *CODES, "", "US"], n)
    firms = pa.table(
        {
            "firm_id": [f"f{i:02d}" for i in range(n)],
            "name": [f"企業{i}" for i in range(n)],
            "prefecture_code": ["" if p == "US" else p for p in places],
            "country_code": ["US" if p == "US" else "" for p in places],
        }
    )
    deals = int(random.integers(0, 200))
    parties = random.integers(0, n, (2, deals))
    trade = pa.table(
        {
            "seller_id": [f"f{i:02d}" for i in parties[0]],
            "buyer_id": [f"f{i:02d}" for i in parties[1]],
            "amount": random.integers(lowest, highest, deals),
        }
    )
    return firms, trade


def summed(firms, trade):
    """What each firm sells and buys, added up deal by deal in plain Python."""
    place = {}
    for row in firms.to_pylist():
        place[row["firm_id"]] = row["country_code"] or row["prefecture_code"]
    sums = {firm: dict.fromkeys(AMOUNTS, 0) for firm in place}
    for row in trade.to_pylist():
        seller, buyer, amount = row["seller_id"], row["buyer_id"], row["amount"]
        if seller == buyer or not place[seller] or not place[buyer]:
            continue
        if place[seller] == place[buyer] == "US":
            continue
        sums[seller]["sales"] += amount
        sums[buyer]["purchases"] += amount
        if place[seller] == place[buyer]:
            sums[buyer]["in_region_purchases"] += amount
        else:
            sums[seller]["out_of_region_sales"] += amount
            sums[seller]["overseas_sales"] += amount * (place[buyer] == "US")
    columns = {name: [s[name] for s in sums.values()] for name in AMOUNTS}
    return pa.table({**{n: firms[n] for n in firms.column_names}, **columns})


@pytest.mark.parametrize("seed", range(200))
def test_degrees_equal_those_from_the_deals(seed):
    firms, trade = random_economy(seed)
    survey = summed(firms, trade)
    of_deals = connhub.analyze(trade, firms)
    of_totals = connhub.analyze_firm_totals(survey)
    pd.testing.assert_frame_equal(of_totals.degrees.frame, of_deals.degrees.frame, check_exact=True)
    regions, same = of_totals.regions.frame, of_deals.regions.frame
    known = [c for c in regions if not c.startswith(("unknown", "excluded"))]
    pd.testing.assert_frame_equal(regions[known], same[known], check_exact=True)
    assert of_totals.ledger.residual_rows == of_totals.ledger.residual_amount == 0


@pytest.mark.parametrize("seed", range(50))
def test_degrees_from_percentages_equal_those_from_the_deals(seed):
    firms, trade = random_economy(seed)
    survey = summed(firms, trade).to_pandas()
    shares = survey.assign(
        out_of_region_share=100 * survey["out_of_region_sales"] / survey["sales"],
        in_region_purchase_share=100 * survey["in_region_purchases"] / survey["purchases"],
    ).fillna({"out_of_region_share": 0.0, "in_region_purchase_share": 0.0})
    shares = shares.drop(columns=["out_of_region_sales", "in_region_purchases"])
    of_deals = connhub.analyze(trade, firms).degrees.frame
    of_shares = connhub.analyze_firm_totals(shares, share_unit="percent").degrees.frame
    pd.testing.assert_frame_equal(of_shares, of_deals, check_exact=True)


@pytest.mark.parametrize("seed", range(20))
def test_netted_returns_are_implausible_unless_included(seed):
    firms, trade = random_economy(seed, lowest=-(10**6), highest=10**6)
    survey = summed(firms, trade)
    of_deals = connhub.analyze(trade, firms).degrees.frame
    result = connhub.analyze_firm_totals(survey, implausible="include")
    pd.testing.assert_frame_equal(result.degrees.frame, of_deals, check_exact=True)


def test_official_sums_divide_alike():
    firms, trade = random_economy(3)
    official = pa.table(
        {"region": ["13"], "out_of_region_sales": [10**13], "in_region_purchases": [10**12]}
    )
    of_deals = connhub.analyze(trade, firms, region_totals=official)
    result = connhub.analyze_firm_totals(summed(firms, trade), region_totals=official)
    pd.testing.assert_frame_equal(result.degrees.frame, of_deals.degrees.frame, check_exact=True)
    coverage = ["sales_coverage", "purchases_coverage"]
    pd.testing.assert_frame_equal(
        result.regions.frame[coverage], of_deals.regions.frame[coverage], check_exact=True
    )


def survey_table(**columns):
    size = len(next(values for values in columns.values() if values is not None))
    plain = {
        "firm_id": list("abcdefgh"[:size]),
        "prefecture_code": ["15"] * size,
        "out_of_region_sales": [10] * size,
        "in_region_purchases": [10] * size,
    }
    given = {**plain, **columns}
    return pa.table({name: values for name, values in given.items() if values is not None})


JAPANESE = """法人番号,企業名,都道府県,売上高(百万円),県外売上高(千円),県外売上比率(%),海外売上高(千円),仕入高(千円),県内仕入比率(%)
1,甲社,新潟県,1,600,,10,500,30
2,乙社,新潟県,1,,２５％,,333,33.3
3,丙社,15,2,"1,000",50,△0,0,0
"""


@pytest.fixture
def japanese(tmp_path):
    path = tmp_path / "調査.csv"
    path.write_text(JAPANESE, encoding="cp932")
    return path


def test_a_survey_as_an_office_has_it(japanese):
    result = connhub.analyze_firm_totals(japanese)
    frame = result.degrees.frame.set_index("firm_id")
    assert frame["out_of_region_sales"].tolist() == [600_000, 250_000, 1_000_000]
    assert frame["in_region_purchases"].tolist() == [150_000, 110_889, 0]
    assert frame["sales"].tolist() == [1_000_000, 1_000_000, 2_000_000]
    assert frame["overseas_sales"].tolist() == [10_000, pd.NA, 0]
    assert str(frame["overseas_sales"].dtype) == "Int64"
    assert frame.loc["1", "hub_degree"] == 150_000 / 260_889
    assert result.ledger.entry("with_shares") == (3, 600_000 + 150_000 + 250_000 + 110_889 + 10**6)
    assert result.ledger.files[0].rows == 3
    assert result.options["unit"] == "百万円"


def test_what_is_computed_from_shares_is_rounded_half_to_even_and_counted():
    survey = survey_table(
        sales=[1, 3, 5], out_of_region_share=["50%", "50%", "50%"], out_of_region_sales=None
    )
    totals = read_firm_totals(survey)
    assert totals.firm_amounts["out_of_region_sales"].tolist() == [0, 2, 2]
    rounding = totals.ledger.rounding
    assert (rounding.rows, rounding.difference, rounding.absolute) == (
        3,
        -500_000_000,
        1_500_000_000,
    )
    assert totals.ledger.notes[0].kind == "ledger.rounded"


def test_a_finer_resolution_keeps_what_a_share_gives():
    survey = survey_table(
        sales=["1.01", "3"], out_of_region_share=["50%", "50%"], out_of_region_sales=None
    )
    totals = read_firm_totals(survey, resolution="0.001", unit="EUR")
    assert totals.firm_amounts["out_of_region_sales"].tolist() == [505, 1500]
    assert totals.ledger.unit == "0.001 EUR"
    assert totals.ledger.rounding.rows == 0


@pytest.mark.parametrize("header", ["県外売上比率(%)", "県外売上割合", "out_of_region_share"])
def test_shares_that_are_all_small_are_never_guessed(header):
    survey = survey_table(sales=[100, 100], out_of_region_sales=None, **{header: [0.35, 1.0]})
    with pytest.raises(InputError, match="share_unit='fraction'") as caught:
        connhub.analyze_firm_totals(survey)
    assert caught.value.faults[0].rows == (1, 2)
    percent = connhub.analyze_firm_totals(survey, share_unit="percent", resolution="0.01")
    assert percent.degrees.frame["out_of_region_sales"].tolist() == [35, 100]
    fraction = connhub.analyze_firm_totals(survey, share_unit="fraction")
    assert fraction.degrees.frame["out_of_region_sales"].tolist() == [35, 100]


def test_shares_of_nothing_are_no_small_shares():
    survey = survey_table(sales=[100, 100], out_of_region_sales=None, out_of_region_share=[0, 0])
    assert connhub.analyze_firm_totals(survey).degrees.frame["out_of_region_sales"].sum() == 0


def test_some_small_shares_are_a_note():
    survey = survey_table(
        sales=[1000, 1000], out_of_region_sales=None, out_of_region_share=[0.5, 40]
    )
    notes = connhub.analyze_firm_totals(survey).ledger.notes
    assert [n.kind for n in notes].count("firm_totals.some_small_shares") == 1


def test_a_cell_with_a_percent_sign_is_a_percentage_whatever_the_option():
    survey = survey_table(
        sales=[100, 100], out_of_region_sales=None, out_of_region_share=["35%", "0.4"]
    )
    frame = connhub.analyze_firm_totals(survey, share_unit="fraction").degrees.frame
    assert frame["out_of_region_sales"].tolist() == [35, 40]


IMPLAUSIBLE = {
    "part above whole": ({"sales": [20, 9]}, "part_above_whole"),
    "overseas above out of region": ({"overseas_sales": [3, 11]}, "part_above_whole"),
    "purchases": ({"purchases": [20, 9]}, "part_above_whole"),
    "negative": ({"out_of_region_sales": [10, -1]}, "negative"),
    "share": (
        {"sales": [10, 10], "out_of_region_sales": None, "out_of_region_share": ["50%", "101%"]},
        "share_out_of_range",
    ),
    "contradiction": (
        {"sales": [20, 20], "out_of_region_share": ["50%", "20%"]},
        "contradiction",
    ),
}


@pytest.mark.parametrize("case", IMPLAUSIBLE)
def test_what_is_not_plausible_is_a_fault_that_names_the_row(case):
    columns, kind = IMPLAUSIBLE[case]
    survey = survey_table(**columns)
    with pytest.raises(InputError) as caught:
        connhub.analyze_firm_totals(survey)
    (fault,) = caught.value.faults
    assert fault.kind == f"firm_totals.{kind}"
    assert fault.rows == (2,)
    assert fault.column
    for lang in ("ja", "en"):
        assert "--implausible exclude" in fault.fix(lang, flags=True)
        assert "--implausible include" in fault.fix(lang, flags=True)
    excluded = connhub.analyze_firm_totals(survey, implausible="exclude")
    assert excluded.ledger.entry("implausible")[0] == 1
    assert excluded.ledger.entry("firm_totals")[0] == 1
    assert excluded.ledger.residual_rows == excluded.ledger.residual_amount == 0
    assert excluded.degrees.frame["connector_degree"].isna().tolist() == [False, True]
    assert excluded.degrees.frame["out_of_region_sales"].isna().tolist() == [False, True]
    included = connhub.analyze_firm_totals(survey, implausible="include")
    assert included.ledger.entry("with_implausible")[0] == 1
    (note,) = [n for n in included.ledger.notes if n.kind == "firm_totals.implausible_included"]
    assert note.values["count"] == 1
    assert included.ledger.entry("firm_totals")[0] == 2


@pytest.mark.parametrize(
    ("share", "amounts"),
    [
        ("33%", [319, 341]),  # a hundredth of 1000 to either side, and one yen of the amount
        ("33.3%", [331, 335]),
        ("33.30%", [332, 334]),
    ],
)
def test_an_amount_and_a_share_may_differ_by_the_last_digit_of_both(share, amounts):
    low, high = amounts
    near = survey_table(
        sales=[1000, 1000], out_of_region_sales=amounts, out_of_region_share=[share] * 2
    )
    kept = connhub.analyze_firm_totals(near).degrees.frame["out_of_region_sales"]
    assert kept.tolist() == amounts
    for further in (low - 1, high + 1):
        survey = survey_table(
            sales=[1000], out_of_region_sales=[further], out_of_region_share=[share]
        )
        with pytest.raises(InputError, match="share") as caught:
            connhub.analyze_firm_totals(survey)
        assert [fault.kind for fault in caught.value.faults] == ["firm_totals.contradiction"]


@pytest.mark.parametrize(("share", "plausible"), [("34.95%", True), ("34.85%", False)])
def test_the_last_digit_of_an_amount_is_of_its_own_unit(share, plausible):
    """432 of 1234 thousand are 35.0%: less 0.05% it differs by 0.7 thousand, less 0.15% by 1.9."""
    survey = pa.table(
        {
            "firm_id": ["a"],
            "prefecture_code": ["15"],
            "売上高(千円)": [1234],
            "県外売上高(千円)": [432],
            "県外売上比率(%)": [share],
            "県内仕入高(千円)": [0],
        }
    )
    if plausible:
        assert connhub.analyze_firm_totals(survey).degrees.frame["sales"].tolist() == [1_234_000]
    else:
        with pytest.raises(InputError):
            connhub.analyze_firm_totals(survey)


def test_rounding_in_the_survey_is_no_contradiction():
    survey = pa.table(
        {
            "firm_id": ["a", "b"],
            "prefecture_code": ["15", "15"],
            "売上高(千円)": [1234, 1000],
            "県外売上高(千円)": [432, 333],
            "県外売上比率(%)": ["35", "33.3"],
            "県内仕入高(千円)": [0, 0],
        }
    )
    frame = connhub.analyze_firm_totals(survey).degrees.frame
    assert frame["out_of_region_sales"].tolist() == [432_000, 333_000]


def test_missing_amounts():
    survey = survey_table(out_of_region_sales=[10, None, None], in_region_purchases=[4, 6, None])
    with pytest.raises(InputError) as caught:
        connhub.analyze_firm_totals(survey)
    assert [(f.kind, f.rows, f.count) for f in caught.value.faults] == [
        ("firm_totals.missing", (2, 3), 2),
        ("firm_totals.missing", (3,), 1),
    ]
    assert all(not fault.examples for fault in caught.value.faults)  # nothing is not shown
    assert "missing_amount='exclude'" in str(caught.value)
    result = connhub.analyze_firm_totals(survey, missing_amount="exclude")
    entries = {e: result.ledger.entry(e)[0] for e in ("firm_totals", "missing_amount")}
    assert entries == {"firm_totals": 2, "missing_amount": 1}
    assert result.ledger.entry("with_missing") == (1, 6)
    notes = [n.values for n in result.ledger.notes if n.kind == "firm_totals.without_degree"]
    assert [(n["role"], n["count"]) for n in notes] == [
        ("out_of_region_sales", 2), ("in_region_purchases", 1),
    ]  # fmt: skip
    frame = result.degrees.frame
    assert frame["connector_degree"].tolist()[0] == 1.0
    assert frame["connector_degree"].isna().tolist() == [False, True, True]
    assert frame["hub_degree"].tolist()[:2] == [0.4, 0.6]
    status = result.firms(["a", "b", "c", "x"])["status"].tolist()
    assert status == ["ranked", "ranked", "undefined", "no degrees"]


def test_firms_without_a_region_or_abroad():
    survey = survey_table(prefecture_code=["15", "", ""], country_code=["", "", "US"])
    result = connhub.analyze_firm_totals(survey)
    entries = ("firm_totals", "unknown_region", "abroad")
    assert [result.ledger.entry(e) for e in entries] == [(1, 20), (1, 20), (1, 20)]
    assert result.ledger.excluded_share == pytest.approx(2 / 3)
    assert result.ledger.entry("with_out_of_region_sales") == (1, 10)  # of those that are counted
    assert [note.values["share"] for note in result.ledger.notes if "share" in note.values] == [
        "66.7%"
    ]
    with pytest.raises(InputError) as caught:
        connhub.analyze_firm_totals(survey, unknown_region="error")
    (fault,) = caught.value.faults
    assert (fault.kind, fault.column, fault.rows) == (
        "firm_totals.no_region",
        "prefecture_code",
        (2,),
    )


def test_all_faults_at_once_and_in_both_languages(tmp_path):
    path = tmp_path / "survey.csv"
    path.write_text(
        "法人番号,都道府県,県外売上高(千円),仕入高(千円),県内仕入比率(%)\n"
        "1,新潟県,10,20,50\n1,新潟県,x,20,半分\n2,新渇県,-5,20,50\n",
        encoding="cp932",
    )
    with pytest.raises(InputError) as caught:
        connhub.analyze_firm_totals(path)
    kinds = [fault.kind for fault in caught.value.faults]
    assert "intake.repeated_id" in kinds
    assert "intake.unreadable_number" in kinds
    assert "firm_totals.unreadable_share" in kinds
    assert len(kinds) == 4  # and the region that is none
    shown = {fault.kind: fault.examples for fault in caught.value.faults}
    assert list(shown["intake.unreadable_number"]) == ["x"]
    assert list(shown["firm_totals.unreadable_share"]) == ["半分"]
    assert all(fault.rows and fault.column and fault.file for fault in caught.value.faults)
    assert "比率として読み取れない値が1件あります" in caught.value.text("ja")
    assert "1 share cannot be read" in caught.value.text("en")


@pytest.mark.parametrize(
    ("columns", "kind"),
    [
        ({"out_of_region_sales": None}, "firm_totals.no_amounts"),
        ({"out_of_region_sales": None, "out_of_region_share": [40, 50]}, "firm_totals.no_amounts"),
        (dict(out_of_region_sales=None, **{"県外売上高(千円)": [1, 2]}), "firm_totals.some_units"),
        (
            {
                "out_of_region_sales": None,
                "県外売上高(千円)": [1, 2],
                "in_region_purchases": None,
                "県内仕入高(EUR)": [1, 2],
            },
            "firm_totals.currencies",
        ),
        ({"prefecture_code": None}, None),
    ],
)
def test_columns_that_are_missing_or_do_not_fit(columns, kind):
    columns = {"firm_id": ["a", "b"], **columns}
    with pytest.raises(ColumnError) as caught:
        connhub.analyze_firm_totals(survey_table(**columns))
    assert kind in (None, caught.value.faults[0].kind)


def test_a_survey_of_sales_alone():
    survey = survey_table(in_region_purchases=None, sales=[20, 30])
    result = connhub.analyze_firm_totals(survey, missing_amount="exclude")
    assert result.degrees.frame["connector_degree"].tolist() == [0.5, 0.5]
    assert result.degrees.frame["hub_degree"].isna().all()
    assert result.regions.frame.query("region == '15'")["out_of_region_purchases"].isna().all()


def test_columns_and_regions_of_the_users():
    survey = pa.table(
        {"id": ["a", "b"], "管内": ["北", "南"], "外": [3, 4], "内": [5, 6], "県外売上高": [0, 0]}
    )
    columns = {"out_of_region_sales": "外", "in_region_purchases": "内"}
    result = connhub.analyze_firm_totals(survey, region="管内", columns=columns)
    assert result.degrees.frame["out_of_region_sales"].tolist() == [3, 4]
    assert result.degrees.frame["region"].tolist() == ["北", "南"]


def test_sums_past_63_bits():
    survey = survey_table(out_of_region_sales=[2**62, 2**62])
    with pytest.raises(LimitError):
        connhub.analyze_firm_totals(survey)


def test_inputs_are_not_changed():
    frame = survey_table(sales=[20, 30]).to_pandas()
    before = frame.copy(deep=True)
    connhub.analyze_firm_totals(frame)
    pd.testing.assert_frame_equal(frame, before)


def test_what_needs_transactions_says_so(japanese):
    result = connhub.analyze_firm_totals(japanese)
    assert len(result.linkages.frame) == len(result.linkages.inside) == 0
    for needing in (
        lambda: result.linkages.top(),
        lambda: result.linkages.matrix(),
        lambda: region_graph(result.linkages),
        lambda: strongest_linkages(result.linkages),
        lambda: flow_matrix(result.linkages),
    ):
        with pytest.raises(OptionError, match="need transactions"):
            needing()
    assert result.ledger.notes[-1].kind == "firm_totals.without_linkages"


def test_save_and_load_keep_all_of_it(japanese, tmp_path):
    result = connhub.analyze_firm_totals(japanese)
    again = connhub.load(result.save(tmp_path / "out", csv=True))
    pd.testing.assert_frame_equal(again.degrees.frame, result.degrees.frame)
    pd.testing.assert_frame_equal(again.regions.frame, result.regions.frame)
    pd.testing.assert_frame_equal(again.linkages.frame, result.linkages.frame)
    assert again.ledger.to_dict() == result.ledger.to_dict()
    with pytest.raises(OptionError, match="need transactions"):
        again.linkages.top()
    inputs = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))["inputs"]
    assert inputs[0]["sha256"]
    lines = (tmp_path / "out" / "degrees.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines[2].startswith("2,乙社,15,新潟県,1000000,250000,,333000,110889,")


def test_select_names_who_is_not_ranked():
    survey = survey_table(
        out_of_region_sales=[10, 20, None], in_region_purchases=[4, 6, 8], industry_code=["09"] * 3
    )
    result = connhub.analyze_firm_totals(survey, missing_amount="exclude")
    selection = result.select(survey, per_region=1)
    assert selection.selected["firm_id"].tolist() == ["b"]
    assert selection.not_ranked[["firm_id", "reason", "indicator"]].to_numpy().tolist() == [
        ["c", "undefined_degree", "connector_degree"]
    ]


def test_a_survey_with_a_total_and_blank_rows(tmp_path):
    rows = "法人番号,都道府県,県外売上高(千円),県内仕入高(千円)\na,新潟,6,1\n,,,\nb,新潟,2,x\n合計,,8,3\n"
    path = tmp_path / "survey.csv"
    path.write_text(rows, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        connhub.analyze_firm_totals(path)
    assert {f.kind: f.rows for f in caught.value.faults} == {
        "intake.total_rows": (5,),
        "intake.unreadable_number": (4,),
    }
    path.write_text(rows.replace("x", "3"), encoding="utf-8")
    result = connhub.analyze_firm_totals(path, total_rows="drop")
    assert result.degrees.frame["connector_degree"].tolist() == [0.75, 0.25]
    assert [reading.kind for reading in result.ledger.readings][-2:] == [
        "intake.blank_rows",
        "intake.total_rows_dropped",
    ]


def test_what_cannot_be_read_is_not_called_implausible_as_well():
    survey = survey_table(sales=["-5", "7"], out_of_region_sales=["x", "7"])
    with pytest.raises(InputError) as caught:
        connhub.analyze_firm_totals(survey)
    assert [fault.kind for fault in caught.value.faults] == ["intake.unreadable_number"]


def test_an_error_of_a_spreadsheet_is_told_as_such():
    survey = survey_table(out_of_region_sales=["#N/A", "5"])
    with pytest.raises(InputError) as caught:
        connhub.analyze_firm_totals(survey)
    assert [(f.kind, f.rows) for f in caught.value.faults] == [("intake.error_cells", (1,))]
