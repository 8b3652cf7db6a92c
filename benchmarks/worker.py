"""One tool at one work in a process of its own; prints one line of JSON.

The order of imports is part of the measurement: nothing is loaded that the tool does not need.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any


def main(tool: str, mode: str, transactions: str, firms: str, out: str) -> None:
    """Run the tool; with ``warm`` twice, timing the second run."""
    from benchmarks.peers import TOOLS

    run = TOOLS[tool].load()
    arguments = (Path(transactions), Path(firms))
    measured: dict[str, Any] = {}
    if mode == "warm":
        run(*arguments)
        wall, cpu = time.perf_counter(), time.process_time()
        table = run(*arguments)
        measured = {"seconds": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    else:
        table = run(*arguments)
    if table is not None:
        import pyarrow.parquet as pq

        pq.write_table(table, out)
    print(json.dumps(measured | {"peak": peak()}))


def peak() -> int:
    """Most bytes that were resident, shared and file pages included."""
    status = Path("/proc/self/status")
    if status.exists():  # rusage would count the process that started this one
        lines = status.read_text("ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (
        1 if sys.platform == "darwin" else 1024
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
