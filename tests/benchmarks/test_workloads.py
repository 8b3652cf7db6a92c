import importlib.util

from benchmarks.peers import TOOLS
from benchmarks.workloads import WORKLOADS


def test_every_tool_of_a_workload_is_there():
    for tool in {tool for workload in WORKLOADS for tool in workload.tools}:
        assert importlib.util.find_spec(f"benchmarks.peers.{TOOLS[tool].module}") is not None


def test_names_of_workloads_are_distinct():
    names = [workload.name for workload in WORKLOADS]
    assert len(set(names)) == len(names)


def test_a_smaller_workload_divides_its_rows():
    first = WORKLOADS[0]
    assert first.shrunk(100).data.rows == first.data.rows // 100
    assert first.shrunk(100).tools == first.tools
