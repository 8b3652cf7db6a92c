"""The results of an analysis together: saved, and read back whole."""

import pytest

import connhub
from connhub.errors import OptionError
from tests.builders import DELIVERED
from tests.totals.builders import GRAINS, economy


@pytest.mark.parametrize("grain", GRAINS[1:])
def test_an_analysis_at_a_finer_grain_can_be_kept(tmp_path, grain):
    deals, firms = economy(2_000, 50, 3)
    result = connhub.analyze(deals, firms.table, grain=grain)
    again = connhub.load(result.save(tmp_path))
    assert again.trade.table.equals(result.trade.table)
    assert again.trade.grain == grain
    assert again.linkages.frame.equals(result.linkages.frame)
    assert list(result.trade.frame) == list(connhub.schema.columns(grain))
    coarse = connhub.analyze(deals, firms.table)
    assert coarse.trade is None
    assert coarse.degrees.frame.equals(result.degrees.frame)
    assert coarse.regions.frame.equals(result.regions.frame)
    with pytest.raises(OptionError, match="grain 'firms'"):
        connhub.trade(connhub.total(deals, firms), firms)


def test_a_changed_result_is_not_loaded(tmp_path):
    connhub.analyze(*DELIVERED, missing_amount="exclude").save(tmp_path)
    ledger = tmp_path / "ledger.json"
    ledger.write_text(ledger.read_text(encoding="utf-8") + " ", encoding="utf-8")
    with pytest.raises(connhub.ConnhubError, match="changed"):
        connhub.load(tmp_path)
