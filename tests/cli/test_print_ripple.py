"""The commands `connhub ripple` and `connhub leaks`."""

import pandas as pd
import pyarrow.parquet as pq
import pytest

import connhub
from connhub.cli import main
from tests.builders import DELIVERED


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    result = connhub.analyze(*DELIVERED, missing_amount="exclude", grain="pairs")
    return result, str(result.save(tmp_path_factory.mktemp("saved")))


def test_the_ripple_of_a_prefecture_from_tables_and_from_a_saved_analysis(saved, capsys, tmp_path):
    result, folder = saved
    out = tmp_path / "ripple"
    rest = ["--prefecture", "新潟", "--rows", "3", "--out", str(out), "--csv"]
    assert main(["ripple", folder, *rest]) == 0
    printed = capsys.readouterr().out
    expected = result.ripple("15")
    assert "推計: 各企業は" in printed
    for amount in expected.frame["attributed_turnover"].nlargest(3):
        assert f"{amount:,}" in printed
    written = pd.read_parquet(out / "ripple.parquet")
    pd.testing.assert_frame_equal(written, expected.frame, check_dtype=False)
    assert pq.read_schema(out / "losses.parquet").metadata[b"unit"].decode() == "円"
    assert "乗数" not in (out / "losses.csv").read_text(encoding="utf-8-sig")
    assert main(["ripple", *DELIVERED, "--missing-amount", "exclude", *rest]) == 0
    assert capsys.readouterr().out.split("ファイル")[0] == printed.split("ファイル")[0]


def test_one_firm_is_followed(saved, capsys):
    result, folder = saved
    firm = result.degrees.top(1, of_region="15")["firm_id"].iloc[0]
    assert main(["ripple", folder, "--prefecture", "15", "--firm", firm, "--lang", "en"]) == 0
    first = result.ripple("15").tiers(firm).iloc[1]
    printed = capsys.readouterr().out
    assert firm in printed
    assert f"{100 * first['received']:.2f}%" in printed
    name = result.degrees.firms([firm])["name"].iloc[0]
    assert main(["ripple", folder, "--prefecture", "15", "--firm", name, "--lang", "en"]) == 0
    assert capsys.readouterr().out == printed


def test_leaks_and_pairs_to_talk_to(saved, capsys, tmp_path):
    result, folder = saved
    rest = ["--prefecture", "15", "--rows", "3", "--out", str(tmp_path / "leaks")]
    assert main(["leaks", folder, DELIVERED[1], *rest]) == 0
    printed = capsys.readouterr().out
    leaks = result.leaks(DELIVERED[1])
    for amount in leaks.matches("15", n=3)["potential"]:
        assert f"{amount:,}" in printed
    assert "示すものではない" in printed
    assert sorted(p.name for p in (tmp_path / "leaks").iterdir()) == [
        "leak_partners.parquet", "leaks.json", "leaks.parquet",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ripple", "FOLDER"], "--prefecture"),
        (["leaks", "FOLDER", "--prefecture", "15"], "企業表が必要です"),
        (
            ["ripple", "FOLDER", "--prefecture", "15", "--firm", "ない社"],
            "該当する企業IDや企業名の企業がありません",
        ),
        (
            ["ripple", "FOLDER", "--prefecture", "15", "--firm", "精機"],
            "「精機」に当てはまる企業が",
        ),
        (["ripple", "FOLDER", "--prefecture", "99"], "地域「99」"),
        (["leaks", "FOLDER", "FIRMS", "--prefecture", "15", "--digits", "7"], "--digits 7"),
    ],
)
def test_what_is_missing_is_said(saved, capsys, arguments, message):
    names = {"FOLDER": saved[1], "FIRMS": DELIVERED[1]}
    assert main([names.get(word, word) for word in arguments]) == 2
    assert message in capsys.readouterr().err


def test_a_coarser_analysis_is_not_enough(capsys, tmp_path):
    result = connhub.analyze(*DELIVERED, missing_amount="exclude")
    assert main(["ripple", str(result.save(tmp_path / "firms")), "--prefecture", "15"]) == 2
    assert "--grain pairs" in capsys.readouterr().err
