"""The fixture in conftest.py holds every other test to cleanliness; here it is held to its word."""

from pathlib import Path

pytest_plugins = ["pytester"]

PATIENT = (Path(__file__).parent / "conftest.py").read_text(encoding="utf-8")
CONFTEST = PATIENT.replace("PATIENCE_SECONDS = 30.0", "PATIENCE_SECONDS = 3.0")
SETTINGS = "[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n"

LEAKY = """
    import asyncio, os, threading

    def test_thread():
        threading.Thread(target=threading.Event().wait, name="left-behind", daemon=True).start()

    def test_descriptor():
        os.open("/dev/null", os.O_RDONLY)

    async def test_task():
        asyncio.current_task().get_loop().keep = asyncio.create_task(asyncio.sleep(60), name="forgotten")
"""

CLEAN = """
    import asyncio, threading, pytest

    @pytest.fixture
    async def server():
        async with await asyncio.start_server(lambda *_: None, "127.0.0.1", 0) as server:
            yield server

    async def test_async(server):
        task = asyncio.create_task(asyncio.sleep(60))
        await asyncio.to_thread(str)
        task.cancel()

    def test_sync(tmp_path):
        threading.Thread(target=lambda: None).start()
        with (tmp_path / "file").open("w") as file:
            file.write("x")
"""


def test_what_outlives_its_test_fails_it_by_name_and_what_is_closed_passes(pytester):
    assert CONFTEST != PATIENT
    pytester.makeini(SETTINGS)
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(test_leaky=LEAKY, test_clean=CLEAN)
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(passed=5, errors=3)
    result.stdout.fnmatch_lines_random(
        [
            "E *left open by the test: thread left-behind",
            "E *left open by the test: descriptor * /dev/null",
            "E *tasks left running by the test: forgotten",
        ]
    )
