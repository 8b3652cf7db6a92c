"""On whom a region depends, in an economy that can be read."""

import pandas as pd
import pyarrow as pa
import pytest

import connhub
from connhub.errors import OptionError
from connhub.measures.degrees import degrees
from connhub.measures.leaks import leak_map
from connhub.measures.resilience import ASPECTS, resilience
from connhub.measures.ripple import ripple
from connhub.measures.trade import trade
from tests.measures.builders import transactions

# m is the only mill; c and d are traders. m exports to o and q, 3 to 1; c buys in 13 and abroad.
DEALS = [("m", "c", 50), ("c", "d", 30), ("d", "c", 20), ("m", "o", 75), ("m", "q", 25),
         ("o", "c", 40), ("x", "c", 10)]  # fmt: skip
FIRMS = pa.table(
    {
        "firm_id": list("mcdoqx"),
        "prefecture_code": ["15", "15", "15", "13", "13", None],
        "country_code": [None] * 5 + ["US"],
        "industry_code": ["09", "52", "52", "09", "52", "52"],
    }
)


def niigata(firms=FIRMS, ripple_of=None, deals=DEALS, of_region="新潟県", **options):
    firms = connhub.read_firms(firms)
    totals = connhub.total(transactions(deals), firms, grain="pairs")
    pairs, found = trade(totals, firms), degrees(totals, firms)
    followed = ripple(pairs, found, firms, of_region=ripple_of)
    return resilience(followed, leak_map(pairs, found, firms), of_region, **options)


def rows(frame, aspect):
    return frame[frame["aspect"] == aspect].reset_index(drop=True)


def test_the_four_aspects():
    frame = niigata()
    assert tuple(frame["aspect"].unique()) == ASPECTS
    single = rows(frame, "single_local_supplier").loc[0]
    # of industry 09 the region buys 50 of m and 40 of o
    assert (single["firm_id"], single["industry"], single["amount"]) == ("m", "09", 50)
    assert single["value"] == pytest.approx(50 / 90)
    connector = rows(frame, "partner_concentration").loc[0]
    assert (connector["firm_id"], connector["amount"]) == ("m", 100)
    assert len(rows(frame, "partner_concentration")) == 1  # c and d sell nothing outside
    assert connector["value"] == pytest.approx((75**2 + 25**2 + 50**2) / 150**2)
    sources = rows(frame, "source_of_purchases")
    assert sources["partner_region"].tolist() == ["13", "overseas"]
    assert sources["value"].tolist() == pytest.approx([40 / 150, 10 / 150])
    losses = rows(frame, "loss_of_a_firm")
    assert (losses["basis"] == "modelled").all()
    assert losses["amount"].is_monotonic_decreasing
    assert set(frame["basis"][frame["aspect"] != "loss_of_a_firm"]) == {"counted"}
    assert frame.attrs["unit"] == "円"


def test_a_ripple_of_the_region_alone_tells_the_same():
    others_first = FIRMS.take([3, 4, 5, 2, 1, 0])
    alone, all_regions = (niigata(others_first, of) for of in ("15", None))
    pd.testing.assert_frame_equal(alone, all_regions)
    assert rows(alone, "partner_concentration")["value"][0] == pytest.approx(
        (75**2 + 25**2 + 50**2) / 150**2
    )


def test_only_so_many_rows_of_each():
    assert niigata(n=1)["aspect"].tolist() == list(ASPECTS)
    with pytest.raises(OptionError, match="n=0"):
        niigata(n=0)


def test_a_seller_whose_industry_is_not_known_is_no_single_supplier():
    firms = FIRMS.set_column(3, "industry_code", pa.array([None, "52", "52", "09", "52", "52"]))
    assert not len(rows(niigata(firms), "single_local_supplier"))


def test_a_region_without_trade_has_no_row_and_all_columns():
    quiet = pa.table(
        {"firm_id": ["k"], "prefecture_code": ["47"], "country_code": [None],
         "industry_code": ["09"]}
    )  # fmt: skip
    frame = niigata(pa.concat_tables([FIRMS, quiet.cast(FIRMS.schema)]), of_region="47")
    assert frame.empty
    assert frame.columns.tolist() == niigata().columns.tolist()


def test_of_one_yen_the_source_is_all():
    sources = rows(niigata(deals=[("o", "c", 1), ("m", "o", 2)]), "source_of_purchases")
    assert sources[["partner_region", "amount", "value"]].values.tolist() == [["13", 1, 1.0]]
