"""Which tables and columns the code of a version uses, read from its SQLAlchemy models."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator, Sequence
from pathlib import Path

MAX_FILES = 2000
MAX_FILE = 1 << 20


class ModelsInUse:
    """In doubt a thing is in use: then a change of it is refused, and nothing breaks."""

    def __init__(self, code: Path, packages: Sequence[str]) -> None:
        self._code = code
        self._packages = packages

    def table(self, name: str) -> bool:
        return not name or name in self._texts

    def column(self, table: str, name: str) -> bool:
        """Where the table's model is known, whether it has the column; else whether the name occurs at all."""
        if not table or not name:
            return True
        models = self._models.get(table)
        if models is None:
            return name in self._names or name in self._texts
        return any(name in _columns(model) for model in models) or self._inherited(models, name)

    def always_writes(self, table: str, name: str) -> bool:
        """Whether the model says itself that the column is never empty."""
        models = self._models.get(table, [])
        found = [column for model in models for column in [_columns(model).get(name)] if column is not None]
        return bool(found) and all(_required(column) for column in found)

    def _inherited(self, models: Sequence[ast.ClassDef], name: str) -> bool:
        """A mixin may bring it; which one is not looked up."""
        bases = {base.id for model in models for base in model.bases if isinstance(base, ast.Name)}
        return any(name in _columns(node) for node in self._classes if node.name in bases)

    @functools.cached_property
    def _trees(self) -> list[ast.Module]:
        trees = []
        for path in self._files():
            try:
                trees.append(ast.parse(path.read_bytes()))
            except (SyntaxError, ValueError, OSError):
                continue  # no running version can have imported it
        return trees

    def _files(self) -> Iterator[Path]:
        root = self._code.resolve()
        for package in self._packages:
            for path in sorted((root / package).rglob("*.py"))[:MAX_FILES]:
                real = path.resolve()
                if real.is_relative_to(root) and "versions" not in path.parts and real.stat().st_size <= MAX_FILE:
                    yield real

    @functools.cached_property
    def _classes(self) -> list[ast.ClassDef]:
        return [node for tree in self._trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]

    @functools.cached_property
    def _models(self) -> dict[str, list[ast.ClassDef]]:
        found: dict[str, list[ast.ClassDef]] = {}
        for node in self._classes:
            name = _tablename(node)
            if name:
                found.setdefault(name, []).append(node)
        return found

    @functools.cached_property
    def _texts(self) -> set[str]:
        nodes = (node for tree in self._trees for node in ast.walk(tree))
        return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}

    @functools.cached_property
    def _names(self) -> set[str]:
        found: set[str] = set()
        for tree in self._trees:
            for node in ast.walk(tree):
                for part in ("id", "attr", "arg"):
                    value = getattr(node, part, None)
                    if isinstance(value, str):
                        found.add(value)
        return found


def _tablename(node: ast.ClassDef) -> str:
    for statement in node.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant):
            target = statement.targets[0]
            if isinstance(target, ast.Name) and target.id == "__tablename__":
                return str(statement.value.value)
    return ""


def _columns(node: ast.ClassDef) -> dict[str, ast.Assign | ast.AnnAssign]:
    """Column → the statement that maps it, under its own name where the attribute has another."""
    found: dict[str, ast.Assign | ast.AnnAssign] = {}
    for statement in node.body:
        if isinstance(statement, ast.AnnAssign | ast.Assign):
            target = statement.target if isinstance(statement, ast.AnnAssign) else statement.targets[0]
            if isinstance(target, ast.Name):
                found[_given_name(statement.value) or target.id] = statement
    return found


def _given_name(value: ast.expr | None) -> str:
    if isinstance(value, ast.Call) and value.args and isinstance(value.args[0], ast.Constant):
        return value.args[0].value if isinstance(value.args[0].value, str) else ""
    return ""


def _required(column: ast.Assign | ast.AnnAssign) -> bool:
    keywords = column.value.keywords if isinstance(column.value, ast.Call) else []
    for keyword in keywords:
        if keyword.arg == "nullable" and isinstance(keyword.value, ast.Constant):
            return keyword.value.value is False
    text = ast.unparse(column.annotation) if isinstance(column, ast.AnnAssign) else ""
    return text.startswith("Mapped[") and "None" not in text and "Optional" not in text


__all__ = ["ModelsInUse"]
