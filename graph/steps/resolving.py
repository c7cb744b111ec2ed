"""A change that meets people's edits in the same lines: Dev brings both together, or it is shown."""

from __future__ import annotations

import asyncio
from typing import Any

from agents.dev import change as dev
from agents.dev.agent import AddedTests, DeltaTask, add_tests
from agents.qa import test_writer
from graph.steps.common import Step, StepResult, branch_of, failed
from graph.steps.foreign import known_before
from graph.steps.writing import continue_with
from memory.records.model import Role
from memory.records.plan import RESOLVE, Plan, Task
from memory.scratch import scratch_folder
from memory.three_way import marked

TITLE = "Bring the change and the edits together"
DETAIL = """The change ({change}) was merged into code that people edited meanwhile. Both changed the same in:
{places}
Where lines conflict, `<<<<<<< people's edits` begins what people wrote, `||||||| before` what was there, `=======` what
the change wants, to `>>>>>>> the change`. Write what serves both: the change is to work, and what people wrote stays
where the change does not contradict it. No mark may be left. A file that one side removed stays only if the other
side's edit still has a purpose."""


async def resolved(step: Step, plan: Plan, changes: dev.Changes, evidence: dict[str, Any]) -> StepResult:
    """Proven by QA like any other work; where Dev does not succeed, nothing is changed."""
    evidence = {**evidence, "conflicts": _shown(changes)}
    if step.gateway(Role.DEV) is None:
        return conflicting(step, changes, evidence)
    paths = tuple(conflict.path for conflict in changes.conflicts)
    plan = plan.model_copy(
        update={
            "tasks": (_task(plan, changes), *plan.tasks),
            "touches": tuple(dict.fromkeys([*paths, *plan.touches])),
        }
    )
    task, evidence = await with_tests(step, plan, changes.commit, evidence)

    async def without(reason: str, told: dict[str, Any]) -> StepResult:
        return conflicting(step, changes, told, f". No model could resolve it: {reason}")

    done = await continue_with(step, task, changes.commit, without, evidence)
    if done.update.get("error") or done.update.get("waits_for"):
        return done
    left = await asyncio.to_thread(_marked, step, done.update["commit"], paths)
    if left:
        return failed(f"Dev left marks of the conflict in {', '.join(left)}, and nothing was changed", **done.evidence)
    return done


def without_resolving(plan: Plan) -> Plan:
    """As PM made it: what is in conflict depends on where the project stands."""
    return plan.model_copy(update={"tasks": tuple(task for task in plan.tasks if task.id != RESOLVE)})


async def with_tests(step: Step, plan: Plan, commit: str, evidence: dict[str, Any]) -> tuple[DeltaTask, dict[str, Any]]:
    """Dev's task on `commit` with the tests of what was asked, which are kept with the plan."""
    earlier = await step.deps.store.tasks_built(step.project_id)
    tests = await test_writer.write(plan, test_writer.WriterDeps(step.gateway(Role.QA), earlier=earlier))
    await step.tell_fallback(tests.fallback, "tests")
    await step.deps.store.save_plan(step.run_id, tests.plan)
    at, titles = step.run["created_at"], [task.title for task in plan.tasks]
    async with scratch_folder(step.deps.settings.workspaces) as scratch:
        added = AddedTests(step.project_id, commit, tests.files, titles, at)
        base = await add_tests(added, scratch / "tree", step.deps.code)
    moves, foreign = step.state.get("moves", 0), await known_before(step)
    facts = None if foreign is None else foreign.facts
    task = DeltaTask(step.project_id, tests.plan, base, 1, at, deployed=True, moves=moves, foreign=facts)
    return task, evidence | {"unproven": list(tests.unproven)}


def conflicting(step: Step, changes: dev.Changes, evidence: dict[str, Any], why: str = "") -> StepResult:
    places = "; ".join(f"{c.path}: {c.why}" for c in changes.conflicts)
    branch = branch_of(step).removeprefix("refs/heads/")
    reason = (
        f"people's edits and the change are in conflict, and nothing was changed ({places}). "
        f"With marks on branch {branch}{why}"
    )
    return failed(reason, **evidence)


def _shown(changes: dev.Changes) -> list[dict[str, Any]]:
    return [{"path": c.path, "why": c.why, "hunks": list(c.hunks)} for c in changes.conflicts]


def _task(plan: Plan, changes: dev.Changes) -> Task:
    says = "; ".join(plan.change.says) if plan.change else ""
    places = "\n".join(f"- {conflict.path}: {conflict.why}" for conflict in changes.conflicts)
    return Task(id=RESOLVE, title=TITLE, detail=DETAIL.format(change=says or "as planned", places=places))


def _marked(step: Step, commit: str, paths: tuple[str, ...]) -> list[str]:
    contents = step.deps.code.contents(step.project_id, commit)
    return [path for path in paths if marked(contents.get(path, b""))]


__all__ = ["conflicting", "resolved", "with_tests", "without_resolving"]
