"""A modification becomes the project's code in one step, or is taken back in one."""

from __future__ import annotations

import asyncio
from typing import Any

from graph.deps import Deps
from graph.state import RunState
from graph.steps.common import CHANGING, Step, StepResult, branch_of, failed
from graph.steps.foreign import is_foreign
from memory.code import MAIN, SCAFFOLD
from memory.store import Row

MOST_MOVES = 3
"""Times that people may push while a change is made."""
MOST_FILE, MOST_ALL = 20_000, 1_000_000
"""Characters of diffs that are kept, of one file and of all."""


async def merge(step: Step) -> StepResult:
    """Compare and swap: where people have pushed meanwhile, the change is made again on what they pushed."""
    row, commit = await step.deps.store.modification_of(step.run_id), step.state["commit"]
    if not await _merged(step, row, commit):
        moves = step.state.get("moves", 0) + 1
        if moves > MOST_MOVES:
            return failed(f"main moved {moves} times while the change was made; ask again when nobody pushes")
        return StepResult(update={"moves": moves, "rounds": 0, "qa_passed": False}, evidence={"moved": moves})
    report = await step.deps.store.report(step.project_id, commit)
    plan = await step.deps.store.plan(step.run_id)
    if report is None:
        return failed(f"QA has not looked at commit {commit}")
    await step.deps.store.update_modification(step.run_id, commit=commit, **await _diffs(step, row, commit))
    spec = None if await is_foreign(step) else plan.spec
    await step.deps.store.apply_modification(step.project_id, step.run_id, spec, report)
    await asyncio.to_thread(step.deps.code.delete_ref, step.project_id, branch_of(step))
    live = await live_environments(step)
    evidence = {"from": row["base_commit"], "to": commit, "redeploys": live}
    return StepResult(update={"environments": live, "moves": 0}, evidence=evidence)


async def live_environments(step: Step) -> dict[str, str]:
    """Where the application serves now, and which commit."""
    rows = (await step.deps.store.current_deployments([step.project_id]))[step.project_id]
    return {row["environment"]: row["commit"] for row in rows}


async def _merged(step: Step, row: Row, commit: str) -> bool:
    code, project = step.deps.code, step.project_id
    if await asyncio.to_thread(code.resolve, project, MAIN) == commit:
        return True  # by an attempt that died
    moves = [(MAIN, row["base_commit"], commit), *_template(row["base_scaffold"], row["scaffold"])]
    return await asyncio.to_thread(code.move_refs, project, moves)


def _template(old: str | None, new: str | None) -> list[tuple[str, str, str]]:
    """An imported project has no template base that could move."""
    return [] if old is None or new is None else [(SCAFFOLD, old, new)]


async def take_back(step: Step, reason: str) -> bool:
    """Main, template base and plan as they were; False where people have pushed on it since."""
    row, code, project = await step.deps.store.modification_of(step.run_id), step.deps.code, step.project_id
    moves = [(MAIN, row["commit"], row["base_commit"]), *_template(row["scaffold"], row["base_scaffold"])]
    if await asyncio.to_thread(code.resolve, project, MAIN) != row["base_commit"]:
        await asyncio.to_thread(code.set_ref, project, branch_of(step), row["commit"])
        if not await asyncio.to_thread(code.move_refs, project, moves):
            return False
    await step.deps.store.undo_modification(step.run_id, "failed", reason)
    return True


async def abandon(deps: Deps, run: Row, reason: str) -> None:
    """Of a run that ends without its report: what is merged and did not get to its deployments is taken back."""
    if run["intent"] not in CHANGING:
        return
    steps = {step["key"]: step["output"] for step in await deps.store.steps(run["id"])}
    merges = [output for key, output in steps.items() if key.startswith("merge")]
    if not merges or steps.get("ops") is not None or (merges[-1] is not None and not _live(merges[-1])):
        return
    state = RunState(project_id=run["project_id"], run_id=run["id"], intent=run["intent"], messages=[])
    await take_back(Step(deps, state, run), reason)


def _live(output: dict[str, Any] | None) -> bool:
    return bool(((output or {}).get("update") or {}).get("environments"))


async def settle(step: Step, error: str | None) -> None:
    """At the run's end."""
    row = await step.deps.store.modification_of(step.run_id)
    if row["rolls_back"] and not error:
        await step.deps.store.mark_rolled_back(row["rolls_back"])
    await step.deps.store.settle_project(step.project_id)


async def _diffs(step: Step, row: Row, commit: str) -> dict[str, Any]:
    return await asyncio.to_thread(_read_diffs, step, row, commit)


def _read_diffs(step: Step, row: Row, commit: str) -> dict[str, Any]:
    code, project, base = step.deps.code, step.project_id, row["base_commit"]
    touched = sorted(code.diff(project, base, commit))
    patches, left = {}, MOST_ALL
    for part in code.patch(project, base, commit).split("diff --git ")[1:]:
        path = part.partition("\n")[0].rpartition(" b/")[2].strip('"')
        text = f"diff --git {part}".replace("\0", "")
        text = text if len(text) <= MOST_FILE else f"{text[:MOST_FILE]}\n… {len(text) - MOST_FILE} more characters"
        if (left := left - len(text)) > 0:
            patches[path] = text
    return {"touched_files": touched, "modified_files": patches, "prediction": _score(row["affected_files"], touched)}


def _score(expected: list[str], touched: list[str]) -> dict[str, float] | None:
    """How good the expectation was, both ways 0 to 1."""
    if not expected or not touched:
        return None
    right = len(set(expected) & set(touched))
    return {"precision": round(right / len(expected), 3), "recall": round(right / len(touched), 3)}


__all__ = ["abandon", "live_environments", "merge", "settle", "take_back"]
