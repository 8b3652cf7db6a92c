"""Three figures: what is newly seen is not new."""

from fractions import Fraction

import pandas as pd
import pyarrow as pa
import pytest

import connhub
from connhub.measures.compare import compare
from connhub.measures.region_change import BASES, FIGURES, _percent, coverage_notes
from connhub.text.catalogue import Message
from tests.measures.two_years import two_years, year


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


# --- by loops over the rows ------------------------------------------------------------


def read(seed, number):
    """Homes of the firms of a year, and deals between other firms with their places."""
    deals, firms = year(seed, number)
    home = dict(zip(*(firms[c].to_pylist() for c in ("firm_id", "prefecture_code")), strict=True))
    kept = [
        ((s, home.get(s, "15")), (b, home.get(b, "15")), amount)
        for s, b, amount in zip(
            *(deals[c].to_pylist() for c in ("seller_id", "buyer_id", "amount")), strict=True
        )
        if s != b
    ]
    return home, kept


def is_part(figure, seller, buyer):
    inside = seller[1] == buyer[1]
    return figure == "sales" or inside == (figure == "in_region_transactions")


def naive_rows(seed, grain):
    """Each sum of each region by figure and basis: money, firms and deals, before and after."""
    years = [read(seed, number) for number in (2023, 2024)]
    listed = [set(home.items()) for home, _ in years]
    seen = [
        {end for s, b, _ in deals for end in (s, b)} & there
        for (_, deals), there in zip(years, listed, strict=True)
    ]
    bases = {
        "all": None,
        "in_both": listed[0] & listed[1],
        "trading_in_both": seen[0] & seen[1],
    }
    rows = {}
    for region in ("13", "15", "23"):
        for figure in FIGURES:
            for basis, chosen in bases.items():
                row = {}
                for when, (_, deals), trading in zip(("before", "after"), years, seen, strict=True):
                    parts = [
                        (s, b, amount) for s, b, amount in deals
                        if is_part(figure, s, b) and s[1] == region
                    ]  # fmt: skip
                    if chosen is None:
                        kept = parts
                    elif figure != "in_region_transactions":
                        kept = [p for p in parts if p[0] in chosen]
                    elif grain == "pairs":
                        kept = [p for p in parts if p[0] in chosen and p[1] in chosen]
                    else:
                        kept = [p for p in parts if p[1] in chosen]
                    row[when] = sum(amount for *_, amount in kept)
                    row[f"deals_{when}"] = len(parts) if chosen is None else None
                    own = {e for e in trading if e[1] == region}
                    row[f"firms_{when}"] = len(own if chosen is None else own & chosen)
                rows[region, figure, basis] = row
    return rows


@pytest.mark.parametrize("grain", ["pairs", "firms"])
@pytest.mark.parametrize("seed", range(6))
def test_all_figures_are_those_of_the_rows(seed, grain):
    before, after, _ = two_years(seed, grain=grain)
    frame = compare(before, after).regions
    keys = [tuple(k) for k in frame[["region", "figure", "basis"]].values.tolist()]
    assert [k for k in keys if k[0] == "15"] == [("15", f, b) for f in FIGURES for b in BASES]
    assert keys == sorted(keys, key=lambda k: k[0])
    wanted = naive_rows(seed, grain)
    differs = {
        key: any(
            abs(row[f"{n}_after"] - row[f"{n}_before"]) * 10 > row[f"{n}_before"]
            for n in ("firms", "deals")
        )
        for key, row in wanted.items()
        if key[2] == "all"
    }
    for found in frame.to_dict("records"):
        key = found["region"], found["figure"], found["basis"]
        if key not in wanted:
            assert (found["before"], found["after"]) == (0, 0)
            continue
        row = wanted[key]
        assert {n: None if pd.isna(found[n]) else found[n] for n in row} == row, key
        assert found["change"] == row["after"] - row["before"]
        if row["before"] > 0:
            growth = Fraction(row["after"] - row["before"], row["before"])
            assert found["growth"] == pytest.approx(float(growth), rel=1e-15)
        else:
            assert pd.isna(found["growth"])
        assert found["coverage_changed"] == differs[(*key[:2], "all")], key
    names = frame.drop_duplicates("region").set_index("region")["region_name"]
    assert names[["13", "15"]].tolist() == ["東京都", "新潟県"]


def covered(firms, deals, money=((100, 100),) * 3):
    """A frame of one region, of which firms and deals are before and after so many."""
    rows = []
    for figure in FIGURES[:2]:
        for basis, (before, after) in zip(BASES, money, strict=True):
            rows.append(
                {
                    "region": "15", "figure": figure, "basis": basis,
                    "before": before, "after": after,
                    "firms_before": firms[0], "firms_after": firms[1],
                    "deals_before": deals[0] if basis == "all" else None,
                    "deals_after": deals[1] if basis == "all" else None,
                }
            )  # fmt: skip
    frame = pd.DataFrame(rows)
    return frame.astype(dict.fromkeys(["deals_before", "deals_after"], "Int64"))


@pytest.mark.parametrize(
    ("firms", "deals", "noted"),
    [
        ((10, 11), (100, 110), False),  # by a tenth, and no more
        ((10, 12), (100, 100), True),
        ((10, 8), (100, 100), True),
        ((10, 10), (100, 111), True),
        ((10, 10), (100, 89), True),
        ((10, 10), (100, 90), False),
        ((0, 1), (0, 0), True),
        ((0, 0), (0, 0), False),
    ],
)
def test_over_a_tenth_more_or_fewer_firms_or_deals_are_told(firms, deals, noted):
    notes = list(coverage_notes(covered(firms, deals), ("2023", "2024"), ["15"]))
    assert len(notes) == noted
    assert list(coverage_notes(covered(firms, deals), ("2023", "2024"), ["13"])) == []


def test_what_is_told_is_of_the_trade_inside():
    frame = covered((10, 12), (50, 60), money=((100, 150), (80, 84), (50, 50)))
    frame.loc[frame["figure"] != FIGURES[0], "after"] = 9999
    (note,) = coverage_notes(frame, ("2023", "2024"), ["15"])
    assert note.values == {
        "before": Message("change.one_year", years="2023"),
        "after": Message("change.one_year", years="2024"),
        "firms": "+20.0%", "deals": "+20.0%",
        "all": "+50.0%", "in_both": "+5.0%", "trading_in_both": "+0.0%",
    }  # fmt: skip
    other = covered((10, 10), (10, 10)).assign(region="13")
    (both,) = coverage_notes(pd.concat([frame, other]), ("2023", "2024"), ["15", "13"])
    assert (both.values["firms"], both.values["deals"]) == ("+10.0%", "+16.7%")
    assert both.values["all"] == "+25.0%"


def test_years_without_numbers_have_names_too():
    (note,) = coverage_notes(covered((10, 12), (50, 50)), ("", ""), ["15"])
    assert "前の年から後の年にかけて" in note.text("ja")
    assert "from the year before to the year after" in note.text("en")
    (note,) = coverage_notes(covered((10, 12), (50, 50)), ("2023", "2024-2025"), ["15"])
    assert "2023年から2024-2025年にかけて" in note.text("ja")
