"""The Python files of a folder, parsed, and what their names stand for."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath

from tools.security.readable_python import FAULTS, readable

FRAMEWORKS = ("django", "aiohttp", "starlette", "fastapi", "flask", "sanic", "pyramid", "HttpResponse")
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(eq=False)
class Module:
    file: str
    name: str
    """Dotted, from the folder's root."""
    tree: ast.Module
    source: str
    called: set[str] = field(default_factory=set)

    @cached_property
    def is_settings(self) -> bool:
        """Django's, by its name or by what it sets."""
        words = ("INSTALLED_APPS", "MIDDLEWARE", "ROOT_URLCONF", "ALLOWED_HOSTS")
        named = self.file.endswith("settings.py") or "/settings/" in self.file
        return named or any(word in self.source for word in words)

    @cached_property
    def is_web(self) -> bool:
        """It names a framework whose functions are given a request."""
        return any(word in self.source for word in FRAMEWORKS)

    @cached_property
    def is_test(self) -> bool:
        """Of a suite: what it sets up is nobody's."""
        path = PurePosixPath(self.file)
        return path.name.startswith(("test_", "tests.", "conftest.")) or bool({"tests", "test"} & set(path.parts[:-1]))

    @cached_property
    def lines(self) -> list[str]:
        return self.source.split("\n")

    def text_of(self, node: ast.AST | None) -> str:
        """The lines of a function; of the whole module where there is none."""
        first, last = getattr(node, "lineno", None), getattr(node, "end_lineno", None)
        return self.source if first is None or last is None else "\n".join(self.lines[first - 1 : last])

    @property
    def package(self) -> str:
        return self.name if self.file.endswith("__init__.py") else self.name.rpartition(".")[0]


@dataclass
class Folder:
    modules: list[Module]
    by_name: Mapping[str, Module]
    called: set[str]
    """Names of all that is called anywhere."""
    broken: Mapping[str, str]
    """File → why it could not be parsed, or what of it."""
    annotated: Mapping[str, str] = field(default_factory=dict)
    """Name → text of the `Annotated[...]` that it stands for, wherever in the folder."""

    def find(self, dotted: str) -> Module | None:
        """By its name from the root, or from a folder below it that is put on the path (`src`)."""
        return self.by_name.get(dotted)


def parse_folder(sources: Iterable[tuple[str, str]]) -> Folder:
    """`sources`: (path below the root, text)."""
    modules, broken = [], {}
    for file, source in sources:
        try:
            read = readable(source)
        except FAULTS as error:
            broken[file] = f"it cannot be parsed: {error.__class__.__name__} {error}"[:200]
            continue
        modules.append(Module(file, module_name(file), read.tree, read.text))
        if read.left_out:
            broken[file] = read.left_out
    by_name: dict[str, Module] = {}
    for module in modules:
        by_name.setdefault(module.name, module)
    for module in modules:
        parts = module.name.split(".")
        for start in range(1, len(parts)):
            by_name.setdefault(".".join(parts[start:]), module)
    called: set[str] = set()
    for module in modules:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call):
                called.add(called_name(node.func))
    return Folder(modules, by_name, called, broken, _annotated(modules))


def _annotated(modules: Iterable[Module]) -> dict[str, str]:
    """Names that stand for different things in different modules are left out."""
    found: dict[str, set[str]] = {}
    for module in modules:
        for node in module.tree.body:
            value = getattr(node, "value", None)
            if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(value, ast.Subscript):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                if ast.unparse(value.value).rpartition(".")[2] == "Annotated" and isinstance(targets[0], ast.Name):
                    found.setdefault(targets[0].id, set()).add(ast.unparse(value))
    return {name: next(iter(texts)) for name, texts in found.items() if len(texts) == 1}


def module_name(file: str) -> str:
    parts = list(PurePosixPath(file).with_suffix("").parts)
    if len(parts) > 1 and parts[-1] == "__init__":
        parts.pop()
    return ".".join(parts)


def called_name(node: ast.expr) -> str:
    """The last part of the name of what is called."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


@dataclass(frozen=True)
class Defined:
    node: Function
    owner: ast.ClassDef | None
    """The class that it stands in."""
    outer: Function | None
    """The function that it stands in."""


def functions(module: Module) -> list[Defined]:
    found: list[Defined] = []

    def visit(node: ast.AST, owner: ast.ClassDef | None, outer: Function | None) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                continue  # no function is defined in one
            if isinstance(child, Function):
                found.append(Defined(child, owner, outer))
                visit(child, None, child)
            else:
                visit(child, child if isinstance(child, ast.ClassDef) else owner, outer)

    visit(module.tree, None, None)
    return found


__all__ = ["Defined", "Folder", "Function", "Module", "called_name", "functions", "module_name", "parse_folder"]
