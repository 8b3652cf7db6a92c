"""Industries: the whole list, and codes as tables have them."""

import pyarrow as pa
import pytest

from connhub.industries import divisions, industry_groups, industry_label

# 日本標準産業分類 (第14回改定): the first and last major group of each division.
RANGES = {
    "A": (1, 2), "B": (3, 4), "C": (5, 5), "D": (6, 8), "E": (9, 32), "F": (33, 36), "G": (37, 41),
    "H": (42, 49), "I": (50, 61), "J": (62, 67), "K": (68, 70), "L": (71, 74), "M": (75, 77),
    "N": (78, 80), "O": (81, 82), "P": (83, 85), "Q": (86, 87), "R": (88, 96), "S": (97, 98),
    "T": (99, 99),
}  # fmt: skip


def test_every_major_group_is_of_its_division():
    codes = [f"{group:02d}" for first, last in RANGES.values() for group in range(first, last + 1)]
    assert len(codes) == 99
    wanted = [letter for letter, (first, last) in RANGES.items() for _ in range(first, last + 1)]
    assert divisions(pa.array(codes)).to_pylist() == wanted
    assert divisions(pa.array(list(RANGES))).to_pylist() == list(RANGES)
    for code in codes:
        for lang in ("ja", "en"):
            assert industry_label(code, lang).startswith(f"{code} ")


@pytest.mark.parametrize(
    ("code", "division"),
    [("E0911", "E"), ("e09", "E"), ("A09", None), ("Z", None), ("9", None), ("", None)],
)
def test_letters_and_what_is_no_code(code, division):
    assert divisions(pa.array([code])).to_pylist() == [division]


def test_groups_have_an_order_and_a_place_for_no_code():
    names, position = industry_groups(pa.array(["52", None, "E0911", "", "0999"]), 2)
    assert names == ["09", "52"]
    assert position.tolist() == [1, 2, 0, 2, 0]
