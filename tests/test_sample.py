from dataclasses import asdict
from pathlib import Path

import connhub
from tests.builders import DELIVERED, FINANCIALS, FIRM_TOTALS


def test_the_delivered_sample_is_that_of_the_project():
    tables = asdict(connhub.load_sample())
    own = dict(
        zip(
            ("transactions", "firms", "financials", "firm_totals"),
            (*DELIVERED, FINANCIALS, FIRM_TOTALS),
            strict=True,
        )
    )
    assert tables.keys() == own.keys()
    for name, path in own.items():
        assert tables[name].read_bytes() == Path(path).read_bytes(), "make sample copies it"
