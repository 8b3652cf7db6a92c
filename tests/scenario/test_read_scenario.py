"""Scenarios from TOML: what is read, and what is refused with file, place and advice."""

import pyarrow as pa
import pytest

from connhub.errors import ConnhubError
from connhub.scenario import Arrival, Departure, Growth, read_scenario


def written(tmp_path, text):
    path = tmp_path / "scenario.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_everything_that_a_scenario_may_have(tmp_path):
    found = read_scenario(written(tmp_path, """
        name = "N"
        unit = "千円"
        removed = "gone.csv"
        [[arrival]]
        firm = 7
        region = "新潟"
        sales = 100
        purchases = 0
        like = "gravity"
        [[departure]]
        firm = "a"
        replaced = 0.5
        [[growth]]
        firm = "b"
        sales = -0.1
        purchases = "fixed"
        [[added]]
        seller_id = "a"
        buyer_id = "b"
        amount = 5
    """))  # fmt: skip
    assert found.events == (
        Arrival(7, "新潟", 100, 0, like="gravity"),
        Departure("a", 0.5),
        Growth("b", -0.1, "fixed"),
    )
    assert (found.name, found.unit) == ("N", "千円")
    assert found.removed == str(tmp_path / "gone.csv")
    assert found.added.equals(pa.table({"seller_id": ["a"], "buyer_id": ["b"], "amount": [5]}))


ARRIVAL = '[[arrival]]\nfirm = "n"\nregion = "15"\nsales = 1\npurchases = 1\n'


@pytest.mark.parametrize(
    ("text", "kind", "part"),
    [
        ("", "scenario.nothing_changes", "nothing changes"),
        ("arrival = ", "scenario.not_toml", "TOML"),
        ("[[arival]]\nfirm = 1", "scenario.no_key", "arrival"),
        ("name = 1\n" + ARRIVAL, "scenario.not_text", "name"),
        ("arrival = 3", "scenario.no_list", "[[arrival]]"),
        ("[arrival]\nfirm = 1", "scenario.no_list", "[[arrival]]"),
        (ARRIVAL + "sale = 3", "scenario.no_field", "sales"),
        ('[[arrival]]\nfirm = "n"', "scenario.missing_fields", "region"),
        (ARRIVAL.replace("sales = 1", "sales = -1"), "scenario.not_an_amount", "-1"),
        (ARRIVAL.replace("sales = 1", "sales = 1.5"), "scenario.wrong_value", "sales cannot be"),
        (ARRIVAL + "displaces = 2", "scenario.wrong_value", "displaces cannot be 2"),
        (ARRIVAL + 'like = "friends"', "scenario.wrong_value", "friends"),
        (ARRIVAL + ARRIVAL, "scenario.firm_twice", "n"),
        ('[[growth]]\nfirm = "n"\nsales = "much"', "scenario.wrong_value", "sales cannot be"),
        ('[[growth]]\nfirm = "n"\nsales = -2', "scenario.not_a_rate", "-2"),
        ("a" + ".b" * 99 + " = 1", "scenario.not_toml", "too many parts"),
        ("[[added]]\namount = 1\n[[added]]\nyen = 1", "scenario.missing_fields", "'yen'"),
        ("[[added]]\namount = 1\n[[added]]\namount = 'x'", "scenario.no_list", "added"),
    ],
    ids=str,
)
def test_what_is_no_scenario(tmp_path, text, kind, part):
    path = written(tmp_path, text)
    with pytest.raises(ConnhubError) as caught:
        read_scenario(path)
    assert caught.value.faults[0].kind == kind
    assert str(path) in str(caught.value)
    assert part in str(caught.value)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(ConnhubError) as caught:
        read_scenario(tmp_path / "none.toml")
    assert caught.value.faults[0].kind == "intake.no_file"
    with pytest.raises(ConnhubError) as caught:
        read_scenario(tmp_path)
    assert caught.value.faults[0].kind == "storage.file_is_folder"
    path = tmp_path / "cp932.toml"
    path.write_bytes("name = '新潟'".encode("cp932"))
    with pytest.raises(ConnhubError) as caught:
        read_scenario(path)
    assert caught.value.faults[0].kind == "scenario.not_toml"


def test_a_japanese_reader_is_told_in_japanese_where(tmp_path):
    for text, parts in (
        ("[[growth]]\nfirm = a", ("行 2", "8文字目")),
        ("[[立地]]", ("行 1", "キーは英字")),
        (
            '[[growth]]\nfirm = "a"\nsales = "20%"',
            ("1番目の growth の sales に", '"20%"', "数値を"),
        ),
    ):
        with pytest.raises(ConnhubError) as caught:
            read_scenario(written(tmp_path, text))
        shown = caught.value.faults[0].full_text("ja", flags=True)
        for part in (*parts, "scenario.toml"):
            assert part in shown
        assert "--" not in shown
        assert "Invalid" not in shown
