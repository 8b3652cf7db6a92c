"""Pages, PNG and SVG: nothing is fetched, names stay text, signs are drawn."""

import json
import os
import re
import subprocess
import sys

import pytest
from fontTools.ttLib import TTFont

from connhub.rendering import engine
from connhub.rendering.engine import script_json
from tests.plots.builders import NAMES, bar_picture


def test_a_page_needs_nothing_else(tmp_path):
    page = bar_picture().save(tmp_path / "p.html").read_text(encoding="utf-8")
    tags = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    assert not re.search(r"(src|href)=", tags)
    assert "vega-embed@" not in page  # nor a script that loads another
    assert NAMES[0] not in page
    assert page.count("</script>") == 2  # those of the page itself


def test_png_and_svg_are_drawn_without_a_browser(tmp_path):
    assert bar_picture().save(tmp_path / "p.png").read_bytes().startswith(b"\x89PNG")
    svg = bar_picture().save(tmp_path / "p.svg").read_text(encoding="utf-8")
    assert "ﾃｽﾄ㈱ ①" in svg
    assert "<script" not in svg


def test_japanese_is_drawn_with_the_font_of_the_extra(tmp_path):
    """Two signs that a font lacks are drawn alike, as boxes; these differ."""
    one, other = (bar_picture([sign]).save(tmp_path / f"{i}.png") for i, sign in enumerate("新潟"))
    assert one.read_bytes() != other.read_bytes()


def test_a_sign_without_a_font_spoils_no_other(tmp_path):
    """Japanese beside it is still told apart."""
    one, other = (
        bar_picture([f"😀🎉{sign}"]).save(tmp_path / f"{i}.png") for i, sign in enumerate("新潟")
    )
    assert one.read_bytes() != other.read_bytes()


def test_json_in_a_page_reads_back():
    assert json.loads(script_json(NAMES)) == NAMES
    assert "<" not in script_json(NAMES)


def png(names, folder):
    return bar_picture(names).save(folder / "p.png").read_bytes()


def test_signs_that_no_font_has_are_marked_and_the_rest_stays(tmp_path):
    assert png(["甲🏭商店"], tmp_path) == png(["甲〓商店"], tmp_path)
    assert png(["👨\u200d👩\u200d👧"], tmp_path) == png(["〓〓〓"], tmp_path)
    assert png(["甲商店"], tmp_path) != png(["甲〓商店"], tmp_path)
    assert "甲🏭商店" in bar_picture(["甲🏭商店"]).save(tmp_path / "p.svg").read_text(
        encoding="utf-8"
    )


@pytest.mark.skipif(sys.platform != "linux", reason="folders of fonts are not these")
def test_fonts_of_the_machine_change_no_picture(tmp_path):
    """Nor does one that claims to be the font of the extra."""
    program = (
        "import hashlib, sys\nfrom connhub.rendering.engine import image\n"
        "spec = {'mark': {'type': 'text', 'font': 'IPAexGothic', 'text': 'Sales'},"
        " 'data': {'values': [{}]}}\n"
        "print(hashlib.sha256(image(spec, '.png', 2.0)).hexdigest())"
    )
    drawn = []
    for home in (tmp_path / "without", tmp_path / "with"):
        (home / ".fonts").mkdir(parents=True)
        if home.name == "with":
            with TTFont(engine._fonts()[1]) as font:
                for kind in (1, 16):  # family
                    font["name"].setName("IPAexGothic", kind, 3, 1, 0x409)
                font.save(home / ".fonts" / "claims.ttf")
        command = [sys.executable, "-c", program]
        environment = {**os.environ, "HOME": str(home)}
        drawn.append(subprocess.run(command, env=environment, capture_output=True, check=True))
    assert drawn[0].stdout == drawn[1].stdout
