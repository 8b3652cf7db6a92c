"""What a selection gives: lists, parts, and files."""

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import connhub
from connhub.errors import OptionError
from connhub.schema import columns, label
from connhub.selection import FY2019, Scheme
from tests.selection.builders import (
    SIX_FINANCIALS,
    SIX_FIRMS,
    select,
    six_analysis,
    six_indicators,
)


def test_a_region_is_found_by_any_of_its_names():
    found = six_indicators()
    for name in ("27", "大阪府", "大阪", "Osaka"):
        assert found.top(2, of_region=name)["firm_id"].tolist() == ["G", "H"]
    with pytest.raises(OptionError, match="Did you mean '大阪府'"):
        found.top(of_region="大坂府")


def test_an_official_region_without_a_ranked_firm_is_named():
    with pytest.raises(OptionError) as error:
        six_indicators(eligible=["G", "H"]).top(of_region="東京")
    assert error.value.text("en").startswith("no firm of Tokyo is ranked")
    assert error.value.text("ja").startswith("東京都には順位のある企業がありません")


def test_fields_are_found_or_suggested():
    table = pd.DataFrame({"field": ["量子", "海洋"], "firm_id": ["a", "d"]})
    found = select(fields=table)
    assert found.top(field="海洋")["firm_id"].tolist() == ["d"]
    assert found.top(field="量子", of_region="13")["firm_id"].tolist() == ["a"]
    with pytest.raises(OptionError, match="Known: '量子', '海洋'"):
        found.top(field="宇宙")
    with pytest.raises(OptionError, match="no firm of Tokyo is ranked in the field '海洋'"):
        found.top(field="海洋", of_region="13")
    with pytest.raises(OptionError, match="'海洋'"):
        six_indicators().top(field="海洋")  # made without fields


def test_the_top_are_the_first_rows_of_the_frame():
    found = six_indicators()
    frame = found.frame[found.frame["region"] == "27"].head(2).reset_index(drop=True)
    pd.testing.assert_frame_equal(found.top(2, of_region="27"), frame)
    pd.testing.assert_frame_equal(
        found.selected, found.frame[found.frame["selected"]].reset_index(drop=True)
    )


def test_ten_rows_unless_more_are_asked_for():
    ids = [f"f{i}" for i in range(12)]
    firms = pa.table({"firm_id": [*ids, "z"], "prefecture_code": ["13"] * 12 + ["27"]})
    trade = pa.table(
        {"seller_id": ids, "buyer_id": ["z"] * 12, "amount": [i + 1 for i in range(12)]}
    )
    scheme = Scheme({"connector_degree": 1.0}, rank_within="region")
    found = connhub.analyze(trade, firms).select(scheme=scheme)
    assert [len(found.top()), len(found.top(12))] == [10, 12]


def test_the_lists_in_numbers():
    lists = six_indicators().lists
    assert lists["region"].tolist() == ["13", "27"]
    assert lists[["ranked", "places", "selected"]].values.tolist() == [[4, 2, 2], [6, 2, 2]]
    assert lists["lowest_selected_score"].tolist() == pytest.approx([51.4199, 54.0856], abs=1e-4)
    first = six_indicators(per_region=1)
    best = first.frame[first.frame["rank"] == 1]["score"].tolist()
    assert first.lists["lowest_selected_score"].tolist() == best
    threshold = six_indicators(per_region=None, threshold=60).lists
    assert threshold["places"].isna().all()
    assert threshold["selected"].tolist() == [1, 0]
    assert threshold["lowest_selected_score"].isna().tolist() == [False, True]
    assert six_indicators(eligible=[]).lists.empty


def test_the_lists_of_one_region():
    whole = six_indicators()
    part = whole.of_region("大阪")
    expected = whole.frame[whole.frame["region"] == "27"].reset_index(drop=True)
    pd.testing.assert_frame_equal(part.frame, expected)
    assert part.reason("H") == whole.reason("H")
    both = whole.stability(n_draws=10)
    pd.testing.assert_frame_equal(
        part.stability(n_draws=10), both[both["region"] == "27"].reset_index(drop=True)
    )
    assert part.lists.equals(whole.lists.iloc[1:].reset_index(drop=True))
    assert six_indicators(eligible=["G"]).of_region("東京").frame.empty


def test_pareto_takes_indicators_of_the_scheme():
    with pytest.raises(OptionError, match="no indicator 'hub'"):
        six_indicators().pareto(y="hub")


def test_the_schema_holds_every_column_and_reason():
    found = six_indicators()
    known = set(columns("selection"))
    for name in found.frame.columns:
        pattern = name
        for indicator in FY2019.weights:
            if name == indicator or name.startswith(f"{indicator}_"):
                pattern = "{indicator}" + name.removeprefix(indicator)
        assert pattern in known
    assert set(found.crossing_ties) <= known
    assert set(found.stability(n_draws=2)) <= known
    assert list(found.not_ranked) == list(columns("not_ranked"))
    assert list(found.counts) == list(columns("counts"))
    for reason in {*found.not_ranked["reason"], *found.counts["reason"]}:
        assert label("reason", reason)


def test_what_is_written(tmp_path):
    found = six_indicators()
    found.save(tmp_path, csv=True)
    written = pq.read_table(tmp_path / "selection.parquet").to_pylist()
    assert written == found.to_arrow().to_pylist()
    assert Scheme.load(tmp_path / "scheme.toml") == FY2019
    assert (tmp_path / "not_ranked.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_money_of_files_and_representations(tmp_path):
    cents = SIX_FINANCIALS.assign(operating_profit=SIX_FINANCIALS["operating_profit"] / 100)
    scheme = Scheme({"profit_contribution": 0.5, "sales": 0.5})
    fine = six_analysis(100, resolution="0.01", unit="EUR").select(
        SIX_FIRMS, financials=cents, scheme=scheme
    )
    whole = six_analysis().select(SIX_FIRMS, financials=SIX_FINANCIALS, scheme=scheme)
    fine.save(tmp_path / "fine", csv=True)
    whole.save(tmp_path / "whole", csv=True)
    path = tmp_path / "fine" / "selection.parquet"
    assert pq.read_schema(path).metadata[b"unit"] == b"0.01 EUR"
    tables = [pd.read_csv(tmp_path / name / "selection.csv") for name in ("fine", "whole")]
    for name in ("profit_contribution", "sales"):
        assert (100 * tables[0].pop(name)).tolist() == pytest.approx(tables[1].pop(name).tolist())
    pd.testing.assert_frame_equal(*tables)
    assert ">3.00</td>" in fine._repr_html_()  # the profit of G
    assert ">300</td>" in whole._repr_html_()
    assert fine.top().attrs == fine.selected.attrs
    assert fine.top().attrs == {"unit": "0.01 EUR", "label": "counted"}
