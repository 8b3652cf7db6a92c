"""Whatever type ids are of, results are those of texts; integers keep their type in frames."""

from __future__ import annotations

import datetime

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pytest

import connhub
from connhub import networks, plots
from connhub.errors import OptionError
from connhub.measures.roles import firm_roles
from connhub.selection.financial_indicators import financial_indicators
from connhub.selection.financials import read_financials

RANDOM = np.random.default_rng(7)
N_FIRMS, N_TRADES = 120, 1500
IDS = np.sort(RANDOM.choice(5000, N_FIRMS, replace=False))  # 9 is before 10 only as a number
IS_ID = ("firm_id", "seller_id", "buyer_id")
PARTIES = RANDOM.integers(0, N_FIRMS, (2, N_TRADES))
FIRMS = pa.table(
    {
        "firm_id": [str(i) for i in IDS],
        "name": [f"社{k % 7}" if k % 3 else None for k in range(N_FIRMS)],
        "prefecture_code": [None if k % 40 == 0 else f"{1 + k % 9:02}" for k in range(N_FIRMS)],
    }
)
TRADE = pa.table(
    {
        "seller_id": [str(IDS[k]) for k in PARTIES[0]],
        "buyer_id": [str(IDS[k]) if k != 5 else "77777" for k in PARTIES[1]],
        "amount": RANDOM.integers(1, 4, N_TRADES) * 100,  # many ties
    }
)
FINANCIALS = pa.table(
    {
        "firm_id": [str(i) for i in np.repeat(IDS, 3)],
        "year": [2022, 2023, 2024] * N_FIRMS,
        "operating_profit": np.arange(3 * N_FIRMS) % 97 + 1,
        "employees": np.arange(3 * N_FIRMS) % 13 + 1,
    }
)


def whole(values):
    return values.cast(pa.int64())


KINDS = {
    "int64": (whole, "int64"),
    "uint32": (lambda v: v.cast(pa.uint32()), "int64"),
    "decimal": (lambda v: whole(v).cast(pa.decimal128(38, 0)), "int64"),
    "decimal of scale 2": (lambda v: whole(v).cast(pa.decimal128(30, 2)), "int64"),
    "integers by dictionary": (lambda v: whole(v).dictionary_encode(), "int64"),
    "binary": (lambda v: v.cast(pa.binary()), "str"),
    "view": (lambda v: v.cast(pa.string_view()), "str"),
    "dictionary": (lambda v: v.dictionary_encode(), "str"),
}


def cast(table: pa.Table, convert) -> pa.Table:
    for i, name in enumerate(table.column_names):
        if name in IS_ID:
            table = table.set_column(i, name, convert(table[name]))
    return table


def as_texts(frame: pd.DataFrame) -> pd.DataFrame:
    texts = {}
    for name in frame.columns.intersection(IS_ID):
        values = frame[name].astype(object)
        texts[name] = values.map(str, na_action="ignore").astype("str")
    return frame.assign(**texts)


def assert_same(found, expected) -> None:
    for one, other in zip(found, expected, strict=True):
        pd.testing.assert_frame_equal(as_texts(one), as_texts(other), check_exact=True)


def frames_of(result) -> list[pd.DataFrame]:
    selection = result.select(per_region=2)
    trade = result.trade.frame
    by_text = {"key": lambda column: column.astype("str"), "ignore_index": True}
    return [
        result.degrees.frame,
        result.degrees.top(30),
        result.degrees.top(30, by="hub_degree"),
        result.firms([*IDS[:5], "77777"]),
        result.degrees.search(IDS[3]),
        result.linkages.frame,
        result.ledger.frame,
        trade.sort_values(list(trade), **by_text),
        selection.frame,
        selection.not_ranked,
        selection.selected,
        selection.pareto(),
        selection.stability(n_draws=3),
    ]


@pytest.mark.parametrize("grain", ["pairs", "firms_by_region"])
@pytest.mark.parametrize("kind", KINDS)
def test_frames(tmp_path, kind, grain):
    convert, dtype = KINDS[kind]
    expected = frames_of(connhub.analyze(TRADE, FIRMS, grain=grain))
    trade, firms = cast(TRADE, convert), cast(FIRMS, convert)
    for t, f, wanted in ((trade, firms, dtype), (TRADE, firms, dtype), (trade, FIRMS, "str")):
        result = connhub.analyze(t, f, grain=grain)
        frames = frames_of(result)
        assert_same(frames, expected)
        dtypes = [str(frames[i]["firm_id"].dtype) for i in (0, 1, 2, 3, 8, 9, 10, 11, 12)]
        assert dtypes == [wanted] * 9
    result = connhub.analyze(trade, firms, grain=grain)
    loaded = connhub.load(result.save(tmp_path))
    assert_same(frames_of(loaded), expected)
    for name in result.trade.frame.columns.intersection(IS_ID):
        found, before = loaded.trade.frame[name], result.trade.frame[name]
        assert found.cat.categories.dtype == before.cat.categories.dtype


def test_results_merge_with_the_table_of_the_user():
    firms = cast(FIRMS, whole).to_pandas()
    result = connhub.analyze(cast(TRADE, whole), firms, grain="firms_by_region")
    found = result.degrees.frame.merge(firms, on="firm_id", suffixes=("", "_of_firms"))
    assert len(found) == len(result.degrees.frame)
    assert found["name"].equals(found["name_of_firms"])
    trade = result.trade.frame.dropna()
    assert len(trade.merge(firms, on="firm_id")) == len(trade)


def test_an_id_that_is_no_number_is_asked_for_among_numbers():
    degrees = connhub.analyze(cast(TRADE, whole), cast(FIRMS, whole)).degrees
    number = int(IDS[1])
    found = degrees.firms(["0" + str(number), number, "x"])
    assert found["firm_id"].tolist() == ["0" + str(number), str(number), "x"]
    assert found["status"].tolist() == ["no degrees", "ranked", "no degrees"]
    assert degrees.firms([]).empty
    assert degrees.search("0" + str(number)).empty


@pytest.fixture(scope="module")
def both():
    return {
        name: (connhub.analyze(cast(TRADE, convert), cast(FIRMS, convert), grain="pairs"), convert)
        for name, convert in (("text", lambda v: v), ("int64", whole))
    }


def test_selections(both):
    found = {}
    for name, (result, convert) in both.items():
        firms = connhub.read_firms(cast(FIRMS, convert))
        fields = pa.table({"field": ["海", "空", "空"], "firm_id": [str(i) for i in IDS[3:6]]})
        by_profit = result.select(firms, financials=cast(FINANCIALS, convert), per_region=2)
        of_fields = result.select(firms, fields=cast(fields, convert), per_region=2)
        some = result.select(firms, eligible=IDS[:60].tolist(), per_region=2)
        again = result.select(firms, eligible=[str(i) for i in IDS[:60]], per_region=2)
        frames = [s.frame for s in (by_profit, of_fields, some, again)]
        frames += [s.not_ranked for s in (by_profit, of_fields, some)]
        texts = [by_profit.explain(i) for i in (IDS[7], str(IDS[7]), IDS[0])]
        indicators = financial_indicators(read_financials(cast(FINANCIALS, convert))).frame
        merged = result.select(firms, indicators=indicators, per_region=2)
        found[name] = [*frames, merged.frame], texts
        assert {str(f["firm_id"].dtype) for f in frames} == {"str" if name == "text" else name}
    assert_same(found["int64"][0], found["text"][0])
    assert found["int64"][1] == found["text"][1]


def test_graphs(both):
    found = {}
    for name, (result, _) in both.items():
        graph = networks.firm_graph(result.trade, degrees=result.degrees)
        near = graph.ego([IDS[7]], steps=1)
        selection = result.select(per_region=2)
        selected = networks.selection_graph(selection, result.trade, degrees=result.degrees)
        modules = {i if name == "int64" else str(i): f"m{i % 3}" for i in IDS}
        frames = [
            graph.firms,
            graph.pagerank(),
            graph.components(),
            *(networks.rank_firms(selected, by=by).frame for by in ("pagerank", "sales_strength")),
            networks.evaluate_region(["01", "02"], result).firms,
            firm_roles(result.trade),
            firm_roles(result.trade, modules=modules),
        ]
        nodes = (
            sorted(near),
            sorted(near.edges(data="amount")),
            list(selected),
            list(selected.edges),
        )
        found[name] = frames, nodes
        assert all(isinstance(node, str) for node in (*near, *selected))
        assert {str(f["firm_id"].dtype) for f in frames} == {"str" if name == "text" else name}
    assert_same(found["int64"][0], found["text"][0])
    assert found["int64"][1] == found["text"][1]


@pytest.mark.slow
def test_pictures(both):
    found = {}
    for name, (result, _) in both.items():
        selection = result.select(per_region=2)
        pictures = [
            plots.fireworks(result.trade, str(IDS[7]), degrees=result.degrees),
            plots.connector_hub(result.degrees, selection=selection),
            plots.connector_hub(result.degrees, of_region="02", selection=selection),
            plots.concentration(result.degrees, of_region="02"),
            plots.contributions(selection),
            plots.stability(selection),
        ]
        found[name] = [picture.spec for picture in pictures]
    assert found["int64"] == found["text"]
    with pytest.raises(OptionError, match=str(IDS[7])):
        plots.fireworks(both["int64"][0].trade, f"0{IDS[7]}", degrees=both["int64"][0].degrees)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.* extension is not supported:UserWarning")
def test_what_is_published(both, tmp_path):
    found = {}
    for name, (result, _) in both.items():
        selection = result.select(per_region=2)
        parts = []
        for region in (None, "02"):
            folder = result.report(
                tmp_path / f"{name}{region}",
                of_region=region,
                selection=selection,
                report_date=datetime.date(2025, 1, 1),
            )
            book = openpyxl.load_workbook(folder / "workbook.xlsx")
            cells = [[[c.value for c in row] for row in sheet.iter_rows()] for sheet in book]
            parts += [(folder / "report.html").read_text(encoding="utf-8"), cells]
        saved = result.save(tmp_path / f"saved {name}", csv=True)
        parts.append((saved / "degrees.csv").read_text(encoding="utf-8"))
        found[name] = parts
    assert found["int64"] == found["text"]


def test_prepared_tables(both, tmp_path):
    for result, convert in both.values():
        folder = tmp_path / str(id(convert))
        connhub.prepare(cast(TRADE, convert), cast(FIRMS, convert), out=folder)
        prepared = connhub.analyze(folder)
        pd.testing.assert_frame_equal(
            prepared.degrees.frame, result.degrees.frame, check_exact=True
        )


def test_totals_of_both_kinds_add_up():
    whole_firms, text_firms = cast(FIRMS, whole), FIRMS
    parts = [
        connhub.total(part, connhub.read_firms(firms))
        for part, firms in ((TRADE.slice(0, 700), whole_firms), (TRADE.slice(700), text_firms))
    ]
    all_at_once = connhub.total(TRADE, connhub.read_firms(text_firms))
    assert np.array_equal((parts[0] + parts[1]).firms, all_at_once.firms)
