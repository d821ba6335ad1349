"""A real Chromium, driven over two pipes by its own protocol, so that no port is opened and no library needed."""

import base64
import json
import select
import shutil
import subprocess
import time
from contextlib import contextmanager

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
PATIENCE_SECONDS = 60.0
FLAGS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--remote-debugging-pipe"),
)


class NoAnswerError(Exception):
    """The browser ended, or says nothing for long."""


class Browser:
    """`ask` sends a command and gives its answer; what the page does meanwhile is kept in `events`."""

    def __init__(self, process):
        self._process = process
        self._unread = b""
        self._number = 0
        self._session = None
        self.events = []

    def attach(self):
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(f"{domain}.enable")

    def ask(self, method, **parameters):
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        message |= {"sessionId": self._session} if self._session else {}
        self._process.stdin.write(json.dumps(message).encode() + b"\0")
        self._process.stdin.flush()
        while (answer := self._next()).get("id") != self._number:
            self.events.append(answer)
        assert "error" not in answer, answer["error"]
        return answer["result"]

    def _next(self):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while b"\0" not in self._unread:
            ready, _, _ = select.select([self._process.stdout], [], [], max(0.0, deadline - time.monotonic()))
            piece = self._process.stdout.read1(1 << 20) if ready else b""
            if not piece:
                raise NoAnswerError
            self._unread += piece
        message, self._unread = self._unread.split(b"\0", 1)
        return json.loads(message)

    def wait_for(self, method):
        while not any(event.get("method") == method for event in self.events):
            self.events.append(self._next())

    def open(self, file):
        self.events.clear()
        self.ask("Page.navigate", url=file.as_uri())
        self.wait_for("Page.loadEventFired")

    def run(self, script):
        answer = self.ask("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def resize(self, width, height=900):
        self.ask(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )

    def press(self, key, text=""):
        self.ask("Input.dispatchKeyEvent", type="keyDown", key=key, code=key, text=text, windowsVirtualKeyCode=13)
        self.ask("Input.dispatchKeyEvent", type="keyUp", key=key, code=key, windowsVirtualKeyCode=13)

    def pdf(self):
        return base64.b64decode(self.ask("Page.printToPDF", printBackground=True, preferCSSPageSize=True)["data"])


@contextmanager
def open_browser(folder):
    """Skips with a reason where there is none, or none that starts."""
    program = next((found for name in NAMES if (found := shutil.which(name))), None)
    if program is None:
        pytest.skip("no Chromium on this machine")
    command = ["sh", "-c", 'exec "$0" "$@" 3<&0 4>&1 >/dev/null', program, *FLAGS, f"--user-data-dir={folder}"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:  # fmt: skip
        try:
            browser = Browser(process)
            try:
                browser.attach()
            except (NoAnswerError, BrokenPipeError):
                pytest.skip("the Chromium of this machine does not start")
            yield browser
        finally:
            process.terminate()
            process.wait(PATIENCE_SECONDS)
