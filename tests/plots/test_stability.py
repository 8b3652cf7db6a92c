"""Rows of the stability against the frame they show."""

import pandas as pd
import pyarrow as pa
import pytest

import connhub
from connhub.errors import OptionError
from connhub.plots import stability
from connhub.selection.result import Selection

SAMPLE = "data/sample/delivered"


@pytest.fixture(scope="module")
def sample():
    firms = f"{SAMPLE}/firms.csv"
    result = connhub.analyze(f"{SAMPLE}/transactions.csv", firms, missing_amount="exclude")
    return result.select(firms, financials=f"{SAMPLE}/financials.csv", scheme="historical-fy2019")


def economy(**options):
    firms = pa.table(
        {
            "firm_id": list("abcd"),
            "name": ["<script>alert(1)</script>", "=HYPERLINK(1)", None, "😀" * 300],
            "prefecture_code": ["13", "13", "13", "27"],
        }
    )
    trade = pa.table(
        {"seller_id": list("aabc"), "buyer_id": list("dbcd"), "amount": [30, 5, 5, 10]}
    )
    return connhub.analyze(trade, firms).select(firms, **{"per_region": 1} | options)


def rows(picture):
    layer = next(e for e in picture.spec["layer"] if e.get("mark", {}).get("type") == "circle")
    return layer["data"]["values"]


def texts(picture):
    found, pending = [], [picture.spec]
    while pending:
        part = pending.pop()
        found += [r["t"] for r in part.get("data", {}).get("values", []) if "t" in r]
        pending += part.get("layer", [])
    return found


def notes(picture):
    return " / ".join(picture.spec["title"]["subtitle"])


def test_rows_show_the_shares_and_verdicts(sample):
    frame = sample.stability()
    own = frame[frame["region"] == "15"]
    shown = rows(stability(sample, of_region="15", frame=frame, lang="en"))
    assert [r["share"] for r in shown] == own["share"].tolist()
    assert [r["linear"] for r in shown] == own["share_linear"].tolist()
    assert [r["normal"] for r in shown] == own["share_normal"].tolist()
    assert [r["verdict"] for r in shown] == own["verdict"].tolist()
    assert [r["y"] for r in shown] == [22 * i + 11 for i in range(len(own))]
    assert {"robust", "borderline", "out"} == set(own["verdict"])


def test_a_frame_that_is_given_is_not_computed_again(sample, monkeypatch):
    frame = sample.stability()
    computed = stability(sample, of_region="15").spec

    def refuse(*_, **__):
        raise AssertionError

    monkeypatch.setattr(Selection, "stability", refuse)
    assert stability(sample, of_region="15", frame=frame).spec == computed


def test_both_borders_are_drawn(sample):
    picture = stability(sample, of_region="15")
    rules = [e for e in picture.spec["layer"] if e.get("mark", {}).get("strokeDash")]
    assert [r["b"] for r in rules[0]["data"]["values"]] == [0.05, 0.95]
    assert "95% 以上は安定、5% 以下は圏外" in notes(picture)


def test_the_rest_is_counted(sample):
    picture = stability(sample, of_region="15", n=4)
    assert [r["rank"] for r in rows(picture)] == [1, 2, 3, 4]
    assert "ほか 10 行は略" in notes(picture)


def test_every_field_gets_its_best_ranks():
    fields = pa.table({"field": ["海洋"] * 3 + ["量子"] * 2, "firm_id": list("abcab")})
    chosen = economy(fields=fields, per_region=2)
    picture = stability(chosen, of_region="13", n=2)
    assert [r["rank"] for r in rows(picture)] == [1, 1]
    assert sum("(海洋)" in t for t in texts(picture)) == 1
    assert sum("(量子)" in t for t in texts(picture)) == 1


def test_names_are_text_and_short(tmp_path):
    picture = stability(economy(per_region=3), of_region="13")
    shown = texts(picture)
    assert {"<script>alert(1)</script>", "=HYPERLINK(1)", "c"} <= set(shown)
    page = picture.save(tmp_path / "p.html").read_text(encoding="utf-8")
    assert "<script>alert" not in page
    osaka = stability(economy(), of_region=None)
    assert max(map(len, texts(osaka))) <= 31


@pytest.mark.parametrize(("lang", "shown"), [("ja", "どの場合にも"), ("en", "No firm is selected")])
def test_nobody_ever_selected_is_said(lang, shown):
    picture = stability(economy(per_region=None, threshold=99), of_region="13", lang=lang)
    assert shown in picture.spec["data"]["values"][0]["reason"]


@pytest.mark.parametrize(("lang", "shown"), [("ja", "順位の付いた"), ("en", "No firm is ranked")])
def test_nobody_ranked_is_said(lang, shown):
    picture = stability(economy(), of_region="47", lang=lang)
    assert shown in picture.spec["data"]["values"][0]["reason"]


def test_wrong_options_are_refused(sample):
    with pytest.raises(OptionError, match="no region '155'"):
        stability(sample, of_region="155")
    with pytest.raises(OptionError, match="no column 'verdict'"):
        stability(sample, of_region="15", frame=pd.DataFrame({"region": []}))
    with pytest.raises(OptionError, match="n=0"):
        stability(sample, of_region="15", n=0)
