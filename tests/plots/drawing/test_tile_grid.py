"""Every prefecture has a tile, roughly where it lies."""

from connhub.plots.drawing.tile_grid import BLOCK_SEATS, COLUMNS, ROWS, TILES
from connhub.regions.codes import BLOCKS, PREFECTURES


def test_every_prefecture_has_a_tile_of_its_own():
    assert sorted(TILES) == sorted(PREFECTURES)
    assert len({*TILES.values()}) == 47
    assert all(0 <= c < COLUMNS and 0 <= r < ROWS for c, r in TILES.values())
    assert TILES["01"][0] == COLUMNS - 1  # Hokkaido upper right, Okinawa lower left
    assert TILES["01"][1] == 0
    assert TILES["47"] == (0, ROWS - 1)


def test_east_is_right_of_west_and_north_above_south_by_and_large():
    pairs = [(a, b) for a in PREFECTURES.values() for b in PREFECTURES.values() if a.code < b.code]
    far = [
        (a, b)
        for a, b in pairs
        if abs(a.longitude - b.longitude) > 1.5 and "47" not in (a.code, b.code)
    ]
    wrong = [
        (a, b)
        for a, b in far
        if (TILES[a.code][0] - TILES[b.code][0]) * (a.longitude - b.longitude) < 0
    ]
    assert len(wrong) < 0.03 * len(far)


def test_the_names_of_blocks_lie_upon_their_tiles():
    assert [*BLOCK_SEATS] == [*BLOCKS]
    for block, (x, y) in BLOCK_SEATS.items():
        touched = {c for c, (tx, ty) in TILES.items() if tx <= x <= tx + 1 and ty <= y <= ty + 1}
        assert {PREFECTURES[c].block for c in touched} == {block}
