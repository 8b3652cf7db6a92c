"""Three figures: what is newly seen is not new."""

import pyarrow as pa

import connhub
from connhub.measures.compare import compare
from connhub.measures.region_change import _percent


def seen_by(share, year, n=40):
    """An economy of which a table sees a share; nothing else differs between years."""
    ids = [f"f{i}" for i in range(n)]
    deals = [(ids[i], ids[(i + k) % n], 10 + k) for i in range(n) for k in (1, 2, 3)]
    seen = int(n * share)
    deals = [d for d in deals if int(d[0][1:]) < seen and int(d[1][1:]) < seen]
    seller, buyer, amount = zip(*deals, strict=True)
    table = {"seller_id": seller, "buyer_id": buyer, "amount": amount, "year": [year] * len(deals)}
    firms = pa.table({"firm_id": ids[:seen], "prefecture_code": ["15", "13"] * (seen // 2)})
    return connhub.analyze(pa.table(table), firms, grain="pairs")


def rows_of(change, basis, figure="in_region_transactions"):
    frame = change.regions
    return frame[(frame["basis"] == basis) & (frame["figure"] == figure)].set_index("region")


def test_a_coverage_that_doubles_gives_no_growth_without_a_warning():
    change = compare(seen_by(0.5, 2023), seen_by(1, 2024))
    everything = rows_of(change, "all").loc["15"]
    assert everything["growth"] > 0.9
    assert everything["coverage_changed"]
    same = rows_of(change, "trading_in_both").loc["15"]
    assert (same["change"], same["growth"]) == (0, 0)
    assert same["coverage_changed"]  # whatever row one looks at
    (note,) = change.notes
    assert "newly seen is not new" in str(note)
    assert "+0.0% of firms that trade in both years" in str(note)
    assert "新たに捉えられた" in note.text("ja")
    assert str(note) in repr(change)
    assert [n.kind for n in change.notes_of("新潟県")] == ["change.coverage"]


def test_a_change_without_a_change_of_coverage_has_no_note():
    change = compare(seen_by(1, 2023), seen_by(1, 2024))
    assert change.notes == ()
    assert not change.regions["coverage_changed"].any()
    assert (change.regions["change"] == 0).all()
    deals = rows_of(change, "all", "sales")["deals_before"]
    assert (
        deals.sum()
        == change.before.ledger.rows["in_region"] + change.before.ledger.rows["out_of_region"]
    )
    assert rows_of(change, "in_both")["deals_before"].isna().all()


def test_firms_of_both_years_may_be_added_up_by_hand():
    before, after = seen_by(0.5, 2023), seen_by(1, 2024)
    change = compare(before, after)
    old = set(before.degrees.frame["firm_id"])
    frame = after.degrees.frame
    sales = frame[frame["firm_id"].isin(old)].groupby("region")["sales"].sum()
    found = rows_of(change, "in_both", "sales")
    assert found.loc[sales.index, "after"].tolist() == sales.tolist()


def test_growth_in_words():
    assert [_percent(sums) for sums in ([1, 2], [200, 199], [0, 5])] == ["+100.0%", "-0.5%", "-"]
