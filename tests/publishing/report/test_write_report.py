"""The report: all its parts in both languages, hostile names, empty cases, finer money."""

import datetime
import json
import re

import pytest

import connhub
from connhub.errors import OptionError
from connhub.publishing import write_report
from connhub.publishing.report import write_report as report_module
from connhub.publishing.report.write_report import _template
from tests.builders import firm_table, transaction_table
from tests.publishing.cases import NASTY, Page, economy, read_page

FIRMS = {"a": "15", "b": "15", "c": "13"}
NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?")


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("region", ["15", None])
def test_a_report_has_all_its_parts(tmp_path, lang, region):
    result = economy()
    day = datetime.date(2026, 5, 12)
    path = write_report(
        result,
        tmp_path / "r.html",
        of_region=region,
        selection=result.select(per_region=2),
        lang=lang,
        year_label="FY2025",
        source="調査A",
        report_date=day,
    )
    page = path.read_text(encoding="utf-8")
    text = Page(page)
    ja = lang == "ja"
    words = {
        True: (
            "要約",
            "重点支援企業の候補",
            "取扱注意",
            "公的な指針はない",
            "台帳",
            "残差",
            "用語",
        ),
        False: ("Summary", "Candidates", "Confidential", "No official guidance", "Residual"),
    }[ja]
    for word in (*words, "FY2025", "調査A", "2026-05-12", f"connhub {connhub.__version__}"):
        assert word in text.text, word
    assert f'<html lang="{lang}">' in page
    kinds = re.findall(r'id="chart-(\d+)"', page)
    assert kinds == [str(i + 1) for i in range(len(kinds))]
    assert len(kinds) == (8 if region else 6)  # a leads by both degrees: fireworks once
    assert text.tags.count("h1") == 1
    assert "{{" not in text.text


def test_it_points_at_nothing_but_itself(tmp_path):
    text = read_page(write_report(economy(), tmp_path / "r.html", of_region="15"))
    assert {t[0] for t in text.targets} == {"#"}
    assert not {"link", "iframe", "img", "object", "embed", "form", "base"} & set(text.tags)


def test_names_stay_text(tmp_path):
    result = economy(NASTY)
    path = write_report(
        result, tmp_path / "r.html", of_region="15", selection=result.select(per_region=3)
    )
    page = path.read_text(encoding="utf-8")
    plain = read_page(write_report(economy(), tmp_path / "p.html", of_region="15"))
    text = read_page(path)
    assert "alert(1)" in text.text
    assert NASTY["b"] in text.text
    assert "甲" * 20 in text.text
    assert "甲" * 100 not in text.text
    assert "<script>alert" not in page
    assert "\u202e" not in page
    assert text.tags.count("script") == plain.tags.count("script")
    nation = read_page(write_report(result, tmp_path / "n.html", selection=result.select()))
    assert "ﾃｽﾄ㈱ 😀 {{ 7*7 }} \"'&" in nation.text


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize(
    ("rows", "region", "ja", "en"),
    [
        ([("a", "c", 5)], "47", "企業表に沖縄県の企業がない", "no firm in Okinawa"),
        ([("a", "c", 5)], "13", "域外への販売がない", "no out-of-region sales"),
        ([("a", "b", 5)], "15", "コネクター度は定義されない", "connector degree is undefined"),
        ([("a", "c", 5)], "15", "ハブ度は定義されない", "hub degree is undefined"),
        ([("a", "a", 5)], "15", "取引のデータがない", "no out-of-region sales"),
        ([("a", "c", -5), ("a", "b", -1)], "15", "コネクター度は定義されない", "undefined"),
        ([("a", "b", 5)], None, "コネクター度は定義されない", "connector degree is undefined"),
    ],
)
def test_where_there_is_little_the_report_says_so(tmp_path, rows, region, ja, en, lang):
    result = connhub.analyze(transaction_table(*rows), firm_table(**FIRMS), grain="firms_by_region")
    path = write_report(
        result, tmp_path / "r.html", of_region=region, selection=result.select(), lang=lang
    )
    if rows == [("a", "a", 5)]:
        ja = "域外への販売がない"
    assert {"ja": ja, "en": en}[lang] in read_page(path).text


def test_a_group_of_the_users_own_without_firms(tmp_path):
    groups = {"15": "東", "13": "西", "01": "北"}
    result = connhub.analyze(
        transaction_table(("a", "c", 5)),
        firm_table(**FIRMS),
        region=groups,
        grain="firms_by_region",
    )
    assert "北" in set(result.regions.frame["region"])
    chosen = result.select()
    text = read_page(
        write_report(result, tmp_path / "r.html", of_region="北", selection=chosen)
    ).text
    assert "企業表に北の企業がない" in text
    text = read_page(
        write_report(result, tmp_path / "e.html", of_region="東", selection=chosen)
    ).text
    assert "棒が長いほど域内取引額が大きい" in text  # these regions have no place on a map


def test_without_a_finer_grain_or_a_selection_it_says_what_is_needed(tmp_path):
    text = read_page(write_report(economy(grain="firms"), tmp_path / "r.html", of_region="15")).text
    assert "(grain)が必要である" in text
    assert "選定の結果(評点方式)が必要である" in text


def test_where_nobody_is_selected_the_list_is_empty(tmp_path):
    result = economy()
    chosen = result.select(threshold=99.0)
    text = read_page(
        write_report(result, tmp_path / "r.html", of_region="15", selection=chosen)
    ).text
    assert "3社を順位づけし、0社を候補とした" in text
    assert "該当なし" in text


def test_what_is_no_region_or_language_is_refused(tmp_path):
    with pytest.raises(OptionError, match="no region"):
        write_report(economy(), tmp_path / "r.html", of_region="99")
    with pytest.raises(OptionError, match="lang"):
        write_report(economy(), tmp_path / "r.html", lang="fr")
    assert not list(tmp_path.iterdir())


def test_a_picture_uses_the_shapes_of_the_user(tmp_path):
    def square(code, x):
        corners = [[x, 36], [x, 37], [x + 1, 37], [x + 1, 36], [x, 36]]
        shape = {"type": "Polygon", "coordinates": [corners]}
        return {"type": "Feature", "properties": {"kode": code}, "geometry": shape}

    shapes = [square(f"{i:02d}", 100 + i) for i in range(1, 48)]
    geometry = {"type": "FeatureCollection", "features": shapes}
    path = write_report(economy(), tmp_path / "r.html", geometry=geometry, code_property="kode")
    assert path.is_file()
    with pytest.raises(OptionError):
        write_report(economy(), tmp_path / "n.html", geometry=geometry, code_property="none")
    assert not (tmp_path / "n.html").exists()


@pytest.mark.parametrize("of_region", ["15", None])
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_at_a_finer_resolution_it_shows_the_same_but_money_by_100(tmp_path, of_region, lang):
    """Amounts x at resolution 1, and x/100 at resolution 0.01: the same integers inside."""
    results = (
        economy(unit="EUR", factor=1000),
        economy(unit="EUR", factor=10, resolution="0.01"),
    )
    coarse, fine = (
        read_page(
            write_report(
                r, tmp_path / "r.html", of_region=of_region, selection=r.select(), lang=lang
            )
        ).parts
        for r in results
    )
    scaled = 0
    for one, other in zip(coarse, fine, strict=True):
        assert NUMBER.sub("#", one) == NUMBER.sub("#", other)
        for a, b in zip(NUMBER.findall(one), NUMBER.findall(other), strict=True):
            x, y = (float(n.replace(",", "")) for n in (a, b))
            assert a == b or x == pytest.approx(100 * y, rel=5e-3), (one, other)
            scaled += x != y
    assert scaled > 20


def test_yen_counted_in_sen_read_the_same(tmp_path):
    """The same amounts at two resolutions: what is rounded for people does not change."""
    pages = [
        read_page(write_report(economy(resolution=r), tmp_path / "r.html", of_region="15")).text
        for r in ("1", "0.01")
    ]
    summaries = [p[: p.index("コネクター度は、地域の")].replace("0.00円", "0円") for p in pages]
    assert summaries[0] == summaries[1]
    assert "10.0億円" in summaries[0]


@pytest.mark.parametrize(("lang", "name"), [("ja", "億"), ("en", "billion")])
@pytest.mark.parametrize("of_region", ["15", "01", None])  # Hokkaido is small beside the others
def test_a_page_has_one_unit_of_money(tmp_path, of_region, lang, name):
    """Tables, sentences and pictures alike, where amounts are from millions to trillions."""
    rows = [("a", "d", 13 * 10**12), ("b", "d", 4 * 10**9), ("a", "b", 56 * 10**6)]
    rows += [("d", "c", 2 * 10**12), ("c", "a", 5 * 10**6), ("d", "a", 7 * 10**8)]
    rows += [("e", "d", 8 * 10**6), ("d", "e", 2 * 10**6), ("e", "f", 3 * 10**6)]
    firms = firm_table(a="15", b="15", c="15", d="13", e="01", f="01")
    firms = firms.append_column("industry_code", [["28", "52", "09", "15", "10", "10"]])
    result = connhub.analyze(transaction_table(*rows), firms, grain="pairs")
    path = write_report(
        result,
        tmp_path / "r.html",
        of_region=of_region,
        selection=result.select(),
        beside=[result.leaks(firms)],
        lang=lang,
    )
    page = path.read_text(encoding="utf-8")
    charts = json.loads(re.search(r"const charts = (\[.*\]);", page)[1])
    texts = [re.sub("(?s)<(script|style).*?</\\1>", "", page)]
    texts += [json.dumps(chart["spec"], ensure_ascii=False) for chart in charts]
    units = r"兆|億|百万|[0-9]万" if lang == "ja" else r"trillion|billion|million|[0-9](?:tn|m)\b"
    found = [set(re.findall(units, text)) for text in texts]
    assert found[0] == {name}
    assert set().union(*found) == {name}
    assert sum(bool(f) for f in found) > 5


def test_the_template_that_was_kept_says_the_same(tmp_path, monkeypatch):
    result = economy()

    def page(name):
        _template.cache_clear()
        return write_report(result, tmp_path / name).read_text("utf-8")

    kept = page("made.html"), page("kept.html")
    monkeypatch.setenv("CONNHUB_CODE_CACHE", "off")
    assert kept[0] == kept[1] == page("anew.html")
    monkeypatch.delenv("CONNHUB_CODE_CACHE")
    monkeypatch.setattr(report_module, "kept_script", lambda beside, name, make: "blocks = 1")
    with pytest.raises(KeyError):  # what is kept is what is used
        page("other.html")
    _template.cache_clear()
