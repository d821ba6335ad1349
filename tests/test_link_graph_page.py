"""The code of docs/link-graph.md runs, on a small store in the place it names."""

import re
import subprocess
import sys
from pathlib import Path

from graph import rank_store
from tests.link_store import LinkStore
from tests.test_backend import ROOT, installed

PAGE = Path(__file__).resolve().parents[1] / "docs" / "link-graph.md"

PAGES = {
    "docs.example/": ["tool.example/", "news.example/", "shop.example/"],
    "news.example/": ["docs.example/", "list.example/"],
    "list.example/": ["docs.example/", "tool.example/", "shop.example/"],
    "tool.example/": ["docs.example/"],
    "shop.example/": [],
}

CHECKS = """
assert graph.nodes["docs.example"]["rank"] == 1, dict(graph.nodes)
assert graph["docs.example"]["tool.example"]["links"] == 1
assert resource_lists[0] == "list.example", resource_lists
assert set().union(*communities) == set(graph)
assert set(circles) == {"docs.example", "tool.example", "news.example"}, circles
assert path in (["news.example", name, "shop.example"] for name in ("docs.example", "list.example")), path
assert most_linked == "docs.example"
assert abs(sum(scores.values()) - 1) < 1e-9
assert closeness == nx.harmonic_centrality(graph), closeness
"""

__all__ = ["installed"]


def test_the_code_of_the_page_runs_and_finds_what_it_says(tmp_path, installed):
    store = LinkStore(tmp_path / "backlinks.db").add(PAGES)
    rank_store(store.path)
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) >= 5
    done = subprocess.run(
        [sys.executable, "-c", "\n".join([*blocks, CHECKS])],
        cwd=tmp_path,
        env={"PYTHONPATH": f"{installed}:{ROOT}", "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
