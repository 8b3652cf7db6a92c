"""The sentences of the summary against numbers by hand, in both languages."""

import pyarrow as pa
import pytest

import connhub
from connhub.publishing.report.summary import summary, warnings
from connhub.publishing.scope import Scope
from tests.builders import firm_table, transaction_table
from tests.publishing.cases import economy


def sentences(result, of_region, lang, **options):
    parts = summary(Scope.of(result, of_region, result.select(**options), lang))
    return " ".join(s for p in parts for s in p.sentences)


def test_the_numbers_are_those_by_hand():
    text = sentences(economy(), "15", "ja", per_region=1)
    for words in (
        "企業3社の域外販売額(ほかの地域と海外への販売)は10.0億円で、3都道府県中1位である",
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
        assert words in text


def test_the_same_in_english():
    text = sentences(economy(), "新潟県", "en", per_region=1)
    for words in (
        "Firms of Niigata (3 firms in the table) sold 1.00 billion yen",
        "(rank 1 of 3 prefectures)",
        "a surplus of 0.600 billion yen",
        "The largest customer region is Tokyo (0.900 billion yen, 90.0%), followed by Osaka",
        "16.7% of all sales stay inside",
        "the largest firm accounts for 60.0%",
        "The highest connector degree is that of a社 (60.0%)",
        "ranks 3 firms; 1 firm is a candidate",
        "a社 ranks first",
    ):
        assert words in text


def test_all_regions_together():
    text = sentences(economy(), None, "ja", per_region=1)
    assert "全国の企業5社の域外販売額(ほかの地域と海外への販売)は14.0億円である" in text
    assert "ハブ度は、分母が正でないため定義されない地域がある: 北海道" in text
    assert "「d社」(東京都、100.0%)" in text


def test_coverage_where_official_sums_are_given():
    official = pa.table(
        {
            "region": ["15"],
            "out_of_region_sales": [2_000_000_000],
            "in_region_purchases": [800_000_000],
        }
    )
    text = sentences(economy(region_totals=official), "15", "ja")
    assert "捕捉率は、域外販売額50.0%、域内仕入額25.0%である" in text


def test_no_sentence_has_a_bare_placeholder():
    result = economy()
    for lang in ("ja", "en"):
        for region in ("15", "13", "47", None):
            assert "{" not in sentences(result, region, lang)


def test_warnings_come_first():
    result = connhub.analyze(
        transaction_table(("a", "c", 50), ("a", "a", 50)), firm_table(a="15", b="15", c="13")
    )
    assert warnings(Scope.of(result, "15", None, "ja")) == [
        "読み込んだ金額(絶対額)の50.0%を除外した"
    ]
    assert "no firm in Okinawa" in warnings(Scope.of(result, "47", None, "en"))[-1]


def test_where_nobody_can_be_ranked_it_says_why():
    result = connhub.analyze(
        transaction_table(("a", "c", 5)),
        firm_table(a="15", b="15", c="13"),
        grain="firms_by_region",
    )
    found = next(
        p.sentences
        for p in summary(Scope.of(result, "15", result.select(), "en"))
        if p.heading == "Candidates for priority support"
    )
    assert found == (
        "No firm can be ranked.",
        "2 firms are not ranked: degree undefined.",
        "High by a degree, but not ranked: a (connector degree 100.0%, rank 1): "
        "Hub degree undefined (the sum of the region is not above 0).",
    )


@pytest.mark.parametrize(("lang", "end"), [("ja", "千億"), ("en", "billion")])
def test_the_currency_is_that_of_the_result(lang, end):
    text = sentences(economy(unit="EUR", resolution="0.01", factor=1), "15", lang)
    assert "1,000.00 EUR" in text or "1,000 EUR" in text
    assert end not in text
