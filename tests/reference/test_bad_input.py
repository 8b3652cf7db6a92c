"""Bad input: what trust.md promises, row by row."""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import warnings

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import connhub
from connhub.errors import (
    ColumnError,
    ConnhubError,
    ConnhubWarning,
    InputError,
    LimitError,
    StorageError,
)

HEADER = "seller_id,buyer_id,amount\n"


def firms(ids=("a", "b", "c"), codes=("13", "13", "01"), **more) -> pa.Table:
    data = {"firm_id": list(ids), "prefecture_code": list(codes)} | more
    return pa.table({k: pa.array(v) for k, v in data.items()})


def deals(amounts, sellers=None, buyers=None, **more) -> pa.Table:
    n = len(amounts)
    data = {"seller_id": sellers or ["a"] * n, "buyer_id": buyers or ["c"] * n, "amount": amounts}
    return pa.table(data | more)


def csv(path, body: str, header=HEADER, encoding="utf-8"):
    path.write_bytes((header + body).encode(encoding))
    return path


def sales(result) -> dict:
    frame = result.degrees.frame
    return dict(zip(frame["firm_id"], frame["sales"], strict=True))


def refused(*args, kind=InputError, **options):
    with pytest.raises(kind) as caught:
        connhub.analyze(*args, **options)
    assert caught.value.faults
    return caught.value


def rows_of(error) -> set[int]:
    return {r for f in error.faults for r in f.rows}


# --- ids ------------------------------------------------------------------------


def test_duplicated_firm_ids_are_listed():
    table = firms(["a", "b", "a", "c", "b"], ["13"] * 5)
    error = refused(deals([1]), table)
    assert "'a'" in str(error)
    assert "'b'" in str(error)
    assert "'c'" not in str(error).split("fix:")[0]


def test_duplicates_are_found_even_when_the_rows_are_equal(tmp_path):
    f = csv(tmp_path / "f.csv", "a,13\nb,13\na,13\n", "firm_id,prefecture_code\n")
    error = refused(deals([1]), f)
    assert "'a'" in str(error)
    assert 4 in rows_of(error)


@pytest.mark.parametrize("missing", [None, ""])
def test_a_firm_without_id_is_refused(missing):
    assert 2 in rows_of(refused(deals([1]), firms(["a", missing, "c"])))


def test_unknown_ids_are_counted_with_their_money():
    d = deals([1, 20, 300, 4000], ["a", "z", None, ""], ["c", "c", "c", "y"])
    result = connhub.analyze(d, firms())
    assert result.ledger.entry("unknown_firm") == (3, 4320)
    assert result.ledger.entry("out_of_region") == (1, 1)
    outside = connhub.analyze(d, firms(), unknown_firm="outside").ledger
    assert outside.entry("unknown_firm") == (1, 4000)
    assert outside.entry("out_of_region") == (3, 321)
    error = refused(d, firms(), unknown_firm="error")
    assert "'z'" in str(error)


def test_unknown_region_can_be_an_error():
    error = refused(deals([1]), firms(codes=["13", "13", None]), unknown_region="error")
    assert "'c'" in str(error) or 1 in rows_of(error)


def test_negative_can_be_an_error():
    assert rows_of(refused(deals([1, -5, 2]), firms(), negative="error")) == {2}


def test_leading_zeros_are_kept_and_never_match_a_number(tmp_path):
    f = csv(tmp_path / "f.csv", "01,13\n1,01\n001,27\n", "firm_id,prefecture_code\n")
    d = csv(tmp_path / "d.csv", "01,1,5\n001,1,7\n1,01,11\n")
    assert sales(connhub.analyze(d, f)) == {"01": 5, "1": 11, "001": 7}
    numbers = deals(pa.array([3]), pa.array([1]), pa.array([1]))
    assert sales(connhub.analyze(numbers, f, self_trade="include")) == {"01": 0, "1": 3, "001": 0}


def test_full_width_ids_match_only_when_asked():
    d = deals([5], ["１２"], ["c"])
    table = firms(["12", "b", "c"])
    assert "fold_ids=True" in str(refused(d, table))
    some = pa.concat_tables([d, deals([7, 1], ["b", "b"], ["c", "c"])])
    assert connhub.analyze(some, table).ledger.entry("unknown_firm") == (1, 5)
    assert sales(connhub.analyze(d, table, fold_ids=True))["12"] == 5
    error = refused(d, firms(["12", "１２", "c"]), fold_ids=True)
    assert "１２" in str(error)


def test_a_number_column_with_a_null_never_loses_ids():
    frame = pd.DataFrame(
        {"seller_id": [1234567890123, None], "buyer_id": ["c", "c"], "amount": [5, 7]}
    )
    assert frame["seller_id"].dtype == float
    table = firms(["1234567890123", "b", "c"])
    try:
        result = connhub.analyze(frame, table)
    except ConnhubError as error:
        assert "seller_id" in str(error)  # noqa: PT017
    else:
        assert result.ledger.entry("unknown_firm") == (1, 7)


@pytest.mark.parametrize("word", ["NA", "NULL", "None", "nan", "N/A", "null", "-", "#1", "true"])
@pytest.mark.parametrize("kind", ["csv", "frame"])
def test_words_for_missing_are_text(tmp_path, word, kind):
    f = csv(tmp_path / "f.csv", f"{word},{word},13\nc,x,01\n", "firm_id,name,prefecture_code\n")
    d = csv(tmp_path / "d.csv", f"{word},c,5\n")
    if kind == "frame":
        f = pd.DataFrame(
            {"firm_id": [word, "c"], "name": [word, "x"], "prefecture_code": ["13", "01"]}
        )
        d = pd.DataFrame({"seller_id": [word], "buyer_id": ["c"], "amount": [5]})
    result = connhub.analyze(d, f)
    assert sales(result)[word] == 5
    assert result.degrees.frame["name"].tolist() == [word, "x"]


def test_namibia_is_abroad():
    """NA is a country code."""
    result = connhub.analyze(deals([5]), firms(country_code=["JP", None, "NA"]))
    assert result.degrees.frame["overseas_sales"].tolist() == [5, 0]


# --- amounts --------------------------------------------------------------------


@pytest.mark.parametrize("policy", ["error", "exclude"])
@pytest.mark.parametrize(
    "amounts",
    [
        pa.array([1, None, 3]),
        pa.array([1.0, float("nan"), 3.0]),
        pa.array(["1", None, "3"]),
        pa.array(["1", "", "3"]),
    ],
)
def test_missing_amounts(policy, amounts):
    if policy == "error":
        error = refused(deals(amounts), firms())
        assert rows_of(error) == {2}
        assert "missing_amount" in str(error)
    else:
        result = connhub.analyze(deals(amounts), firms(), missing_amount="exclude")
        assert result.ledger.entry("missing_amount") == (1, 0)
        assert result.ledger.entry("out_of_region") == (2, 4)


@pytest.mark.parametrize("policy", ["error", "exclude"])
@pytest.mark.parametrize("value", [float("inf"), float("-inf")])
def test_infinite_amounts_are_always_an_error(policy, value):
    assert rows_of(refused(deals([1.0, value]), firms(), missing_amount=policy)) == {2}


def test_missing_amount_in_a_file(tmp_path):
    d = csv(tmp_path / "d.csv", "a,c,1\na,c,\na,c,5\n")
    assert rows_of(refused(d, firms())) == {3}
    result = connhub.analyze(d, firms(), missing_amount="exclude")
    assert result.ledger.entry("missing_amount") == (1, 0)


ACCEPTED = {
    "0": 0, "5": 5, "1234": 1234, "1,234": 1234, "12,345,678": 12345678, "-5": -5, "−5": -5,
    "▲5": -5, "△5": -5, "(5)": -5, "（5）": -5, "１２３": 123, "▲１，２３４": -1234, "5.0": 5, "5.00": 5,
    "(1,234)": -1234, "▲1,234": -1234, "007": 7, "-0": 0, "－５": -5, "9007199254740993": 2**53 + 1,
    "-4611686018427387904": -(2**62), " 5": 5, "5 ": 5, "5-": -5, "¥5": 5, "5円": 5, "5▲": -5,
    "\\5": 5, "￥1,234": 1234, "▲ 5": -5, "-¥5": -5, "¥-5": -5, "(¥5)": -5, "5 円": 5, "　5": 5,
}  # fmt: skip
REJECTED = [
    "1.6", "0x10", "1e3", "1,23", "1,2345", ",123", "1,,234", "1234,567", "--5", "▲-5", "5--",
    "(-5)", "(5", "5)", "(5)-", "inf", "NaN", "nan", "NA", "null", "1_000", "¥", "円", "1 234", ".",
    "5.", "¥5-", "5円-", "5-円", "-", "▲", "()", "一", "1.2.3", "1.0,0", "٣", "+-5", "¥5円", "5千円", "1e", "0b1", "true",
]  # fmt: skip


@pytest.mark.parametrize("kind", ["csv", "column", "dictionary"])
@pytest.mark.parametrize("text", ACCEPTED)
def test_amounts_that_are_read(tmp_path, text, kind):
    d = csv(tmp_path / "d.csv", f'a,c,"{text}"\n') if kind == "csv" else deals([text])
    if kind == "dictionary":
        d = deals(pa.array([text]).dictionary_encode())
    assert sales(connhub.analyze(d, firms()))["a"] == ACCEPTED[text]


@pytest.mark.parametrize("policy", ["error", "exclude"])
@pytest.mark.parametrize("text", REJECTED)
def test_amounts_that_are_refused(tmp_path, text, policy):
    d = csv(tmp_path / "d.csv", f'a,c,1\na,c,"{text}"\na,c,3\n')
    error = refused(d, firms(), missing_amount=policy, encoding="utf-8")
    assert rows_of(error) == {3}
    assert "amount" in str(error)
    assert rows_of(refused(deals(["1", text, "3"]), firms(), missing_amount=policy)) == {2}


def test_every_bad_amount_is_counted_and_ten_are_shown():
    error = refused(deals(["x"] * 25), firms())
    assert "15 more" in str(error)
    assert rows_of(error) == set(range(1, 11))


def test_floats_must_be_whole_and_below_two_to_the_53():
    assert sales(connhub.analyze(deals([5.0, -2.0]), firms()))["a"] == 3
    error = refused(deals([5.0, 1.5]), firms())
    assert rows_of(error) == {2}
    assert "resolution" in str(error)
    assert rows_of(refused(deals([1.0, 2.0**53 + 2]), firms())) == {2}


# --- units ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "unit", "factor"),
    [
        ("取引金額（円）", None, 1), ("取引金額(千円)", None, 1000), ("取引金額【百万円】", None, 10**6),
        ("取引金額", "千円", 1000), ("取引金額", "百万円", 10**6), ("取引金額", None, 1),
        ("取引金額（単位：千円）", None, 1000), ("取引金額(千円)", "千円", 1000), ("取引金額", "mg", 1),
    ],
)  # fmt: skip
def test_units(tmp_path, header, unit, factor):
    d = csv(tmp_path / "d.csv", "a,c,1234\n", f"seller_id,buyer_id,{header}\n")
    result = connhub.analyze(d, firms(), unit=unit)
    assert sales(result)["a"] == 1234 * factor
    assert result.ledger.entry("read") == (1, 1234 * factor)


def test_a_decimal_point_in_thousands_is_exact(tmp_path):
    d = csv(tmp_path / "d.csv", "a,c,1.6\na,c,▲0.001\na,c,9007199254740.993\n")
    assert sales(connhub.analyze(d, firms(), unit="千円"))["a"] == 1600 - 1 + 9007199254740993
    error = refused(csv(tmp_path / "e.csv", "a,c,0.0001\n"), firms(), unit="千円")
    assert rows_of(error) == {2}
    assert "resolution" in str(error)


def test_units_that_contradict(tmp_path):
    d = csv(tmp_path / "d.csv", "a,c,1\n", "seller_id,buyer_id,取引金額（千円）\n")
    error = refused(d, firms(), unit="百万円", kind=ConnhubError)
    assert "千円" in str(error)
    assert "百万円" in str(error)


def test_resolution():
    assert sales(connhub.analyze(deals([5000]), firms(), resolution=1000))["a"] == 5000
    error = refused(deals([5000, 1500]), firms(), resolution=1000)
    assert rows_of(error) == {2}
    assert "resolution" in str(error)


def test_files_a_hundred_times_apart_are_warned_of(tmp_path):
    for name, factor in (("a", 1000), ("b", 1)):
        body = "".join(f"a,c,{factor * (1000 + i)}\n" for i in range(200))
        csv(tmp_path / f"{name}.csv", body)
    with pytest.warns(ConnhubWarning) as caught:
        connhub.analyze(tmp_path, firms())
    assert any("1,000 times" in str(w.message) or "times those" in str(w.message) for w in caught)
    like = "".join(f"b,c,{1000 * (1001 + i)}\n" for i in range(200))
    csv(tmp_path / "b.csv", like)  # not the same bytes, which is another note
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        connhub.analyze(tmp_path, firms())


# --- width of numbers -----------------------------------------------------------


@pytest.mark.parametrize("kind", [pa.int32(), pa.uint32(), pa.int16(), pa.int8()])
def test_narrow_integers_do_not_wrap(kind):
    top = {"int32": 2**31 - 1, "uint32": 2**32 - 1, "int16": 2**15 - 1, "int8": 127}[str(kind)]
    d = deals(pa.array([top] * 300, kind))
    result = connhub.analyze(d, firms(), unit="百万円")
    assert sales(result)["a"] == 300 * top * 10**6
    assert result.ledger.entry("read")[1] == 300 * top * 10**6


def test_six_billion_in_int32():
    d = deals(pa.array([2_000_000_000] * 3, pa.int32()))
    assert sales(connhub.analyze(d, firms()))["a"] == 6_000_000_000


@pytest.mark.parametrize("rows", [2, 3, 4])
@pytest.mark.parametrize("sign", [1, -1])
def test_sums_beyond_64_bits_are_an_error(rows, sign):
    refused(deals([sign * (2**62 + 1)] * rows), firms(), kind=LimitError)


def test_sums_beyond_64_bits_over_several_firms():
    d = deals([2**62] * 4, ["a", "b"] * 2, ["c", "a"] * 2)
    refused(d, firms(), kind=LimitError)


def test_adding_totals_is_checked():
    table = connhub.read_firms(firms())
    half = connhub.total(deals([2**62]), table)
    with pytest.raises(LimitError):
        _ = half + half


def test_overflow_does_not_depend_on_the_order_of_rows():
    found = set()
    for amounts in ([2**62, 2**62, -(2**62)], [2**62, -(2**62), 2**62]):
        for batch_rows in (1, 100):
            try:
                result = connhub.analyze(deals(amounts), firms(), batch_rows=batch_rows)
                found.add(sales(result)["a"])
            except LimitError:
                found.add("limit")
    assert len(found) == 1
    assert found <= {2**62, "limit"}


@pytest.mark.parametrize("text", ["9223372036854775808", "99999999999999999999999"])
def test_amounts_beyond_64_bits_are_an_error(text):
    refused(deals([text]), firms(), kind=ConnhubError)
    refused(deals([2**62]), firms(), unit="百万円", kind=ConnhubError)
    refused(deals(pa.array([2**63 + 5], pa.uint64())), firms(), kind=ConnhubError)


# --- encodings ------------------------------------------------------------------

NAMES = ["﨑①", "㈱山﨑製作所", "髙橋", "ｱｲｳ～－∥", "表示ソ能"]


def named(path, encoding, names=NAMES):
    body = "".join(f"f{i},{n},13\n" for i, n in enumerate(names))
    return csv(path, body, "firm_id,企業名,prefecture_code\n", encoding)


@pytest.mark.parametrize("declared", [None, "cp932", "CP932", "shift_jis", "Windows-31J"])
def test_cp932(tmp_path, declared):
    f = named(tmp_path / "f.csv", "cp932")
    try:
        result = connhub.analyze(deals([1], ["f0"], ["f1"]), f, encoding=declared)
    except ConnhubError:
        assert declared not in (None, "cp932", "CP932")  # noqa: PT017
    else:
        assert result.degrees.frame["name"].tolist() == NAMES


def test_an_undecodable_byte_names_offset_and_row(tmp_path):
    content = (HEADER + "a,c,1\nb,c,2\na,").encode("cp932")
    offset = len(content)
    d = tmp_path / "d.csv"
    d.write_bytes(content + b"\xfc\xfc,5\na,c,6\n")
    with pytest.raises(UnicodeDecodeError):
        d.read_bytes().decode("cp932")
    for encoding in ("cp932", "utf-8", None):
        error = refused(d, firms(), encoding=encoding)
        assert str(offset) in str(error).replace(",", "").replace("_", ""), encoding
        assert 4 in rows_of(error) or "row 4" in str(error)


def test_a_wrongly_declared_encoding_is_refused(tmp_path):
    f = named(tmp_path / "f.csv", "cp932")
    refused(deals([1]), f, encoding="utf-8")
    g = named(tmp_path / "g.csv", "utf-8")
    refused(deals([1]), g, encoding="cp932")
    refused(deals([1]), f, encoding="no-such", kind=ConnhubError)


def test_a_late_undecodable_byte_in_a_large_file(tmp_path):
    lines = [f"a,c,{i}" for i in range(300_000)]
    content = (HEADER + "\n".join(lines) + "\n").encode()
    d = tmp_path / "d.csv"
    d.write_bytes(content + b"a,\xfc\xfc,5\n")
    error = refused(d, firms())
    assert str(len(content) + 2) in str(error).replace(",", "")
    assert 300_002 in rows_of(error) or "300002" in str(error).replace(",", "")


def test_bytes_that_could_be_both_encodings_are_not_guessed(tmp_path):
    """CP932 "﨑①" is also UTF-8, of a Hangul syllable."""
    d = tmp_path / "d.csv"
    d.write_bytes((HEADER + "a,﨑①,5\n").encode("cp932"))
    assert "encoding='cp932'" in str(refused(d, firms()))
    result = connhub.analyze(d, firms(["a", "﨑①", "c"]), encoding="cp932")
    assert result.ledger.entry("in_region") == (1, 5)


def test_a_late_cp932_name_in_a_large_file(tmp_path):
    """The first megabytes are ASCII; the encoding shows at the end."""
    content = (HEADER + "a,c,1\n" * 400_000 + "a,㈱髙橋﨑①,5\n").encode("cp932")
    d = tmp_path / "d.csv"
    d.write_bytes(content)
    result = connhub.analyze(d, firms(["a", "㈱髙橋﨑①", "c"]))
    assert result.ledger.entry("in_region") == (1, 5)
    assert result.ledger.entry("unknown_firm") == (0, 0)


# --- shape of files -------------------------------------------------------------


@pytest.mark.parametrize("line", ["a,c", "a", "a,c,1,2", "a,c,1,234", "a,c,5,"])
@pytest.mark.parametrize("kind", ["csv", "gz"])
def test_short_and_long_rows(tmp_path, line, kind):
    d = csv(tmp_path / "d.csv", f"a,c,1\na,c,2\n{line}\na,c,4\n")
    if kind == "gz":
        d = tmp_path / "d.csv.gz"
        d.write_bytes(gzip.compress((tmp_path / "d.csv").read_bytes()))
    error = refused(d, firms())
    assert 4 in rows_of(error) or "row 4" in str(error)


def test_a_long_row_far_down_names_its_row(tmp_path):
    lines = ["a,c,1"] * 250_000
    lines[199_998] = "a,c,1,2"
    error = refused(csv(tmp_path / "d.csv", "\n".join(lines) + "\n"), firms())
    assert 200_000 in rows_of(error) or "200000" in str(error).replace(",", "")


def test_unclosed_quote_is_refused(tmp_path):
    refused(csv(tmp_path / "d.csv", 'a,c,1\n"a,c,2\na,c,3\n'), firms(), kind=ConnhubError)


def test_a_last_line_without_end_is_noted(tmp_path):
    with pytest.warns(ConnhubWarning, match="d.csv"):
        result = connhub.analyze(csv(tmp_path / "d.csv", "a,c,1\na,c,60000"), firms())
    assert sales(result)["a"] == 60001
    assert any("d.csv" in str(note) for note in result.ledger.notes)
    whole = connhub.analyze(csv(tmp_path / "e.csv", "a,c,1\na,c,60000\n"), firms())
    assert not any("e.csv" in str(note) for note in whole.ledger.notes)


def test_a_truncated_gzip_is_refused(tmp_path):
    rng = random.Random(1)
    body = "".join(f"a,c,{rng.randrange(10**9)}\n" for _ in range(5000))
    content = gzip.compress((HEADER + body).encode())
    d = tmp_path / "d.csv.gz"
    for cut in (len(content) // 2, len(content) - 4, len(content) - 9):
        d.write_bytes(content[:cut])
        refused(d, firms(), kind=ConnhubError)
    broken = bytearray(content)
    broken[len(broken) // 2] ^= 16
    d.write_bytes(bytes(broken))
    refused(d, firms(), kind=ConnhubError)


def test_manifest(tmp_path):
    d = csv(tmp_path / "transactions.csv", "a,c,1\na,c,60000\n")
    sha = hashlib.sha256(d.read_bytes()).hexdigest()
    manifest = tmp_path / "manifest.json"

    def given(**facts):
        manifest.write_text(json.dumps({"transactions.csv": facts}), encoding="utf-8")
        return manifest

    for facts in ({}, {"rows": 2}, {"amount": 60001}, {"sha256": sha},
                  {"rows": 2, "amount": 60001, "sha256": sha}):  # fmt: skip
        assert sales(connhub.analyze(d, firms(), manifest=given(**facts)))["a"] == 60001
    for facts in ({"rows": 3}, {"amount": 60000}, {"sha256": "0" * 64}, {"rows": 2, "amount": 0}):
        error = refused(d, firms(), manifest=given(**facts), kind=ConnhubError)
        assert "transactions.csv" in str(error)


def test_a_file_cut_in_its_last_line_differs_from_the_manifest(tmp_path):
    d = csv(tmp_path / "transactions.csv", "a,c,1\na,c,6000")
    manifest = tmp_path / "m.json"
    manifest.write_text('{"transactions.csv": {"rows": 2, "amount": 60001}}', encoding="utf-8")
    refused(d, firms(), manifest=manifest, kind=ConnhubError)


def test_empty_and_missing_files(tmp_path):
    (tmp_path / "empty.csv").write_bytes(b"")
    refused(tmp_path / "empty.csv", firms(), kind=ConnhubError)
    refused(tmp_path / "none.csv", firms(), kind=ConnhubError)
    refused(str(tmp_path / "none*.csv"), firms(), kind=ConnhubError)


# --- schemas --------------------------------------------------------------------


@pytest.mark.parametrize(
    "other",
    [
        deals([9.7]),
        deals([9]).rename_columns(["seller_id", "buyer_id", "value"]),
        deals([9]).append_column("year", pa.array([2020])),
        deals(["9"]),
    ],
)
def test_parquet_files_of_different_schema(tmp_path, other):
    pq.write_table(deals([1]), tmp_path / "one.parquet")
    pq.write_table(other, tmp_path / "two.parquet")
    error = refused(tmp_path, firms())
    assert "one.parquet" in str(error)
    assert "two.parquet" in str(error)


def test_csv_files_of_different_header(tmp_path):
    csv(tmp_path / "one.csv", "a,c,1\n")
    csv(tmp_path / "two.csv", "a,c,1\n", "seller_id,buyer_id,value\n")
    error = refused(tmp_path, firms())
    assert "one.csv" in str(error)
    assert "two.csv" in str(error)


@pytest.mark.parametrize(
    "names", [("amount", "Amount"), ("amount", "AMOUNT"), ("amount", "amount")]
)
def test_columns_equal_but_for_case_are_refused(tmp_path, names):
    header = f"seller_id,buyer_id,{names[0]},{names[1]}\n"
    refused(csv(tmp_path / "d.csv", "a,c,1,2\n", header), firms(), kind=ColumnError)
    table = pa.Table.from_arrays([pa.array(["a"]), pa.array(["c"]), pa.array([1]), pa.array([2])],
                                 names=["seller_id", "buyer_id", *names])  # fmt: skip
    refused(table, firms(), kind=ColumnError)


def test_missing_and_misspelled_columns():
    error = refused(
        deals([1]).rename_columns(["seller_id", "buyer_id", "amuont"]), firms(), kind=ColumnError
    )
    assert "amount" in str(error)
    error = refused(deals([1]), firms(), columns={"amount": "amont"}, kind=ColumnError)
    assert "Did you mean 'amount'" in str(error)
    refused(deals([1]), firms(), columns={"amuont": "amount"}, kind=ConnhubError)
    refused(deals([1]), firms(), self_trade="exclud", kind=ConnhubError)


# --- corrupt files --------------------------------------------------------------


def test_corrupt_parquet(tmp_path):
    path = tmp_path / "d.parquet"
    pq.write_table(deals(list(range(5000))), path)
    content = path.read_bytes()
    for cut in (0, 3, 10, len(content) // 2, len(content) - 1, len(content) - 8):
        path.write_bytes(content[:cut])
        error = refused(path, firms(), kind=ConnhubError)
        assert isinstance(error, InputError | StorageError)
    path.write_bytes(b"PAR1" + random.Random(1).randbytes(500) + b"PAR1")
    refused(path, firms(), kind=ConnhubError)
    path.write_bytes(content[:-8] + b"\xff\xff\xff\x7f" + content[-4:])
    refused(path, firms(), kind=ConnhubError)


def test_page_checksums_of_the_user_are_verified(tmp_path):
    path = tmp_path / "d.parquet"
    rng = np.random.default_rng(1)
    table = deals(rng.integers(0, 10**9, 5000).tolist())
    pq.write_table(table, path, write_page_checksum=True, compression="none", use_dictionary=False)
    content = bytearray(path.read_bytes())
    value = int(table["amount"][2500].as_py()).to_bytes(8, "little")
    content[content.index(value)] ^= 1
    path.write_bytes(bytes(content))
    refused(path, firms(), kind=ConnhubError)


def test_a_saved_result_with_a_flipped_bit_is_refused(tmp_path):
    ids = [f"f{i}" for i in range(60)]
    table = firms(ids, [f"{i % 47 + 1:02d}" for i in range(60)])
    rng = random.Random(2)
    d = deals([rng.randrange(10**6) for _ in range(900)], [rng.choice(ids) for _ in range(900)],
              [rng.choice(ids) for _ in range(900)])  # fmt: skip
    result = connhub.analyze(d, table)
    out = tmp_path / "out"
    result.save(out)
    again = connhub.load(out)
    assert again.degrees.frame.equals(result.degrees.frame)
    assert again.linkages.frame.equals(result.linkages.frame)
    assert again.regions.frame.equals(result.regions.frame)
    assert again.ledger.frame.equals(result.ledger.frame)
    assert again.linkages.matrix().equals(result.linkages.matrix())
    files = sorted(out.rglob("*.parquet"))
    assert len(files) >= 3
    silent = []
    for path in files:
        content = path.read_bytes()
        for _ in range(60):
            bit = rng.randrange(8 * len(content))
            broken = bytearray(content)
            broken[bit // 8] ^= 1 << bit % 8
            path.write_bytes(bytes(broken))
            try:
                connhub.load(out)
                silent.append((path.name, bit, len(content)))
            except ConnhubError:
                pass
        for cut in (0, len(content) // 2, len(content) - 1):
            path.write_bytes(content[:cut])
            with pytest.raises(ConnhubError):
                connhub.load(out)
        path.write_bytes(content)
    assert silent == []
    connhub.load(out)
    files[0].unlink()
    with pytest.raises(ConnhubError):
        connhub.load(out)


def test_loading_what_is_no_result(tmp_path):
    with pytest.raises(ConnhubError):
        connhub.load(tmp_path)
    with pytest.raises(ConnhubError):
        connhub.load(tmp_path / "none")


# --- regions --------------------------------------------------------------------


@pytest.mark.parametrize("code", ["1", "０１", "48", "00", "x"])
def test_wrong_region_codes_name_the_row(tmp_path, code):
    assert rows_of(refused(deals([1]), firms(codes=["13", code, "01"]))) == {2}
    f = csv(tmp_path / "f.csv", f"a,13\nb,{code}\n", "firm_id,prefecture_code\n")
    error = refused(deals([1]), f)
    assert rows_of(error) == {3}
    assert code in str(error)


@pytest.mark.parametrize("code", ["1", "０１", "48", "unknown"])
def test_wrong_region_codes_in_transactions_name_the_row(code):
    error = refused(deals([1, 2], ["z", "z"], seller_region=["13", code]), firms())
    assert rows_of(error) == {2}


@pytest.mark.parametrize("kind", [pa.int64(), pa.float64()])
def test_region_codes_as_numbers_are_refused_or_whole(kind):
    """The leading zero matters: 1 is no code."""
    table = firms(codes=["13", "13", "01"])
    numbers = table.set_column(1, "prefecture_code", pa.array([13, 13, 1]).cast(kind))
    refused(deals([1]), numbers)


def test_empty_regions_follow_the_policy(tmp_path):
    f = csv(tmp_path / "f.csv", "a,13\nb,\nc,01\n", "firm_id,prefecture_code\n")
    result = connhub.analyze(deals([5, 7], ["a", "b"]), f)
    assert result.ledger.entry("unknown_region") == (1, 7)
    assert result.degrees.frame["firm_id"].tolist() == ["a", "c"]


def test_a_region_without_sales_is_null_listed_and_never_ranked():
    result = connhub.analyze(deals([5, 5], ["a", "b"], ["c", "c"]), firms())
    frame = result.degrees.frame.set_index("firm_id")
    assert frame["connector_degree"].isna().to_dict() == {"a": False, "b": False, "c": True}
    assert frame["hub_degree"].isna().all()
    top = result.degrees.top(10, by="connector_degree")
    assert top["firm_id"].tolist() == ["a", "b"]
    assert len(result.degrees.top(10, by="hub_degree")) == 0
    regions = result.regions.frame.set_index("region")
    assert bool(regions.loc["13", "connector_defined"])
    assert not bool(regions.loc["01", "connector_defined"])
    assert not regions["hub_defined"].any()


def test_returns_can_make_a_denominator_non_positive():
    for amounts in ([5, -5], [5, -9]):
        result = connhub.analyze(deals(amounts, ["a", "b"]), firms())
        assert result.degrees.frame["connector_degree"].isna().all()
    result = connhub.analyze(deals([5, -1], ["a", "b"]), firms())
    assert result.degrees.frame["connector_degree"].tolist()[:2] == [1.25, -0.25]


# --- ties -----------------------------------------------------------------------


def test_ties_have_the_same_rank_and_a_complete_order():
    ids = ["d", "b", "a", "c", "e", "f"]
    table = firms([*ids, "z"], ["13"] * 5 + ["27", "01"])
    sold = {"d": 10, "b": 30, "a": 30, "c": 30, "e": 0, "f": 7}
    lines = [(s, x) for s, x in sold.items() if x]
    found = []
    for order in (1, -1):
        part = lines[::order]
        d = deals([x for _, x in part], [s for s, _ in part], ["z"] * len(part))
        for t in (table, table.take([6, 5, 4, 3, 2, 1, 0])):
            found.append(connhub.analyze(d, t).degrees.top(5, of_region="13"))
    for top in found:
        # rank: the lowest of the tied; order: degree, then amount, then id
        assert top["firm_id"].tolist() == ["a", "b", "c", "d", "e"]
        assert top["rank"].tolist() == [1, 1, 1, 4, 5]
    national = connhub.analyze(d, table).degrees.top(10)
    assert national["firm_id"].tolist()[0] == "f"
    assert national["rank"].tolist() == [1, 2, 2, 2, 5, 6]


def test_equal_degrees_in_different_regions_are_ordered_by_amount():
    table = firms(["a", "b", "z"], ["13", "27", "01"])
    d = deals([5, 9], ["a", "b"], ["z", "z"])
    top = connhub.analyze(d, table).degrees.top(2)
    assert top["firm_id"].tolist() == ["b", "a"]
    assert top["rank"].tolist() == [1, 1]


def test_the_rank_of_an_applicant():
    table = firms(["a", "b", "c", "z", "o"], ["13", "13", "13", "01", None])
    d = deals([5, 9, 5], ["a", "b", "c"], ["z"] * 3)
    found = connhub.analyze(d, table).firms(["c", "b", "o", "nobody"])
    assert found["firm_id"].tolist() == ["c", "b", "o", "nobody"]
    ranks = found["connector_rank"].tolist()
    assert ranks[:2] == [2, 1]
    assert pd.isna(ranks[2])
    assert pd.isna(ranks[3])
    assert found["hub_rank"].isna().all()
    assert found["status"].notna().all()
    assert found["status"].nunique() >= 2


# --- several faults at once -----------------------------------------------------


def test_three_faults_of_a_transaction_file_come_together(tmp_path):
    header = "seller_id,buyer_id,amount,seller_region\n"
    body = "a,c,1,\na,c,x,\na,c\nz,c,5,99\na,c,,\n"
    error = refused(csv(tmp_path / "d.csv", body, header), firms())
    assert len(error.faults) >= 3
    assert rows_of(error) >= {3, 4, 5, 6}


def test_three_faults_of_a_transaction_table_come_together():
    d = deals(["1", "x", None, "5"], ["a", "a", "a", "z"], seller_region=[None, None, None, "99"])
    error = refused(d, firms())
    assert len(error.faults) >= 3
    assert rows_of(error) == {2, 3, 4}


def test_three_faults_of_a_firm_file_come_together(tmp_path):
    body = "a,13,\nb,99,\na,13,\nc,01,usa\n"
    f = csv(tmp_path / "f.csv", body, "firm_id,prefecture_code,country_code\n")
    error = refused(deals([1]), f)
    assert len(error.faults) >= 3
    assert rows_of(error) >= {3, 4, 5}
    assert "f.csv" in str(error)


def test_messages_say_file_column_row_value_and_what_to_do(tmp_path):
    error = refused(csv(tmp_path / "d.csv", "a,c,1\na,c,0x10\n"), firms())
    message = str(error)
    for part in ("d.csv", "'amount'", "row 3", "0x10", "fix:"):
        assert part in message, part


def test_bytes_that_are_no_characters_of_cp932_are_refused(tmp_path):
    for byte in (b"\x80", b"\xa0", b"\xfd", b"\xfe", b"\xff"):
        d = tmp_path / "d.csv"
        d.write_bytes(HEADER.encode() + b"a,c,1\na," + byte + b",5\n")
        for encoding in (None, "cp932"):
            error = refused(d, firms(), encoding=encoding)
            assert f"byte {len(HEADER) + 8}" in str(error)
            assert rows_of(error) == {3}


def test_a_missing_file_in_a_list_is_not_passed_over(tmp_path):
    there = csv(tmp_path / "a.csv", "a,c,1\n")
    error = refused([there, tmp_path / "absent.csv"], firms())
    assert "absent.csv" in str(error)
    assert "*.parquet" in str(refused([there, str(tmp_path / "*.parquet")], firms()))


def test_a_file_named_twice_is_not_counted_twice(tmp_path):
    there = csv(tmp_path / "a.csv", "a,c,1\n")
    assert "twice" in str(refused([there, str(tmp_path / "*.csv")], firms()))
