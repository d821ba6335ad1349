"""Ctrl-C, a service manager's signal and a closed terminal, once and twice, at counted moments of `backlinks crawl`.

The moments are the server's: before anything was asked, at the first request, in flight, at the last ones. The program
is a process of its own, as typed; wherever it was told to end, the same command then finds all the rest.
"""

import asyncio
import json
import signal
import sys

import pytest

from backlinks.demo import InventedWeb, Size, serve_web
from tests.test_kill import ROOT, contents

SIZE = Size(hosts=3, pages_per_host=6)
REQUESTS = 3 * (6 + 2)
"""Of each host robots.txt, a sitemap that is not there, and the pages."""

MOMENTS = {
    "before anything is asked": 0,
    "at the first request": 1,
    "in flight": REQUESTS // 2,
    "at the last request": REQUESTS,
}
WAYS = [
    ("before anything is asked", [signal.SIGINT]),
    ("at the first request", [signal.SIGTERM]),
    ("in flight", [signal.SIGHUP]),
    ("in flight", [signal.SIGINT, signal.SIGINT]),
    ("at the last request", [signal.SIGINT]),
    ("at the last request", [signal.SIGINT, signal.SIGINT]),
]


def write_config(served, folder):
    names = "".join(f'"{name}" = "{address}"\n' for name, address in served.resolve.items())
    (folder / "seeds.txt").write_text("\n".join(served.seeds))
    (folder / "config.toml").write_text(
        "[storage]\nbatch_seconds = 0.1\n[politeness]\ndelay_seconds = 0.05\naddress_delay_seconds = 0\n"
        "[network]\nallow_private_addresses = true\n"
        f"allowed_ports = [80, 443, {served.port}]\n[network.resolve]\n{names}"
    )


async def start(folder, path):
    command = [
        "crawl",
        "seeds.txt",
        "--config",
        "config.toml",
        "--contact",
        "me@example.org",
        "--json",
        "--db",
        str(path),
    ]
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "backlinks", *command, cwd=folder, env={"PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def interrupted(process, log, after_requests, numbers):
    """Sends the signals at the moment; how the program ended."""
    if not after_requests:
        await process.stderr.readline()  # the first line of the progress: it is loaded and has begun
    while len(log) < after_requests and process.returncode is None:  # noqa: ASYNC110 — the log is a list
        await asyncio.sleep(0.002)
    for number in numbers:
        if process.returncode is None:
            process.send_signal(number)
            await asyncio.sleep(0.01)
    out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


@pytest.mark.slow
async def test_a_crawl_that_is_told_to_end_ends_with_130_and_the_same_command_goes_on(tmp_path):
    async with serve_web(InventedWeb(6, profile="plain", size=SIZE)) as served:
        write_config(served, tmp_path)
        calm = await start(tmp_path, tmp_path / "calm.db")
        out, _ = await calm.communicate()
        assert json.loads(out)["end_reason"] == "done"
        assert len(served.log) == REQUESTS
        expected = contents(tmp_path / "calm.db")
        path = tmp_path / "x.db"
        for moment, numbers in WAYS:
            served.log.clear()
            for part in tmp_path.glob("x.db*"):
                part.unlink()
            code, out, err = await interrupted(await start(tmp_path, path), served.log, MOMENTS[moment], numbers)
            if moment != "at the last request":  # then it may be over before it hears of it
                assert code == 130, (moment, numbers, err)
            assert code in (0, 130), (moment, numbers, err)
            assert "Traceback" not in err
            again = await start(tmp_path, path)
            out, err = await again.communicate()
            assert (again.returncode, json.loads(out)["end_reason"]) == (0, "done"), err.decode()
            assert contents(path) == expected, (moment, numbers)
