"""Dev's step of a rollback: code, plan and template base of an earlier commit, on top of what there is."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from pydantic import ValidationError

from agents.dev import rollback as dev
from agents.dev.change import Changes
from graph.steps.common import Step, StepResult, branch_of, failed
from graph.steps.foreign import foreign_at, is_foreign
from graph.steps.resolving import resolved
from memory.code import MAIN, SCAFFOLD, CodeError
from memory.records.change import Change
from memory.records.model import Role
from memory.records.plan import Plan
from memory.records.spec import AppSpec
from memory.scratch import scratch_folder

SPEC = "spec.json"


async def write_rollback(step: Step) -> StepResult:
    deps, project, target = step.deps, step.project_id, step.asked["to"]
    await deps.store.set_project_status(project, "modifying")
    await deps.store.update_modification(step.run_id, status="applying")
    await deps.store.keep_base(step.run_id)
    main = await asyncio.to_thread(deps.code.resolve, project, MAIN)
    scaffold = await asyncio.to_thread(deps.code.resolve, project, SCAFFOLD)
    imported = await is_foreign(step)
    try:
        history = await asyncio.to_thread(deps.code.history, project, target)
        spec, before = await _specs(step, target)
    except (CodeError, LookupError, ValidationError, ValueError) as error:
        return failed(f"commit {target[:12]} cannot be gone back to: {error}")
    if main is None or (scaffold is None and not imported):
        return failed("this project has no code that could be turned back")
    async with scratch_folder(deps.settings.workspaces) as scratch:
        input = dev.RollbackInput(
            project,
            main,
            target,
            step.asked.get("since"),
            scratch / "tree",
            step.run["created_at"],
            step.asked["request"],
        )
        done = await dev.roll_back(input, deps.code)
    await asyncio.to_thread(deps.code.set_ref, project, branch_of(step), done.commit)
    await deps.store.update_modification(
        step.run_id,
        base_commit=main,
        base_scaffold=scaffold,
        scaffold=None if imported else await deps.store.scaffold_at(project, history) or scaffold,
        commit=done.commit,
        branch=branch_of(step).removeprefix("refs/heads/"),
    )
    files = sorted(await asyncio.to_thread(deps.code.diff, project, main, done.commit))
    await step.tell("dev_code_generated", f"rollback/{main}", task_id="rollback", files=files)
    evidence: dict[str, Any] = {"base": main, "to": target, "files": files}
    plan = Plan(spec=spec, change=Change(before=before, says=(step.asked["request"],)))
    if done.conflicts and step.gateway(Role.DEV) is not None:
        changes = Changes(done.commit, scaffold or "", scaffold or "", {}, None, done.conflicts)
        return await resolved(step, plan, changes, evidence)
    if done.conflicts:
        places = "; ".join(f"{c.path}: {c.why}" for c in done.conflicts)
        shown = [{"path": c.path, "why": c.why, "hunks": list(c.hunks)} for c in done.conflicts]
        reason = f"people have edited since what would have to be turned back, and nothing was changed ({places})"
        return failed(reason, **evidence, conflicts=shown)
    await deps.store.save_plan(step.run_id, plan)
    return StepResult(update={"commit": done.commit, "rounds": 1}, evidence=evidence)


async def _specs(step: Step, target: str) -> tuple[AppSpec, AppSpec]:
    """As it was planned at the target, and as it is now. An imported project has one that says its name."""
    foreign = await foreign_at(step, target)
    if foreign is not None:
        return foreign.spec, foreign.spec
    return await asyncio.to_thread(_spec, step, target), await step.deps.store.spec(step.project_id)


def _spec(step: Step, commit: str) -> AppSpec:
    """The plan as it stands in the commit. Raises CodeError, ValueError."""
    contents = step.deps.code.contents(step.project_id, commit)
    if SPEC not in contents:
        raise CodeError(f"it has no {SPEC}")
    return AppSpec.model_validate(json.loads(contents[SPEC]))


__all__ = ["write_rollback"]
