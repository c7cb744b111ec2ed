"""Tests that were there before and did not fail, and fail now. By name; pure."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

from agents.qa.frozen import is_test
from memory.records.report import Check


def names_of_tests(files: Mapping[str, str]) -> frozenset[str]:
    """pytest's names, without parameters, of the tests in these files: path → text. What does not parse has none."""
    return frozenset(name for path, text in files.items() if is_test(path) for name in _tests(path, text))


def _tests(path: str, text: str) -> Iterable[str]:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{path}::{node.name}"
        elif isinstance(node, ast.ClassDef):
            inner = [child for child in node.body if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)]
            yield from (f"{path}::{node.name}::{child.name}" for child in inner)


def turned_red(before: Iterable[Check], after: Iterable[Check], known: frozenset[str]) -> tuple[str, ...]:
    """`known`: the tests of before."""
    failed = set(_failing(before))
    return tuple(name for name in _failing(after) if name not in failed and name.partition("[")[0] in known)


def _failing(checks: Iterable[Check]) -> list[str]:
    tests = (test for check in checks for test in check.evidence.get("failing") or ())
    return list(dict.fromkeys(str(test.get("name")) for test in tests))


__all__ = ["names_of_tests", "turned_red"]
