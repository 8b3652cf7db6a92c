"""Firms of two years: who stays, comes, goes and moves."""

import pandas as pd
import pyarrow as pa

import connhub
from connhub.measures.compare import compare
from connhub.measures.matched_firms import STATUSES, match_firms


def analysis(year, firms, deals, **more):
    seller, buyer, amount = zip(*deals, strict=True)
    table = {"seller_id": seller, "buyer_id": buyer, "amount": amount, "year": [year] * len(deals)}
    ids, places = zip(*firms.items(), strict=True)
    columns = {"firm_id": ids, "prefecture_code": places, **more}
    return connhub.analyze(pa.table(table), pa.table(columns), grain="pairs"), pa.table(columns)


BEFORE = {"stay": "15", "go": "15", "move": "15", "idle": "15", "shut": "15", "out": "13"}
AFTER = {"stay": "15", "come": "15", "move": "13", "idle": "15", "born": "15", "out": "13"}


def both(**more):
    before, _ = analysis(
        2023, BEFORE, [("stay", "out", 5), ("go", "out", 5), ("move", "out", 5), ("shut", "out", 1)]
    )
    after, table = analysis(
        2024, AFTER, [("stay", "out", 6), ("come", "out", 6), ("move", "stay", 6), ("born", "out", 2)],
        **more,
    )  # fmt: skip
    return before, after, table


def statuses(frame):
    return {(r.firm_id, r.region): r.status for r in frame.itertuples()}


def test_what_a_firm_did():
    before, after, _ = both()
    found = match_firms(before, after)
    named = dict(
        zip(
            zip(found.take("firm_id").to_pylist(), found.take("region").to_pylist(), strict=True),
            [STATUSES[i] for i in found.status],
            strict=True,
        )
    )
    assert named == {
        ("stay", "15"): "stays", ("come", "15"): "appears", ("move", "13"): "moves_in",
        ("idle", "15"): "no_trade", ("born", "15"): "appears", ("out", "13"): "stays",
        ("go", "15"): "disappears", ("move", "15"): "moves_out", ("shut", "15"): "disappears",
    }  # fmt: skip
    assert [v.tolist() for v in found.values("sales")] == [
        [5, 0, 0, 0, 0, 0, 5, 5, 1], [6, 6, 6, 0, 2, 0, 0, 0, 0],
    ]  # fmt: skip


def test_a_year_of_founding_tells_new_from_newly_seen():
    founded = [1990, 2001, 1980, 1999, 2024, 1960]
    before, after, table = both(founded_year=[str(y) for y in founded])
    found = statuses(compare(before, after, connhub.read_firms(table)).degrees())
    assert (found["born", "15"], found["come", "15"]) == ("founded", "appears")
    closed = pa.table(
        {"firm_id": list(BEFORE), "prefecture_code": list(BEFORE.values()),
         "廃業年月日": [None, None, None, None, "2024-02-01", None]}
    )  # fmt: skip
    found = statuses(compare(before, after, connhub.read_firms(closed)).degrees())
    assert (found["shut", "15"], found["go", "15"]) == ("closed", "disappears")


def test_ids_that_are_integers_in_one_year_are_the_same_firms():
    texts, _ = analysis(2023, {"5": "15", "7": "13"}, [("5", "7", 3)])
    numbers, _ = analysis(2024, {5: "15", 7: "13"}, [(5, 7, 4)])
    assert statuses(compare(texts, numbers).degrees()) == {
        ("5", "15"): "stays",
        ("7", "13"): "stays",
    }


def test_a_firm_whose_returns_take_all_back_still_trades():
    firms = {"a": "15", "b": "13", "c": "13"}
    before, _ = analysis(2023, firms, [("a", "b", 5), ("a", "b", -5), ("c", "b", 1)])
    after, _ = analysis(2024, firms, [("a", "b", 5), ("c", "b", 1)])
    assert statuses(compare(before, after).degrees())["a", "15"] == "stays"


def test_a_firm_that_is_not_there_in_a_year_has_no_rank_in_it():
    before, after, _ = both()
    found = match_firms(before, after)
    ids, regions = found.take("firm_id").to_pylist(), found.take("region").to_pylist()
    ranks = found.ranks("sales")
    for result, rows, rank in zip((before, after), found.rows, ranks):
        frame = result.degrees.frame
        wanted = frame.groupby("region")["sales"].rank(method="min", ascending=False)
        own = dict(zip(zip(frame["firm_id"], frame["region"]), wanted))
        for firm, region, row, shown in zip(ids, regions, rows, rank):
            assert shown is pd.NA if row < 0 else shown == own[firm, region]


def test_a_firm_that_moves_and_does_not_trade_there_has_not_moved_in():
    before, _ = analysis(2023, {"move": "15", "out": "13"}, [("move", "out", 5)])
    after, _ = analysis(2024, {"move": "13", "out": "13", "other": "13"}, [("other", "out", 5)])
    found = statuses(compare(before, after).degrees())
    assert found["move", "13"] == "no_trade"
    assert found["move", "15"] == "disappears"
