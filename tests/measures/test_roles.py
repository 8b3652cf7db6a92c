"""Roles: worked examples, thresholds, and a published port."""

from decimal import Decimal

import bct
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy.sparse import csr_array

import connhub
from connhub.errors import InputError, OptionError
from connhub.measures.roles import ROLES, firm_roles, role_of, roles
from connhub.schema import columns


def random_graph(seed, directed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(5, 60))
    weights = rng.integers(1, 1000, (n, n)) * (rng.random((n, n)) < rng.uniform(0.05, 0.6))
    if seed % 3 == 0:
        weights = (weights > 0).astype(int)
    if not directed:
        weights = np.triu(weights) + np.triu(weights, 1).T
    return weights, rng.integers(0, int(rng.integers(1, 6)), n)


def naive_z(weights, modules):
    """Sample s.d., a loop over modules."""
    z = np.full(len(modules), np.nan)
    for m in set(modules.tolist()):
        inside = modules == m
        own = weights[np.ix_(inside, inside)].sum(axis=1)
        if inside.sum() > 1 and own.std() > 0:
            z[inside] = (own - own.mean()) / own.std(ddof=1)
    return z


@pytest.mark.parametrize("seed", range(20))
def test_participation_is_that_of_bctpy_and_z_differs_by_ddof_only(seed):
    directed = seed % 2 == 1
    weights, modules = random_graph(seed, directed)
    found = roles(csr_array(weights), modules)
    p = found["participation"].to_numpy()
    ends = weights.sum(axis=1) > 0
    with np.errstate(invalid="ignore"):
        port = bct.participation_coef(weights, modules)
    np.testing.assert_allclose(p[ends], port[ends], rtol=0, atol=1e-12)
    assert np.isnan(p[~ends]).all()  # the port says 0
    z = found["within_module_z"].to_numpy()
    np.testing.assert_allclose(z, naive_z(weights, modules), atol=1e-12)
    with np.errstate(invalid="ignore"):
        port = bct.module_degree_zscore(weights, modules)
    size = np.bincount(modules)[modules]
    known = ~np.isnan(z)
    np.testing.assert_allclose((z * np.sqrt(size / np.maximum(size - 1, 1)))[known], port[known])
    if directed:
        turned = roles(weights.T, modules)["participation"].to_numpy()
        into = weights.sum(axis=0) > 0
        with np.errstate(invalid="ignore"):
            port = bct.participation_coef(weights, modules, degree="in")
        np.testing.assert_allclose(turned[into], port[into], rtol=0, atol=1e-12)


def test_worked_examples():
    ones = np.ones((3, 3))
    assert roles(ones, [1, 1, 2])["participation"].tolist() == [4 / 9] * 3
    without = roles(ones - np.eye(3), [1, 1, 2])
    assert without["participation"].tolist() == [0.5, 0.5, 0.0]
    assert without["within_module_z"].isna().all()  # equal inside, and a module of one
    assert without["role"].isna().all()


def test_z_by_hand():
    # links inside the module: 3, 1, 1, 1; mean 1.5, sample s.d. 1
    star = np.zeros((4, 4))
    star[0, 1:] = star[1:, 0] = 1
    found = roles(star, np.zeros(4, int))
    assert found["within_module_z"].tolist() == [1.5, -0.5, -0.5, -0.5]
    assert found["role"].tolist() == ["R1"] * 4


@pytest.mark.parametrize(
    ("z", "p", "role"),
    [
        (-1.0, 0.0, "R1"), (2.4999, 0.05, "R1"), (0.0, np.nextafter(0.05, 1), "R2"),
        (0.0, 0.62, "R2"), (0.0, np.nextafter(0.62, 1), "R3"), (0.0, 0.80, "R3"),
        (0.0, np.nextafter(0.80, 1), "R4"), (np.nextafter(2.5, 0), 0.9, "R4"),
        (2.5, 0.0, "R5"), (2.5, 0.30, "R5"), (2.5, np.nextafter(0.30, 1), "R6"),
        (9.0, 0.75, "R6"), (9.0, np.nextafter(0.75, 1), "R7"), (9.0, 1.0, "R7"),
        (np.nan, 0.5, None), (1.0, np.nan, None),
    ],
)  # fmt: skip
def test_thresholds(z, p, role):
    assert role_of([z], [p]).tolist() == [role]


def test_five_equal_fifths_are_exactly_on_the_threshold():
    weights = np.zeros((6, 6))
    weights[0, 1:] = 7
    assert roles(weights, [9, 0, 1, 2, 3, 4])["participation"][0] == 0.8


def test_equal_weights_in_a_module_have_no_z_whatever_the_rounding():
    weights = np.full((7, 7), 0.1)
    assert roles(weights, np.zeros(7, int))["within_module_z"].isna().all()


def test_a_node_without_a_module_has_no_role_but_is_a_partner():
    found = roles(np.ones((4, 4)) - np.eye(4), [0, 0, 0, -1])
    assert np.isnan(found["within_module_z"][3])
    assert found["participation"].tolist()[0] == pytest.approx(1 - (2 / 3) ** 2 - (1 / 3) ** 2)


@pytest.mark.parametrize("weights", [[[0, -1], [1, 0]], [[0, np.nan], [1, 0]]])
def test_weights_that_are_no_weights(weights):
    with pytest.raises(InputError, match="negative or undefined"):
        roles(np.array(weights, float), [0, 0])


def test_shapes_that_do_not_fit():
    for shape, modules in (((2, 2), [0, 0, 1]), ((3, 2), [0, 0]), ((2, 2), [0, -2])):
        with pytest.raises(OptionError, match="do not fit"):
            roles(np.ones(shape), modules)


FIRMS = pa.table({"firm_id": list("abcdx"), "prefecture_code": ["13", "13", "13", "27", "27"]})
TRANSACTIONS = pa.table(
    {
        "seller_id": ["a", "b", "a", "a", "d", "c", "zz", "a"],
        "buyer_id": ["b", "a", "c", "d", "a", "d", "a", "zz"],
        "amount": [30, 10, 20, 40, 60, 5, 100, 50],
    }
)


def pairs(grain="pairs"):
    return connhub.analyze(TRANSACTIONS, FIRMS, grain=grain, unknown_firm="outside").trade


def test_firm_roles_by_links_count_a_partner_once():
    found = firm_roles(pairs()).set_index("firm_id")
    assert found.index.tolist() == ["a", "b", "c", "d"]  # x trades with nobody
    assert found["module"].tolist() == ["13", "13", "13", "27"]
    # a: b, c at home; d in 27; the party that the firm table lacks
    assert found["strength"].tolist() == [4, 1, 2, 2]
    assert found["participation"].tolist() == [1 - (4 + 1 + 1) / 16, 0, 0.5, 0]
    assert found.loc["a", "within_module_z"] == pytest.approx((2 - 4 / 3) / np.sqrt(1 / 3))


def test_firm_roles_by_amount_and_kind_of_partner():
    sales = firm_roles(pairs(), by="amount", partners="customers").set_index("firm_id")
    assert sales["strength"].tolist() == [140, 10, 5, 60]
    assert sales.loc["a", "participation"] == 1 - (50**2 + 40**2 + 50**2) / 140**2
    bought = firm_roles(pairs(), by="amount", partners="suppliers").set_index("firm_id")
    assert bought["strength"].tolist() == [170, 30, 20, 45]
    both = firm_roles(pairs(), by="amount").set_index("firm_id")
    assert both["strength"].tolist() == [310, 40, 25, 105]


def test_any_partition():
    industry = {"a": "28", "b": "28", "d": "31"}
    found = firm_roles(pairs(), modules=industry).set_index("firm_id")
    assert found["module"].fillna("").tolist() == ["28", "28", "", "31"]
    # a: b in 28, d in 31, and c and the unlisted party without a module
    assert found.loc["a", "participation"] == 1 - (1 + 1 + 4) / 16


def test_without_any_module_no_role_is_known():
    found = firm_roles(pairs(), modules={})
    assert found["module"].isna().all()
    assert (
        found["participation"].tolist()
        == firm_roles(pairs(), modules={"?": "28"})["participation"].tolist()
    )


def test_what_is_refused():
    with pytest.raises(OptionError, match="grain"):
        firm_roles(pairs("firms_by_region"))
    with pytest.raises(OptionError, match="one of 'all', 'customers', 'suppliers'"):
        firm_roles(pairs(), partners="out")
    with pytest.raises(OptionError, match="one of 'links', 'amount'"):
        firm_roles(pairs(), by="money")
    with pytest.raises(InputError, match="more than once"):
        firm_roles(pairs(), modules=pd.Series(["28", "29"], index=["a", "a"]))
    twice = pd.Series(["28"] * 24, index=[f"f{k:02d}" for k in range(12)] * 2)
    with pytest.raises(InputError) as caught:
        firm_roles(pairs(), modules=twice)
    (fault,) = caught.value.faults
    assert fault.count == 12
    assert fault.examples == tuple(f"f{k:02d}" for k in range(10))  # the first ten
    returns = pa.table({"seller_id": ["a"], "buyer_id": ["b"], "amount": [-5]})
    returned = connhub.analyze(returns, FIRMS, grain="pairs").trade
    with pytest.raises(InputError, match="negative"):
        firm_roles(returned, by="amount")
    assert firm_roles(returned)["strength"].tolist() == [1, 1]
    nothing = returns.set_column(2, "amount", pa.array([0]))
    netted = connhub.analyze(nothing, FIRMS, grain="pairs").trade
    assert firm_roles(netted, by="amount")["strength"].tolist() == [0, 0]


def test_the_schema_has_the_columns_and_the_roles():
    for by in ("links", "amount"):
        table = firm_roles(pairs(), by=by)
        assert list(table.columns) == list(columns("roles"))
        for name, column in columns("roles").items():
            dtype = "str" if column.dtype == "string" else column.dtype
            assert str(table[name].dtype) in (dtype, "object" if dtype == "str" else dtype)
    assert tuple(columns("role")) == ROLES


@pytest.mark.parametrize("by", ["links", "amount"])
@pytest.mark.parametrize("partners", ["all", "customers", "suppliers"])
def test_the_resolution_changes_nothing_but_the_unit(by, partners):
    amounts = [Decimal(amount) / 100 for amount in TRANSACTIONS["amount"].to_pylist()]
    column = pa.array(amounts, pa.decimal128(20, 2))
    fine = connhub.analyze(
        TRANSACTIONS.set_column(2, "amount", column),
        FIRMS,
        grain="pairs",
        unknown_firm="outside",
        resolution="0.01",
    ).trade
    whole, hundredths = (firm_roles(t, by=by, partners=partners) for t in (pairs(), fine))
    pd.testing.assert_frame_equal(whole, hundredths, check_exact=True)
    units = [table.attrs.get("unit") for table in (whole, hundredths)]
    assert units == (["円", "0.01 円"] if by == "amount" else [None, None])


def test_money_above_the_digits_of_a_float_stays_exact():
    large = 2**53 + 1
    transactions = pa.table({"seller_id": ["a"], "buyer_id": ["b"], "amount": [large]})
    table = firm_roles(connhub.analyze(transactions, FIRMS, grain="pairs").trade, by="amount")
    assert table["strength"].tolist() == table["own_module_strength"].tolist() == [large, large]


def test_numbers_of_links_and_fractional_weights():
    weights = np.array([[0, 1, 1], [1, 0, 0], [1, 0, 0]])
    whole, halves = roles(weights, [0, 0, 1]), roles(weights / 2, [0, 0, 1])
    assert whole["strength"].tolist() == [2, 1, 1]
    assert str(whole["strength"].dtype) == "int64"
    assert halves["strength"].tolist() == [1.0, 0.5, 0.5]
    assert whole["participation"].tolist() == halves["participation"].tolist() == [0.5, 0, 0]
