"""Ops' step of a modification: it goes live where the project was live, everywhere or nowhere."""

from __future__ import annotations

from typing import Any

from agents.ops import agent as ops
from graph.steps.common import Step, StepResult
from graph.steps.deploying import deploy_to
from graph.steps.merging import take_back

BY_HAND = "production"


async def redeploy(step: Step) -> StepResult:
    """Production is for a person to decide: `deploy` puts the new commit there."""
    commit, evidence = step.state["commit"], dict[str, Any]()
    url = None
    for environment in step.state["environments"]:
        if environment == BY_HAND:
            evidence[environment] = {"left": f"stays as it is; deploy {commit[:12]} there when it is wanted"}
            continue
        done = await deploy_to(step, commit, environment, f"deployment/{environment}")
        evidence[environment] = {} if done is None else done.evidence
        if done is None or done.outcome is not ops.OpsOutcome.DEPLOYED:
            why = f"QA has not looked at commit {commit}" if done is None else done.summary
            return await _all_back(step, environment, why, evidence)
        url = url or (done.serving.url if done.serving else None)
    return StepResult(update={"url": url or ""}, evidence=evidence)


async def _all_back(step: Step, at: str, why: str, evidence: dict[str, Any]) -> StepResult:
    """The old commit serves wherever the new one served already, and the code is as it was."""
    row = await step.deps.store.modification_of(step.run_id)
    reason = f"in {at}: {why}"
    for environment in step.state["environments"]:
        if environment == at:
            break
        if environment != BY_HAND:
            await deploy_to(step, row["base_commit"], environment, f"back/{environment}")
    if await take_back(step, reason):
        reason += ". Project and deployments are as they were"
    else:
        reason += ". People have pushed on it since, so the code stays; deployments are as they were"
    return StepResult(update={"error": reason}, evidence={**evidence, "error": reason})


__all__ = ["redeploy"]
