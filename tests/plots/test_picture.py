"""What every picture has in common."""

import inspect
import subprocess
import sys
from dataclasses import replace

import pytest

from connhub import plots
from connhub.errors import MissingExtraError, OptionError
from connhub.options import CaptionOptions
from connhub.plots.picture import at_least, blank, caption_line, heading
from tests.plots.builders import FIRMS, LEDGER, bar_picture, economy, pictures_of


def test_another_ending_is_refused(tmp_path):
    with pytest.raises(OptionError, match=r"\.pdf"):
        bar_picture().save(tmp_path / "p.pdf")


def test_the_caption_says_year_unit_and_source():
    assert (
        caption_line(LEDGER, CaptionOptions(), unit="億円") == "2025年 · 単位: 億円 · 出典: b.csv"
    )
    english = CaptionOptions(lang="en", year_label="FY2024", source="s")
    assert heading("T", LEDGER, english, notes=["n"])["subtitle"] == ["FY2024 · Source: s", "n"]


def test_a_missing_extra_is_one_line():
    code = """if True:
    import sys
    sys.modules["altair"] = None
    from connhub.plots.picture import blank
    blank({}, "").chart"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    last = done.stderr.strip().splitlines()[-1]
    assert last == (
        f"{MissingExtraError.__module__}.MissingExtraError: "
        "a picture needs the extra 'viz': pip install 'connhub[viz]'"
    )


def test_the_builder_draws_every_picture():
    result = economy()
    pictures = pictures_of(result, result.select(FIRMS), of_region="13", firm_id="t0", lang="en")
    assert sorted(pictures) == sorted(name for name in plots.__all__ if name != "Picture")


@pytest.mark.parametrize("name", [n for n in plots.__all__ if n != "Picture"])
def test_options_are_flat_keywords_that_are_checked(name):
    picture = getattr(plots, name)
    result = economy()
    subject = {
        "connector_hub": result.degrees,
        "concentration": result.degrees,
        "fireworks": result.trade,
        "tile_map": result.regions,
        "flow_matrix": result.linkages,
        "strongest_linkages": result.linkages,
    }.get(name, result.degrees)
    more = {"firm_id": "t0", "degrees": result.degrees} if name == "fireworks" else {}
    assert {"lang", "year_label", "source"} <= set(inspect.signature(picture).parameters)
    with pytest.raises(OptionError, match="lang='fr'"):
        picture(subject, lang="fr", **more)
    with pytest.raises(OptionError, match="Did you mean 'year_label'"):
        picture(subject, year_lable=2025, **more)


def test_numbers_of_rows_are_checked_together():
    with pytest.raises(OptionError) as raised:
        at_least(1, n=0, labels=True, points=2)
    assert [fault.values["name"] for fault in raised.value.faults] == ["n", "labels"]
    assert "labels=True" in str(raised.value)


def test_pictures_stand_beside_and_below_each_other():
    one, two = (blank({"text": name}, "nothing to show") for name in ("one", "two"))
    beside, below = (one | two).spec, (one & two).spec
    assert [part["title"]["text"] for part in beside["hconcat"]] == ["one", "two"]
    assert [part["title"]["text"] for part in below["vconcat"]] == ["one", "two"]
    assert not (one | two).shows
    assert (one | replace(two, reason="")).shows
