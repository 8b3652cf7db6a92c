"""The four aspects on one picture: bars, labels and bases are those of the measure."""

import itertools

import pyarrow as pa
import pytest

import connhub
from connhub.errors import OptionError
from connhub.measures.resilience import ASPECTS
from connhub.measures.resilience import resilience as resilience_of
from connhub.plots import resilience
from connhub.plots.drawing.label_placement import text_width
from tests.builders import DELIVERED
from tests.measures.builders import transactions

# m is the only mill of Niigata; c and d trade; k, in Okinawa, does nothing.
DEALS = [("m", "c", 50), ("c", "d", 30), ("d", "c", 20), ("m", "o", 75), ("m", "q", 25),
         ("o", "c", 40), ("x", "c", 10)]  # fmt: skip
FIRMS = pa.table(
    {
        "firm_id": list("mcdoqxk"),
        "prefecture_code": ["15", "15", "15", "13", "13", None, "47"],
        "country_code": [None] * 5 + ["US", None],
        "industry_code": ["09", "52", "52", "09", "52", "52", "09"],
    }
)


def parts():
    result = connhub.analyze(transactions(DEALS), FIRMS, grain="pairs")
    return result.ripple(), result.leaks(FIRMS)


def layers(picture, kind):
    return [e for e in picture.spec["layer"] if e["mark"]["type"] == kind]


def bars(picture):
    """Length of each bar as a part of its track, by aspect and name."""
    rects = layers(picture, "rect")
    found = {}
    for aspect, (tracks, filled) in zip(
        ASPECTS, zip(rects[::2], rects[1::2], strict=True), strict=True
    ):
        for track, bar in zip(tracks["data"]["values"], filled["data"]["values"], strict=True):
            share = (bar["X"] - bar["x"]) / (track["X"] - track["x"])
            found[aspect, bar["n"]] = (share, bar["v"], bar["a"])
    return found


def test_bars_are_the_values_of_the_measure():
    found = bars(resilience(*parts(), of_region="新潟県", lang="en"))
    of_mill = "single_local_supplier", "09 Food: m"
    assert found[of_mill] == (pytest.approx(50 / 90, abs=0.01), "55.6%", "50 yen")
    squares = (75**2 + 25**2 + 50**2) / 150**2
    assert found["partner_concentration", "m"] == (
        pytest.approx(squares, abs=0.01), f"{squares:.1%}", "100 yen"
    )  # fmt: skip
    assert found["source_of_purchases", "Tokyo"][1:] == ("26.7%", "40 yen")
    frame = resilience_of(*parts(), "15")
    lost = frame[frame["aspect"] == "loss_of_a_firm"]
    assert [n for a, n in found if a == "loss_of_a_firm"] == lost["firm_id"].tolist()


def test_each_aspect_says_whether_it_is_counted_or_modelled():
    for lang, counted, modelled in (("ja", "集計値", "推計"), ("en", "counted", "modelled")):
        picture = resilience(*parts(), of_region="15", lang=lang)
        heads = [
            row["t"]
            for e in layers(picture, "text")
            if e["mark"].get("fontWeight") == "bold"
            for row in e["data"]["values"]
        ]
        assert [counted in h for h in heads] == [True, True, True, False]
        assert modelled in heads[3]


def test_so_many_bars_of_each_and_none():
    assert len(bars(resilience(*parts(), of_region="15", n=1))) == 4
    of_tokyo = resilience(*parts(), of_region="13", lang="en")
    assert "none" in [row["t"] for e in layers(of_tokyo, "text") for row in e["data"]["values"]]
    assert not resilience(*parts(), of_region="47").shows
    with pytest.raises(OptionError, match="n=0"):
        resilience(*parts(), of_region="15", n=0)
    with pytest.raises(OptionError, match="新泻"):
        resilience(*parts(), of_region="新泻")


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_no_text_meets_another(lang):
    result = connhub.analyze(*DELIVERED, missing_amount="exclude", grain="pairs")
    picture = resilience(result.ripple("15"), result.leaks(DELIVERED[1]), of_region="15", lang=lang)
    boxes = []
    for layer in layers(picture, "text"):
        for row in layer["data"]["values"]:
            wide = text_width(row["t"], layer["mark"]["fontSize"])
            left = row["x"] - (wide if layer["mark"]["align"] == "right" else 0)
            boxes.append((left, left + wide, row["y"] - 7, row["y"] + 7))
    assert min(box[0] for box in boxes) >= 0
    for a, b in itertools.combinations(boxes, 2):
        assert a[1] <= b[0] or b[1] <= a[0] or a[3] <= b[2] or b[3] <= a[2]
