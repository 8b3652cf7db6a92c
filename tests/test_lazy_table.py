"""Columns are made when they are asked for, once."""

from concurrent.futures import ThreadPoolExecutor
from time import sleep

import pyarrow as pa
import pytest

from connhub.lazy_table import LazyTable, once


def example():
    made = []

    def maker(name, values):
        def make():
            made.append(name)
            return pa.array(values)

        return make

    columns = {"firm_id": [5, 7], "sales": [1, None], "name": ["a", "b"]}
    return LazyTable(2, {n: maker(n, v) for n, v in columns.items()}), columns, made


def test_a_column_is_made_when_it_is_asked_for_and_once():
    table, columns, made = example()
    assert (len(table), table.column_names, made) == (2, list(columns), [])
    assert table.select(["sales"]).to_pydict() == {"sales": [1, None]}
    assert table["sales"].to_pylist() == [1, None]
    assert made == ["sales"]
    assert table.select().to_pydict() == columns
    assert sorted(made) == sorted(columns)


@pytest.mark.parametrize("names", [["name", "firm_id"], ["firm_id"], []])
def test_columns_come_in_the_order_asked_for(names):
    table, columns, _ = example()
    assert table.select(names).to_pydict() == {name: columns[name] for name in names}
    assert table.select(names).column_names == names


def test_what_several_columns_need_is_made_once_by_all_threads():
    made = []

    def make():
        sleep(0.01)
        made.append(1)
        return len(made)

    given = once(make)
    with ThreadPoolExecutor(4) as pool:
        assert [*pool.map(lambda _: given(), range(4))] == [1] * 4
