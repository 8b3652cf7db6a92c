"""Engines: by name, and no other."""

import pytest

from connhub.errors import OptionError
from connhub.intake.firm_table import read_firms
from connhub.totals.engines import engine_of
from connhub.totals.threads import total


def test_an_engine_is_one_of_two():
    assert engine_of("local") == (read_firms, total)
    with pytest.raises(OptionError, match="engine='dask' is not offered"):
        engine_of("dask")
