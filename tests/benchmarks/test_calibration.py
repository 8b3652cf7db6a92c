"""A synthetic economy of a million links beside what is published of Japan.

The measures are those of ``benchmarks/calibration.py``, taken from the written files.
"""

import numpy as np
import pandas as pd
import pytest

from benchmarks import calibration
from connhub.synthetic import synthesize

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def trade(tmp_path_factory):
    folder = tmp_path_factory.mktemp("national")
    size = {"firms": calibration.FIRMS, "transactions": calibration.TRANSACTIONS}
    return calibration.read(synthesize(folder, **size, ids="int64"))


def test_it_has_a_million_links(trade):
    assert trade.seller.size >= 1_000_000


def test_what_is_published_is_met(trade):
    table = calibration.measured(trade)
    table = table[table["published"].notna()]
    assert len(table) == 12
    off = (table["measured"] - table["published"]).abs()
    assert (off <= table["tolerance"]).all(), table.to_string()


def test_no_prefecture_is_empty_or_odd(trade):
    shares = calibration.prefectures(trade)
    assert shares.min() > 0.3
    assert shares.drop(list(calibration.SHARES)).max() < 5.9


def test_the_exponents_do_not_hang_on_the_estimator(trade):
    """Hill's estimator over counts from 20 to the largest agrees with the fitted slope."""
    for counts, exponent, within in (
        (trade.customers(), 1.0, 0.1),
        (trade.suppliers(), 1.5, 0.15),
    ):
        tail = counts[counts >= 20]
        assert 1 / np.mean(np.log(tail / 19.5)) == pytest.approx(exponent, abs=within)


def test_large_trade_with_small(trade):
    """Disassortative: k_nn falls all the way, and degrees across a link go against each other."""
    table = calibration.neighbours(trade)
    assert (np.diff(table["value"]) < 0).mean() > 0.9
    degree = trade.customers() + trade.suppliers()
    ends = pd.DataFrame({"one": degree[trade.seller], "other": degree[trade.buyer]})
    assert ends.corr(method="spearman").iloc[0, 1] < -0.3


def test_trade_falls_with_distance(trade):
    exponent, across, _ = calibration.gravity(calibration.flows(trade))
    assert -2 < exponent < -0.5
    assert -51 < across < -23


def test_tokyo_rises_with_size(trade):
    shares = calibration.tokyo_by_size(trade)
    assert shares["all"] < shares["top 10%"] < shares["top 1%"]
    assert shares["top 1%"] == pytest.approx(28, abs=3)
    assert shares["top 0.1%"] == pytest.approx(28, abs=5)


def test_the_cap_takes_links_between_hubs_only(trade, tmp_path):
    size = {"firms": calibration.FIRMS, "transactions": calibration.TRANSACTIONS}
    capped = calibration.read(synthesize(tmp_path, **size, ids="int64", max_partners=24))
    n = np.int64(trade.place.size)
    every, kept = (t.seller * n + t.buyer for t in (trade, capped))
    assert np.isin(kept, every).all()
    lost = ~np.isin(every, kept)
    assert 0 < lost.mean() < 0.05
    customers, suppliers = trade.customers(), trade.suppliers()
    assert customers[trade.seller[lost]].min() > 24
    assert suppliers[trade.buyer[lost]].min() > 24
    # Links between two hubs are left where one of the 24 that either may name is free.
    sells, buys = customers > 24, suppliers > 24
    between = (sells[capped.seller] & buys[capped.buyer]).sum()
    assert between <= 24 * (sells.sum() + buys.sum())
    assert capped.customers().max() > 1000  # hubs stay hubs: their partners name them
