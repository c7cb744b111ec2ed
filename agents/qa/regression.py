"""Before anything else is proven of a change: what worked before it works after it."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

from agents.qa.contradicted import by_file, said_anew
from agents.qa.frozen import Frozen, altered_paths, frozen, is_test
from agents.qa.in_use import still_used, taken_away
from agents.testgen.outdated import is_generated, outdated
from memory.code import CodeStore
from memory.records.change import Change
from memory.records.imported import without_parameters
from memory.records.manifest import Manifest
from memory.records.plan import Plan
from memory.records.report import Check, CheckOutcome, Finding
from tools.testing.interface import SuiteRunner

CHECK = "regression"
WORTH = 3
"""A run of the affected tests alone comes first where they are at most one of so many files."""
NAMED = 5


@dataclass(frozen=True)
class RegressionInput:
    project_id: str
    plan: Plan
    """With its change."""
    base: str
    base_template: str
    """What the template gave at `base`."""
    commit: str
    template: str
    """What the template gives now."""


def found_in_use(input: RegressionInput, code: CodeStore) -> list[Finding]:
    """Blocking."""
    if input.plan.change is None:
        return []
    files, template = (_texts(code, input.project_id, commit) for commit in (input.commit, input.template))
    return still_used(taken_away(input.plan.change, input.plan.spec), files, template)


def freeze(input: RegressionInput, tree: Path, code: CodeStore) -> Frozen:
    """Puts the tests of before into a tree of the changed commit, and takes all others out. Blocking."""
    before = code.contents(input.project_id, input.base)
    given = code.contents(input.project_id, input.base_template)
    tests = {path: content for path, content in before.items() if is_test(path) and path.startswith("tests/")}
    template = {path for path in tests if path in given}
    change = input.plan.change or Change(before=input.plan.spec)
    found = frozen(change, input.plan.spec, tests, template)
    found, tests = _without_outdated(input, found, tests, code)
    for file in [file for file in (tree / "tests").rglob("*.py") if is_test(file.name)]:
        file.unlink()
    after = code.contents(input.project_id, input.commit)
    changed, problems = said_anew(input.plan.contradicts, tests, after)
    for path in found.kept:
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_bytes(changed.get(path, tests[path]))
    return replace(found, contradicted=tuple(sorted(changed)), problems=tuple(problems))


async def idle(
    input: RegressionInput, tree: Path, manifest: Manifest, found: Frozen, code: CodeStore, suite: SuiteRunner
) -> Check | None:
    """What contradicted tests say now must fail on the old code. None where it does; `tree` is an empty place."""
    if not found.contradicted:
        return None
    await asyncio.to_thread(code.check_out, input.project_id, input.base, tree)
    after = await asyncio.to_thread(code.contents, input.project_id, input.commit)
    names = by_file(input.plan.contradicts)
    for path in found.contradicted:
        await asyncio.to_thread((tree / path).write_bytes, after[path])
        made = await suite.run(tree, manifest.model_copy(update={"tests": path}))
        failing = {without_parameters(str(test["name"])) for test in made.evidence.get("failing", ())}
        still = [f"{path}::{name}" for name in sorted(names[path]) if f"{path}::{name}" not in failing]
        if still and not any("::" not in name for name in failing):
            why = f"contradicted tests say nothing new, for they pass without the change: {', '.join(still[:5])}"
            return Check(name=CHECK, outcome=CheckOutcome.FAILED, summary=why)
    return None


def _without_outdated(
    input: RegressionInput, found: Frozen, tests: dict[str, bytes], code: CodeStore
) -> tuple[Frozen, dict[str, bytes]]:
    """Generated tests of what the change is about promise nothing to anyone: they are not held against it."""
    generated = {path: tests[path].decode("utf-8", "replace") for path in found.kept if is_generated(path)}
    if not generated:
        return found, tests
    change = input.plan.change or Change(before=input.plan.spec)
    changed = code.diff(input.project_id, input.base, input.commit)
    left = outdated(generated, altered_paths(change, input.plan.spec), changed)
    gone = {path: "generated tests, all of what the change is about" for path, text in left.items() if not text}
    kept = tuple(path for path in found.kept if path not in gone)
    return Frozen(kept, {**found.altered, **gone}), tests | {path: text.encode() for path, text in left.items()}


async def run(
    tree: Path,
    manifest: Manifest,
    found: Frozen,
    used: list[Finding],
    suite: SuiteRunner,
    affected: Collection[str] = (),
) -> Check:
    """`tree` as `freeze` left it; `affected`: test files of what the change is foreseen to touch, which go first."""
    told = {"kept": list(found.kept), "altered": dict(found.altered), "contradicted": list(found.contradicted)}
    if found.problems:
        return Check(name=CHECK, outcome=CheckOutcome.FAILED, summary="; ".join(found.problems), evidence=told)
    if used:
        places = "; ".join(f"{f.file}:{f.line} {f.why}" for f in used[:5])
        summary = f"{len(used)} places use what the change takes away: {places}"
        return Check(name=CHECK, outcome=CheckOutcome.FAILED, summary=summary, findings=tuple(used), evidence=told)
    if not found.kept:
        return Check(name=CHECK, outcome=CheckOutcome.PASSED, summary="the change alters every test", evidence=told)
    first = tuple(path for path in found.kept if path in affected)
    if first and len(first) * WORTH <= len(found.kept):
        made = await _alone(first, tree, manifest, found, suite)
        if made.outcome is CheckOutcome.FAILED:
            said = f"{len(first)} affected test files of before, run first: {made.summary}"
            evidence = {**made.evidence, **told, "first": list(first)}
            return made.model_copy(update={"name": CHECK, "summary": said, "evidence": evidence})
    made = await suite.run(tree, manifest)
    said = f"{len(found.kept)} test files of before, {len(found.altered)} altered by the change: {made.summary}"
    said += _against(made)
    return made.model_copy(update={"name": CHECK, "summary": said, "evidence": {**made.evidence, **told}})


def _against(made: Check) -> str:
    """Which tests the change contradicts, and what to do where it is right and they are not."""
    names = [str(test["name"]) for test in made.evidence.get("failing", ())][:NAMED]
    if made.outcome is not CheckOutcome.FAILED or not names:
        return ""
    return f". It breaks {', '.join(names)}: where the change is right, push a commit that alters them, and ask again"


async def _alone(first: Collection[str], tree: Path, manifest: Manifest, found: Frozen, suite: SuiteRunner) -> Check:
    others = {path: await asyncio.to_thread((tree / path).read_bytes) for path in found.kept if path not in first}
    for path in others:
        await asyncio.to_thread((tree / path).unlink)
    try:
        return await suite.run(tree, manifest)
    finally:
        for path, content in others.items():
            await asyncio.to_thread((tree / path).write_bytes, content)


def _texts(code: CodeStore, project_id: str, commit: str) -> dict[str, str]:
    contents = code.contents(project_id, commit)
    return {path: content.decode("utf-8", "replace") for path, content in contents.items() if b"\0" not in content}


__all__ = ["CHECK", "RegressionInput", "found_in_use", "freeze", "idle", "run"]
