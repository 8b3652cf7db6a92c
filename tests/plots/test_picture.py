"""What every picture has in common."""

import json
import re
import subprocess
import sys

import pyarrow as pa
import pytest

import connhub
from connhub import plots
from connhub.errors import MissingExtraError, OptionError
from connhub.intake.ledger import FileRecord, Ledger
from connhub.options import CaptionOptions
from connhub.plots.picture import Picture, altair, caption_line, heading
from connhub.plots.rendering import embedded

LEDGER = Ledger({"read": 1}, {"read": 1}, years=(2025,), files=(FileRecord("a/b.csv", 1, 1),))
NAMES = ['</script><script>alert("x")</script>', "ﾃｽﾄ㈱ ①", "=HYPERLINK(1)", "😀", "甲" * 500]


def picture(names=NAMES):
    alt = altair()
    rows = [{"n": n, "v": i} for i, n in enumerate(names, start=1)]
    title = alt.TitleParams(**heading("題", LEDGER, CaptionOptions(), unit="億円"))
    chart = alt.Chart(alt.Data(values=rows), title=title)
    return Picture(chart.mark_bar().encode(x="v:Q", y="n:N"))


def test_a_page_needs_nothing_else(tmp_path):
    page = picture().save(tmp_path / "p.html").read_text(encoding="utf-8")
    tags = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    assert not re.search(r"(src|href)=", tags)
    assert "vega-embed@" not in page  # nor a script that loads another
    assert NAMES[0] not in page
    assert page.count("</script>") == 2  # those of the page itself


def test_png_and_svg_are_drawn_without_a_browser(tmp_path):
    assert picture().save(tmp_path / "p.png").read_bytes().startswith(b"\x89PNG")
    svg = picture().save(tmp_path / "p.svg").read_text(encoding="utf-8")
    assert "ﾃｽﾄ㈱ ①" in svg
    assert "<script" not in svg


def test_japanese_is_drawn_with_the_font_of_the_extra(tmp_path):
    """Two signs that a font lacks are drawn alike, as boxes; these differ."""
    one, other = (picture([sign]).save(tmp_path / f"{i}.png") for i, sign in enumerate("新潟"))
    assert one.read_bytes() != other.read_bytes()


def test_a_sign_without_a_font_spoils_no_other(tmp_path):
    """Japanese beside it is still told apart."""
    one, other = (
        picture([f"😀🎉{sign}"]).save(tmp_path / f"{i}.png") for i, sign in enumerate("新潟")
    )
    assert one.read_bytes() != other.read_bytes()


def test_another_ending_is_refused(tmp_path):
    with pytest.raises(OptionError, match=r"\.pdf"):
        picture().save(tmp_path / "p.pdf")


def test_the_caption_says_year_unit_and_source():
    assert (
        caption_line(LEDGER, CaptionOptions(), unit="億円") == "2025年 · 単位: 億円 · 出典: b.csv"
    )
    english = CaptionOptions(lang="en", year_label="FY2024", source="s")
    assert heading("T", LEDGER, english, notes=["n"])["subtitle"] == ["FY2024 · Source: s", "n"]


def test_json_in_a_page_reads_back():
    assert json.loads(embedded(NAMES)) == NAMES
    assert "<" not in embedded(NAMES)


def test_a_missing_extra_is_one_line():
    code = """if True:
    import sys
    sys.modules["altair"] = None
    from connhub.plots.picture import altair
    altair()"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    last = done.stderr.strip().splitlines()[-1]
    assert last == (
        f"{MissingExtraError.__module__}.MissingExtraError: "
        "a picture needs the extra 'viz': pip install 'connhub[viz]'"
    )


def png(names, folder):
    return picture(names).save(folder / "p.png").read_bytes()


def test_signs_that_no_font_has_are_marked_and_the_rest_stays(tmp_path):
    assert png(["甲🏭商店"], tmp_path) == png(["甲〓商店"], tmp_path)
    assert png(["👨\u200d👩\u200d👧"], tmp_path) == png(["〓〓〓"], tmp_path)
    assert png(["甲商店"], tmp_path) != png(["甲〓商店"], tmp_path)
    assert "甲🏭商店" in picture(["甲🏭商店"]).save(tmp_path / "p.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [n for n in plots.__all__ if n != "Picture"])
def test_a_language_that_is_not_there_is_refused(name):
    firms = pa.table({"firm_id": ["a", "b"], "prefecture_code": ["15", "13"]})
    trade = pa.table({"seller_id": ["a"], "buyer_id": ["b"], "amount": [30]})
    result = connhub.analyze(trade, firms, grain="pairs")
    said = {
        "connector_hub": (result.degrees,),
        "concentration": (result.degrees,),
        "fireworks": (result.trade, "a"),
        "tile_map": (result.regions,),
        "flow_matrix": (result.linkages,),
        "strongest_linkages": (result.linkages,),
    }.get(name, (result.select(firms),))
    more = {"fireworks": {"degrees": result.degrees}}.get(name, {})
    if name in ("contributions", "stability"):
        more = {"of_region": "15"}
    assert getattr(plots, name)(*said, lang="en", **more).save
    with pytest.raises(OptionError, match="lang='fr'"):
        getattr(plots, name)(*said, lang="fr", **more)
