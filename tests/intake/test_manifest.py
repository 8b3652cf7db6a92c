"""Manifests: amounts in base units, whatever the unit and the resolution of the table."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

import connhub
from connhub.errors import InputError
from tests.builders import firm_table

FIRMS = firm_table(a="13", b="27")


def written(folder, amounts, header="amount"):
    path = folder / "d.csv"
    rows = "".join(f'a,b,"{amount}"\n' for amount in amounts)
    path.write_text(f"seller_id,buyer_id,{header}\n{rows}", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("amounts", "header", "options", "right", "wrong"),
    [
        (["1", "2"], "amount", {}, 3, 4),
        (["1.25", "2"], "amount", {"resolution": "0.01", "unit": "EUR"}, "3.25", "3.251"),
        (["0.1", "0.2"], "amount", {"resolution": "0.1", "unit": "EUR"}, 0.3, 0.30000000000000004),
        (["1.5", "2"], "取引金額(千円)", {}, 3500, 3.5),
        (["1000", "2000"], "amount", {"resolution": 1000}, 3000, 3),
        (["0.333333333333", "0.5"], "amount", {"rounding": "nearest"}, "0.833333333333", 0),
        (["3.3333333333333335"] * 3, "amount", {"rounding": "nearest"}, "10.0000000000000005", 9),
    ],
)  # fmt: skip
def test_amounts_are_in_base_units(tmp_path, amounts, header, options, right, wrong):
    path = written(tmp_path, amounts, header)
    manifest = tmp_path / "manifest.json"
    for value in (right, Decimal(str(right))):
        connhub.check(path, FIRMS, manifest={"d.csv": {"amount": value}}, **options)
    manifest.write_text(f'{{"d.csv": {{"rows": {len(amounts)}, "amount": {right}}}}}')
    ledger = connhub.check(path, FIRMS, manifest=manifest, **options)
    assert ledger.files[0].amount == ledger.entry("read")[1]
    with pytest.raises(InputError, match=f"the manifest gives the amount {wrong}, "):
        connhub.check(path, FIRMS, manifest={"d.csv": {"amount": wrong}}, **options)


def test_the_amount_read_is_shown_in_base_units(tmp_path):
    path = written(tmp_path, ["1.25", "2"])
    manifest = {"d.csv": {"amount": 4}}
    with pytest.raises(InputError) as caught:
        connhub.check(path, FIRMS, manifest=manifest, resolution="0.01", unit="EUR")
    assert "the amount 4, 3.25 EUR was read" in caught.value.text("en")
    assert "4 ですが、読み込んだ金額は3.25 EURです" in caught.value.text("ja")


@pytest.mark.parametrize(
    "facts",
    [
        {"rows": "two"},
        {"rows": 2.5},
        {"rows": True},
        {"rows": "1_0"},
        {"rows": -2},
        {"amount": "x"},
        {"amount": None},
        {"amount": "6/2"},
        {"amount": "3e0"},
        {"amount": Decimal("1e999999999")},
        {"amount": Decimal("NaN")},
        {"amount": float("inf")},
        {"amount": 10**400},
    ],
)
def test_what_is_no_number_is_refused(tmp_path, facts):
    path = written(tmp_path, ["1", "2"])
    with pytest.raises(InputError, match="which is no number"):
        connhub.check(path, FIRMS, manifest={"d.csv": facts})


@pytest.mark.parametrize("content", ["{", "[]", '{"d.csv": 5}', "\x00"])
def test_what_is_no_manifest_is_refused(tmp_path, content):
    path = written(tmp_path, ["1", "2"])
    (tmp_path / "m.json").write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match="the manifest cannot be used"):
        connhub.check(path, FIRMS, manifest=tmp_path / "m.json")


def test_files_that_are_not_read_are_named(tmp_path):
    path = written(tmp_path, ["1", "2"])
    content = json.dumps({"e.csv": {"rows": 2}})
    (tmp_path / "m.json").write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match="'e.csv'"):
        connhub.check(path, FIRMS, manifest=tmp_path / "m.json")


@pytest.mark.parametrize(
    ("manifest", "kind"),
    [
        ({}, "manifest_unnamed"),
        ({"d.csv": {"row": 2}}, "manifest_key"),
        ({"d.csv": {"rows": 2, "md5": "x"}}, "manifest_key"),
        ({"d.csv": {"sha256": "abc"}}, "manifest_sha256"),
        ({"d.csv": {"sha256": None}}, "manifest_sha256"),
        ({"d.csv": {"rows": 2}, "in/d.csv": {"rows": 5}}, "manifest_twice"),
        ('{"d.csv": {"rows": 1}, "d.csv": {"rows": 2}}', "no_manifest"),
        ('{"d.csv": {"rows": 1, "rows": 2}}', "no_manifest"),
        ('{"d.csv": {"rows": ' + "9" * 5000 + "}}", "no_manifest"),
        ("[" * 100_000 + "]" * 100_000, "no_manifest"),
        ('{"d.csv":' * 100_000 + "1" + "}" * 100_000, "no_manifest"),
    ],
)
def test_manifests_are_strict(tmp_path, manifest, kind):
    """What it asks for and is not checked, or can mean two things, is an error."""
    (tmp_path / "in").mkdir()
    path = written(tmp_path / "in", ["1", "2"])
    if isinstance(manifest, str):
        (tmp_path / "m.json").write_text(manifest, encoding="utf-8")
        manifest = tmp_path / "m.json"
    with pytest.raises(InputError) as caught:
        connhub.check(path, FIRMS, manifest=manifest)
    assert caught.value.faults[0].kind == f"intake.{kind}"
