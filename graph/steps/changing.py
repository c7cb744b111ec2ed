"""PM's and Dev's steps of a modification: read the change, render anew, merge with what people have written."""

from __future__ import annotations

import asyncio
from pathlib import PurePosixPath
from typing import Any

from agents.dev import change as dev
from agents.dev.agent import texts_of
from agents.pm.agent import PlanError
from agents.pm.changing import ChangeRequest
from agents.pm.planner.change import ChangeInput
from agents.pm.planner.change import plan_change as read_change
from agents.pm.planner.planner import PmDeps, PmOutput
from agents.qa.turned import names_of_tests
from graph.approvals import EDIT, REJECT, Decision
from graph.steps.changing_foreign import TESTS, planned, standing, write_foreign
from graph.steps.common import Step, StepResult, branch_of, failed
from graph.steps.foreign import is_foreign
from graph.steps.foreseeing import SHOWN, brief, candidates, foreseen, help_by
from graph.steps.planning import MOST_PLANS, answers_so_far, document, with_defaults
from graph.steps.recalling import recall
from graph.steps.recorded import freeze_answers
from graph.steps.remembering import keep_decision
from graph.steps.resolving import resolved, with_tests, without_resolving
from graph.steps.writing import continue_with, rules_only
from memory.code import MAIN
from memory.records.impact import Impact
from memory.records.model import Role
from memory.records.plan import Plan
from memory.scratch import scratch_folder
from tools.scaffold.interface import ScaffoldError


async def plan_change(step: Step) -> StepResult:
    """Of an imported project too, which nothing but a model can plan for."""
    number = step.state.get("plans", 0) + 1
    decision = Decision.model_validate(step.state.get("decision") or {"decision": ""})
    if number > MOST_PLANS:
        return failed(f"{MOST_PLANS} plans were refused; ask again in other words")
    await step.deps.store.set_project_status(step.project_id, "modifying")
    await keep_decision(step, decision)
    await step.tell("pm_planning_started", str(number))
    impact = await foreseen(step)
    answers = await answers_so_far(step, decision)
    try:
        made = await _planned(step, decision, answers, impact, number)
    except (PlanError, ScaffoldError, LookupError) as error:
        return failed(f"{error}{help_by(impact)}", impact=brief(impact))
    plan = await _expecting(step, made.plan, impact)
    await step.tell_fallback(made.fallback, str(number))
    await step.deps.store.save_plan(step.run_id, plan)
    told = document(plan)
    for task in told["tasks"]:
        await step.tell("pm_task_created", f"{number}/{task['id']}", task=task)
    await step.tell("pm_plan_ready", str(number), plan=told)
    rendered = plan.change is not None and not await is_foreign(step)
    expected = set(plan.touches)
    if rendered and plan.change is not None:
        expected |= set(step.deps.scaffold.expected(plan.change, plan.spec))
    await step.deps.store.update_modification(step.run_id, status="planned", affected_files=sorted(expected))
    waits = "plan" if step.asked.get("approve") and decision.decision != EDIT else ""
    evidence = {
        "changes": told["changes"],
        "assumptions": told["assumptions"],
        "not_understood": told["not_understood"],
        "questions": told["questions"],
        "planned_by": told["planned_by"],
        "touches": list(plan.touches),
        "contradicts": list(plan.contradicts),
        "alters": list(plan.alters),
        "model_calls": made.calls,
        "impact": brief(impact),
    }
    update = {"plans": number, "waits_for": waits, "decision": {}, "answers": answers}
    return StepResult(update=update, evidence=evidence)


async def _planned(
    step: Step, decision: Decision, answers: dict[str, str], impact: Impact | None, number: int
) -> PmOutput:
    """Raises PlanError, ScaffoldError, LookupError."""
    store = step.deps.store
    foreign = await standing(step)
    if foreign is not None:
        made = await planned(step, foreign, decision, answers, impact, number)
        return with_defaults(made, ask=bool(step.asked.get("approve")))
    spec = await store.spec(step.project_id)
    if decision.decision == EDIT and decision.plan is not None:
        if decision.plan.change is None or decision.plan.change.before != spec:
            raise PlanError("the edited plan is for another application; edit the one that was shown")
        return PmOutput(decision.plan)
    has_model = step.gateway(Role.DEV) is not None
    input = ChangeInput(
        ChangeRequest(step.asked["request"], spec, has_model, step.deps.scaffold.notes),
        candidates=candidates(impact),
        tests=await _tests(step, impact) if has_model else (),
        built=await store.tasks_built(step.project_id),
        remembered=await recall(step) if has_model else "",
        previous=await store.plan(step.run_id) if decision.decision else None,
        comment=decision.comment if decision.decision == REJECT else "",
        answers=tuple(answers.items()),
        round=number,
    )
    made = await read_change(input, PmDeps(step.gateway(Role.PM) if has_model else None))
    return with_defaults(made, ask=bool(step.asked.get("approve")))


async def _tests(step: Step, impact: Impact | None) -> tuple[str, ...]:
    """Of the test files that cover what is likely to change; a planner may call them contradicted."""
    likely = set(impact.tests[:SHOWN]) if impact is not None else set()
    texts = await asyncio.to_thread(texts_of, step.deps.code, step.project_id, MAIN)
    return tuple(sorted(names_of_tests({path: text for path, text in texts.items() if path in likely})))[:TESTS]


async def _expecting(step: Step, plan: Plan, impact: Impact | None) -> Plan:
    """With the files that Dev will probably change: the planner's where there is such a place, else the analysis'."""
    if not plan.tasks:
        return plan.model_copy(update={"touches": ()})
    there = await asyncio.to_thread(step.deps.code.entries, step.project_id, MAIN)
    folders = {str(PurePosixPath(path).parent) for path in there}
    named = tuple(p for p in plan.touches if p in there or str(PurePosixPath(p).parent) in folders)
    return plan.model_copy(update={"touches": named or (impact.expected() if impact else ())})


async def write_change(step: Step) -> StepResult:
    if await is_foreign(step):
        return await write_foreign(step)
    deps, plan = step.deps, without_resolving(await step.deps.store.plan(step.run_id))
    await deps.store.update_modification(step.run_id, status="applying")
    base = await asyncio.to_thread(deps.code.resolve, step.project_id, MAIN)
    project = await deps.store.project(step.project_id)
    if base is None or project is None or plan.change is None:
        return failed("this project has no code that could be changed")
    await deps.store.keep_base(step.run_id)
    try:
        async with scratch_folder(deps.settings.workspaces) as scratch:
            input = dev.ChangeInput(
                step.project_id, plan, project["template"], base, scratch / "work", step.run["created_at"]
            )
            changes = await dev.write_change(input, deps.scaffold, deps.code)
    except ScaffoldError as error:
        return failed(str(error))
    await asyncio.to_thread(deps.code.set_ref, step.project_id, branch_of(step), changes.commit)
    await _record(step, base, changes)
    await step.tell("dev_code_generated", f"change/{base}", task_id="change", files=sorted(changes.files))
    evidence: dict[str, Any] = {"base": base, "files": sorted(changes.files), "migration": changes.migration}
    if changes.conflicts:
        return await resolved(step, plan, changes, evidence)
    if not plan.tasks:
        return StepResult(update={"commit": changes.commit, "rounds": 1}, evidence=evidence)
    return await _with_tasks(step, plan, changes.commit, evidence)


async def _with_tasks(step: Step, plan: Plan, commit: str, evidence: dict[str, Any]) -> StepResult:
    """What the rules do not cover, in the model's loop, with its tests written before."""
    await freeze_answers(step)
    task, evidence = await with_tests(step, plan, commit, evidence)
    return await continue_with(step, task, commit, rules_only(step, task.plan, commit), evidence)


async def _record(step: Step, base: str, changes: dev.Changes) -> None:
    await step.deps.store.update_modification(
        step.run_id,
        base_commit=base,
        base_scaffold=changes.scaffold_before,
        scaffold=changes.scaffold,
        branch=branch_of(step).removeprefix("refs/heads/"),
        migration=changes.migration,
        commit=changes.commit,
    )


__all__ = ["plan_change", "write_change"]
