"""To compare what people read at two resolutions: equal but for money, which differs by 100."""

import re

NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?(?:tn|bn|m|k|兆|億|百万|万)?(?![\w.])")
SUFFIXES = {
    "k": 1e3,
    "m": 1e6,
    "bn": 1e9,
    "tn": 1e12,
    "百万": 1e6,
    "万": 1e4,
    "億": 1e8,
    "兆": 1e12,
}
SIZES = ("s", "values", "domain", "path", "a", "low", "high")
"""Where sizes of points, their legend, and values on an axis hold money as numbers."""


def number(text):
    """The number that a text shows."""
    suffix = next((s for s in SUFFIXES if text.endswith(s)), "")
    return float(text.removesuffix(suffix).replace(",", "")) * SUFFIXES.get(suffix, 1)


def differences(one, other, key=""):
    """Pairs of numbers in which two displays differ; anything else must be equal."""
    if isinstance(one, dict):
        assert one.keys() == other.keys()
        for name in one:
            yield from differences(one[name], other[name], name)
    elif isinstance(one, list | tuple):
        assert len(one) == len(other)
        for a, b in zip(one, other, strict=True):
            yield from differences(a, b, key)
    elif isinstance(one, str):
        assert NUMBER.sub("#", one) == NUMBER.sub("#", other)
        pairs = zip(NUMBER.findall(one), NUMBER.findall(other), strict=True)
        yield from ((number(a), number(b)) for a, b in pairs if a != b)
    elif one != other:
        assert key in SIZES
        yield one, other
