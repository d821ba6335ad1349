"""The peers we compare with, in an environment of their own below .cache, which git does not see."""

import subprocess
import sys
from pathlib import Path

CACHE = Path(__file__).parent / ".cache"
REQUIREMENTS = Path(__file__).with_name("peers.txt")


def peers_python() -> Path:
    """The interpreter of the peers' environment, made or brought up to date when peers.txt has changed."""
    venv = CACHE / "venv"
    python = venv / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    installed = venv / "installed.txt"
    wanted = REQUIREMENTS.read_text(encoding="utf-8")
    if not installed.exists() or installed.read_text(encoding="utf-8") != wanted:
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--requirement", REQUIREMENTS], check=True)
        installed.write_text(wanted, encoding="utf-8")
    return python


def version_of(python: Path, package: str) -> str:
    ask = f"from importlib.metadata import version; print(version({package!r}))"
    return subprocess.run([python, "-c", ask], check=True, capture_output=True, text=True).stdout.strip()
