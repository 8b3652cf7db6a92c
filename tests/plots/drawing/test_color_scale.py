"""Scales grow darker, text on them is readable, and values are written with their unit."""

from connhub.plots.drawing.color_scale import BELOW, RAMP, Measure, Shades, luminance


def test_scales_grow_darker_all_the_way():
    for ramp in (RAMP, BELOW):
        shades = Shades(1, 10_000, True, ramp)
        light = [luminance(shades.color(10 ** (k / 25))) for k in range(101)]
        assert light == sorted(light, reverse=True)
        assert light[0] - light[-1] > 0.6


def test_text_is_readable_on_every_shade():
    shades = Shades(0, 100, False)
    for value in range(101):
        light, dark = sorted((luminance(shades.ink(value)), luminance(shades.color(value))))
        assert (dark + 0.05) / (light + 0.05) >= 4  # large text needs 3


def test_money_is_written_in_base_units():
    whole, cents = (Measure("linkages", "amount", unit, "en") for unit in ("EUR", "0.01 EUR"))
    assert (whole.short(215_000), cents.short(215_000)) == ("215k", "2.15k")
    assert (whole.long(215_000), cents.long(215_000)) == ("215,000 EUR", "2,150 EUR")
    assert (whole.tick(1_000_000), cents.tick(1_000_000)) == ("1m", "10k")
    assert whole.unit == cents.unit == "EUR"


def test_counts_carry_their_unit_and_own_columns_none():
    firms = Measure("regions", "firms", "円", "en")
    assert [firms.long(n) for n in (1.0, 1_200.0)] == ["1 firm", "1,200 firms"]
    assert Measure("regions", "firms", "円", "ja").long(1_200.0) == "1,200社"
    assert Measure("regions", "mine", "円", "en").long(0.25) == "0.25"
    assert Measure("regions", "mine", "円", "en").long(float("nan")) == "—"
