"""A firm and its partners: sums kept, names as text, nothing upon anything else."""

import json

import pyarrow as pa
import pytest

import connhub
from connhub.errors import OptionError
from connhub.plots import fireworks
from connhub.plots.drawing.label_placement import text_box
from tests.plots.builders import AWKWARD, economy, notes, rows


def drawn(firm_id, result=None, **options):
    result = result or economy()
    return fireworks(result.trade, firm_id, degrees=result.degrees, **options)


def ends(picture):
    return [r for r in rows(picture) if "label" in r]


def test_partners_stand_on_their_side_with_their_money():
    found = {(r["at"], r["full"]): r for r in ends(drawn("n"))}
    assert len(found) == 7 + 3  # six of Tokyo and one of Osaka sell; three buy
    assert found[1, "大阪社"]["money"] == "4,000円"
    assert found[1, "大阪社"]["where"] == "out"
    assert found[-1, "<script>alert(1)</script>"]["money"] == "1,000円"
    assert found[1, "x"]["region"] == "海外"  # no degrees abroad, so no name: the id
    assert found[-1, "t4"]["region"] == "東京"  # a firm without a name: the id
    shown = notes(drawn("n"))
    assert "仕入 2,190円(域内 0.0%、域外 100.0%)" in shown
    assert "販売 4,790円" in shown


def test_the_own_region_is_told_apart_and_comes_first():
    picture = drawn("t0", lang="en")
    sales = [r for r in ends(picture) if r["at"] == 1]
    assert [(r["where"], r["money"]) for r in sales] == [("in", "5,000 yen"), ("out", "1,000 yen")]
    assert sales[0]["y"] < sales[1]["y"]
    assert sales[0]["share"] == "83.3%"
    assert "Sales 6,000 yen (in the region 83.3%, out of it 16.7%)" in notes(picture)


def test_thickness_is_proportional_to_money():
    thick = {r["full"]: r["thick"] for r in ends(drawn("n")) if r["at"] == 1}
    assert thick["大阪社"] / thick["<script>alert(1)</script>"] == pytest.approx(
        4_000 / 700, rel=0.01
    )


def test_returns_are_dotted_and_make_no_shares_outside_0_to_1():
    picture = drawn("o")
    sold = {r["full"]: r for r in ends(picture) if r["at"] == 1}
    assert sold["<script>alert(1)</script>"]["sign"] == "-"
    assert "販売 -20円(域内 0円、域外 -20円)" in notes(picture)
    assert "点線" in notes(picture)


def test_the_rest_is_summed_up_inside_and_outside_apart():
    deals = [("t0", f"t{i}", 100 - i) for i in range(1, 6)] + [("t0", "n", 7), ("t0", "o", 5)]
    result = economy(deals)
    picture = drawn("t0", result, partners=2)
    shown = [(r["label"], r["where"]) for r in ends(picture)]
    assert shown[2:] == [("域内 その他 3社 288", "in"), ("域外 その他 2社 12", "out")]
    assert {r["thick"] for r in ends(picture) if r["sign"] == "rest"} == {3}
    assert "破線" in notes(picture)


def test_partners_are_regions_at_the_coarser_grain():
    picture = drawn("n", economy(grain="firms_by_region"), lang="en")
    found = {(r["at"], r["region"]): r for r in ends(picture)}
    assert found[-1, "Tokyo"]["money"] == "2,150 yen"
    assert found[-1, "Tokyo"]["n_transactions"] == "6"
    assert found[1, "Overseas"]["money"] == "90 yen"
    assert found[1, "Osaka"]["label"] == "Osaka 4,000"
    assert "Customers: 3 regions" in json.dumps(picture.spec)


def test_parties_that_the_table_lacks_are_named_by_region():
    table = pa.table(
        {
            "seller_id": ["t0", "t0", "gone"],
            "buyer_id": ["n", "who", "t0"],
            "amount": [10, 20, 30],
            "seller_region": [None, None, "27"],
            "buyer_region": [None, "15", None],
        }
    )
    firms = pa.table({"firm_id": ["t0", "n"], "prefecture_code": ["13", "15"]})
    result = connhub.analyze(table, firms, grain="pairs", unknown_firm="outside", progress=False)
    found = {(r["at"], r["full"], r["region"]): r["money"] for r in ends(drawn("t0", result))}
    assert found[-1, "企業表にない企業", "大阪"] == "30円"
    assert found[1, "企業表にない企業", "新潟"] == "20円"
    heads = [r["t"] for r in rows(drawn("t0", result)) if "t" in r]
    assert heads == ["← 仕入先 0社 + 企業表にない企業", "販売先 1社 + 企業表にない企業 →"]


def test_awkward_names_are_text_and_short():
    found = ends(drawn("n"))
    labels = " ".join(r["label"] for r in found)
    for name in (AWKWARD[0], AWKWARD[1], AWKWARD[2], AWKWARD[5]):
        assert name[:12] in labels
    assert max(len(r["full"]) for r in found) <= 60
    assert max(len(r["label"]) for r in found) <= 40
    assert len(drawn("t3").spec["title"]["text"]) < 40


def test_labels_do_not_cover_each_other():
    deals = [(f"s{i}", "hub", 1_000 + i) for i in range(60)]
    deals += [("hub", f"c{i}", 10**9 + i) for i in range(60)]
    ids = ["hub", *(f"{k}{i}" for k in "sc" for i in range(60))]
    firms = pa.table(
        {
            "firm_id": ids,
            "name": ["株式会社あいうえおかきくけこさしすせそ"] * len(ids),
            "prefecture_code": ["13", *(f"{i % 47 + 1:02d}" for i in range(120))],
        }
    )
    for partners in (40, 80):
        found = ends(drawn("hub", economy(deals, firms), partners=partners))
        size = 10.5
        boxes = [
            text_box(
                r["label"],
                r["x"] + 9 * r["at"],
                r["y"],
                size,
                align="right" if r["at"] < 0 else "left",
            )
            for r in found
        ]
        assert len(boxes) == partners + 3
        assert not any(a.meets(b) for i, a in enumerate(boxes) for b in boxes[:i])
        assert all(b.left >= 0 and b.right <= 840 for b in boxes)


def test_a_firm_without_trade_and_a_side_without_partners_say_so():
    picture = drawn("quiet", lang="en")
    assert rows(picture) == [{"reason": "There is no trade"}]
    assert picture.spec["title"]["text"] == "Who 静か trades with"
    only_sells = drawn("t5")
    assert "仕入 0円 ·" in notes(only_sells)
    assert {r["at"] for r in ends(only_sells)} == {1}


def test_a_firm_that_is_not_there_is_refused_with_a_hint():
    with pytest.raises(OptionError, match="Did you mean 'quiet'"):
        drawn("quie")
    with pytest.raises(OptionError, match="the id of the firm is 'n'"):
        drawn("新潟社")
    with pytest.raises(OptionError, match="grain='pairs'"):
        drawn("n", economy(grain="firms"))
    with pytest.raises(OptionError, match="partners=0"):
        drawn("n", partners=0)


def test_it_is_drawn(tmp_path):
    picture = drawn("n", year_label=2025, source="調査")
    assert picture.save(tmp_path / "p.png").read_bytes().startswith(b"\x89PNG")
    page = picture.save(tmp_path / "p.html").read_text(encoding="utf-8")
    assert "<script>alert(1)" not in page
    assert notes(picture).startswith("2025年 · 単位: 円 · 出典: 調査")


def test_all_money_of_a_picture_has_one_unit():
    amounts = [450_000_000, 81_190_000, 230_000_000, 54_000_000]
    trade = pa.table({"seller_id": list("nnna"), "buyer_id": list("abcn"), "amount": amounts})
    firms = pa.table({"firm_id": list("nabc"), "prefecture_code": ["15", "13", "13", "27"]})
    result = connhub.analyze(trade, firms, grain="pairs")
    picture = fireworks(result.trade, "n", degrees=result.degrees)
    shown = [row["label"].split()[-1] for row in ends(picture)]
    assert sorted(shown) == ["0.540億", "0.812億", "2.30億", "4.50億"]
    assert "仕入 0.540億円" in notes(picture)
    assert "販売 7.61億円" in notes(picture)
