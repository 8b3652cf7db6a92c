"""Japan as a grid of tiles: one cell a prefecture, all of the same size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connhub.regions.codes import BLOCKS, PREFECTURES
from connhub.regions.scheme import OVERSEAS, UNKNOWN

__all__ = [
    "BLOCK_SEATS",
    "COLUMNS",
    "OUTSIDE_TILES",
    "ROWS",
    "TILES",
    "tile_places",
]

# Neighbours touch where they can, straits are gaps, and Okinawa stands apart at the lower left.
_LAYOUT = """
..  ..  ..  ..  ..  ..  ..  ..  ..  ..  ..  ..  01
..  ..  ..  ..  ..  ..  ..  ..  ..  ..  ..  02  ..
..  ..  ..  ..  ..  ..  ..  ..  ..  ..  ..  05  03
..  ..  ..  ..  ..  ..  ..  ..  ..  ..  ..  06  04
..  ..  ..  ..  ..  ..  ..  ..  17  16  15  07  ..
..  ..  ..  ..  ..  ..  ..  ..  18  20  10  09  ..
..  ..  ..  32  31  28  26  25  21  19  11  08  ..
..  ..  35  34  33  27  29  24  23  22  13  12  ..
42  41  40  ..  ..  ..  30  ..  ..  ..  14  ..  ..
..  43  44  ..  38  37  ..  ..  ..  ..  ..  ..  ..
..  46  45  ..  39  36  ..  ..  ..  ..  ..  ..  ..
47  ..  ..  ..  ..  ..  ..  ..  ..  ..  ..  ..  ..
"""
TILES: Mapping[str, tuple[int, int]] = {
    code: (column, row)
    for row, line in enumerate(_LAYOUT.split("\n")[1:-1])
    for column, code in enumerate(line.split())
    if code != ".."
}
"""Column and row of each prefecture by code, from the upper left."""
COLUMNS, ROWS = 13, 12
OUTSIDE_TILES: Mapping[str, tuple[int, int]] = {OVERSEAS: (11, 10), UNKNOWN: (9, 10)}
"""Where pictures of flows put what lies in no region."""
# Where the name of a block fits upon its tiles: column and row of the middle, in tiles.
BLOCK_SEATS: Mapping[str, tuple[float, float]] = {
    "hokkaido": (12.5, 0.5),
    "tohoku": (12.0, 3.0),
    "kanto": (11.0, 6.5),
    "chubu": (8.5, 7.5),
    "kinki": (6.0, 7.0),
    "chugoku": (4.0, 7.0),
    "shikoku": (5.0, 10.0),
    "kyushu": (2.0, 9.5),
    "okinawa": (0.5, 11.5),
}


def tile_places(codes: Sequence[str]) -> dict[str, tuple[float, float]]:
    """Middle of each region on the grid, in tiles; empty unless all are prefectures or blocks.

    Parameters
    ----------
    codes : sequence of str
        Overseas and unknown may be among them.

    Returns
    -------
    dict of str to (float, float)

    Examples
    --------
    >>> tile_places(["01", "overseas"])
    {'01': (12.5, 0.5), 'overseas': (11.5, 10.5)}
    >>> tile_places(["kanto"]), tile_places(["15", "my own"])
    ({'kanto': (11.0, 6.5)}, {})
    """
    inside = [c for c in codes if c not in OUTSIDE_TILES]
    places: dict[str, tuple[float, float]] = {
        c: (x + 0.5, y + 0.5) for c, (x, y) in OUTSIDE_TILES.items() if c in codes
    }
    if all(c in PREFECTURES for c in inside):
        return {c: (TILES[c][0] + 0.5, TILES[c][1] + 0.5) for c in inside} | places
    if all(c in BLOCKS for c in inside):
        return {c: BLOCK_SEATS[c] for c in inside} | places
    return {}
