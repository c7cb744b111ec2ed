"""The layers of the house: server → graph → agents → tools → memory, and small files."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LAYERS = ("memory", "tools", "agents", "graph", "server")
MAX_LINES = 400


def sources() -> list[Path]:
    return [path for layer in LAYERS for path in sorted((ROOT / layer).rglob("*.py"))]


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported_modules(path: Path) -> list[tuple[int, str]]:
    """(line, absolute module or name) of every import of our own code, at any depth of the file."""
    found: list[tuple[int, str]] = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            found += [(node.lineno, f"{node.module}.{alias.name}") for alias in node.names]
    return [(line, name) for line, name in found if name.split(".")[0] in LAYERS]


@pytest.mark.parametrize("path", sources(), ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_point_downwards(path: Path) -> None:
    own = path.relative_to(ROOT).parts
    for line, name in imported_modules(path):
        parts = name.split(".")
        assert LAYERS.index(parts[0]) <= LAYERS.index(own[0]), f"{path}:{line}: {own[0]} imports {name}, a layer above"
        if own[0] == parts[0] == "tools" and len(own) > 2:
            assert parts[1] == own[1], f"{path}:{line}: tools/{own[1]} imports its sibling {name}"


@pytest.mark.parametrize("path", sources(), ids=lambda p: str(p.relative_to(ROOT)))
def test_files_are_small(path: Path) -> None:
    lines = len(path.read_text().splitlines())
    assert lines <= MAX_LINES, f"{path} has {lines} lines: it wants splitting"


@pytest.mark.parametrize("path", sources(), ids=lambda p: str(p.relative_to(ROOT)))
def test_no_late_imports(path: Path) -> None:
    for function in ast.walk(ast.parse(path.read_text())):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            late = [n.lineno for n in ast.walk(function) if isinstance(n, ast.Import | ast.ImportFrom)]
            assert not late, f"{path}:{late[0]}: import inside a function"


def test_no_circles() -> None:
    modules = {module_name(path): path for path in sources()}
    edges: dict[str, set[str]] = {}
    for name, path in modules.items():
        targets = set()
        for _, imported in imported_modules(path):
            target = imported if imported in modules else imported.rpartition(".")[0]
            if target in modules and target != name:
                targets.add(target)
        edges[name] = targets
    seen: dict[str, int] = {}

    def visit(node: str, trail: tuple[str, ...]) -> None:
        assert seen.get(node) != 1, "import circle: " + " → ".join((*trail[trail.index(node) :], node))
        if node in seen:
            return
        seen[node] = 1
        for target in edges[node]:
            visit(target, (*trail, node))
        seen[node] = 2

    for name in modules:
        visit(name, ())


@pytest.mark.parametrize("layer", LAYERS)
def test_no_installed_package_hides_a_layer(layer: str) -> None:
    spec = __import__(layer)
    assert Path(spec.__file__ or "").resolve().parent == ROOT / layer
