import re
import types

import numpy as np
import pandas as pd
import pytest

import connhub
from connhub.errors import OptionError
from connhub.measures.display import display_table
from connhub.schema import all_columns, columns
from connhub.text.catalogue import Message, ShownText, topic
from connhub.text.names import width


def test_cells_are_written_by_the_unit_of_their_column():
    frame = pd.DataFrame(
        {
            "firm_id": [1234567, 2],
            "name": ["<甲>\n乙", None],
            "sales": pd.array([-1_234_567, None], "Int64"),
            "hub_degree": [0.38096, float("nan")],
            "hub_rank": [1234, 2],
            "selected": [True, False],
            "mine": [1234.5678, float("inf")],
        }
    )
    frame.attrs["unit"] = "0.01 EUR"
    shown = connhub.show(frame, lang="en")
    assert shown.header[2] == "Sales (EUR)"
    assert shown.header[-1] == "mine"
    assert shown.rows == (
        ("1234567", "<甲> 乙", "-12,345.67", "38.1%", "1,234", "○", "1,234.568"),
        ("2", "—", "—", "—", "2", "", "—"),
    )
    html = shown._repr_html_()
    assert "&lt;甲&gt;" in html
    assert "<甲>" not in html
    assert html.count("white-space:nowrap") == 2 * 7


def test_a_terminal_gets_aligned_lines():
    frame = pd.DataFrame({"name": ["甲乙", "abc"], "sales": [1, 1000]})
    header, *rows, _ = repr(connhub.show(frame, lang="ja")).splitlines()
    assert {width(line) for line in (header, *rows)} == {width(header)}


def test_words_are_said_in_the_language_and_unknown_ones_stay():
    frame = pd.DataFrame({"reason": ["ranked", "new"], "indicator": ["hub_degree", None]})
    assert connhub.show(frame, lang="ja").rows == (("順位あり", "ハブ度"), ("new", "—"))
    ledger = pd.DataFrame(
        {"entry": ["read"], "kind": ["of which"], "rows": [20_000], "amount": [5]}
    )
    assert connhub.show(ledger, lang="ja").rows == (("読込", "内数", "20,000", "5"),)


def test_columns_of_an_indicator_name_it_and_indicators_keep_their_own_label():
    frame = pd.DataFrame(
        {
            "score": [1.0],
            "selected": [True],
            "profit_contribution": [1.5],
            "profit_contribution_rank": [1],
        }
    )
    assert connhub.show(frame, lang="ja").header == (
        "得点(点)",
        "選定",
        "利益貢献度(円)",
        "利益貢献度の順位",
    )


def test_the_words_of_this_topic_belong_to_columns():
    names = {column.name for column in all_columns()}
    for kind in set(topic("display")) - {"rows", "first_rows"}:
        assert any(kind.startswith(f"{name}_") for name in names)


def test_notes_stand_once_and_the_number_of_rows_last():
    frame = pd.DataFrame({"sales": range(1200)})
    note = Message("ledger.excluded_share", share="5.0%")
    shown = display_table(frame.head(2), of=1200, unit="円", notes=[note, note], lang="en")
    text = repr(shown)
    assert text.count(note.text("en")) == shown._repr_html_().count(note.text("en")) == 1
    assert text.splitlines()[-1] == "the first 2 of 1,200 rows"
    assert len(connhub.show(frame, 3).rows) == 3
    assert connhub.show(frame, 0).rows == ()


def test_a_column_that_is_not_there_is_suggested():
    with pytest.raises(OptionError, match="Did you mean 'sales'"):
        connhub.show(pd.DataFrame({"sales": [1]}), columns=["sale"])


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_every_column_of_the_schema_has_a_header(lang):
    for table in {column.table for column in all_columns()}:
        names = [name for name in columns(table) if not name.startswith("{")]
        empty = pd.DataFrame({name: [] for name in names})
        header = connhub.show(empty, lang=lang).header
        assert all(header)
        assert not [h for h in header if re.search(r"[{}]", h)]


@pytest.mark.parametrize("true", [True, np.True_])
def test_what_is_true_has_a_mark(true):
    frame = pd.DataFrame({"flag": pd.Series([true, not true], dtype="object")})
    assert [row[-1] for row in connhub.show(frame).rows] == ["○", ""]


def test_linkages_name_their_regions_and_pairs_are_a_table():
    firms = pd.DataFrame({"firm_id": ["a", "b"], "prefecture_code": ["13", "15"]})
    trade = pd.DataFrame({"seller_id": ["a"], "buyer_id": ["b"], "amount": [30_000]})
    result = connhub.analyze(trade, firms, grain="pairs")
    shown = result.linkages.show(lang="ja").rows[0]
    assert shown[:2] == ("東京都", "新潟県")
    assert result.linkages.show(lang="en").rows[0][:2] == ("Tokyo", "Niigata")
    html = result.trade._repr_html_()
    assert ">30,000</td>" in html
    assert ">a</td>" in html


@pytest.mark.parametrize("text", [connhub.cite("bibtex"), ShownText("<a>\nb")])
def test_texts_of_several_lines_are_shown_as_lines(text):
    """What ends a cell is shown by its HTML, in a terminal by what it prints."""
    lines = []
    text._repr_pretty_(types.SimpleNamespace(text=lines.append), cycle=False)
    assert lines == [str(text)]
    html = text._repr_html_()
    assert html.count("\n") == text.count("\n") > 0
    assert "<a>" not in html
