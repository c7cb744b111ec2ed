"""Who else is concerned: tests that cover the likely files, dependants, and how risky it looks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from memory.records.impact import Dependant, Risk, RiskLevel
from tools.iterator.codebase import Codebase, bare_name
from tools.iterator.roles import Role, role_of
from tools.iterator.words import count_terms

MOST_TESTS = 15
MOST_DEPENDANTS = 30
MANY_DEPENDANTS = 8
SURE = 0.35


def covering_tests(code: Codebase, files: Mapping[str, float]) -> tuple[str, ...]:
    """By name, by import and by having changed together, best first."""
    found: dict[str, float] = defaultdict(float)
    tests = code.test_paths
    stems = {test: frozenset(count_terms(bare_name(test))) for test in tests}
    for path, share in files.items():
        own = frozenset(count_terms(bare_name(path)))
        for test in tests:
            if own and own <= stems[test]:
                found[test] += share
            if path in code.imports.get(test, ()):
                found[test] += share / 2
        numbers = code.touched.get(path, [])[:60]
        for number in numbers:
            for other in code.changes[number].files:
                if other in stems:
                    found[other] += share / len(numbers)
    return tuple(sorted(found, key=lambda test: (-found[test], test))[:MOST_TESTS])


def dependants(code: Codebase, files: Sequence[str]) -> tuple[Dependant, ...]:
    found: dict[str, str] = {}
    for path in files:
        for other in sorted(code.importers.get(path, ())):
            if other not in files and role_of(other) is not Role.TEST:
                found.setdefault(other, path)
    return tuple(Dependant(path=path, through=through) for path, through in found.items())[:MOST_DEPENDANTS]


def judge(files: Mapping[str, float], tests: Sequence[str], concerned: Sequence[Dependant]) -> Risk:
    """Each reason weighs one; none: low, one: medium, more: high."""
    said = []
    if not tests:
        said.append("no test covers the likely files")
    if len(concerned) > MANY_DEPENDANTS:
        said.append(f"{len(concerned)} other files import the likely ones")
    if max(files.values(), default=0.0) < SURE:
        said.append("the request points to no file clearly: look at several before you change one")
    level = (RiskLevel.LOW, RiskLevel.MEDIUM, RiskLevel.HIGH)[min(len(said), 2)]
    return Risk(level=level, reasons=tuple(said) or ("tests cover the likely files, and few others depend on them",))


__all__ = ["covering_tests", "dependants", "judge"]
