import json
import signal
import subprocess
import sys
import tomllib
import urllib.request
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest


@contextmanager
def running(*options):
    """The web in a process of its own, and the first line that it printed."""
    command = [sys.executable, "-m", "backlinks.demo", *map(str, options)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process, json.loads(process.stdout.readline())
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(120)


@pytest.mark.parametrize(("profile", "seeds"), [("demo", 39), ("plain", 3), ("bench", 3)])
def test_a_web_runs_in_a_process_of_its_own_and_leaves_what_a_visitor_needs(tmp_path, profile, seeds):
    options = ["--profile", profile, "--hosts", 3, "--pages", 4, "--write", tmp_path, "--log", tmp_path / "log"]
    with running(*options) as (_, printed):
        config = tomllib.loads((tmp_path / "config.toml").read_text())
        first = (tmp_path / "seeds.txt").read_text().split()[0]
        assert printed == {"port": urlsplit(first).port, "seeds": seeds}
        assert printed["port"] in config["network"]["allowed_ports"]
        address = config["network"]["resolve"][urlsplit(first).hostname]
        request = urllib.request.Request(
            f"http://{address}:{printed['port']}/", headers={"Host": urlsplit(first).netloc}
        )
        with urllib.request.urlopen(request, timeout=120) as answer:
            assert b"<title>" in answer.read()
    (access,) = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert (access["host"], access["path"], access["status"]) == (urlsplit(first).hostname, "/", 200)


def test_it_ends_cleanly_when_told():
    with running("--profile", "bench") as (process, _):
        process.send_signal(signal.SIGINT)
        assert process.wait(120) == 0
