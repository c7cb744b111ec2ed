"""What the application answers is recorded before Dev works, and asked again of the changed code before the merge."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from agents.qa.performing import requests_of
from agents.qa.recorded import Difference, covered, differences, intended
from graph.steps.common import Step
from graph.steps.foreign import is_foreign
from graph.steps.measuring import environment_of
from memory.code import CodeError
from memory.ledger import RunLedger
from memory.records.behaviour import Recording
from memory.records.execution import SandboxError
from memory.records.manifest import UNKNOWN
from memory.records.report import Check, CheckOutcome
from memory.untrusted_files import UntrustedFileError
from tools.importing.stack import is_test, read_stack
from tools.profiler.recorder import Recorder
from tools.profiler.script_recorder import server_of

SHOWN = 5
SAME = ("tests/", "docs/")
"""Files of an application that answer nobody."""


class Kept(BaseModel):
    """`update` is not shown with the run: the answers are long."""

    update: dict[str, Recording]
    evidence: dict[str, Any]


async def record(step: Step, commit: str, before: Recording | None = None) -> Recording:
    """Once for a commit. What cannot be recorded is told in it."""

    async def made() -> Kept:
        found = await _recorded(step, commit, before)
        told = {"app": found.app, "answers": len(found.steps), "problem": found.problem}
        return Kept(update={"recording": found}, evidence=told)

    kept = await RunLedger(step.deps.pool, step.run_id).once(f"qa/{commit}/answers", made, Kept)
    return kept.update["recording"]


async def freeze_answers(step: Step) -> None:
    """Before Dev works."""
    row = await step.deps.store.modification_of(step.run_id)
    base = row["base_commit"]
    if base is not None and not await _is_the_templates(step, base, row["base_scaffold"]):
        await record(step, base)


async def answers_as_before(step: Step, commit: str, check: Check) -> Check:
    """The check of what worked before, with what the application answers where no test speaks for it."""
    row, plan = await step.deps.store.modification_of(step.run_id), await step.deps.store.plan(step.run_id)
    base = row["base_commit"]
    if base is None or await _is_the_templates(step, base, row["base_scaffold"]):
        return check
    before = await record(step, base)
    if not before.steps:
        return _with(check, {"not_recorded": before.problem or "the application offers nothing that could be asked"})
    after = await record(step, commit, before)
    told: dict[str, Any] = {"answers": len(before.steps), "routes": len({s.route for s in before.steps})}
    if not after.steps:
        why = f"the application answered before the change and does not after it: {after.problem}"
        return _closed(check, why, told)
    tested = await _covered(step, base)
    found = differences(before, after, (intended(plan), tested))
    told["by_no_test"] = sorted({s.route for s in before.steps if s not in tested})
    if not found:
        said = f"{check.summary}; {len(before.steps)} recorded answers of {told['routes']} routes are as before"
        return _with(check, told).model_copy(update={"summary": said})
    failing = [{"name": one.route, "message": f"{one.before}; now {one.after}", "excerpt": ""} for one in found]
    closed = _closed(check, _words(found), told)
    return closed.model_copy(update={"evidence": {**closed.evidence, "failing": failing}})


def _words(found: list[Difference]) -> str:
    said = "; ".join(map(str, found[:SHOWN]))
    return (
        f"{len(found)} routes answer otherwise that no test covers, and the plan does not say that they should: {said}"
    )


def _with(check: Check, told: dict[str, Any]) -> Check:
    return check.model_copy(update={"evidence": {**check.evidence, "recorded": told}})


def _closed(check: Check, why: str, told: dict[str, Any]) -> Check:
    return _with(check, told).model_copy(update={"outcome": CheckOutcome.FAILED, "summary": why})


async def _is_the_templates(step: Step, base: str, scaffold: str | None) -> bool:
    """Nobody has written on it: the template's own tests cover its routes."""
    if scaffold is None:
        return False
    ours, given = [
        await asyncio.to_thread(step.deps.code.entries, step.project_id, commit) for commit in (base, scaffold)
    ]
    return all(ours.get(path) == given.get(path) for path in {*ours, *given} if not path.startswith(SAME))


async def _covered(step: Step, base: str) -> Any:
    contents = await asyncio.to_thread(step.deps.code.contents, step.project_id, base)
    tests = {path: text.decode("utf-8", "replace") for path, text in contents.items() if is_a_test(path)}
    report = await step.deps.store.report(step.project_id, base)
    requests = requests_of(report.checks) if report is not None else None
    return covered(tests, [row.operation for row in requests.operations] if requests is not None else [])


def is_a_test(path: str) -> bool:
    return is_test(path, "python") or is_test(path, "javascript")


async def _recorded(step: Step, commit: str, before: Recording | None) -> Recording:
    try:
        async with step.checked_out(commit) as (tree, manifest):
            recorder = Recorder(step.deps.executor, scratch=step.deps.settings.workspaces)
            if not await is_foreign(step):
                deps = step.deps
                environment = await environment_of(tree, manifest.lock, deps.environments, deps.resolver)
                return await recorder.record(tree, manifest, environment, before)
            return await _of_import(step, tree, recorder, before)
    except (CodeError, SandboxError, UntrustedFileError, OSError) as error:
        return Recording(problem=f"not recorded: {error}"[:600])


async def _of_import(step: Step, tree: Path, recorder: Recorder, before: Recording | None) -> Recording:
    """In what its tests run in. Raises SandboxError."""
    stack = await asyncio.to_thread(read_stack, tree)
    installed = await step.deps.baseline.tests.installed(tree, stack)
    if stack.kind == "python" and installed.environment is not None:
        return await recorder.record(tree, UNKNOWN, installed.environment, before)
    server = server_of(stack)
    if server is None:
        return Recording(problem="nothing says how it is started, or its sources name no route: nothing is recorded")
    return await recorder.record_script(tree, server, installed.environment, before)


__all__ = ["answers_as_before", "freeze_answers"]
