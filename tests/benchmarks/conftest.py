"""The data of the benchmarks at their smallest, made once for all tests of this folder."""

import pytest

from benchmarks import data
from benchmarks.workloads import FIRMS
from tests.benchmarks.sizes import ROWS, SHRINK


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("benchmarks")


@pytest.fixture(scope="session")
def store(folder):
    return data.Store(folder, firms=FIRMS // SHRINK, rows=ROWS)
