"""Regression of an imported project: tests of before as they were, and new ones that fail without the change."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from agents.qa.contradicted import by_file, said_anew
from agents.qa.regression import CHECK, WORTH
from memory.code import CodeStore
from memory.records.imported import Baseline, Stack, without_parameters
from memory.records.plan import Plan
from memory.records.report import Check, CheckOutcome
from tools.importing.stack import is_test
from tools.testing.foreign_suite import ForeignSuite

FOLDERS = frozenset({"test", "tests", "testing", "__tests__", "__snapshots__", "spec"})
SHOWN = 5


@dataclass(frozen=True)
class ForeignInput:
    project_id: str
    plan: Plan
    base: str
    commit: str
    stack: Stack
    """At the base."""
    baseline: Baseline
    affected: tuple[str, ...] = ()
    """Test files of what the change is foreseen to touch: they go first."""


@dataclass(frozen=True)
class Trees:
    """Places for a tree each; they need not exist."""

    changed: Path
    before: Path


def is_frozen(path: str, stack: Stack) -> bool:
    """What the suite is made of: test files and all that stands beside them."""
    place = PurePosixPath(path)
    return path in stack.tests or place.name == "conftest.py" or bool(FOLDERS & set(place.parts[:-1]))


async def run(input: ForeignInput, trees: Trees, code: CodeStore, after: ForeignSuite, without: ForeignSuite) -> Check:
    """`after` knows what passed before; `without` knows nothing of it, for the new tests on the old code."""
    tests = await asyncio.to_thread(_tests, input, code)
    told = {"kept": sorted(tests.before), "contradicted": list(input.plan.contradicts)}
    _, problems = said_anew(input.plan.contradicts, tests.before, tests.after)
    if problems:
        return Check(name=CHECK, outcome=CheckOutcome.FAILED, summary="; ".join(problems), evidence=told)
    proven = await _proven(input, tests, trees.before, code, without)
    if proven is not None:
        return proven.model_copy(update={"evidence": {**proven.evidence, **told}})
    old = await asyncio.to_thread(_with_old_tests, input, tests, trees.changed, code)
    first = tuple(path for path in input.affected if path in input.stack.tests)
    if first and len(first) * WORTH <= len(input.stack.tests):
        made = await after.check(trees.changed, first)
        said = f"{len(first)} affected test files of before, run first: {made.summary}"
        if made.outcome is not CheckOutcome.PASSED:
            return made.model_copy(update={"name": CHECK, "summary": said, "evidence": {**made.evidence, **told}})
    if not old:
        said = f"{len(tests.before)} files of tests are as they were: the run of all tests is the proof"
        return Check(name=CHECK, outcome=CheckOutcome.PASSED, summary=said, evidence=told)
    made = await after.check(trees.changed)
    said = f"{len(tests.before)} files of tests as they were before the change: {made.summary}"
    return made.model_copy(update={"name": CHECK, "summary": said, "evidence": {**made.evidence, **told}})


@dataclass(frozen=True)
class _Tests:
    before: Mapping[str, bytes]
    after: Mapping[str, bytes]

    @property
    def changed(self) -> dict[str, bytes]:
        """New, or other than before."""
        return {path: content for path, content in self.after.items() if self.before.get(path) != content}


def _tests(input: ForeignInput, code: CodeStore) -> _Tests:
    old, new = (code.contents(input.project_id, commit) for commit in (input.base, input.commit))
    before = {path: content for path, content in old.items() if is_frozen(path, input.stack)}
    after = {p: c for p, c in new.items() if is_frozen(p, input.stack) or is_test(p, input.stack.kind)}
    return _Tests(before, after)


async def _proven(input: ForeignInput, tests: _Tests, tree: Path, code: CodeStore, suite: ForeignSuite) -> Check | None:
    """None where a test fails without the change, or the plan asks for nothing that a test could show."""
    contradicted = by_file(input.plan.contradicts)
    if not contradicted and not any(task.checks for task in input.plan.tasks):
        return None
    changed = tests.changed
    runnable = sorted(path for path in changed if _runs(path))
    if not runnable:
        why = "no test was added: what was asked is to be shown by tests that fail without the change"
        return Check(name=CHECK, outcome=CheckOutcome.FAILED, summary=why)
    await asyncio.to_thread(code.check_out, input.project_id, input.base, tree)
    await asyncio.to_thread(_write, tree, changed)
    made = await suite.check(tree, runnable)
    if made.outcome is CheckOutcome.UNAVAILABLE:
        return made.model_copy(update={"name": CHECK})
    failing = {str(test["name"]) for test in made.evidence.get("failing", ())}
    if made.outcome is not CheckOutcome.FAILED:
        why = f"the tests in {', '.join(runnable[:SHOWN])} pass without the change too: they show nothing of it"
        return Check(name=CHECK, outcome=CheckOutcome.FAILED, summary=why)
    loaded = any((made.evidence.get("counts") or {}).values())
    idle = _idle(contradicted, failing) if loaded else []
    if idle:
        why = f"contradicted tests say nothing new, for they pass without the change: {', '.join(idle[:SHOWN])}"
        return Check(name=CHECK, outcome=CheckOutcome.FAILED, summary=why)
    return None


def _idle(contradicted: Mapping[str, Collection[str]], failing: Collection[str]) -> list[str]:
    """A file that does not even load there fails as a whole, under a name of its own."""
    bare = {without_parameters(name) for name in failing}
    whole = {name for name in bare if "::" not in name}
    names = [f"{path}::{inner}" for path, inner_names in contradicted.items() for inner in sorted(inner_names)]
    return [name for name in names if name not in bare and not whole]


def _runs(path: str) -> bool:
    name = PurePosixPath(path).name
    if name.endswith(".py"):
        return is_test(path, "python")
    return is_test(path, "javascript") and ".config." not in name and not re.search(r"\.d\.[cm]?ts$", name)


def _with_old_tests(input: ForeignInput, tests: _Tests, tree: Path, code: CodeStore) -> bool:
    """The changed commit with the tests of before; whether that differs from the commit itself. Blocking."""
    code.check_out(input.project_id, input.commit, tree)
    free = by_file(input.plan.contradicts)
    kept = {path: content for path, content in tests.before.items() if _of(path) not in free}
    altered = {path: content for path, content in kept.items() if tests.after.get(path) != content}
    _write(tree, altered)
    return bool(altered)


def _of(path: str) -> str:
    """The test file that a snapshot belongs to; other files belong to themselves."""
    place = PurePosixPath(path)
    own = place.suffix == ".snap" and place.parent.name == "__snapshots__"
    return (place.parent.parent / place.stem).as_posix() if own else path


def _write(tree: Path, files: Mapping[str, bytes]) -> None:
    for path, content in files.items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_bytes(content)


__all__ = ["ForeignInput", "Trees", "is_frozen", "run"]
