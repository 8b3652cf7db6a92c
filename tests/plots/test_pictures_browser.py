"""Every picture as a browser draws it in a report: letters, labels and colors, measured."""

import pytest

import connhub
from connhub import plots
from connhub.plots.drawing.pixel_marks import at_pixels
from connhub.plots.vega_lite import layer
from tests.builders import DELIVERED, FINANCIALS
from tests.plots.builders import FIRMS, economy, pictures_of
from tests.plots.drawn import PAPER, PHONE, POINT, measure, page_of
from tests.publishing.browser import Browser

pytestmark = pytest.mark.browser
NAMES = [name for name in plots.__all__ if name != "Picture"]
SCREEN = 1000
LEAST_POINTS, LEAST_CONTRAST = 7, 4.5  # of WCAG 2, level AA


@pytest.fixture(scope="module")
def browser():
    browser = Browser()
    yield browser
    browser.close()


def small(lang):
    """Ten firms, some with awkward names."""
    result = economy()
    selection = result.select(FIRMS, per_region=2)
    return pictures_of(result, selection, of_region="13", firm_id="t0", lang=lang)


def sample(lang):
    """The sample as delivered, Niigata."""
    result = connhub.analyze(*DELIVERED, missing_amount="exclude", grain="pairs", progress=False)
    options = {"financials": FINANCIALS, "scheme": "historical-fy2019", "per_region": 10}
    selection = result.select(DELIVERED[1], **options)
    here = result.degrees.frame[result.degrees.frame["region"] == "15"]
    largest = here.loc[here["connector_degree"].idxmax(), "firm_id"]
    return pictures_of(result, selection, DELIVERED[1], of_region="15", firm_id=largest, lang=lang)


@pytest.fixture(
    scope="module",
    params=[(small, "ja"), (small, "en"), (sample, "ja"), (sample, "en")],
    ids=lambda p: f"{p[0].__name__}-{p[1]}",
)
def pages(request, tmp_path_factory):
    """A page for each picture, in the column of a report."""
    folder = tmp_path_factory.mktemp(request.param[0].__name__)
    make, lang = request.param
    return {
        name: page_of(picture, name.replace("_", "-"), folder / f"{name}.html")
        for name, picture in make(lang).items()
    }


@pytest.mark.parametrize("name", NAMES)
def test_letters_are_large_labels_apart_and_colors_told_from_their_ground(browser, pages, name):
    for width, paper in ((PAPER, True), (SCREEN, False), (PHONE, False)):
        drawing = measure(browser, pages[name], width=width, paper=paper)
        assert drawing.texts
        assert browser.complaints == []
        assert [t for t in drawing.texts if t.size * POINT < LEAST_POINTS - 0.05] == []
        if width != PHONE:  # there part of a picture is out of view, its colors are the same
            assert [t for t in drawing.texts if t.contrast < LEAST_CONTRAST] == []
        assert drawing.overlapping() == []
        assert browser.run("document.documentElement.scrollWidth") <= width
        if name in ("connector_hub", "concentration") and "sample" in pages[name].parent.name:
            assert drawing.crossed() == []


def test_the_measurement_finds_what_is_small_pale_or_covered(browser, tmp_path):
    """Else the tests above could not fail."""
    rows = [{"x": 9, "y": 9, "t": "甲乙丙"}, {"x": 15, "y": 12, "t": "丁戊己"}]
    base = at_pixels(rows)
    marks = base.mark("text", align="left", fontSize=8, color="#999999").encode(text="t:N")
    line = at_pixels([{"x": 0, "y": 9, "X": 90, "Y": 9}], ends=True)
    chart = layer(marks, line.mark("rule")).properties(width=200, height=50)
    path = page_of(plots.Picture(chart), "", tmp_path / "page.html")
    drawing = measure(browser, path, width=SCREEN)
    assert drawing.overlapping() == [("甲乙丙", "丁戊己")]
    assert drawing.crossed()[0] == "甲乙丙"
    assert {round(t.size) for t in drawing.texts} == {8}
    assert max(t.contrast for t in drawing.texts) < 3
