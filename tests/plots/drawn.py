"""What a browser draws of a picture: where its texts are, how large, and on which color."""

from dataclasses import dataclass
from itertools import combinations

from connhub.rendering.engine import runtime, script_json
from tests.builders import SOURCE

PAPER = 703  # pixels of CSS: A4 without its margins, 186 mm
PHONE = 390
STYLE = (SOURCE / "publishing" / "report" / "report.css").read_text(encoding="utf-8")
POINT = 0.75  # of a pixel of CSS

_MEASURE = """(() => {
  const svg = document.querySelector('.chart svg');
  const shown = e => { for (; e && e !== svg; e = e.parentNode)
    if (e.getAttribute('opacity') === '0' || e.getAttribute('display') === 'none') return false;
    return true; };
  const color = (e, name) => {
    const s = getComputedStyle(e), c = s[name].match(/[\\d.]+/g);
    if (s[name] === 'none' || !c) return null;
    let alpha = (c[3] === undefined ? 1 : +c[3]) * +s[name + 'Opacity'];
    for (let p = e; p !== svg; p = p.parentNode) alpha *= +getComputedStyle(p).opacity;
    return [+c[0], +c[1], +c[2], alpha];
  };
  const under = (x, y) => {
    const found = [];
    for (const e of document.elementsFromPoint(x, y)) {
      if (!svg.contains(e) || e === svg || e.tagName === 'text' || !e.getAttribute('d')) continue;
      const c = color(e, 'fill');
      if (c && c[3] > 0) { found.push(c); if (c[3] === 1) break; }
    }
    return found.reverse().reduce(
      (b, c) => b.map((v, i) => c[i] * c[3] + v * (1 - c[3])), [255, 255, 255]);
  };
  const lines = [...svg.querySelectorAll('.mark-rule.role-mark line')].filter(shown)
    .map(e => { const m = e.getScreenCTM();
      const at = (x, y) => { const p = new DOMPoint(x, y).matrixTransform(m); return [p.x, p.y]; };
      const n = ['x1', 'y1', 'x2', 'y2'].map(k => +e.getAttribute(k));
      return [at(n[0], n[1]), at(n[2], n[3])]; });
  const texts = [...svg.querySelectorAll('text')].filter(
    t => shown(t) && t.textContent.trim() && t.getBBox().width).map(t => {
    const g = t.getBBox(), m = t.getScreenCTM(), size = parseFloat(getComputedStyle(t).fontSize);
    const scale = Math.hypot(m.a, m.b), top = g.y + (g.height - size) / 2 + 1;
    const at = (x, y) => { const p = new DOMPoint(x, y).matrixTransform(m); return [p.x, p.y]; };
    const corners = [at(g.x + 1, top), at(g.x + g.width - 1, top),
                     at(g.x + g.width - 1, top + size - 2), at(g.x + 1, top + size - 2)];
    const middle = top + size / 2 - 1;
    return {text: t.textContent, size: size * scale, corners, edge: color(t, 'stroke'),
            fill: color(t, 'fill'), weight: getComputedStyle(t).fontWeight,
            on: [.1, .5, .9].map(k => under(...at(g.x + k * g.width, middle)))};
  });
  const box = svg.getBoundingClientRect();
  return {texts, lines, width: box.width, right: box.right, height: box.height};
})()"""


@dataclass(frozen=True)
class DrawnText:
    """A text: its size in pixels of CSS, the corners of its letters, and its least contrast."""

    text: str
    size: float
    corners: list
    contrast: float


@dataclass(frozen=True)
class Drawing:
    """A picture as drawn in a column of a page."""

    texts: list
    lines: list
    width: float
    height: float

    def overlapping(self):
        """Pairs of texts that share any area."""
        return [
            (a.text, b.text) for a, b in combinations(self.texts, 2) if meet(a.corners, b.corners)
        ]

    def crossed(self):
        """Texts that a slanted or level line runs through, and does not only lead to."""
        return [t.text for t in self.texts for line in self.lines if meet(t.corners, line)]


def meet(one, other):
    """Whether two convex quadrangles share any area: no side of either lies between them."""
    for corners in (one, other):
        for (x, y), (to_x, to_y) in zip(corners, corners[1:] + corners[:1], strict=True):
            across = (y - to_y, to_x - x)
            a, b = (
                [across[0] * px + across[1] * py for px, py in quadrangle]
                for quadrangle in (one, other)
            )
            if max(a) <= min(b) or max(b) <= min(a):
                return False
    return True


def luminance(color):
    """Relative luminance of sRGB, as of WCAG 2."""
    parts = [c / 255 for c in color[:3]]
    parts = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one, other):
    """Ratio of contrast of WCAG 2, 1 to 21."""
    light, dark = sorted(map(luminance, (one, other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def mixed(color, below):
    """A color with its opacity, over another."""
    return [c * color[3] + b * (1 - color[3]) for c, b in zip(color, below, strict=False)]


def page_of(picture, kind, path):
    """Write a page that shows a picture in the column of a report."""
    chart = f'<figure><div class="chart {kind}" id="chart"></div></figure>'
    path.write_text(
        f'<!DOCTYPE html><html><head><meta charset="utf-8"><meta name="viewport" '
        f'content="width=device-width, initial-scale=1"><style>{STYLE}\n'
        f"svg * {{ pointer-events: all !important }}</style></head><body>{chart}"
        f"<script>{runtime()}</script><script>vegaEmbed('#chart', {script_json(picture.spec)}, "
        "{actions: false, renderer: 'svg'}).then(() => "
        "{ document.documentElement.dataset.drawn = 'yes'; });</script></body></html>",
        encoding="utf-8",
    )
    return path


def measure(browser, path, *, width, paper=False):
    """Open a page of `page_of` and measure what it shows."""
    browser.size(width, 2000)
    browser.call("Emulation.setEmulatedMedia", media="print" if paper else "")
    browser.open(path)
    seen = browser.run(_MEASURE)
    browser.call("Emulation.setEmulatedMedia", media="")
    edges = {
        (t["text"], *map(round, t["corners"][0])): t["edge"] for t in seen["texts"] if t["edge"]
    }
    texts = []
    for t in seen["texts"]:
        if t["edge"]:
            continue
        edge = edges.get((t["text"], *map(round, t["corners"][0])))
        on = [edge] if edge else t["on"]
        least = min(contrast(mixed(t["fill"], below), below) for below in on)
        texts.append(DrawnText(t["text"], t["size"], t["corners"], least))
    return Drawing(texts, seen["lines"], seen["width"], seen["height"])
