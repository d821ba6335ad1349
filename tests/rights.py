"""The program as somebody who is not root, for what files and folders allow."""

import ctypes
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def obey_permissions():
    """Give up root's right to read and write everything; for a child before it starts the program."""
    change = ctypes.CDLL(None).prctl
    rights = (1, 2, 3) if os.geteuid() == 0 else ()  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER
    if any(change(24, right, 0, 0, 0) for right in rights):
        raise PermissionError


@pytest.fixture
def run_as_anybody():
    if not sys.platform.startswith("linux"):
        pytest.skip("gives up rights by a call of Linux")

    def runner(*command):
        try:
            ran = subprocess.run(
                [sys.executable, "-m", "backlinks", *map(str, command)], cwd=ROOT, capture_output=True, text=True,
                preexec_fn=obey_permissions, timeout=300, check=False,
            )  # fmt: skip
        except subprocess.SubprocessError:
            pytest.skip("root may not give up its rights here")
        return ran.returncode, ran.stdout, ran.stderr

    return runner
