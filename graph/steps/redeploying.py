"""Ops' step of a modification: it goes live where the project was live, everywhere or nowhere."""

from __future__ import annotations

from typing import Any

from agents.ops import agent as ops
from agents.ops.behaviour import Seen, broken, observe
from agents.qa.frozen import altered_paths
from graph.steps.common import Step, StepResult
from graph.steps.deploying import deploy_to
from graph.steps.merging import take_back
from memory.code import CodeError

BY_HAND = "production"


async def redeploy(step: Step) -> StepResult:
    """Production is for a person to decide: `deploy` puts the new commit there."""
    commit, evidence = step.state["commit"], dict[str, Any]()
    url = None
    for environment in sorted(step.state["environments"]):
        if environment == BY_HAND:
            evidence[environment] = {"left": f"stays as it is; deploy {commit[:12]} there when it is wanted"}
            continue
        before = await _observed(step, environment)
        try:
            done = await deploy_to(step, commit, environment, f"deployment/{environment}")
        except (OSError, CodeError, ValueError) as error:
            return await _all_back(step, environment, f"not deployed: {error}", evidence)
        evidence[environment] = {} if done is None else done.evidence
        if done is None or done.outcome is not ops.OpsOutcome.DEPLOYED:
            why = f"QA has not looked at commit {commit}" if done is None else done.summary
            return await _all_back(step, environment, why, evidence)
        changed = await _changed(step, before, await _observed(step, environment))
        if changed:
            evidence[environment]["changed"] = changed
            await _back(step, environment)
            return await _all_back(step, environment, "; ".join(changed), evidence)
        url = url or (done.serving.url if done.serving else None)
    return StepResult(update={"url": url or ""}, evidence=evidence)


async def _all_back(step: Step, at: str, why: str, evidence: dict[str, Any]) -> StepResult:
    """The old commit serves wherever the new one served already, and the code is as it was."""
    reason = f"in {at}: {why}"
    for environment in sorted(step.state["environments"]):
        if environment == at:
            break
        if environment != BY_HAND:
            await _back(step, environment)
    if await take_back(step, reason):
        reason += ". Project and deployments are as they were"
    else:
        reason += ". People have pushed on it since, so the code stays; deployments are as they were"
    return StepResult(update={"error": reason}, evidence={**evidence, "error": reason})


async def _back(step: Step, environment: str) -> None:
    """What served there before; QA had passed it, whatever people have pushed since."""
    await deploy_to(step, step.state["environments"][environment], environment, f"back/{environment}")


async def _observed(step: Step, environment: str) -> dict[str, Seen]:
    rows = (await step.deps.store.current_deployments([step.project_id]))[step.project_id]
    url = next((row["deployment_url"] for row in rows if row["environment"] == environment), None)
    return {} if url is None else await observe(step.deps.http, url)


async def _changed(step: Step, before: dict[str, Seen], after: dict[str, Seen]) -> list[str]:
    """Answers that are others than before, of paths that the change is not about. A rollback is about all."""
    plan = await step.deps.store.plan(step.run_id)
    if step.state.get("intent") != "modify" or plan.change is None:
        return []
    return broken(before, after, altered_paths(plan.change, plan.spec))


__all__ = ["redeploy"]
