"""The report: its numbers against numbers by hand, both languages, hostile names, empty cases."""

import datetime
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pyarrow as pa
import pytest

import connhub
from connhub.cli import main
from connhub.errors import ConnhubError, OptionError
from connhub.publishing import publish, write_report
from connhub.publishing.report.summary import summary, warnings
from connhub.publishing.report.tables import candidates, regional_sums
from connhub.publishing.scope import Subject
from connhub.publishing.workbook import write_workbook as workbook

SAMPLE = Path(__file__).parents[2] / "data" / "sample" / "delivered"
DELIVERED = [str(SAMPLE / f"{n}.csv") for n in ("transactions", "firms")]
FINANCIALS = str(SAMPLE / "financials.csv")
M = 1_000_000
NASTY = {
    "a": "<script>alert(1)</script>",
    "b": '=HYPERLINK("http://example.invalid","x")',
    "c": "甲" * 500,
    "d": "\u202eﾃｽﾄ㈱ 😀 {{ 7*7 }} \"'&",
}


class Text(HTMLParser):
    """What a reader sees, the elements, and what they point at."""

    def __init__(self, page):
        super().__init__()
        self.said, self.tags, self.targets, self.hidden = [], [], [], 0
        self.feed(page)
        self.text = "".join(self.said)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.hidden += tag in ("script", "style")
        self.targets += [v for n, v in attrs if n in ("src", "href", "action", "data")]

    def handle_endtag(self, tag):
        self.hidden -= tag in ("script", "style")

    def handle_data(self, data):
        if not self.hidden:
            self.said.append(data)


def economy(names=None, grain="firms_by_region", **options):
    """Niigata: a, b, c; Tokyo: d; Osaka: e. Millions of yen."""
    ids = list("abcde")
    firms = pa.table(
        {
            "firm_id": ids,
            "name": [(names or {}).get(i, f"{i}社") for i in ids],
            "prefecture_code": ["15", "15", "15", "13", "27"],
        }
    )
    deals = [
        ("a", "d", 600),
        ("b", "d", 300),
        ("c", "e", 100),
        ("a", "b", 50),
        ("c", "a", 150),
        ("d", "a", 400),
    ]
    seller, buyer, amount = zip(*deals, strict=True)
    trade = pa.table({"seller_id": seller, "buyer_id": buyer, "amount": [x * M for x in amount]})
    return connhub.analyze(trade, firms, grain=grain, **options)


def read(path):
    return Text(Path(path).read_text(encoding="utf-8"))


def said(result, region, lang, **options):
    chosen = result.select(**options)
    parts = summary(Subject.of(result, region, chosen, lang))
    return " ".join(s for p in parts for s in p.sentences)


def test_the_numbers_of_the_summary_are_those_by_hand():
    told = said(economy(), "15", "ja", per_region=1)
    for words in (
        "企業3社の域外販売額(ほかの地域と海外への販売)は10.0億円で、47都道府県中1位である",
        "域外からの仕入額は4.00億円で、差し引き6.00億円の販売超過となる",
        "東京都(9.00億円、90.0%)で、大阪府(1.00億円、10.0%)が続く",
        "仕入先で最も大きいのは東京都(4.00億円、100.0%)である",
        "域内取引額(同じ地域の企業どうしの取引)は2.00億円で",
        "販売額全体の16.7%が域内にとどまる",  # 200 of 1,200
        "域外販売額は、上位1社で60.0%を占める(この取引がある企業は3社)",
        "コネクター度が最も高いのは「a社」(60.0%)で、「b社」(30.0%)、「c社」(10.0%)が続く",
        "ハブ度が最も高いのは「a社」(75.0%)で、「b社」(25.0%)が続く",
        "3社を順位づけし、1社を候補とした",
        "1位は「a社」",
        "読み込んだ取引は6件、16.0億円",
        "捕捉率は分からない",
    ):
        assert words in told


def test_the_same_in_english():
    told = said(economy(), "新潟県", "en", per_region=1)
    for words in (
        "The 3 firms of Niigata sold 1.00 billion yen",
        "(rank 1 of 47 prefectures)",
        "a surplus of 600 million yen",
        "The largest customer is Tokyo (900 million yen, 90.0%), followed by Osaka",
        "16.7% of all sales stay there",
        "The largest firm carries 60.0%",
        "The highest connector degree is that of a社 (60.0%)",
        "1 firm chosen as candidates",
        "First is a社",
    ):
        assert words in told


def test_all_regions_together():
    told = said(economy(), None, "ja", per_region=1)
    assert "全国の企業5社の域外販売額(ほかの地域と海外への販売)は14.0億円である" in told
    assert "ハブ度は、分母が正でないため定義されない地域がある: 北海道" in told
    assert "「d社」(東京都、100.0%)" in told


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("region", ["15", None])
def test_a_report_has_all_its_parts(tmp_path, lang, region):
    result = economy()
    made = datetime.date(2026, 5, 12)
    path = write_report(
        result,
        tmp_path / "r.html",
        region=region,
        selection=result.select(per_region=2),
        lang=lang,
        year="FY2025",
        source="調査A",
        made=made,
    )
    page = path.read_text(encoding="utf-8")
    text = Text(page)
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
    text = read(write_report(economy(), tmp_path / "r.html", region="15"))
    assert {t[0] for t in text.targets} == {"#"}
    assert not {"link", "iframe", "img", "object", "embed", "form", "base"} & set(text.tags)


def test_names_stay_text(tmp_path):
    result = economy(NASTY)
    path = write_report(
        result, tmp_path / "r.html", region="15", selection=result.select(per_region=3)
    )
    page = path.read_text(encoding="utf-8")
    plain = read(write_report(economy(), tmp_path / "p.html", region="15"))
    text = read(path)
    assert "alert(1)" in text.text
    assert NASTY["b"] in text.text
    assert "甲" * 20 in text.text
    assert "甲" * 100 not in text.text
    assert "<script>alert" not in page
    assert "\u202e" not in page
    assert text.tags.count("script") == plain.tags.count("script")
    nation = read(write_report(result, tmp_path / "n.html", selection=result.select()))
    assert "ﾃｽﾄ㈱ 😀 {{ 7*7 }} \"'&" in nation.text


def firms(**more):
    return pa.table({"firm_id": ["a", "b", "c"], "prefecture_code": ["15", "15", "13"], **more})


def deals(*rows):
    seller, buyer, amount = zip(*rows, strict=True)
    return pa.table({"seller_id": seller, "buyer_id": buyer, "amount": amount})


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize(
    ("rows", "region", "ja", "en"),
    [
        ([("a", "c", 5)], "47", "企業表に沖縄県の企業がない", "no firm in Okinawa"),
        ([("a", "c", 5)], "13", "域外への販売がない", "no sales out of the region"),
        ([("a", "b", 5)], "15", "コネクター度は定義されない", "connector degree is undefined"),
        ([("a", "c", 5)], "15", "ハブ度は定義されない", "hub degree is undefined"),
        ([("a", "a", 5)], "15", "取引のデータがない", "no sales out of the region"),
        ([("a", "c", -5), ("a", "b", -1)], "15", "コネクター度は定義されない", "undefined"),
        ([("a", "b", 5)], None, "コネクター度は定義されない", "connector degree is undefined"),
    ],
)
def test_where_there_is_little_the_report_says_so(tmp_path, rows, region, ja, en, lang):
    result = connhub.analyze(deals(*rows), firms(), grain="firms_by_region")
    path = write_report(
        result, tmp_path / "r.html", region=region, selection=result.select(), lang=lang
    )
    if rows == [("a", "a", 5)]:
        ja = "域外への販売がない"
    assert {"ja": ja, "en": en}[lang] in read(path).text


def test_a_group_of_the_users_own_without_firms(tmp_path):
    groups = {"15": "東", "13": "西", "01": "北"}
    result = connhub.analyze(deals(("a", "c", 5)), firms(), region=groups, grain="firms_by_region")
    assert "北" in set(result.regions.frame["region"])
    chosen = result.select()
    text = read(write_report(result, tmp_path / "r.html", region="北", selection=chosen)).text
    assert "企業表に北の企業がない" in text
    text = read(write_report(result, tmp_path / "e.html", region="東", selection=chosen)).text
    assert "棒が長いほど域内取引額が大きい" in text  # these regions have no place on a map


def test_without_a_finer_grain_or_a_selection_it_says_what_is_needed(tmp_path):
    text = read(write_report(economy(grain="firms"), tmp_path / "r.html", region="15")).text
    assert "(grain)が必要である" in text
    assert "選定の結果(評点方式)が必要である" in text


def test_where_nobody_is_selected_the_list_is_empty(tmp_path):
    result = economy()
    chosen = result.select(threshold=99.0)
    text = read(write_report(result, tmp_path / "r.html", region="15", selection=chosen)).text
    assert "3社を順位づけし、0社を候補とした" in text
    assert "該当なし" in text


def test_who_is_below_the_mean_in_all_is_raised_by_nothing():
    rows = [("a", "c", 60), ("b", "c", 40), ("a", "b", 10), ("b", "a", 20)]
    result = connhub.analyze(deals(*rows), firms(), grain="firms_by_region")
    chosen = result.select(scheme=connhub.Scheme({"connector_degree": 1.0}), per_region=2)
    table = candidates(Subject.of(result, "15", chosen, "en"))
    raised = next(c.cells for c in table.columns if c.head == "Raised most by")
    assert raised == ("Connector degree", "—")


def test_warnings_come_first():
    rows = [("a", "c", 50), ("a", "a", 50)]
    result = connhub.analyze(deals(*rows), firms())
    assert warnings(Subject.of(result, "15", None, "ja")) == [
        "読み込んだ金額(絶対額)の50.0%を除外した"
    ]


def test_what_is_no_region_or_language_is_refused(tmp_path):
    with pytest.raises(OptionError, match="no region"):
        write_report(economy(), tmp_path / "r.html", region="99")
    with pytest.raises(OptionError, match="lang"):
        write_report(economy(), tmp_path / "r.html", lang="fr")
    assert not list(tmp_path.iterdir())


def test_the_lists_of_one_region_are_those_of_all():
    """Ranks and scores do not change when the other regions are left out."""
    result = connhub.analyze(*DELIVERED, missing_amount="exclude", progress=False)
    chosen = result.select(DELIVERED[1], financials=FINANCIALS, scheme="follows-published-fy2019")
    own = Subject.of(result, "15", chosen, "ja").selection
    whole = chosen.frame[chosen.frame["region"] == "15"].reset_index(drop=True)
    assert own.frame.equals(whole)
    firm = own.selected["firm_id"].iloc[3]
    assert own.explain(firm) == chosen.explain(firm)
    both = chosen.stability(vectors=20)
    both = both[both["region"] == "15"].reset_index(drop=True)
    assert own.stability(vectors=20).equals(both)


def test_published_together_and_again(tmp_path):
    result = economy()
    out = tmp_path / "out"
    result.report(out, region="15")
    names = {p.name for p in out.iterdir()}
    assert {"report.html", "workbook.xlsx", "picture-1-connector-hub.png"} <= names
    (out / "own notes.txt").write_text("kept")
    publish(economy(grain="firms"), out, region="15", lang="en")
    again = {p.name for p in out.iterdir()}
    assert "own notes.txt" in again
    assert not [n for n in again if "fireworks" in n or "contributions" in n]


def test_where_writing_fails_the_old_report_stays(tmp_path, monkeypatch):
    out = tmp_path / "out"
    economy().report(out, region="15")
    before = {p.name: p.read_bytes() for p in out.iterdir()}

    def full(*args, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(workbook, "write_workbook", full)
    with pytest.raises(ConnhubError, match="No space"):
        economy(NASTY).report(out, region="15")
    assert {p.name: p.read_bytes() for p in out.iterdir()} == before
    with pytest.raises(ConnhubError, match="No space"):
        economy().report(tmp_path / "new", region="15")
    assert not (tmp_path / "new").exists()


def test_the_command_writes_from_tables_and_from_a_saved_analysis(tmp_path, capsys):
    words = ["report", *DELIVERED, "--missing-amount", "exclude", "--prefecture", "新潟県"]
    words += ["--financials", FINANCIALS, "--scheme", "follows-published-fy2019", "--top", "3"]
    assert main([*words, "--source", "見本", "--out", str(tmp_path / "r")]) == 0
    printed = capsys.readouterr().out
    assert "! 読み込んだ金額(絶対額)の1.5%を除外した" in printed
    for name in ("report.html", "workbook.xlsx", "picture-1-connector-hub.png"):
        assert name in printed
    text = read(tmp_path / "r" / "report.html").text
    assert "出典: 見本" in text
    assert "3社を候補とした" in text
    saved = str(tmp_path / "saved")
    assert main(["analyze", *DELIVERED, "--missing-amount", "exclude", "--out", saved]) == 0
    words = ["report", saved, "--prefecture", "15", "--lang", "en", "--out", str(tmp_path / "s")]
    assert main(words) == 0
    text = read(tmp_path / "s" / "report.html").text
    assert "needs the grain firms_by_region or pairs" in text
    assert main([*words, "--grain", "pairs"]) == 2
    assert "settled by the saved analysis: 'grain'" in capsys.readouterr().err


@pytest.mark.parametrize("package", ["jinja2", "altair", "xlsxwriter"])
def test_a_missing_extra_is_one_line_before_the_work(package):
    code = f"import sys; sys.modules[{package!r}] = None; from connhub.cli import main; "
    code += "sys.exit(main(['report', 'absent.csv', 'absent.csv']))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 2
    says = "connhub: a report needs the extra 'report': pip install 'connhub[report]'\n"
    assert done.stderr == says


def test_where_nobody_can_be_ranked_it_says_why():
    result = connhub.analyze(deals(("a", "c", 5)), firms(), grain="firms_by_region")
    said = next(
        p.sentences
        for p in summary(Subject.of(result, "15", result.select(), "en"))
        if p.heading == "Candidates for priority support"
    )
    assert said[0] == "No firm can be ranked."
    assert said[1].endswith("could not be ranked: degree undefined.")


def test_sums_that_are_read_against_each_other_have_one_unit():
    rows = [("a", "b", 900_000_000_000), ("a", "c", 2_000_000), ("c", "a", 3_000_000)]
    result = connhub.analyze(deals(*rows), firms(), grain="firms_by_region")
    table = regional_sums(Subject.of(result, "15", None, "ja"))
    units = {c.head.rpartition(" (")[2] for c in table.columns if "円" in c.head}
    assert len(units) == 1


def test_in_a_prefecture_without_a_firm_every_picture_comes_out_and_says_so(tmp_path):
    result = economy()
    folder = result.report(tmp_path, region="47", lang="en")
    written = {p.name.split("-", 2)[2] for p in folder.glob("picture-*.png")}
    assert written == {
        f"{kind}.png"
        for kind in (
            "connector-hub", "concentration", "contributions", "stability",
            "strongest-linkages", "flow-matrix", "tile-map",
        )
    }  # fmt: skip
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert len(re.findall('"reason": "[^"]*[Nn]o firm', page)) >= 3
