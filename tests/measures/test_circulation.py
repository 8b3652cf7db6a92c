"""Money among firms: tiers and limits against dense algebra, published tables, closed circles."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from connhub.errors import InputError, OptionError
from connhub.measures.circulation import Circulation, check_positions


def circulation(amount, outside, output):
    return Circulation(
        csr_array(np.asarray(amount, dtype=np.int64)),
        np.asarray(outside, dtype=np.int64),
        np.asarray(output, dtype=np.int64),
    )


def test_miller_and_blair_tables_2_3_and_2_4():
    # Input-Output Analysis, 2nd ed.: transactions 150, 500, 200, 100; outputs 1000, 2000
    tables = circulation([[150, 500], [200, 100]], [0, 0], [1000, 2000])
    leontief = tables.turnover(np.eye(2))
    expected = [[1.25412541, 0.330033], [0.2640264, 1.12211221]]
    assert leontief == pytest.approx(np.array(expected), abs=1e-8)
    assert tables.multipliers() == pytest.approx([1.51815182, 1.45214521], abs=1e-8)


@st.composite
def economies(draw):
    """Amounts, purchases from outside and output; some firms keep and leak nothing."""
    n = draw(st.integers(1, 12))
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    amount = rng.integers(0, 1000, (n, n)) * (rng.random((n, n)) < rng.choice([0.1, 0.3, 0.8]))
    outside = rng.integers(0, 500, n) * (rng.random(n) < 0.5)
    kept = rng.integers(0, 500, n) * (rng.random(n) < 0.4)
    output = np.maximum(amount.sum(axis=0) + outside + kept, amount.sum(axis=1))
    return amount, outside, output


@given(economies())
def test_limits_equal_a_dense_inverse(economy):
    amount, outside, output = economy
    system, n = circulation(*economy), output.size
    shares = np.divide(amount, output, where=output > 0, out=np.zeros((n, n)))
    endless, alive = system.endless, np.flatnonzero(~system.endless)
    inverse = np.linalg.inv(np.eye(alive.size) - shares[np.ix_(alive, alive)])
    assert system.multipliers()[alive] == pytest.approx(inverse.sum(axis=0), rel=1e-8)
    assert np.isnan(system.multipliers()[endless]).all()
    assert system.own_return(np.arange(n))[alive] == pytest.approx(np.diag(inverse), rel=1e-8)
    ends = system.multipliers(system.kept + system.leaked)[alive]
    assert ends == pytest.approx(
        (output[alive] > 0).astype(float), abs=1e-8
    )  # every yen ends somewhere


@given(economies())
def test_a_firm_is_endless_where_money_stays_among_firms_for_ever(economy):
    amount, outside, output = economy
    system, n = circulation(*economy), output.size
    ends = (output - amount.sum(axis=0) > 0) | (outside > 0) | (output == 0)
    reach = np.linalg.matrix_power((amount + np.eye(n, dtype=int) > 0).astype(float), n) > 0
    trapped = ~np.array([ends[reach[:, j]].any() for j in range(n)], dtype=bool)
    expected = [bool(trapped[reach[:, j]].any()) for j in range(n)]
    assert system.endless.tolist() == expected


@given(economies(), st.integers(0, 11))
def test_each_tier_adds_up_to_one(economy, start):
    system = circulation(*economy)
    received = np.zeros(len(system))
    received[start % len(system)] = 1
    if not system.output[start % len(system)]:
        return
    ended = 0.0
    for _ in range(6):
        ended += (system.kept + system.leaked) @ received
        received = system.shares @ received
        assert ended + received.sum() == pytest.approx(1, abs=1e-10)


def test_a_circle_that_hardly_leaks_is_solved_exactly():
    # Two firms that pass 10**9 back and forth, of which one leaks 1.
    system = circulation([[0, 10**9], [10**9, 0]], [1, 0], [10**9 + 1, 10**9])
    assert system.multipliers() == pytest.approx([2e9 + 1, 2e9 + 2], rel=1e-6)
    system = circulation([[0, 10**9], [10**9, 0]], [0, 0], [10**9, 10**9])
    assert np.isnan(system.multipliers()).all()


def test_who_sells_to_a_slow_circle_and_who_buys_from_it():
    # c buys from the circle a, b and from d; d sells to a.
    amount = np.zeros((4, 4), dtype=int)
    amount[0, 1] = amount[1, 0] = 10_000
    amount[3, 0], amount[0, 2], amount[3, 2] = 5, 50, 50
    system = circulation(amount, [0, 1, 0, 7], [20_000, 10_001, 200, 100])
    shares = amount / system.output
    expected = np.linalg.inv(np.eye(4) - shares).sum(axis=0)
    assert system.multipliers() == pytest.approx(expected, rel=1e-9)


def test_a_long_chain_of_buyers_hangs_on_a_slow_circle():
    """Each passes on all that it gets, so that the last has the most of the circle behind it."""
    chain = 450
    n = 2 + chain
    amount = np.zeros((n, n), dtype=int)
    amount[0, 1] = amount[1, 0] = 10_000
    amount[0, 2] = 100
    amount[np.arange(2, n - 1), np.arange(3, n)] = 100
    output = np.array([10_100, 10_001, *[100] * chain])
    system = circulation(amount, np.zeros(n), output)
    expected = np.linalg.inv(np.eye(n) - amount / output).sum(axis=0)
    assert expected[-1] > 600
    assert system.multipliers() == pytest.approx(expected, rel=1e-9)
    seller = np.zeros(n)
    seller[-1] = 1
    traced = np.linalg.inv(np.eye(n) - amount / output)[:, -1]
    assert system.turnover(seller) == pytest.approx(traced, rel=1e-9)


def test_what_is_no_economy_is_refused():
    with pytest.raises(InputError) as error:
        circulation([[0, 0], [8, 0]], [5, 0], [10, 10])
    assert "more than their output" in str(error.value)
    for wrong in (([[0]], [0, 0], [1]), ([[-1]], [0], [1])):
        with pytest.raises(OptionError):
            circulation(*wrong)


@pytest.fixture(scope="module", params=[1, 64])
def at_once(request):
    """How many firms are tried at once: few, and the rest may be passed over; or all of them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("connhub.measures.circulation._TRIED_AT_ONCE", request.param)
        yield request.param


@given(economy=economies(), n=st.integers(1, 14))
def test_the_costliest_are_those_of_trying_all(at_once, economy, n):
    system = circulation(*economy)
    size = len(system)
    everyone = np.arange(size)
    lost = np.nan_to_num(system.lost_with(everyone))
    among = everyone % 3 != 1
    expected = [
        f for f in sorted(everyone, key=lambda f: (-lost[f], f)) if among[f] and lost[f] > 0
    ]
    firms, found = system.costliest(n, among)
    assert found.tolist() == pytest.approx(lost[expected[:n]].tolist())
    assert found.tolist() == pytest.approx(lost[firms].tolist())
    assert len(set(firms.tolist())) == firms.size == min(n, len(expected))


def test_the_costliest_of_many_are_found_without_trying_all(monkeypatch):
    rng = np.random.default_rng(5)
    n = 3000
    amount = np.zeros((n, n), dtype=int)
    seller, buyer = rng.integers(0, n, (2, 6000))
    amount[seller, buyer] = rng.integers(1, 1000, 6000)
    output = np.maximum(amount.sum(axis=0), amount.sum(axis=1)) + rng.pareto(1.2, n).astype(int)
    system = circulation(amount, np.zeros(n), output)
    whole = np.argsort(-system.lost_with(np.arange(n)), kind="stable")[:10]
    tried = []
    own_return = Circulation.own_return

    def counted(self, firms):
        tried.extend(firms.tolist())
        return own_return(self, firms)

    monkeypatch.setattr(Circulation, "own_return", counted)
    assert system.costliest(10, np.ones(n, dtype=bool))[0].tolist() == whole.tolist()
    assert len(tried) < n / 4


def test_flows_of_nothing_are_no_flows():
    amount = csr_array(([0, 5], ([0, 1], [1, 0])), shape=(2, 2))
    system = Circulation(amount, np.array([0, 0]), np.array([10, 10]))
    assert system.multipliers().tolist() == [1.5, 1.0]


@pytest.mark.parametrize("wrong", [[0.5], [[0, 1]], [-1], [2], [True]])
def test_positions_are_whole_numbers_of_firms(wrong):
    check_positions("firms", np.array([0, 1]), 2)
    check_positions("firms", np.array([], dtype=np.int64), 2)
    with pytest.raises(OptionError, match="from 0 to 1"):
        check_positions("firms", np.array(wrong), 2)
    system = circulation([[0, 5], [5, 0]], [0, 0], [10, 10])
    for asked in (system.lost_with, system.own_return):
        with pytest.raises(OptionError, match="from 0 to 1"):
            asked(np.array(wrong))


def test_there_is_a_number_for_each_firm():
    pair = Circulation(csr_array(np.array([[0, 0], [5, 0]])), np.array([1, 0]), np.array([10, 20]))
    assert pair.turnover(np.ones(2)).tolist() == [1, 1.5]
    assert pair.turnover(np.eye(2)).shape == (2, 2)
    text = np.array(["a", "b"])
    for call, wrong in (
        (pair.turnover, (np.ones(3), np.ones((3, 2)), np.ones((2, 1, 1)), text)),
        (pair.multipliers, (np.ones(3), np.ones((2, 1)), text)),
        (pair.passed_on, (np.ones(3), np.ones((2, 1)), text)),
        (partial(pair.costliest, 1), (np.ones(3, dtype=bool), np.ones((2, 1), dtype=bool))),
    ):
        for values in wrong:
            with pytest.raises(OptionError, match="one for each|number for each"):
                call(values)
