"""Selection at the size of the nation: 1.5 million firms, six indicators, 47 prefectures."""

import json
import subprocess
import sys

import pytest

WORK = """
import json, resource, time
import numpy as np, pandas as pd, pyarrow as pa
import connhub
from connhub.intake.ledger import Ledger
from connhub.measures.degrees import Degrees
from connhub.regions import PREFECTURES
from connhub.selection import FY2019, Indicators

n, rng = 1_500_000, np.random.default_rng(1)
codes, names = np.array(list(PREFECTURES)), [p.name_ja for p in PREFECTURES.values()]
region = (rng.random(n) ** 2 * 47).astype(int)
ids = pa.array(np.char.mod("%013d", rng.permutation(10**12 + np.arange(n)))).cast("large_string")
def texts(words):
    return pa.array(words, "large_string").take(pa.array(region)).to_pandas()
frame = pd.DataFrame({"firm_id": ids.to_pandas(), "name": ids.to_pandas(),
                      "region": texts(list(codes)), "region_name": texts(names)}, copy=False)
for degree in ("connector_degree", "hub_degree"):
    some = (rng.pareto(1.1, n) * 100).astype(int)  # many ties at zero and near it
    frame[degree] = some / np.bincount(region, some)[region]
own = {k: np.round(rng.normal(0, 50, n)) for k in list(FY2019.weights)[2:]}
degrees = Degrees(frame, Ledger({"read": 0}, {"read": 0}))
none = pd.DataFrame(columns=["reason", "indicator", "firms"])
table = Indicators(pd.DataFrame({"firm_id": frame["firm_id"], **own}), none)
started = time.process_time()
found = connhub.select_priority_firms(degrees, scheme=FY2019, indicators=table, per_region=10)
chosen = time.process_time()
told = found.stability(vectors=200)
done = time.process_time()
print(json.dumps({"rows": len(found.frame), "selected": int(found.frame["selected"].sum()),
                  "select": chosen - started, "stability": done - chosen, "told": len(told),
                  "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}))
"""


def test_all_prefectures_with_six_indicators_in_seconds():
    pytest.importorskip("resource")
    done = subprocess.run([sys.executable, "-c", WORK], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    print(found)
    assert found["rows"] == 1_500_000
    assert 470 <= found["selected"] <= found["told"]
    assert found["select"] <= 5  # seconds of processor time: others may use the machine
    assert found["stability"] <= 60
    assert found["peak"] <= 2 * 2**30
