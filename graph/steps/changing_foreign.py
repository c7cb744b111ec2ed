"""PM's and Dev's parts of a change of an imported project: nothing is rendered, all of it is the model's work."""

from __future__ import annotations

import asyncio
from typing import Any

from agents.dev.agent import DeltaTask, texts_of
from agents.dev.foreign_files import shown
from agents.pm.agent import PlanError
from agents.pm.planner.imported import ImportedInput, plan_imported
from agents.pm.planner.planner import PmDeps, PmOutput
from graph.approvals import EDIT, REJECT, Decision
from graph.steps.common import Step, StepResult, branch_of, failed
from graph.steps.foreign import Foreign, foreign_at, known_before
from graph.steps.foreseeing import candidates
from graph.steps.recalling import recall
from graph.steps.recorded import freeze_answers
from graph.steps.writing import continue_with
from memory.code import MAIN
from memory.records.impact import Impact
from memory.records.imported import BaselineState, without_parameters
from memory.records.model import Role

EXCERPTS, EXCERPT_CHARS = 4, 12_000
"""Files that PM is shown something of: it has to name what is there."""
UNPROVABLE = (BaselineState.NOT_INSTALLED, BaselineState.NOT_RUN)
TESTS = 80
"""Names of tests that PM may call contradicted."""


async def standing(step: Step) -> Foreign | None:
    """Of the commit that the project stands at; None for what a template made."""
    commit = await asyncio.to_thread(step.deps.code.resolve, step.project_id, MAIN)
    return None if commit is None else await foreign_at(step, commit)


async def planned(
    step: Step, foreign: Foreign, decision: Decision, answers: dict[str, str], impact: Impact | None, number: int
) -> PmOutput:
    """Raises PlanError."""
    store = step.deps.store
    if decision.decision == EDIT and decision.plan is not None:
        if decision.plan.change is None or decision.plan.change.before != foreign.spec:
            raise PlanError("the edited plan is for another project; edit the one that was shown")
        return PmOutput(decision.plan)
    if foreign.baseline.state in UNPROVABLE:
        raise PlanError(f"nothing could prove a change of this project: {foreign.baseline.summary}")
    has_model = step.gateway(Role.DEV) is not None
    likely = [file.path for file in impact.files[:EXCERPTS]] if impact is not None else []
    files = await asyncio.to_thread(texts_of, step.deps.code, step.project_id, MAIN)
    input = ImportedInput(
        step.asked["request"],
        foreign.spec,
        foreign.facts,
        candidates=candidates(impact),
        excerpts=shown(files, likely, step.asked["request"], EXCERPT_CHARS),
        tests=_tests(foreign, impact),
        built=await store.tasks_built(step.project_id),
        remembered=await recall(step) if has_model else "",
        previous=await store.plan(step.run_id) if decision.decision else None,
        comment=decision.comment if decision.decision == REJECT else "",
        answers=tuple(answers.items()),
        round=number,
    )
    return await plan_imported(input, PmDeps(step.gateway(Role.PM) if has_model else None))


def _tests(foreign: Foreign, impact: Impact | None) -> tuple[str, ...]:
    """Without parameters; of the test files that cover what is likely to change first, then of the others."""
    names = list(dict.fromkeys(without_parameters(name) for name in foreign.baseline.tests))
    first = {path: place for place, path in enumerate(impact.tests if impact is not None else ())}
    names.sort(key=lambda name: first.get(name.partition("::")[0], len(first)))
    return tuple(names[:TESTS])


async def write_foreign(step: Step) -> StepResult:
    deps, plan = step.deps, await step.deps.store.plan(step.run_id)
    base = await asyncio.to_thread(deps.code.resolve, step.project_id, MAIN)
    if base is None:
        return failed("this project has no code that could be changed")
    await deps.store.keep_base(step.run_id)
    await asyncio.to_thread(deps.code.set_ref, step.project_id, branch_of(step), base)
    branch = branch_of(step).removeprefix("refs/heads/")
    await deps.store.update_modification(step.run_id, status="applying", base_commit=base, commit=base, branch=branch)
    foreign = await known_before(step)
    if foreign is None:
        return failed("nothing is known of this project's import")
    await freeze_answers(step)
    moves, at = step.state.get("moves", 0), step.run["created_at"]
    task = DeltaTask(step.project_id, plan, base, 1, at, deployed=True, moves=moves, foreign=foreign.facts)

    async def without(reason: str, told: dict[str, Any]) -> StepResult:
        return failed(f"the change needs a model: {reason}", **told)

    return await continue_with(step, task, base, without, {"base": base})


__all__ = ["planned", "standing", "write_foreign"]
