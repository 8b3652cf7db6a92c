"""Prefectures that share a border, as a map shows them."""

import pytest

from connhub.regions.codes import PREFECTURES
from connhub.regions.distances import great_circles
from connhub.regions.neighbors import neighbors


def test_borders_are_shared():
    for code in PREFECTURES:
        for other in neighbors(code):
            assert code in neighbors(other)
            assert code != other
            assert other in PREFECTURES


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("11", "茨城県 栃木県 群馬県 千葉県 東京都 山梨県 長野県"),
        ("20", "群馬県 埼玉県 新潟県 富山県 山梨県 岐阜県 静岡県 愛知県"),
        ("13", "埼玉県 千葉県 神奈川県 山梨県"),
        ("34", "鳥取県 島根県 岡山県 山口県"),
        ("42", "佐賀県"),
        ("01", ""),
        ("47", ""),
    ],
)
def test_those_of_a_map(code, names):
    assert " ".join(PREFECTURES[c].name_ja for c in neighbors(code)) == names


def test_neighbors_are_near():
    codes = list(PREFECTURES)
    places = [[PREFECTURES[c].latitude, PREFECTURES[c].longitude] for c in codes]
    distance = great_circles(places)
    for i, code in enumerate(codes):
        assert all(distance[i, codes.index(other)] < 250 for other in neighbors(code))
