"""A headless Chromium that opens pages from disk, driven over a pipe: nothing but a process."""

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

FLAGS = """--headless --no-sandbox --disable-gpu --disable-quic --no-first-run
--disable-background-networking --disable-component-update --disable-sync --hide-scrollbars
--remote-debugging-pipe""".split()
PATIENCE = 60


class Browser:
    """Pages are loaded one after another; what they log and ask for is kept."""

    def __init__(self):
        program = shutil.which("chromium") or shutil.which("google-chrome")
        assert program, "these tests need Chromium"
        self.profile = tempfile.mkdtemp()
        read_here, write_there = os.pipe()
        read_there, write_here = os.pipe()
        self._read, self._write = read_here, write_here
        ends = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (read_there, write_there)]

        def inherit():
            os.dup2(ends[0], 3)
            os.dup2(ends[1], 4)

        self.process = subprocess.Popen(
            [program, *FLAGS, f"--user-data-dir={self.profile}", "about:blank"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=inherit,
            pass_fds=(3, 4),
        )
        for end in (read_there, write_there, *ends):
            os.close(end)
        self._rest, self._count, self.session = b"", 0, None
        self.events = []
        targets = self.call("Target.getTargets")["targetInfos"]
        page = next(t["targetId"] for t in targets if t["type"] == "page")
        attached = self.call("Target.attachToTarget", targetId=page, flatten=True)
        self.session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method, **params):
        self._count += 1
        message = {"id": self._count, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        answer = self._until(lambda m: m.get("id") == self._count)
        assert "error" not in answer, answer
        return answer["result"]

    def _until(self, wanted):
        end = time.monotonic() + PATIENCE
        while True:
            while b"\0" not in self._rest:
                ready, _, _ = select.select([self._read], [], [], max(0, end - time.monotonic()))
                assert ready, "the browser does not answer"
                block = os.read(self._read, 1 << 20)
                assert block, "the browser has ended"
                self._rest += block
            raw, self._rest = self._rest.split(b"\0", 1)
            message = json.loads(raw)
            if "method" in message:
                self.events.append(message)
            if wanted(message):
                return message

    def size(self, width, height=900):
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )

    def open(self, path, drawn="document.documentElement.dataset.drawn === 'yes'"):
        self.events.clear()
        self.call("Page.navigate", url=Path(path).resolve().as_uri())
        self._until(lambda m: m.get("method") == "Page.loadEventFired")
        end = time.monotonic() + PATIENCE
        while not self.run(drawn):
            assert time.monotonic() < end, f"never drawn; said: {self.complaints}"
            time.sleep(0.05)

    def run(self, script):
        told = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    def move(self, x, y):
        self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    @property
    def complaints(self):
        """What the page logged: errors and warnings, and what it threw."""
        bad = []
        for e in self.events:
            told = e["params"]
            if e["method"] == "Runtime.exceptionThrown":
                bad.append(told["exceptionDetails"])
            if e["method"] == "Runtime.consoleAPICalled" and told["type"] in ("error", "warning"):
                bad.append(told["args"])
            if e["method"] == "Log.entryAdded" and told["entry"]["level"] in ("error", "warning"):
                bad.append(told["entry"])
        return bad

    @property
    def requests(self):
        sent = [e for e in self.events if e["method"] == "Network.requestWillBeSent"]
        return [e["params"]["request"]["url"] for e in sent]

    def screenshot(self, path):
        made = self.call("Page.captureScreenshot", captureBeyondViewport=True)
        Path(path).write_bytes(base64.b64decode(made["data"]))

    def pdf(self, path):
        made = self.call("Page.printToPDF", preferCSSPageSize=True, printBackground=False)
        Path(path).write_bytes(base64.b64decode(made["data"]))

    def close(self):
        os.close(self._write)
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.terminate()
            self.process.wait(timeout=10)
        os.close(self._read)
        shutil.rmtree(self.profile, ignore_errors=True)
