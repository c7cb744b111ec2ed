"""The application of a folder, ASGI or Flask, found by reading its sources. Nothing is run."""

from __future__ import annotations

import ast
import os
from pathlib import Path, PurePosixPath

from memory.records.manifest import Manifest
from tools.profiler.interface import ProfilerError, Sources, Target

CLASSES = frozenset({"FastAPI", "Starlette", "Litestar", "Quart", "Sanic", "BlackSheep", "Falcon", "Flask"})
LEFT_OUT = frozenset(
    {".git", "node_modules", ".venv", "venv", "__pycache__", "tests", "test", "migrations", "site-packages"}
)
MOST_FILES = 3000
PREFERRED = ("main", "app", "asgi", "server", "api")


def python_files(root: Path) -> list[str]:
    """Sources of the project, tests left out."""
    found: list[str] = []
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in LEFT_OUT and not name.startswith("."))
        below = Path(folder).relative_to(root)
        found += [
            (below / name).as_posix() for name in sorted(names) if name.endswith(".py") and not name.startswith("test_")
        ]
    return found[:MOST_FILES]


def find_target(root: Path, manifest: Manifest, named: str = "") -> Target:
    """`named`: `package.module:app`, which is then taken. Raises ProfilerError."""
    if named or manifest.asgi:
        return Target(named or manifest.asgi, paths=("src", ".") if (root / "src").is_dir() else (".",))
    sources = Sources(root)
    found = [target for file in python_files(root) if (target := _target(file, sources.text(file))) is not None]
    if not found:
        raise ProfilerError(f"no ASGI application was found below {root.name}: name it with --app package.module:app")
    return min(found, key=_rank)


def _target(file: str, text: str) -> Target | None:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return None
    path = PurePosixPath(file)
    source = path.parts[0] == "src" and len(path.parts) > 1
    parts = path.with_suffix("").parts[1 if source else 0 :]
    module = ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)
    makers = {n.name for n in tree.body if isinstance(n, ast.FunctionDef) and _makes_app(n)}
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Call):
            called = ast.unparse(node.value.func).rpartition(".")[2]
            name = node.targets[0] if isinstance(node, ast.Assign) else node.target
            if isinstance(name, ast.Name) and (called in CLASSES or called in makers):
                return Target(f"{module}:{name.id}", paths=("src", ".") if source else (".",))
    if makers:
        return Target(f"{module}:{sorted(makers)[0]}", factory=True, paths=("src", ".") if source else (".",))
    return None


def _makes_app(function: ast.FunctionDef) -> bool:
    required = len(function.args.args) - len(function.args.defaults)
    calls = (node for node in ast.walk(function) if isinstance(node, ast.Call))
    returns = any(isinstance(node, ast.Return) and node.value is not None for node in ast.walk(function))
    return required == 0 and returns and any(ast.unparse(c.func).rpartition(".")[2] in CLASSES for c in calls)


def _rank(target: Target) -> tuple[bool, int, int, str]:
    module = target.asgi.partition(":")[0]
    name = module.rpartition(".")[2]
    return target.factory, PREFERRED.index(name) if name in PREFERRED else len(PREFERRED), module.count("."), module


__all__ = ["find_target", "python_files"]
