"""Ops' step: the commit that QA passed is put to work, and proven at its address."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

from agents.ops import agent as ops
from agents.qa.policy import deployable
from graph.steps.common import Step, StepResult, failed
from memory.records.serving import DeploymentStatus, Gate, Resources, Strategy
from memory.secrets import Kind, Place

PARTS = ("commit", "tree", "environment")
STATUS = {
    ops.OpsOutcome.DEPLOYED: DeploymentStatus.HEALTHY,
    ops.OpsOutcome.ROLLED_BACK: DeploymentStatus.ROLLED_BACK,
}


def environment_of(asked: dict[str, Any]) -> str:
    return str(asked.get("deploy") or asked.get("environment") or "dev")


async def deploy(step: Step) -> StepResult:
    commit, asked = step.state["commit"], step.asked
    environment = environment_of(asked)
    report = await step.deps.store.report(step.project_id, commit)
    if report is None:
        return failed(f"QA has not looked at commit {commit}")
    verdict = deployable(report, commit, environment, asked.get("waivers") or {})
    set_by_people = await asyncio.to_thread(step.deps.secrets.read, Place(step.project_id, environment, Kind.USER))
    deployment_id = str(uuid.uuid5(uuid.UUID(step.run_id), "deployment"))
    resources = await _resources(step, environment)
    await step.tell("ops_deployment_started", environment=environment, platform="local")
    async with step.checked_out(commit) as (tree, manifest):
        input = ops.OpsInput(
            deployment_id=deployment_id,
            project_id=step.project_id,
            environment=environment,
            commit=commit,
            code=tree,
            manifest=manifest,
            gate=Gate(commit, verdict.allowed, verdict.reasons),
            variables=set_by_people,
            resources=resources,
            strategy=Strategy(asked.get("strategy") or Strategy.BLUE_GREEN),
            downtime=bool(asked.get("downtime")),
            tree=await asyncio.to_thread(step.deps.code.tree_of, step.project_id, commit),
        )
        done = await ops.run(input, ops.OpsDeps(step.deps.platform, step.deps.http))
    done.evidence.update(_promoted(asked, done))
    await step.deps.store.save_deployment(_row(step, input, done))
    url = done.serving.url if done.serving else None
    if done.outcome is ops.OpsOutcome.DEPLOYED:
        await step.tell("ops_deployment_completed", deployment_id=deployment_id, url=url)
        return StepResult(update={"deployment_id": deployment_id, "url": url}, evidence=done.evidence)
    rolled_back = done.outcome is ops.OpsOutcome.ROLLED_BACK
    failure: dict[str, Any] = {"deployment_id": deployment_id, "error": done.summary, "rolled_back": rolled_back}
    await step.tell("ops_deployment_failed", **failure)
    return StepResult(update={"error": done.summary}, evidence=done.evidence)


async def _resources(step: Step, environment: str) -> Resources:
    """What the request names, else what the environment gives."""
    named = step.asked.get("resources")
    if named is not None:
        return Resources.model_validate(named)
    return (await step.deps.store.resources(step.project_id)).get(environment) or Resources()


def _promoted(asked: dict[str, Any], done: ops.OpsOutput) -> dict[str, Any]:
    """Whether the very same thing runs that served in the environment it came from."""
    source = asked.get("promotes")
    if source is None or done.serving is None:
        return {}
    there, here = source["artefact"] or {}, done.serving.artefact
    same = {f"same_{part}": bool(here.get(part)) and here.get(part) == there.get(part) for part in PARTS}
    return {"promoted": {"from": source["from"], "deployment_id": source["deployment_id"], **same}}


def _row(step: Step, input: ops.OpsInput, done: ops.OpsOutput) -> dict[str, Any]:
    live = done.outcome is ops.OpsOutcome.DEPLOYED
    return {
        "id": input.deployment_id,
        "project_id": input.project_id,
        "run_id": step.run_id,
        "environment": input.environment,
        "commit": input.commit,
        "status": STATUS.get(done.outcome, DeploymentStatus.FAILED).value,
        "deployment_url": done.serving.url if done.serving and live else None,
        "detail": done.summary,
        "resources": input.resources.model_dump(mode="json"),
        "strategy": input.strategy.value,
        "artefact": dict(done.serving.artefact) if done.serving else None,
    }


__all__ = ["deploy", "environment_of"]
