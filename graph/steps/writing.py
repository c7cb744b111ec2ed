"""Dev's step: the skeleton, the tests of what was asked, and what the template does not do."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from agents.dev import agent as dev
from agents.loop.records import LoopDeps, LoopEnd, LoopOutcome
from agents.qa import test_writer
from graph.steps.common import Step, StepResult, branch_of, failed, modifies
from graph.steps.consenting import asked, attended, consent_of, dangers_for
from graph.steps.foreign import commands_of, known_before, suite_of
from memory.code import MAIN
from memory.records.loop import Turn
from memory.records.model import ModelGateway, Role
from memory.records.plan import Fallback, Plan
from memory.records.spec import NotUnderstood
from memory.scratch import scratch_folder
from memory.snapshots import GitSnapshots
from memory.turns import PostgresTurns
from tools.scaffold.interface import ScaffoldError
from tools.workspace.commands import Commands, Means
from tools.workspace.dangers import Dangers
from tools.workspace.tool import WorkspaceTools
from tools.workspace.workspace import PROTECTED, Workspace

OUT_OF_REACH = (LoopEnd.NO_MODEL, LoopEnd.BUDGET)
"""Ends that say nothing of the work: it may go on with another model, or more money."""
ATTEMPT = "refs/heads/attempt-{run}"
ACCEPTANCE = "tests/*acceptance*"


async def write(step: Step) -> StepResult:
    """The first round. A round that was stopped by the budget goes on where it was."""
    deps, plan = step.deps, await step.deps.store.plan(step.run_id)
    gateway = step.gateway(Role.DEV)
    tests = await test_writer.write(plan, test_writer.WriterDeps(step.gateway(Role.QA)))
    await step.tell_fallback(tests.fallback, "tests")
    project = await deps.store.project(step.project_id)
    template = "rest_api" if project is None else project["template"]
    async with scratch_folder(deps.settings.workspaces) as scratch:
        input = dev.SkeletonInput(
            step.project_id, tests.plan, template, scratch / "tree", step.run["created_at"], tests.files
        )
        try:
            skeleton = await dev.write_skeleton(input, deps.scaffold, deps.code)
        except ScaffoldError as error:
            return failed(str(error))
    await step.tell("dev_code_generated", "template", task_id="write", files=list(skeleton.files))
    if tests.files:
        await step.tell("dev_tests_generated", files=sorted(tests.files))
    evidence: dict[str, Any] = {
        "commit": skeleton.commit,
        "files": list(skeleton.files),
        "unproven": list(tests.unproven),
    }
    if not plan.tasks:
        return StepResult(update={"commit": skeleton.commit, "rounds": 1}, evidence=evidence)
    await deps.store.save_plan(step.run_id, tests.plan)
    if gateway is None:
        return await _without_model(step, plan, skeleton, "no model is set", evidence)
    task = dev.DeltaTask(step.project_id, tests.plan, skeleton.with_tests, 1, step.run["created_at"])
    delta = await _delta(step, task, gateway)
    evidence |= _told(delta.outcome)
    if (waits := _waits(step, delta.outcome)) is not None:
        return StepResult(update={**waits, "commit": skeleton.commit}, evidence=evidence)
    if delta.outcome.end in OUT_OF_REACH:
        return await _without_model(step, plan, skeleton, delta.outcome.reason, evidence)
    return await _written(step, delta, 1, evidence)


Without = Callable[[str, dict[str, Any]], Awaitable[StepResult]]
"""What becomes of it where no model can be had: the reason, and the evidence so far."""


def rules_only(step: Step, plan: Plan, done: str) -> Without:
    """`done`: the commit of what the rules could do alone."""
    return lambda reason, evidence: _rules_only(step, plan, done, reason, evidence)


async def continue_with(
    step: Step, task: dev.DeltaTask, done: str, without: Without, evidence: dict[str, Any]
) -> StepResult:
    """The first round on an application that exists; `done` is the commit that it stands at before it."""
    gateway = step.gateway(Role.DEV)
    if gateway is None:
        return await without("no model is set", evidence)
    delta = await _delta(step, task, gateway)
    evidence |= _told(delta.outcome)
    if (waits := _waits(step, delta.outcome)) is not None:
        return StepResult(update={**waits, "commit": done}, evidence=evidence)
    if delta.outcome.end in OUT_OF_REACH:
        return await without(delta.outcome.reason, evidence)
    return await _written(step, delta, 1, evidence)


async def _rules_only(step: Step, plan: Plan, done: str, reason: str, evidence: dict[str, Any]) -> StepResult:
    if plan.change is None or not plan.change.says:
        return failed(f"the change needs a model: {reason}", **evidence)
    fallback = Fallback(agent="dev", from_="model", to="rules", reason=reason)
    await step.tell_fallback(fallback, "delta")
    missing = _missing(plan, reason)
    spec = plan.spec.model_copy(update={"not_understood": (*plan.spec.not_understood, *missing)})
    await step.deps.store.save_plan(step.run_id, plan.model_copy(update={"spec": spec, "tasks": ()}))
    told = {**evidence, "not_understood": [part.model_dump() for part in missing]}
    return StepResult(update={"commit": done, "rounds": 1}, evidence=told)


async def repair(step: Step) -> StepResult:
    """A later round: what QA found goes to the model, on the commit that it was found in."""
    number, base = step.state["rounds"] + 1, step.state["commit"]
    gateway = step.gateway(Role.DEV)
    report = await step.deps.store.report(step.project_id, base)
    if gateway is None or report is None:
        return failed(f"round {number} of Dev has no model or no findings to go by")
    plan = await step.deps.store.plan(step.run_id)
    at = step.run["created_at"]
    moves = step.state.get("moves", 0)
    foreign = await known_before(step) if modifies(step) else None
    facts = None if foreign is None else foreign.facts
    task = dev.DeltaTask(
        step.project_id, plan, base, number, at, report, deployed=modifies(step), moves=moves, foreign=facts
    )
    delta = await _delta(step, task, gateway)
    evidence = _told(delta.outcome)
    if (waits := _waits(step, delta.outcome)) is not None:
        return StepResult(update=waits, evidence=evidence)
    if delta.outcome.end in OUT_OF_REACH:
        reason = f"QA did not pass, and what it found could not be mended: {delta.outcome.reason}"
        return failed(reason, **evidence)
    return await _written(step, delta, number, evidence)


async def _delta(step: Step, task: dev.DeltaTask, gateway: ModelGateway) -> dev.Delta:
    async with scratch_folder(step.deps.settings.workspaces) as scratch:
        means = await _means(step, scratch)
        dangers = await dangers_for(step, task.plan)
        return await dev.write_delta(task, loop_deps(step, gateway, means, scratch, dangers), step.deps.code)


async def _means(step: Step, scratch: Path) -> Means:
    deps = step.deps
    foreign = await known_before(step) if modifies(step) else None
    if foreign is None:
        return Means(deps.executor, deps.suite, deps.environments, scratch=scratch)
    return Means(deps.executor, suite_of(step, foreign), scratch=scratch, foreign=commands_of(step, foreign))


def loop_deps(step: Step, gateway: ModelGateway, means: Means, scratch: Path, dangers: Dangers) -> LoopDeps:
    """Nothing is made before the loop puts the workspace as it has to be."""
    deps, root = step.deps, scratch / "tree"
    workspace = Workspace(root, protected=(*PROTECTED, ACCEPTANCE), dangers=dangers)

    async def watch(turn: Turn) -> None:
        for result in turn.results:
            await step.tell(
                "tool_call", f"{turn.key}/{result.call_id}", agent="dev", tool=result.name, summary=result.status[:300]
            )

    return LoopDeps(
        gateway=gateway,
        toolbox=WorkspaceTools(workspace, Commands(workspace, means)),
        snapshots=GitSnapshots(deps.code, step.project_id, root),
        turns=PostgresTurns(deps.pool, step.run_id),
        consent=consent_of(step),
        watch=watch,
    )


async def _written(step: Step, delta: dev.Delta, number: int, evidence: dict[str, Any]) -> StepResult:
    """What the loop reached is kept in any case; it becomes the project's code only where the loop came to its end."""
    outcome, evidence = delta.outcome, {**evidence, "commit": delta.commit}
    files = sorted(outcome.changed)
    await step.tell("dev_code_generated", f"round {number}", task_id=f"round_{number}", files=files)
    goal = branch_of(step) if modifies(step) else MAIN
    ref = goal if outcome.complete else ATTEMPT.format(run=step.run_id)
    await asyncio.to_thread(step.deps.code.set_ref, step.project_id, ref, delta.commit)
    if not outcome.complete:
        said = f" Its last words: {outcome.summary}" if outcome.summary else ""
        reason = f"Dev did not finish ({outcome.end.value}): {outcome.reason}.{said} What was reached is on {ref}"
        return failed(reason, **evidence)
    return StepResult(update={"commit": delta.commit, "rounds": number}, evidence=evidence)


async def _without_model(
    step: Step, plan: Plan, skeleton: dev.Skeleton, reason: str, evidence: dict[str, Any]
) -> StepResult:
    """What the template can is delivered; what it cannot is said to be missing."""
    fallback = Fallback(agent="dev", from_="model", to="template", reason=reason)
    await step.tell_fallback(fallback, "delta")
    missing = _missing(plan, reason)
    spec = plan.spec.model_copy(update={"not_understood": (*plan.spec.not_understood, *missing)})
    await step.deps.store.save_spec(step.project_id, step.run_id, spec)
    told = {**evidence, "not_understood": [part.model_dump() for part in missing]}
    return StepResult(update={"commit": skeleton.commit, "rounds": 1}, evidence=told)


def _missing(plan: Plan, reason: str) -> list[NotUnderstood]:
    why = f"needs a model: {reason}"
    return [NotUnderstood(text=part, reason=why) for task in plan.tasks for part in task.covers or (task.title,)]


def _waits(step: Step, outcome: LoopOutcome) -> dict[str, Any] | None:
    """The update of a step that goes on once a person has decided; None where nobody is asked."""
    if outcome.end is LoopEnd.APPROVAL and outcome.asks is not None:
        return {"waits_for": "tool", "tool_question": asked(outcome.asks)}
    return {"waits_for": "budget"} if outcome.end is LoopEnd.BUDGET and _may_ask(step) else None


def _may_ask(step: Step) -> bool:
    """Whether someone is there to raise the budget, and has not said no."""
    refused = (step.state.get("decision") or {}).get("decision") == "reject"
    return attended(step.asked) and not refused


def _told(outcome: LoopOutcome) -> dict[str, Any]:
    return {
        "end": outcome.end.value,
        "reason": outcome.reason,
        "summary": outcome.summary,
        "turns": outcome.turns,
        "tokens": outcome.prompt_tokens + outcome.completion_tokens,
        "usd": None if outcome.usd is None else float(outcome.usd),
        "changed": {path: how.value for path, how in outcome.changed.items()},
        "broken": list(outcome.broken),
        "tests": None if outcome.tests is None else outcome.tests.status,
    }


__all__ = ["Without", "continue_with", "loop_deps", "repair", "rules_only", "write"]
