"""Mutants: one change each, on the lines that are asked for, and never of what changes nothing."""

from __future__ import annotations

import ast

import pytest

from tools.testing.mutation import mutated, mutations

SOURCE = '''def f(a: int = 1, b: "str | None" = None) -> "int":
    """Says nothing."""
    if a >= 2 and not b:
        raise ValueError("no")
    print(a)
    return a + 3
'''


def changes(source: str, *lines: int) -> list[str]:
    return [m.change for m in mutations(source, lines or range(1, 99))]


def test_each_line_has_its_mutants() -> None:
    assert changes(SOURCE, 1) == ["1 → 2", "1 → 0"]
    assert changes(SOURCE, 2) == []
    assert sorted(changes(SOURCE, 3)) == ["2 → 1", "2 → 3", ">= → <", "and ↔ or", "condition negated"]
    assert sorted(changes(SOURCE, 4)) == ["raise left out", "text changed"]
    assert changes(SOURCE, 5) == ["expr left out"]
    assert sorted(changes(SOURCE, 6)) == ["+ changed", "3 → 2", "3 → 4", "return None"]


def test_fields_are_loosened() -> None:
    source = "class A:\n    x: int = Field(ge=1)\n    y: str\n    z: int = 3\n"
    assert sorted(changes(source, 2)) == ["1 → 0", "1 → 2", "default → None", "type → object"]
    assert changes(source, 3) == ["type → object", "default → None"]
    assert sorted(changes(source, 4)) == ["3 → 2", "3 → 4", "type → object"]


@pytest.mark.parametrize("line", range(1, 7))
def test_a_mutant_differs_in_its_line_alone(line: int) -> None:
    plain = ast.unparse(ast.parse(SOURCE)).splitlines()
    for mutation in mutations(SOURCE, [line]):
        made = ast.unparse(mutated(SOURCE, mutation.number)).splitlines()
        assert [number for number, (a, b) in enumerate(zip(plain, made, strict=True), 1) if a != b] == [line]


def test_a_mutant_that_is_not_there() -> None:
    with pytest.raises(IndexError, match="no mutation 99"):
        mutated(SOURCE, 99)
