"""Where the outside test cases lie: beside the checkout, never in it. Tests skip when they are absent."""

from pathlib import Path

import pytest

CONFORMANCE = Path(__file__).resolve().parents[2] / "shared" / "conformance"


def conformance_path(*parts: str) -> Path:
    """The path of a conformance file or folder; skips the calling test when it is not there."""
    path = CONFORMANCE.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"the conformance data are not beside this checkout: {path}")
    return path
