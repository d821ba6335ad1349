"""The house stands as drawn: walls between rooms, doors, owners of libraries, and the shape of the code.

The numbers are those of CONTRIBUTING.md. The longest functions are printed with every run, so that growth is seen.
"""

import ast
import graphlib
import itertools
import re
import statistics
import subprocess
import sys
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("backlinks", "crawler", "graph", "storage")
SOURCES = tuple(sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py")))
IDS = tuple(str(path.relative_to(ROOT)) for path in SOURCES)

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 50
NINE_IN_TEN_LINES = 25
MAX_PARAMETERS = 5
MAX_POSITIONAL = 2
MAX_NESTING = 3
MAX_HEAD_LINES = 8

FORBIDDEN_NAMES = {"utils", "util", "common", "helpers", "helper", "misc", "base", "manager", "managers"}

OWNERS = {
    "aiohttp": ("crawler/fetch*.py", "crawler/resolve*.py"),
    "aiodns": ("crawler/resolve*.py",),
    "lxml": ("crawler/extract*.py", "crawler/sitemaps*.py"),
    "selectolax": ("crawler/extract*.py", "crawler/placement.py", "crawler/surroundings.py"),
    "cchardet": ("crawler/charset.py",),
    "yarl": ("crawler/*.py",),
    "sqlite3": ("storage/*.py",),
    "aiosqlite": ("storage/*.py",),
    "networkx": ("graph/*.py",),
    "numpy": ("graph/*.py",),
    "scipy": ("graph/*.py",),
    "numba": ("graph/*.py",),
    "matplotlib": ("graph/*.py",),
    "jinja2": ("backlinks/reports/html/*.py",),
    "uvloop": ("backlinks/*.py", "crawler/shard_process.py"),
    "click": ("backlinks/*.py",),
    "rich": ("backlinks/*.py",),
    "tomllib": ("backlinks/config.py",),
}

ONE_BROAD_CATCH = "crawler/crawl*.py"  # around one worker's one URL, with its traceback in the log

CALLED_ONCE_A_LINK = {"pack_flags"}  # naming its arguments would cost more than its body

BLOCKS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.TryStar, ast.Match)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def tree_of(path):
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def relative(path):
    return str(path.relative_to(ROOT))


@dataclass(frozen=True)
class Import:
    """`level` 0 is absolute; `names` are what a `from` takes."""

    module: str
    level: int
    line: int
    names: tuple[str, ...] = ()


def imports_of(path):
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, 0, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield Import(node.module or "", node.level, node.lineno, tuple(alias.name for alias in node.names))


@dataclass(frozen=True)
class Function:
    place: str
    name: str
    lines: int
    node: ast.FunctionDef | ast.AsyncFunctionDef


def functions_of(path):
    for node in ast.walk(tree_of(path)):
        if isinstance(node, FUNCTIONS):
            yield Function(f"{relative(path)}:{node.lineno}", node.name, net_lines(node, path), node)


def net_lines(node, path):
    """Lines that say something: no blanks, no comments, no docstring."""
    text = path.read_text(encoding="utf-8").splitlines()[node.lineno - 1 : node.end_lineno]
    docstring = ast.get_docstring(node, clean=False)
    said = sum(1 for line in text if line.strip() and not line.strip().startswith("#"))
    return said - (sum(1 for line in docstring.splitlines() if line.strip()) if docstring else 0)


ALL_FUNCTIONS = tuple(function for path in SOURCES for function in functions_of(path))


def test_the_roof_stands_on_crawler_and_graph_and_they_on_storage():
    """In a process of its own: the linter silences every logger of the one that it runs in."""
    script = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    command = [sys.executable, "-c", script, "--no-cache"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize("path", SOURCES, ids=IDS)
def test_other_rooms_are_entered_through_the_door_only(path):
    room = path.relative_to(ROOT).parts[0]
    wrong = [
        f"line {found.line}: {found.module}"
        for found in imports_of(path)
        if found.level == 0
        and found.module.split(".")[0] in ROOMS
        and (found.module.split(".")[0] == room or "." in found.module)
    ]
    assert wrong == [], "inside a room imports are relative; another room's are `from room import Name`"


@pytest.mark.parametrize("path", SOURCES, ids=IDS)
def test_libraries_stay_with_their_owners(path):
    wrong = [
        f"line {found.line}: {found.module}"
        for found in imports_of(path)
        if found.level == 0
        for owner in [OWNERS.get(found.module.split(".")[0])]
        if owner and not any(fnmatch(relative(path), pattern) for pattern in owner)
    ]
    assert wrong == []


@pytest.mark.parametrize("room", ROOMS)
def test_a_door_lists_its_names(room):
    tree = tree_of(ROOT / room / "__init__.py")
    imported = [
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    ]
    listed = [
        element.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "__all__"
        for element in node.value.elts
    ]
    assert sorted(imported) == sorted(listed)


@pytest.mark.parametrize("room", ROOMS)
def test_no_file_of_a_room_needs_itself(room):
    needs = {}
    for path in (ROOT / room).rglob("*.py"):
        if path.name == "__init__.py":
            continue
        parts = path.relative_to(ROOT).with_suffix("").parts
        needs[parts] = {
            target
            for found in imports_of(path)
            if found.level
            for target in reached(parts, found)
            if (ROOT / Path(*target)).with_suffix(".py").exists()
        }
    assert set(graphlib.TopologicalSorter(needs).static_order()) >= set(needs)


def reached(importer, found):
    """The modules that a relative import may name: `from .a import b` is a, or b inside a."""
    package = importer[: -found.level]
    module = (*package, *found.module.split(".")) if found.module else package
    yield module
    yield from ((*module, name) for name in found.names)


@pytest.mark.parametrize("path", SOURCES, ids=IDS)
def test_a_file_opens_with_what_it_owns_in_a_few_lines(path):
    head = ast.get_docstring(tree_of(path)) or ""
    said = head.split("\n\n")[0] if path.name == "errors.py" else head  # there the tree of errors follows
    is_empty = not path.read_text(encoding="utf-8").strip()
    assert is_empty or 1 <= len(said.splitlines()) <= MAX_HEAD_LINES


@pytest.mark.parametrize("path", SOURCES, ids=IDS)
def test_no_file_has_a_name_that_keeps_nothing_out(path):
    assert not set(path.relative_to(ROOT).with_suffix("").parts) & FORBIDDEN_NAMES


@pytest.mark.parametrize("path", SOURCES, ids=IDS)
def test_a_file_stays_under_its_wall(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) < MAX_FILE_LINES


def swallows_everything(handler):
    """A handler that ends by raising again only tidies up."""
    named = (
        {name.id for name in ast.walk(handler.type) if isinstance(name, ast.Name)}
        if handler.type
        else {"BaseException"}
    )
    last = handler.body[-1]
    return bool(named & {"Exception", "BaseException"}) and not (isinstance(last, ast.Raise) and last.exc is None)


@pytest.mark.parametrize("path", SOURCES, ids=IDS)
def test_everything_is_caught_in_one_place_only(path):
    handlers = [node for node in ast.walk(tree_of(path)) if isinstance(node, ast.ExceptHandler)]
    broad = [f"line {handler.lineno}" for handler in handlers if swallows_everything(handler)]
    allowed = 1 if fnmatch(relative(path), ONE_BROAD_CATCH) else 0
    assert len(broad) <= allowed, broad


def test_no_function_is_longer_than_the_wall_and_nine_in_ten_are_short(capsys):
    longest = sorted(ALL_FUNCTIONS, key=lambda function: -function.lines)
    lengths = [function.lines for function in longest]
    with capsys.disabled():
        sys.stdout.write(
            f"\n{len(lengths)} functions, median {statistics.median(lengths):.0f} lines; the ten longest:\n"
        )
        sys.stdout.writelines(f"  {function.lines:3} {function.place} {function.name}\n" for function in longest[:10])
    assert [function.place for function in longest if function.lines > MAX_FUNCTION_LINES] == []
    assert sum(1 for length in lengths if length <= NINE_IN_TEN_LINES) >= 0.9 * len(lengths)


def parameters_of(function):
    arguments = function.node.args
    positional = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)]
    return [name for name in positional if name not in {"self", "cls"}], [
        argument.arg for argument in arguments.kwonlyargs
    ]


def gives_its_reason(function):
    """One that is over the bound says why on its own first line, where ruff asks for it too."""
    file, line = function.place.split(":")
    return "noqa: PLR0913 — " in (ROOT / file).read_text(encoding="utf-8").splitlines()[int(line) - 1]


def test_no_function_is_a_control_panel():
    wide = [
        f"{function.place} {function.name}"
        for function in ALL_FUNCTIONS
        if sum(map(len, parameters_of(function))) > MAX_PARAMETERS and not gives_its_reason(function)
    ]
    assert wide == []


def names_at_the_doors():
    return {
        alias.asname or alias.name
        for room in ROOMS
        for node in ast.walk(tree_of(ROOT / room / "__init__.py"))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def test_what_other_rooms_call_names_its_parameters_from_the_third_on():
    entrances = names_at_the_doors() - CALLED_ONCE_A_LINK
    wide = [
        f"{function.place} {function.name}({', '.join(parameters_of(function)[0])})"
        for function in ALL_FUNCTIONS
        if function.name in entrances and len(parameters_of(function)[0]) > MAX_POSITIONAL
    ]
    assert wide == []


def nesting(node):
    inner = max((nesting(child) for child in inner_nodes(node)), default=0)
    return inner + isinstance(node, BLOCKS)


def inner_nodes(node):
    """An `elif` stands beside its `if`, not inside; a nested function counts for itself."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, FUNCTIONS):
            continue
        is_elif = isinstance(node, ast.If) and [child] == node.orelse and isinstance(child, ast.If)
        yield from inner_nodes(child) if is_elif else [child]


def test_nothing_is_nested_deeper_than_three():
    deep = [f"{function.place} {function.name}" for function in ALL_FUNCTIONS if nesting(function.node) > MAX_NESTING]
    assert deep == []


def test_all_strings_that_say_later_are_issues():
    """A note for later has an issue's number, or it is never read."""
    notes = [
        f"{relative(path)}:{number}"
        for path in SOURCES
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(r"\b(TODO|FIXME|XXX)\b", line)
    ]
    assert notes == []


def test_the_checks_of_this_file_see_what_they_look_for():
    source = """
def wide(a, b, c, *, d, e, f):
    if a:
        for b in c:
            with d:
                while e:
                    pass
    elif b:
        pass
    elif c:
        pass
"""
    node = ast.parse(source).body[0]
    function = Function("here", node.name, 10, node)
    assert nesting(node) == 4
    assert parameters_of(function) == (["a", "b", "c"], ["d", "e", "f"])
    assert list(reached(("backlinks", "commands", "crawl"), Import("errors", 2, 1, ("ConfigError",)))) == [
        ("backlinks", "errors"),
        ("backlinks", "errors", "ConfigError"),
    ]
    assert list(itertools.islice(imports_of(Path(__file__)), 1)) == [Import("ast", 0, 6)]
