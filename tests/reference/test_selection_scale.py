"""Selection at the size of the nation; its time and memory are those of benchmarks/selection.py."""

import json
import subprocess
import sys
from pathlib import Path


def test_all_prefectures_with_six_indicators():
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "benchmarks.selection"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=root)
    found = json.loads(done.stdout)
    assert found["firms"] == 1_500_000
    assert 470 <= found["selected"] <= found["in the stability table"]
