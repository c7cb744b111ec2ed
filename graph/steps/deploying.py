"""Ops' step: the commit that QA passed is put to work, and proven at its address."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import replace
from typing import Any

from agents.ops import agent as ops
from agents.qa.policy import deployable
from graph.steps.common import Step, StepResult, failed
from graph.steps.tables import TablesApart, schema_move
from memory.records.serving import DeploymentStatus, Gate
from memory.secrets import Kind, Place
from tools.cost.book import load_prices
from tools.cost.interface import Profile
from tools.cost.report import brief


def environment_of(asked: dict[str, Any]) -> str:
    return str(asked.get("deploy") or asked.get("environment") or "dev")


async def deploy(step: Step) -> StepResult:
    commit, environment = step.state["commit"], environment_of(step.asked)
    done = await deploy_to(step, commit, environment, "deployment")
    if done is None:
        return failed(f"QA has not looked at commit {commit}")
    if done.outcome is ops.OpsOutcome.DEPLOYED:
        update = {"deployment_id": _id(step, "deployment"), "url": _url(done)}
        return StepResult(update=update, evidence=done.evidence)
    return StepResult(update={"error": done.summary}, evidence=done.evidence)


async def deploy_to(step: Step, commit: str, environment: str, name: str) -> ops.OpsOutput | None:
    """One deployment, known by its name within the run. None where QA has not looked at the commit."""
    report = await step.deps.store.report(step.project_id, commit)
    if report is None:
        return None
    verdict = deployable(report, commit, environment, step.asked.get("waivers") or {})
    set_by_people = await asyncio.to_thread(step.deps.secrets.read, Place(step.project_id, environment, Kind.USER))
    deployment_id = _id(step, name)
    try:
        schema = await schema_move(step, environment, commit)
    except TablesApart as error:
        schema = None
        verdict = replace(verdict, allowed=False, reasons=(str(error),))
    await step.tell("ops_deployment_started", name, environment=environment, platform="local")
    async with step.checked_out(commit) as (tree, manifest):
        gate = Gate(commit, verdict.allowed, verdict.reasons)
        input = ops.OpsInput(
            deployment_id, step.project_id, environment, commit, tree, manifest, gate, set_by_people, schema
        )
        done = await ops.run(input, ops.OpsDeps(step.deps.platform, step.deps.http))
    await step.deps.store.save_deployment(_row(step, input, done))
    if done.outcome is ops.OpsOutcome.DEPLOYED:
        await step.tell("ops_deployment_completed", name, deployment_id=deployment_id, url=_url(done))
        cost = await asyncio.to_thread(lambda: brief(load_prices(), "local", Profile()))
        return replace(done, evidence=done.evidence | {"cost": cost})
    failure: dict[str, Any] = {"deployment_id": deployment_id, "error": done.summary, "rolled_back": False}
    await step.tell("ops_deployment_failed", name, **failure)
    return done


def _id(step: Step, name: str) -> str:
    return str(uuid.uuid5(uuid.UUID(step.run_id), name))


def _url(done: ops.OpsOutput) -> str | None:
    return done.serving.url if done.serving else None


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


__all__ = ["deploy", "deploy_to", "environment_of"]
