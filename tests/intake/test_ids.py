"""Ids of every type that holds them whole, and no other."""

from decimal import Decimal
from uuid import UUID, uuid4

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import connhub
from connhub.errors import ColumnError, InputError
from connhub.intake.ids import check_id_type, plain_ids

D = Decimal


def plain(values):
    ids, bad = plain_ids(values)
    check_id_type(values.type, "id", "table")
    return ids.to_pylist(), bad.tolist()


@pytest.mark.parametrize(
    "kind",
    [
        *(pa.int8(), pa.int16(), pa.int32(), pa.int64()),
        *(pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64()),
        *(pa.decimal32(5, 0), pa.decimal64(10, 0), pa.decimal128(38, 0), pa.decimal256(60, 0)),
        *(pa.decimal32(5, 2), pa.decimal64(10, 2), pa.decimal128(38, 18), pa.decimal256(60, 9)),
    ],
)
def test_whole_numbers_are_integers(kind):
    values = [D(1), None, D(120)] if pa.types.is_decimal(kind) else [1, None, 120]
    array = pa.array(values, kind)
    narrow = pa.types.is_decimal32(kind) or pa.types.is_decimal64(kind)
    for given in [array] if narrow else [array, array.dictionary_encode()]:
        ids, bad = plain_ids(given)
        assert getattr(ids.type, "value_type", ids.type) == pa.int64()
        assert (ids.to_pylist(), bad.size) == ([1, None, 120], 0)
    assert plain(array[1:]) == ([None, 120], [])
    assert plain(array[:0]) == ([], [])


def test_numbers_that_an_integer_has_no_room_for_are_texts():
    assert plain(pa.array([5, 2**64 - 1], pa.uint64())) == (["5", "18446744073709551615"], [])
    large = [D(10**37 + 1), None, D(-(10**30))]
    texts = [str(10**37 + 1), None, str(-(10**30))]
    for kind in (pa.decimal128(38, 0), pa.decimal256(60, 0), pa.decimal256(60, 3)):
        assert plain(pa.array(large, kind)) == (texts, [])
    assert plain(pa.array([D("1.2E+4")], pa.decimal128(5, -3))) == ([12000], [])


def test_a_fraction_is_no_id():
    values = pa.array([D("1.00"), D("1.50"), None, D("-0.01"), D(10**20)], pa.decimal128(30, 2))
    assert plain(values) == (["1", None, None, None, str(10**20)], [1, 3])
    dictionary = pa.array([D("2.00"), D("1.50"), D("2.00"), D("1.50")]).dictionary_encode()
    assert plain(dictionary) == ([2, None, 2, None], [1, 3])


@pytest.mark.parametrize("kind", [pa.binary(), pa.large_binary(), pa.binary_view()])
def test_bytes_are_texts_where_they_are_utf8(kind):
    raw = pa.array([b"01", "東京".encode(), None, b"\xff\x00"], kind)
    assert plain(raw) == (["01", "東京", None, None], [3])
    assert plain(raw[:3]) == (["01", "東京", None], [])


def test_bytes_of_one_length_lose_what_fills_them_up():
    assert plain(pa.array([b"0100", b"12\0\0", None], pa.binary(4))) == (["0100", "12", None], [])


def test_uuids_are_as_they_are_written():
    known = [uuid4() for _ in range(4)]
    storage = pa.array([k.bytes if i != 2 else None for i, k in enumerate(known)], pa.binary(16))
    array = storage.cast(pa.uuid())
    wanted = [str(k) if i != 2 else None for i, k in enumerate(known)]
    assert plain(array) == (wanted, [])
    assert plain(array[1:]) == (wanted[1:], [])
    assert plain(array[:0]) == ([], [])


def test_runs_views_and_other_wrappings():
    assert plain(pc.run_end_encode(pa.array([7, 7, 8])))[0] == [7, 7, 8]
    assert plain(pa.array(["a", None], pa.string_view()))[0] == ["a", None]
    assert plain(pa.nulls(2))[0] == [None, None]
    nested = pa.array([D(1), D(2**70)], pa.decimal128(38, 0)).dictionary_encode()
    assert plain(nested)[0] == ["1", str(2**70)]


@pytest.mark.parametrize("number", [0, 5, -5, 2**63 - 1, 2**63, 2**100, -(2**100)])
def test_huge_integers_of_duckdb(number):
    connection = duckdb.connect()
    for lossless in ("false", "true"):
        connection.sql(f"set arrow_lossless_conversion = {lossless}")
        table = pa.table(connection.sql(f"select ({number})::hugeint as id"))
        found = plain(table["id"].combine_chunks())[0]
        assert [str(i) for i in found] == [str(number)]


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        *((k, "digits may have been lost") for k in (pa.float16(), pa.float32(), pa.float64())),
        (pa.dictionary(pa.int8(), pa.float64()), "digits may have been lost"),
        *((k, "cannot be used") for k in (pa.bool_(), pa.date32(), pa.timestamp("s"))),
        (pa.list_(pa.int64()), "cannot be used"),
    ],
)
def test_other_types_are_refused(kind, word):
    with pytest.raises(ColumnError, match=word):
        check_id_type(kind, "id", "table")


def test_ids_that_are_none_are_named_with_their_rows(tmp_path):
    firms = pa.table({"firm_id": [D("1.00"), D("2.50")], "prefecture_code": ["13", "27"]})
    with pytest.raises(InputError) as caught:
        connhub.read_firms(firms)
    (fault,) = caught.value.faults
    assert (fault.kind, fault.column, fault.rows) == ("intake.unusable_id", "firm_id", (2,))
    narrow = pa.array([D("1.00"), D("2.50")], pa.decimal64(5, 2))
    with pytest.raises(InputError, match=r"2\.50"):
        connhub.read_firms(firms.set_column(0, "firm_id", narrow))
    trade = pa.table({"seller_id": ["1", "1", "1"], "buyer_id": [b"1", b"\xff", b"\xfe"],
                      "amount": [1, 2, 3]})  # fmt: skip
    pq.write_table(trade, tmp_path / "t.parquet")
    good = pa.table({"firm_id": [1, 2], "prefecture_code": ["13", "27"]})
    with pytest.raises(InputError) as caught:
        connhub.analyze(tmp_path / "t.parquet", good)
    (fault,) = caught.value.faults
    assert (fault.kind, fault.column, fault.rows) == ("intake.unusable_id", "buyer_id", (2, 3))
    assert fault.file == str(tmp_path / "t.parquet")


def test_uuids_of_a_file_that_duckdb_wrote(tmp_path):
    ids = [str(UUID(int=i)) for i in (1, 2**127)]
    connection = duckdb.connect()
    firms = pa.table({"firm_id": ids, "prefecture_code": ["13", "27"]})
    trade = pa.table({"seller_id": ids, "buyer_id": ids[::-1], "amount": [5, 7]})
    for name, table in (("firms", firms), ("trade", trade)):
        keys = ", ".join(f"{c}::uuid as {c}" for c in table.column_names if c.endswith("_id"))
        connection.register(name, table)
        rest = ", ".join(c for c in table.column_names if not c.endswith("_id"))
        connection.sql(f"copy (select {keys}, {rest} from {name}) to '{tmp_path}/{name}.parquet'")
    result = connhub.analyze(tmp_path / "trade.parquet", tmp_path / "firms.parquet")
    expected = connhub.analyze(trade, firms)
    assert result.degrees.frame["firm_id"].tolist() == ids
    assert result.degrees.frame["sales"].tolist() == expected.degrees.frame["sales"].tolist()
