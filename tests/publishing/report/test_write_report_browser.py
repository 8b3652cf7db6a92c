"""The report in a browser and on paper: quiet, self-contained, within its width, on A4."""

import re
import subprocess

import numpy as np
import pytest
from PIL import Image

import connhub
from connhub.certainty_options import CertaintyOptions
from connhub.publishing import write_report
from connhub.regions import known_municipalities
from tests.builders import DELIVERED, FINANCIALS, SAMPLE
from tests.publishing.browser import Browser

pytestmark = pytest.mark.browser
LONG = "<b>" + "長い名前の会社" * 70 + "\u202e=1+1😀ﾃｽﾄ"


@pytest.fixture(scope="module")
def analyzed():
    result = connhub.analyze(
        *DELIVERED, missing_amount="exclude", grain="firms_by_region", progress=False
    )
    chosen = result.select(DELIVERED[1], financials=FINANCIALS, scheme="historical-fy2019")
    return result, chosen


@pytest.fixture(scope="module", params=[("15", "ja"), ("15", "en"), (None, "ja"), (None, "en")])
def page(request, analyzed, tmp_path_factory):
    region, lang = request.param
    result, chosen = analyzed
    path = tmp_path_factory.mktemp("report") / "report.html"
    return write_report(result, path, of_region=region, selection=chosen, lang=lang)


@pytest.fixture(scope="module")
def browser():
    browser = Browser()
    yield browser
    browser.close()


def charts(browser):
    return browser.run("document.querySelectorAll('.chart svg.marks').length")


@pytest.mark.parametrize("width", [1280, 390])
def test_quiet_self_contained_and_within_its_width(browser, page, width):
    browser.size(width)
    browser.open(page)
    assert browser.complaints == []
    assert {url.split(":")[0] for url in browser.requests} <= {"file", "data", "blob"}
    assert browser.requests[0] == page.resolve().as_uri()
    assert browser.run("document.documentElement.scrollWidth") <= width
    assert charts(browser) == page.read_text(encoding="utf-8").count('class="chart') >= 7
    boxes = "[...document.querySelectorAll('.chart')].map(c => c.getBoundingClientRect().right)"
    assert max(browser.run(boxes)) <= width
    drawn = (
        "[...document.querySelectorAll('.chart svg.marks')].map(s => s.getBoundingClientRect().{})"
    )
    if width > 640:
        assert max(browser.run(drawn.format("right"))) <= width
    else:  # wider than a phone, so that letters stay readable; their boxes scroll
        assert min(browser.run(drawn.format("width"))) >= 600
        scrolls = "[...document.querySelectorAll('.chart')].map(c => getComputedStyle(c).overflowX)"
        assert set(browser.run(scrolls)) == {"auto"}
    empty = "[...document.querySelectorAll('.chart')].filter(c => c.clientHeight < 100).length"
    assert browser.run(empty) == 0


TITLES = """[...document.querySelectorAll('figure')].map(f => {
  const head = f.querySelector('.head'), chart = f.querySelector('.chart');
  const box = head.getBoundingClientRect(), scroll = chart.getBoundingClientRect();
  return {title: head.querySelector('p').innerText, right: box.right, width: head.scrollWidth,
          room: head.clientWidth, above: scroll.top - box.bottom, hint: head.innerText,
          inside: chart.querySelectorAll('svg .role-title').length,
          scrolls: chart.scrollWidth > chart.clientWidth};
})"""


def test_a_title_is_read_whole_where_its_picture_scrolls(browser, page):
    browser.size(390)
    browser.open(page)
    figures = browser.run(TITLES)
    assert len(figures) >= 7
    labels = "[...document.querySelectorAll('.chart')].map(c => c.getAttribute('aria-label'))"
    for figure, label in zip(figures, browser.run(labels), strict=True):
        assert figure["title"]
        assert label.startswith(figure["title"])
        assert figure["inside"] == 0  # it would stand there twice, and begin cut
        assert figure["right"] <= 390
        assert figure["width"] <= figure["room"]
        assert figure["above"] >= 0
        assert figure["scrolls"]
        assert "←" in figure["hint"]
    browser.size(1280)  # there each picture has its own
    browser.open(page)
    assert all(f["inside"] and not f["room"] for f in browser.run(TITLES))


def test_the_page_may_not_ask_for_anything(browser, page):
    """Even a script in it could not: the page itself forbids it."""
    browser.size(1280)
    browser.open(page)
    browser.run("fetch('https://example.invalid/').catch(() => { window.refused = true }); 0")
    browser.run("void (new Image().src = 'https://example.invalid/x.png')")
    refused = [c for c in browser.complaints if "Content Security Policy" in str(c)]
    for _ in range(50):
        if len(refused) >= 2:
            break
        browser.run("0")
        refused = [c for c in browser.complaints if "Content Security Policy" in str(c)]
    assert len(refused) >= 2


def test_values_are_shown_on_hover(browser, page):
    browser.size(1280)
    browser.open(page)
    browser.run("document.querySelector('#chart-1').scrollIntoView({behavior: 'instant'})")
    found = """(() => {
      const marks = [...document.querySelectorAll('#chart-1 svg .mark-symbol path')];
      const boxes = marks.map(m => m.getBoundingClientRect()).filter(
        b => b.width > 3 && b.top > 0 && b.bottom < innerHeight);
      return boxes.map(b => [b.left + b.width / 2, b.top + b.height / 2]);
    })()"""
    shown = "document.querySelector('#vg-tooltip-element.visible')?.innerText ?? ''"
    told = ""
    for x, y in browser.run(found):
        browser.move(x, y)
        for _ in range(10):
            told = told or browser.run(shown)
        if told:
            break
    assert re.search(r"\d", told)


def test_the_keyboard_reaches_the_text_and_the_tables(browser, page):
    browser.open(page)
    assert browser.run("document.querySelector('.skip').getAttribute('href')") == "#summary"
    targets = "[...document.querySelectorAll('nav a')].every(a => document.querySelector(a.hash))"
    assert browser.run(targets)
    bare = "[...document.querySelectorAll('.scroll')].filter(e => e.tabIndex !== 0).length"
    assert browser.run(bare) == 0
    nameless = """[...document.querySelectorAll('.chart, .scroll, section[aria-label]')].filter(
      e => !e.getAttribute('aria-label')).length"""
    assert browser.run(nameless) == 0


def test_on_paper(browser, page, tmp_path):
    browser.open(page)
    browser.pdf(tmp_path / "r.pdf")
    info = subprocess.run(
        ["pdfinfo", tmp_path / "r.pdf"], capture_output=True, text=True, check=True
    ).stdout
    pages = int(re.search(r"Pages:\s+(\d+)", info)[1])
    wide, high = map(float, re.search(r"Page size:\s+([\d.]+) x ([\d.]+)", info).groups())
    assert (round(wide), round(high)) == (595, 842)
    assert 6 <= pages <= 20
    text = subprocess.run(
        ["pdftotext", "-layout", tmp_path / "r.pdf", "-"], capture_output=True, check=True
    ).stdout.decode()
    sheets = text.split("\f")[:-1]
    assert len(sheets) == pages
    assert all(len(s.split()) > 5 for s in sheets)  # no sheet is left empty
    said = text.replace(" ", "")
    assert ("取扱注意" in said) or ("Confidential" in said)
    assert "1,634,310,811,000" in said  # the ledger


def test_a_menu_is_not_printed(browser, page):
    browser.open(page)
    browser.call("Emulation.setEmulatedMedia", media="print")
    shown = """[...document.querySelectorAll('nav, .vega-embed details')].filter(
      e => getComputedStyle(e).display !== 'none').length"""
    assert browser.run(shown) == 0
    browser.call("Emulation.setEmulatedMedia", media="")


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_name_of_500_signs_and_large_sums_stay_within_the_page(browser, tmp_path, lang):
    import pyarrow as pa

    firms = pa.table(
        {
            "firm_id": ["a" * 40, "b", "c"],
            "name": [LONG, LONG, LONG],
            "prefecture_code": ["15"] * 2 + ["13"],
        }
    )
    trade = pa.table(
        {
            "seller_id": ["a" * 40, "b", "b"],
            "buyer_id": ["c", "c", "a" * 40],
            "amount": [9 * 10**14, 4 * 10**14, 10**14],
        }
    )
    result = connhub.analyze(trade, firms, grain="firms_by_region")
    path = write_report(
        result, tmp_path / "r.html", of_region="15", selection=result.select(), lang=lang
    )
    for width in (1280, 390):
        browser.size(width)
        browser.open(path)
        assert browser.run("document.documentElement.scrollWidth") <= width
        assert browser.complaints == []
    assert browser.run("document.querySelectorAll('main b').length") == browser.run(
        "document.querySelectorAll('figcaption b').length"
    )


JAPANESE = re.compile(r"[\u3040-\u30fa\u30fc-\u30ff\u4e00-\u9fff]+")
CALLS = {"connhub", "transactions", "csv", "beside", "compare", "grain", "pairs"}
"""The product, a file, and how to call for more."""
TEXTS = """(() => {
  document.querySelectorAll('script, style, noscript, details, #terms, #method').forEach(
    e => e.remove());
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
  while (walker.nextNode()) found.push(walker.currentNode.data);
  return found.join('\\n');
})()"""
"""What a page says, each text on a line of its own; terms are given in both languages."""


def test_pages_are_in_one_language_but_for_names(browser, page, analyzed):
    browser.size(1280)
    browser.open(page)
    japanese = browser.run("document.documentElement.lang") == "ja"
    text = browser.run(TEXTS)
    if japanese:
        assert set(re.findall(r"[A-Za-z]{3,}", text)) <= CALLS
        return
    names = [*analyzed[0].degrees.frame["name"].dropna()]
    names += [m.name for m in known_municipalities().values()]
    known = "\n".join(names)
    assert [found for found in set(JAPANESE.findall(text)) if found not in known] == []


def test_no_sheet_is_half_empty_but_the_last_of_a_section(browser, page, tmp_path):
    browser.open(page)
    headings = browser.run("[...document.querySelectorAll('h2')].map(h => h.innerText)")
    browser.pdf(tmp_path / "r.pdf")
    subprocess.run(
        ["pdftoppm", "-r", "20", "-gray", tmp_path / "r.pdf", tmp_path / "p"], check=True
    )
    text = subprocess.run(["pdftotext", "-layout", tmp_path / "r.pdf", "-"], capture_output=True)
    sheets = text.stdout.decode().split("\f")[:-1]
    filled = [filled_part(path) for path in sorted(tmp_path.glob("p-*.pgm"))]
    begins = [first_line(sheet) in headings for sheet in sheets]
    assert len(filled) == len(sheets)
    ends = [*begins[1:], True]
    half_empty = [i + 1 for i, part in enumerate(filled) if part < 0.5 and not ends[i]]
    assert half_empty == []


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A page of all that the first sheet may say, in both languages."""
    tables = [SAMPLE / "years" / name for name in ("transactions.parquet", "firms.parquet")]
    before, result = (
        connhub.analyze(*tables, year=year, grain="pairs", progress=False) for year in (2023, 2025)
    )
    firms = connhub.read_firms(tables[1])
    financials = SAMPLE / "financials.parquet"
    chosen = result.select(firms, financials=financials, scheme="historical-fy2019", per_region=10)
    more = {
        "selection": chosen,
        "beside": [result.leaks(firms), connhub.compare(before, result)],
        "doubts": CertaintyOptions(missing_share=0.5, weight_draws=50),
    }
    folder = tmp_path_factory.mktemp("whole")
    return {
        lang: write_report(result, folder / f"{lang}.html", of_region="15", lang=lang, **more)
        for lang in ("ja", "en")
    }


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_first_page_is_one_sheet(browser, whole, lang, tmp_path):
    browser.size(1280)
    browser.open(whole[lang])
    browser.pdf(tmp_path / "r.pdf")
    second = browser.run("document.querySelectorAll('h2')[1].innerText")
    last = browser.run("[...document.querySelectorAll('#summary li')].pop().innerText")
    text = subprocess.run(["pdftotext", "-layout", tmp_path / "r.pdf", "-"], capture_output=True)
    sheets = text.stdout.decode().split("\f")
    assert first_line(sheets[1]) == second
    assert "".join(last.split())[:20] in "".join(sheets[0].split())
    browser.size(390)  # numbers are in view, and no menu covers a title
    browser.open(whole[lang])
    for hidden in (".named .code", ".vega-embed details"):
        shown = f"[...document.querySelectorAll('{hidden}')].filter(e => e.clientHeight).length"
        assert browser.run(f"document.querySelectorAll('{hidden}').length") > 0
        assert browser.run(shown) == 0
    share = """[...document.querySelectorAll('#degrees td.number')].filter(
      e => e.innerText.endsWith('%'))[0].getBoundingClientRect().right"""
    assert browser.run(share) <= 390


def test_what_is_sold_fills_the_sheet_of_the_map(browser, whole, tmp_path):
    """The matrix of flows takes a sheet of its own: the one before it is not left half empty."""
    browser.size(1280)
    browser.open(whole["ja"])
    browser.pdf(tmp_path / "r.pdf")
    text = subprocess.run(["pdftotext", "-layout", tmp_path / "r.pdf", "-"], capture_output=True)
    begins = [first_line(sheet) for sheet in text.stdout.decode().split("\f")]
    number = str(begins.index("地域間の取引") + 1)
    command = ["pdftoppm", "-r", "20", "-gray", "-f", number, "-l", number]
    subprocess.run([*command, tmp_path / "r.pdf", tmp_path / "p"], check=True)
    (sheet,) = tmp_path.glob("p-*.pgm")
    assert filled_part(sheet) > 0.9


def filled_part(path):
    """How far down a sheet reaches, without what stands at its head and foot."""
    with Image.open(path) as image:
        dark = np.asarray(image) < 200
    rows = np.flatnonzero(dark[int(0.06 * len(dark)) : int(0.93 * len(dark))].any(axis=1))
    return (rows[-1] + 1) / (0.87 * len(dark)) if rows.size else 0.0


def first_line(sheet):
    """Of a sheet, below its head."""
    lines = [line.strip() for line in sheet.splitlines() if line.strip()]
    return lines[1] if len(lines) > 1 else ""
