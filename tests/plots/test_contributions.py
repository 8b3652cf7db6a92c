"""Bars of the score against numbers worked out by hand."""

import pyarrow as pa
import pytest

import connhub
from connhub.errors import OptionError
from connhub.plots import contributions
from connhub.selection import Scheme

SAMPLE = "data/sample/delivered"
AWKWARD = ["甲" * 500, "<script>alert(1)</script>", "=HYPERLINK(1)", "😀", None]


@pytest.fixture(scope="module")
def sample():
    firms = f"{SAMPLE}/firms.csv"
    result = connhub.analyze(f"{SAMPLE}/transactions.csv", firms, missing_amount="exclude")
    return result.select(firms, financials=f"{SAMPLE}/financials.csv", scheme="historical-fy2019")


def economy(names=None, **options):
    """Connector degrees in Tokyo a 0.75, c 0.25, b 0; hub degrees b and c 0.5, a 0."""
    firms = {"firm_id": list("abcd"), "prefecture_code": ["13", "13", "13", "27"]}
    if names:
        firms["name"] = names
    firms = pa.table(firms)
    trade = pa.table(
        {"seller_id": list("aabc"), "buyer_id": list("dbcd"), "amount": [30, 5, 5, 10]}
    )
    return connhub.analyze(trade, firms).select(firms, **{"per_region": 1} | options)


def bars(picture):
    layers = [e for e in picture.spec["layer"] if e.get("mark", {}).get("type") == "rect"]
    return [r for e in layers for r in e["data"]["values"] if "part" in r]


def texts(picture):
    found, pending = [], [picture.spec]
    while pending:
        part = pending.pop()
        if isinstance(part, dict):
            found += [r for r in part.get("data", {}).get("values", []) if "t" in r]
            pending += part.get("layer", [])
    return found


def notes(picture):
    return " / ".join(picture.spec["title"]["subtitle"])


def test_parts_worked_out_by_hand():
    """Ranks 1, 2, 3 have the s.d. 0.816, ranks 1.5, 1.5, 3 the s.d. 0.707."""
    picture = contributions(economy(), of_region="13")
    shown = {(b["firm"], b["indicator"]): b["part"] for b in bars(picture)}
    assert shown == {
        ("c", "コネクター度"): "+0.00",
        ("c", "ハブ度"): "+3.54",
        ("a", "コネクター度"): "+6.12",
        ("a", "ハブ度"): "-7.07",
        ("b", "コネクター度"): "-6.12",
        ("b", "ハブ度"): "+3.54",
    }
    assert {"53.5", "49.1", "47.4"} <= {t["t"] for t in texts(picture)}


def test_bars_go_right_for_more_and_left_for_less_on_one_scale():
    shown = bars(contributions(economy(), of_region="13"))
    per_point = {
        round((b["X"] - b["x"]) / float(b["part"]), 0) for b in shown if b["part"] != "+0.00"
    }
    assert len(per_point) == 1
    assert all((b["X"] >= b["x"]) == b["up"] for b in shown)


def test_fifty_and_the_bars_add_up_to_the_score(sample):
    picture = contributions(sample, of_region="15", n=10)
    best = sample.frame[sample.frame["region"] == "15"].head(10)
    shown = bars(picture)
    assert len(shown) == 10 * len(sample.scheme.weights)
    for row in best.itertuples():
        parts = [float(b["part"]) for b in shown if b["firm"] == row.name]
        assert 50 + sum(parts) == pytest.approx(row.score, abs=0.04)
    assert "ほか 16 行は略" in notes(picture)


def test_names_ranks_and_marks_are_in_rows(sample):
    rows = texts(contributions(sample, of_region="15", n=12))
    best = sample.frame[sample.frame["region"] == "15"].head(12)
    at = {r["t"]: r["y"] for r in rows}
    assert [at[n] for n in best["name"]] == sorted(at[n] for n in best["name"])
    assert sum(r["t"] == "●" for r in rows) == best["selected"].sum() == 10


def test_a_firm_stands_once_a_field():
    fields = pa.table({"field": ["海洋", "海洋", "量子"], "firm_id": ["a", "c", "c"]})
    chosen = economy(fields=fields)
    shown = [r["t"] for r in texts(contributions(chosen, of_region="13"))]
    assert {"a (海洋)", "c (海洋)", "c (量子)"} <= set(shown)
    both = contributions(chosen, of_region="13").spec["title"]["text"]
    assert both == "東京都: 得点の理由(上位2社)"  # two firms in three rows
    one = contributions(chosen, of_region="13", field="量子", lang="en")
    assert one.spec["title"]["text"] == "Tokyo, 量子: what makes the score (best 1)"
    assert {b["firm"] for b in bars(one)} == {"c"}


def test_all_regions_name_the_region(sample):
    rows = {r["t"] for r in texts(contributions(sample, of_region=None, lang="en"))}
    assert any(t.endswith("(Osaka)") for t in rows)


def test_a_missing_value_is_no_zero():
    table = pa.table({"firm_id": ["a", "b", "c"], "own": [3.0, None, 1.0]})
    scheme = Scheme({"connector_degree": 0.5, "own": 0.5}, missing="last")
    picture = contributions(economy(scheme=scheme, indicators=table), of_region="13")
    assert {b["firm"]: b["value"] for b in bars(picture) if b["indicator"] == "own"} == {
        "a": "3",
        "b": "—",
        "c": "1",
    }
    assert "値がない指標は —" in notes(picture)


@pytest.mark.parametrize(("lang", "shown"), [("ja", "企業がない"), ("en", "No firm is ranked")])
def test_nobody_ranked_is_said(lang, shown):
    picture = contributions(economy(), of_region="47", lang=lang)
    assert shown in picture.spec["data"]["values"][0]["reason"]


def test_nobody_selected_is_said():
    assert "選定された企業はない" in notes(
        contributions(economy(per_region=None, threshold=99), of_region="13")
    )


def test_wrong_options_are_refused():
    chosen = economy()
    with pytest.raises(OptionError, match="no region '133'"):
        contributions(chosen, of_region="133")
    with pytest.raises(OptionError, match="omit field="):
        contributions(chosen, of_region="13", field="海洋")
    fields = pa.table({"field": ["海洋産業"], "firm_id": ["a"]})
    with pytest.raises(OptionError, match="Did you mean '海洋産業'"):
        contributions(economy(fields=fields), of_region="13", field="海洋業")
    with pytest.raises(OptionError, match="n=0"):
        contributions(chosen, of_region="13", n=0)


def test_awkward_names_are_text(tmp_path):
    for name in AWKWARD:
        picture = contributions(economy([name, "乙", "丙", "丁"]), of_region="13")
        shown = [r["t"] for r in texts(picture)]
        assert max(map(len, shown)) <= 31
        assert any(t == "a" if name is None else t[:5] == name[:5] for t in shown)
    page = picture.save(tmp_path / "p.html").read_text(encoding="utf-8")
    assert "<script>alert" not in page
