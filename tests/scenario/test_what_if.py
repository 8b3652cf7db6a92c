"""The outcome of a scenario is the analysis of the edited table, bit for bit."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest

import connhub
from connhub.errors import InputError, OptionError
from connhub.scenario import Arrival, Departure, Growth, Scenario, what_if
from tests.scenario.builders import (
    INDUSTRIES,
    REGIONS,
    analysis,
    deal_rows,
    deal_table,
    edited_rows,
    firm_rows,
    firm_table,
    same_analysis,
)

GRAINS = ("firms", "firms_by_region", "pairs")
SEEDS = [*range(12), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(12, 200))]


def random_events(rng, firms):
    free = [firm["firm_id"] for firm in firms]
    rng.shuffle(free)
    events = []
    for _ in range(int(rng.integers(0, 3))):
        events.append(Departure(free.pop(), replaced=float(rng.choice([0, 0.3, 1]))))
    for _ in range(int(rng.integers(0, 3))):
        rate = float(rng.choice([-1, -0.5, 0.2, 3]))
        events.append(Growth(free.pop(), rate, str(rng.choice(["with_sales", "fixed"]))))
    for k in range(int(rng.integers(0 if events else 1, 3))):
        sales, purchases = (int(x) for x in rng.integers(0, 3 * 10**6, 2))
        events.append(
            Arrival(
                f"new{k}",
                str(rng.choice(REGIONS)),
                sales,
                purchases + 1,
                industry=str(rng.choice([*INDUSTRIES, ""])) or None,
                name=f"Newcomer {k}",
                displaces=float(rng.choice([0, 0.4, 1])),
            )
        )
    return events


@pytest.mark.parametrize("seed", SEEDS)
def test_the_outcome_is_the_analysis_of_the_edited_table(seed):
    """Events and given transactions together; a coarser grain with the rows that they come to."""
    rng = np.random.default_rng(seed)
    firms, rows = firm_rows(seed), deal_rows(seed)
    events = random_events(rng, firms)
    removed = [rows[i] for i in rng.choice(len(rows), 4, replace=False)]
    added = deal_rows(seed + 500, m=5)
    gone = {str(e.firm) for e in events}
    removed = [r for r in removed if not gone & {r[0], r[1]}]
    base = analysis(rows, firms)
    try:
        change = what_if(base, Scenario(events), firm_table(firms))
    except OptionError as error:
        if error.faults[0].kind != "scenario.too_few_peers":
            raise
        events = [replace(e, industry=None) if isinstance(e, Arrival) else e for e in events]
        change = what_if(base, Scenario(events), firm_table(firms))
    newcomers = [
        dict.fromkeys(firms[0])
        | {
            "firm_id": e.firm,
            "name": e.name,
            "prefecture_code": e.region,
            "industry_code": e.industry,
        }
        for e in events
        if isinstance(e, Arrival)
    ]
    after = edited_rows(rows, firms, change.deals)
    assert same_analysis(change.outcome, analysis(after, firms + newcomers))
    long = firm_table(firms + newcomers)
    for grain in GRAINS:  # the rows of all pairs that change, and others
        coarse = analysis(rows, firms + newcomers, grain)
        less = [r for r in rows if r not in after] + removed
        kept = list(rows)
        for row in (less := [r for i, r in enumerate(less) if less.count(r) <= kept.count(r)]):
            kept.remove(row)
        more = [r for r in after if r not in rows] + added
        given = Scenario(added=deal_table(more), removed=deal_table(less) if less else None)
        outcome = what_if(coarse, given, long).outcome
        assert same_analysis(outcome, analysis(kept + more, firms + newcomers, grain))


def test_arrival_then_departure_gives_the_base_back_bit_for_bit():
    firms, rows = firm_rows(3), deal_rows(3, returns=True)
    base, table = analysis(rows, firms), firm_table(firms)
    for displaces in (0.0, 1.0):
        arrival = Arrival("new", "15", 10**6, 10**6, displaces=displaces)
        change = what_if(base, Scenario([arrival]), table)
        if displaces:  # what was displaced does not come back by itself
            continue
        back = what_if(change.outcome, Scenario([Departure("new")]), change.table.firms)
        totals = back.outcome.totals.with_firms(change.table.firms, table)
        for name in ("firms", "flows", "ledger", "excluded", "years"):
            assert np.array_equal(getattr(totals, name), getattr(base.totals, name)), name
        for name in ("key", "amount", "counts"):
            assert np.array_equal(getattr(totals.cells, name), getattr(base.totals.cells, name))
        for name in ("key", "read_rows", "read_amount", "magnitude"):
            assert getattr(totals, name) == getattr(base.totals, name)


def test_returns_of_a_firm_that_leaves_go_with_it():
    """All but what the ledger says of returns by themselves, which pairs do not tell."""
    firms, rows = firm_rows(8), deal_rows(8, returns=True)
    change = what_if(analysis(rows, firms), Scenario([Departure("f1")]), firm_table(firms))
    outcome = change.outcome
    kept = analysis([r for r in rows if "f1" not in r[:2]], firms)
    assert outcome.degrees.frame.equals(kept.degrees.frame)
    assert outcome.regions.frame.equals(kept.regions.frame)
    for entry in ("read", "in_region", "out_of_region"):
        assert outcome.ledger.entry(entry) == kept.ledger.entry(entry)


def test_own_and_denominator_add_up_to_the_change_exactly():
    firms, rows = firm_rows(5), deal_rows(5)
    events = [Growth("f2", 0.7), Departure("f1"), Arrival("new", "15", 10**6, 5 * 10**5)]
    change = what_if(analysis(rows, firms), Scenario(events), firm_table(firms))
    sums = {}
    for totals, name in ((change.table.before, "before"), (change.table.after, "after")):
        frame = connhub.regions and connhub.degrees(totals, change.table.firms).frame
        for degree, whole in (
            ("connector_degree", "region_out_of_region_sales"),
            ("hub_degree", "region_in_region_purchases"),
        ):
            for region, value in zip(frame["region"], frame[whole]):
                sums[name, degree, region] = int(value)
    for row in change.frame.itertuples():
        d0, d1 = (sums[name, row.degree, row.region] for name in ("before", "after"))
        if min(d0, d1) <= 0:
            assert row.own != row.own
            continue
        s0, s1 = int(row.amount_before), int(row.amount_after)
        own = (s1 - s0) * (Fraction(1, d0) + Fraction(1, d1)) / 2
        rest = (s0 + s1) * (Fraction(1, d1) - Fraction(1, d0)) / 2
        assert own + rest == Fraction(s1, d1) - Fraction(s0, d0)
        assert row.own == pytest.approx(float(own), rel=1e-12, abs=1e-15)
        assert row.denominator == pytest.approx(float(rest), rel=1e-12, abs=1e-15)
        assert row.own + row.denominator == pytest.approx(row.after - row.before, abs=1e-15)


def test_ranks_are_those_of_both_analyses():
    firms, rows = firm_rows(5), deal_rows(5)
    base = analysis(rows, firms)
    events = [Growth("f7", 9), Arrival("new", "15", 10**6, 5 * 10**5, name="New")]
    change = what_if(base, Scenario(events), firm_table(firms))
    ranks = {
        side: result.firms([*dict.fromkeys(change.frame["firm_id"])]).set_index("firm_id")
        for side, result in (("before", base), ("after", change.outcome))
    }
    assert len(change.frame)
    for row in change.frame.itertuples():
        for side in ("before", "after"):
            wanted = ranks[side].loc[row.firm_id, row.degree.replace("_degree", "_rank")]
            found = getattr(row, f"rank_{side}")
            assert (found is wanted) or found == wanted, (row.firm_id, side)


def test_official_sums_stay_what_they_are():
    firms, rows = firm_rows(5), deal_rows(5)
    official = {"region": ["15"], "out_of_region_sales": [10**9], "in_region_purchases": [None]}
    base = analysis(rows, firms, region_totals=official)
    arrival = Arrival("new", "15", 10**6, 10**6)
    change = what_if(base, Scenario([arrival]), firm_table(firms))
    new = [dict.fromkeys(firms[0]) | {"firm_id": "new", "prefecture_code": "15"}]
    after = edited_rows(rows, firms, change.deals)
    assert same_analysis(change.outcome, analysis(after, firms + new, region_totals=official))
    frame = change.frame[
        (change.frame["region"] == "15") & (change.frame["degree"] == "connector_degree")
    ]
    assert (frame["denominator"] == 0).all()
    assert "scenario.official_sums_stay" in [note.kind for note in change.assumptions]


def test_an_official_sum_stays_where_it_is_what_is_observed_too():
    firms, rows = firm_rows(5), deal_rows(5)
    seen = analysis(rows, firms).regions.frame.set_index("region").loc["15"]
    official = {
        "region": ["15"],
        "out_of_region_sales": [
            int(seen["out_of_region_sales"] - seen["unlisted_out_of_region_sales"])
        ],
        "in_region_purchases": [None],
    }
    base = analysis(rows, firms, region_totals=official)
    change = what_if(base, Scenario([Arrival("new", "15", 10**6, 10**6)]), firm_table(firms))
    frame = change.frame.query("region == '15' and degree == 'connector_degree'")
    others = frame[(frame["amount_before"] == frame["amount_after"]) & (frame["before"] > 0)]
    assert len(others)
    assert np.allclose(others["before"], others["high"], rtol=1e-12, atol=0)  # nobody gains


def test_the_firm_table_is_that_of_the_analysis():
    firms, rows = firm_rows(5), deal_rows(5)
    base = analysis(rows, firms)
    for wrong in (firms[:-1], firms[::-1]):
        for scenario in (Scenario([Departure("f1")]), Scenario(removed=deal_table(rows[:1]))):
            with pytest.raises(OptionError) as caught:
                what_if(base, scenario, firm_table(wrong))
            assert caught.value.faults[0].kind == "ripple.other_firm_table"


def test_transactions_removed_that_an_event_has_taken_already_are_named():
    firms, rows = firm_rows(5), deal_rows(5)
    gone = next(r for r in rows if r[0] == "f1" and r[1] not in ("f1", "stranger"))
    scenario = Scenario([Departure("f1")], removed=deal_table([gone]))
    with pytest.raises(OptionError, match=f"f1 → {gone[1]}"):
        what_if(analysis(rows, firms), scenario, firm_table(firms))


@pytest.mark.parametrize("grain", GRAINS)
def test_transactions_that_are_not_there_cannot_be_removed(grain):
    firms, rows = firm_rows(5), deal_rows(5)
    base = analysis(rows, firms, grain)
    s, b, amount, *given = next(r for r in rows if "stranger" not in r)
    for wrong in (10**9, amount + 1):
        scenario = Scenario(removed=deal_table([(s, b, wrong, *given)] * 60))
        with pytest.raises(OptionError) as caught:
            what_if(base, scenario, firm_table(firms))
        kind = caught.value.faults[0].kind
        assert kind == (
            "scenario.pairs_not_there" if grain == "pairs" else "scenario.rows_not_there"
        )
        if grain == "pairs":
            assert f"{s} → {b}" in str(caught.value)


def test_what_cannot_be_asked_of_a_scenario():
    firms, rows = firm_rows(5), deal_rows(5)
    base, table = analysis(rows, firms), firm_table(firms)
    nobody = deal_table([("nobody", "nowhere", 5, None, None)])
    cases = [
        (Scenario([Arrival("new", "海外", 10, 10)]), {}, "regions.no_home"),
        (Scenario([Arrival("new", "unknown", 10, 10)]), {}, "regions.no_home"),
        (Scenario([Departure("f1")]), {"seed": -1}, "errors.out_of_range"),
        (Scenario(added=nobody.slice(0, 0)), {}, "scenario.nothing_changes"),
        (Scenario(removed=nobody.slice(0, 0)), {}, "scenario.nothing_changes"),
    ]
    for scenario, options, kind in cases:
        with pytest.raises(OptionError) as caught:
            what_if(base, scenario, table, **options)
        assert caught.value.faults[0].kind == kind
    with pytest.raises(OptionError) as caught:
        Arrival(" ", "15", 10, 10)
    assert caught.value.faults[0].kind == "scenario.no_id"
    few = analysis(rows[:3], firms)
    with pytest.raises(OptionError, match=r"of the nation \(any industry\) both sell"):
        what_if(few, Scenario([Arrival("new", "15", 10, 10)]), table)


def test_removed_rows_that_the_analysis_leaves_out_must_be_there_too():
    firms, rows = firm_rows(5), deal_rows(5)
    base = analysis(rows, firms, unknown_firm="exclude")
    wrong = deal_table([("nobody", "f1", 5, None, None)])
    with pytest.raises(OptionError) as caught:
        what_if(base, Scenario(removed=wrong), firm_table(firms))
    assert caught.value.faults[0].kind == "scenario.left_out_not_there"
    left_out = next(r for r in rows if r[0] == "stranger")
    change = what_if(base, Scenario(removed=deal_table([left_out])), firm_table(firms))
    assert change.outcome.ledger.entry("read")[0] == len(rows) - 1


def test_rows_that_cannot_be_read_are_errors_of_intake():
    firms, rows = firm_rows(5), deal_rows(5)
    base = analysis(rows, firms)
    table = deal_table(rows[:1]).set_column(2, "amount", [["many"]])
    with pytest.raises(InputError, match="many"):
        what_if(base, Scenario(added=table), firm_table(firms))


def test_a_saved_analysis_is_refused(tmp_path):
    firms, rows = firm_rows(5), deal_rows(5)
    analysis(rows, firms).save(tmp_path)
    with pytest.raises(OptionError) as caught:
        what_if(connhub.load(tmp_path), Scenario([Departure("f1")]), firm_table(firms))
    assert caught.value.faults[0].kind == "scenario.needs_totals"


def test_events_need_pairs():
    firms, rows = firm_rows(5), deal_rows(5)
    with pytest.raises(OptionError) as caught:
        what_if(analysis(rows, firms, "firms"), Scenario([Departure("f1")]), firm_table(firms))
    assert caught.value.faults[0].kind == "scenario.needs_pairs"


def test_the_assumptions_come_first():
    firms, rows = firm_rows(5), deal_rows(5)
    arrival = Arrival("new", "15", 10**6, 10**6)
    change = what_if(analysis(rows, firms), Scenario([arrival]), firm_table(firms), draws=3)
    assert change.label == change.frame.attrs["label"] == "modelled"
    assert repr(change).startswith("! Assumed: nothing else changes")
    kinds = [note.kind for note in change.assumptions]
    assert kinds[0] == "scenario.nothing_else"
    assert {"scenario.arrival", "scenario.displacement", "scenario.draws"} <= set(kinds)


def test_assumptions_name_firms_and_regions_in_their_language():
    firms, rows = firm_rows(5), deal_rows(5)
    events = [Arrival("new", "15", 10**6, 10**6, name="New"), Departure("f1"), Growth("f2", 0.5)]
    change = what_if(analysis(rows, firms), Scenario(events), firm_table(firms))
    notes = [note.text("en") for note in change.assumptions]
    assert any("'New (new)' settles in Niigata" in note for note in notes)
    assert any("'Firm 1 (f1)'" in note for note in notes)
    assert any("'Firm 2 (f2)'" in note for note in notes)
    assert any("「New (new)」が新潟県に立地" in note.text("ja") for note in change.assumptions)


def test_given_transactions_that_are_not_counted_are_named():
    trade = pa.table({"seller_id": ["a", "b"], "buyer_id": ["b", "a"], "amount": [5, 7]})
    firms = pa.table({"firm_id": ["a", "b"], "prefecture_code": ["15", "13"]})
    base = connhub.analyze(trade, firms, unknown_firm="exclude", grain="pairs")
    more = pa.table({"seller_id": ["a", "x"], "buyer_id": ["b", "b"], "amount": [1, 9]})
    change = what_if(base, Scenario(added=more), connhub.read_firms(firms))
    (note,) = [n for n in change.assumptions if n.kind == "scenario.given_not_counted"]
    assert (note.values["rows"], "企業表にない企業" in note.text("ja")) == (1, True)
    counted = what_if(base, Scenario(added=more.slice(0, 1)), connhub.read_firms(firms))
    assert all(n.kind != "scenario.given_not_counted" for n in counted.assumptions)
    with pytest.raises(OptionError, match="'EUR', the analysis in '円'"):
        what_if(base, Scenario(added=more, unit="EUR"), connhub.read_firms(firms))
    dearer = what_if(base, Scenario(added=more, unit="千円"), connhub.read_firms(firms))
    assert dearer.regions["change"].abs().max() == 1000
