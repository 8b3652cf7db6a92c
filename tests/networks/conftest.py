"""A small economy for the tests of networks."""

import pytest

import connhub
from tests.networks.builders import OUTSIDE, economy


@pytest.fixture(scope="session")
def result():
    return connhub.analyze(*economy(), grain="pairs", self_trade="include", **OUTSIDE)
