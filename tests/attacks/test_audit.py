"""A whole run under an audit hook: no socket, no pickle but numba's code, no program but Python.

What the processes do that draw pictures is done here once more, where they cannot be begun.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.builders import DELIVERED, FINANCIALS

pytestmark = pytest.mark.slow

RUN = """
import json, sys
events = []
WATCHED = ("socket.", "pickle.find_class", "marshal.loads", "subprocess.Popen", "os.system",
           "os.exec", "os.posix_spawn", "urllib.Request", "http.client.connect", "ctypes.dlopen")

def hook(event, arguments):
    if not event.startswith(WATCHED) or event == "marshal.loads":
        return
    callers, frame = [], sys._getframe(1)
    while frame is not None:
        callers.append(frame.f_globals.get("__name__", ""))
        frame = frame.f_back
    events.append([event, [str(a)[:200] for a in arguments], callers])

sys.addaudithook(hook)
{body}
with open(sys.argv[1], "w") as f:
    json.dump(events, f)
"""
WHOLE = """
import warnings
warnings.simplefilter("ignore")
import connhub
deals, firms, money, out = sys.argv[2:]
result = connhub.analyze(deals, firms, missing_amount="exclude", grain="firms_by_region")
result.save(out + "/saved", csv=True)
result = connhub.load(out + "/saved")
chosen = result.select(firms, financials=money, scheme="follows-published-fy2019")
chosen.save(out + "/list", csv=True)
result.report(out + "/report", of_region="15", selection=chosen)
sys.executable = "/no/such/python"
result.report(out + "/report", of_region="15", selection=chosen)
connhub.prepare(deals, firms, out=out + "/prepared", missing_amount="exclude")
connhub.analyze(out + "/prepared", missing_amount="exclude")
"""
CONTROL = """
import pickle, socket, subprocess, fractions
pickle.loads(pickle.dumps(fractions.Fraction(1, 2)))
socket.socket().close()
subprocess.run(["true"])
"""


def events_of(body: str, tmp_path: Path, **environment: str) -> list[tuple[str, list, list]]:
    program = RUN.replace("{body}", body)
    log = tmp_path / "events.json"
    arguments = [log, *DELIVERED, FINANCIALS, tmp_path]
    subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        check=True,
        env={**os.environ, **environment},
        timeout=600,
    )
    return json.loads(log.read_text())


def test_the_hook_sees_what_it_is_for(tmp_path):
    seen = {event for event, _, _ in events_of(CONTROL, tmp_path)}
    assert {"pickle.find_class", "socket.__new__", "subprocess.Popen"} <= seen


@pytest.mark.parametrize("cache", ["on", pytest.param("off", marks=pytest.mark.long)])
def test_no_socket_no_program_and_no_pickle_but_compiled_code(tmp_path, cache):
    events = events_of(WHOLE, tmp_path, CONNHUB_CODE_CACHE=cache)
    others = [e for e in events if e[0] not in ("pickle.find_class", "ctypes.dlopen")]
    begun = [e for e in others if e[0] == "subprocess.Popen"]
    assert [event for event in others if event not in begun] == []
    assert [e[1][0] for e in begun] == [sys.executable] * 2 + ["/no/such/python"] * 2
    assert all("connhub.rendering.beside" in callers for _, _, callers in begun)
    unpickled = [e for e in events if e[0] == "pickle.find_class"]
    not_numba = [e for e in unpickled if not any(c.startswith("numba.") for c in e[2][:4])]
    assert not_numba == []
