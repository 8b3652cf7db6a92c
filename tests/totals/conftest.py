"""Totals that several tests look at."""

import pytest

from tests.totals.builders import FIRMS, GRAINS, ROWS, economy, totals


@pytest.fixture(scope="session")
def large():
    deals, firms = economy(ROWS, FIRMS, 1)
    return deals, firms, {g: totals(deals, firms, g) for g in GRAINS}
