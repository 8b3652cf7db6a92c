"""Inputs of our own, of the kinds of the cases: right, refused, or told."""

import pyarrow as pa
import pytest

import connhub
from connhub.errors import ConnhubError
from connhub.selection import read_financials
from tests.builders import transaction_table
from tests.reference.own_inputs import ABSENT, COUNTED, FIRMS, OWN, TOLD_YEARS, WIDE


@pytest.mark.parametrize("own", OWN, ids=lambda own: f"{own.kind}: {own.name}")
def test_an_input_of_the_kind(own, tmp_path):
    deals, firms = own.tables(tmp_path)
    if isinstance(own.expected, str) and not own.expected.startswith("ledger."):
        with pytest.raises(ConnhubError) as caught:
            connhub.check(deals, firms, **own.options)
        assert {fault.kind for fault in caught.value.faults} == {own.expected}
        assert all(fault.fix("ja") and fault.fix("en", flags=True) for fault in caught.value.faults)
        return
    ledger = connhub.check(deals, firms, **own.options)
    assert (ledger.residual_rows, ledger.residual_amount) == (0, 0)
    if isinstance(own.expected, tuple):
        assert ledger.entry("out_of_region") == own.expected
        return
    kinds = [note.kind for note in ledger.notes]
    assert own.expected in kinds
    if own.expected == TOLD_YEARS:
        assert "ledger.excluded_share" not in kinds
    else:
        assert kinds[0] == own.expected


@pytest.mark.parametrize("name", WIDE)
def test_wide_financials(name, tmp_path):
    (tmp_path / "f.csv").write_text(WIDE[name], encoding="utf-8")
    found = read_financials(tmp_path / "f.csv", total_rows="drop").table
    factor = 10**6 if "millions" in name else 1
    assert found["year"].to_pylist() == [2022, 2023]
    assert found["net_sales"].to_pylist() == [factor, 2 * factor]


@pytest.mark.parametrize("name", ABSENT)
def test_the_first_that_is_not_ranked_is_named(name):
    values, options, absent = ABSENT[name]
    scheme = connhub.selection.Scheme(
        {"hub_degree": 0.5, "profit": 0.5},
        missing="exclude",
        **{k: options[k] for k in options if k != "fields"},
    )
    deals = transaction_table(
        ("a", "b", 10), ("b", "a", 9), ("b", "c", 7), ("c", "b", 6), ("c", "a", 2)
    )
    both = {"firms": FIRMS, **{k: options[k] for k in options if k == "fields"}}
    result = connhub.analyze(deals, FIRMS, grain="pairs")
    chosen = result.select(scheme=scheme, indicators=pa.table(values), **both)
    assert absent in chosen.absentees()["firm_id"].tolist()


def test_every_kind_has_three_inputs():
    assert min(COUNTED.values()) >= 3
