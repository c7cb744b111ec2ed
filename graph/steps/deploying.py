"""Ops' step: the commit that QA passed is put to work, and proven at its address."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

from agents.ops import agent as ops
from agents.qa.policy import deployable
from graph.steps.common import Step, StepResult, failed
from memory.records.serving import DeploymentStatus, Gate
from memory.secrets import Kind, Place
from tools.cost.book import load_prices
from tools.cost.interface import Profile
from tools.cost.report import brief


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
    await step.tell("ops_deployment_started", environment=environment, platform="local")
    async with step.checked_out(commit) as (tree, manifest):
        gate = Gate(commit, verdict.allowed, verdict.reasons)
        input = ops.OpsInput(deployment_id, step.project_id, environment, commit, tree, manifest, gate, set_by_people)
        done = await ops.run(input, ops.OpsDeps(step.deps.platform, step.deps.http))
    await step.deps.store.save_deployment(_row(step, input, done))
    url = done.serving.url if done.serving else None
    if done.outcome is ops.OpsOutcome.DEPLOYED:
        await step.tell("ops_deployment_completed", deployment_id=deployment_id, url=url)
        evidence = done.evidence | {"cost": await asyncio.to_thread(lambda: brief(load_prices(), "local", Profile()))}
        return StepResult(update={"deployment_id": deployment_id, "url": url}, evidence=evidence)
    failure: dict[str, Any] = {"deployment_id": deployment_id, "error": done.summary, "rolled_back": False}
    await step.tell("ops_deployment_failed", **failure)
    return StepResult(update={"error": done.summary}, evidence=done.evidence)


def _row(step: Step, input: ops.OpsInput, done: ops.OpsOutput) -> dict[str, Any]:
    live = done.outcome is ops.OpsOutcome.DEPLOYED
    return {
        "id": input.deployment_id,
        "project_id": input.project_id,
        "run_id": step.run_id,
        "environment": input.environment,
        "commit": input.commit,
        "status": (DeploymentStatus.HEALTHY if live else DeploymentStatus.FAILED).value,
        "deployment_url": done.serving.url if done.serving and live else None,
        "detail": done.summary,
    }


__all__ = ["deploy", "environment_of"]
