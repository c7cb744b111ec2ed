"""Ops' step: the commit that QA passed is put to work, and proven at its address."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import replace
from typing import Any

from agents.ops import agent as ops
from agents.qa.policy import deployable
from graph.steps.common import Step, StepResult, failed
from graph.steps.foreign import is_foreign
from graph.steps.going_back import go_back
from graph.steps.moving import take_down_elsewhere, told
from graph.steps.tables import TablesApart, schema_move
from memory.records.manifest import MANIFEST_NAME
from memory.records.serving import DeploymentStatus, Gate, Resources, SchemaMove, Strategy
from memory.secrets import Kind, Place
from tools.cost.book import load_prices
from tools.cost.interface import Profile
from tools.cost.report import brief
from tools.deploy.routing import LOCAL

RENTED = Resources(memory_mb=512, cpus=0.5)
"""Of a provider, where nobody has said how much."""
DOCKER = "docker"
PARTS = ("commit", "tree", "environment")
STATUS = {
    ops.OpsOutcome.DEPLOYED: DeploymentStatus.HEALTHY,
    ops.OpsOutcome.ROLLED_BACK: DeploymentStatus.ROLLED_BACK,
}


def environment_of(asked: dict[str, Any]) -> str:
    return str(asked.get("deploy") or asked.get("environment") or "dev")


async def deploy(step: Step) -> StepResult:
    commit, environment = step.state["commit"], environment_of(step.asked)
    if step.asked.get("rolls_back") and (gone_back := await go_back(step)) is not None:
        return gone_back
    if await is_foreign(step) and MANIFEST_NAME not in await asyncio.to_thread(
        step.deps.code.entries, step.project_id, commit
    ):
        return failed(f"an imported project is not deployed: it has no {MANIFEST_NAME} that says how it is started")
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
    platform = await _platform(step, environment)
    resources = await _resources(step, environment, platform)
    await step.tell("ops_deployment_started", name, environment=environment, platform=platform)
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
            platform=platform,
            schema=schema,
            resources=resources,
            strategy=Strategy(step.asked.get("strategy") or Strategy.BLUE_GREEN),
            downtime=_may_pause(step, schema),
            tree=await asyncio.to_thread(step.deps.code.tree_of, step.project_id, commit),
        )
        done = await ops.run(input, ops.OpsDeps(step.deps.platform, step.deps.http))
    done.evidence.update(_promoted(step.asked, done))
    await step.deps.store.save_deployment(_row(step, input, done))
    if done.outcome is ops.OpsOutcome.DEPLOYED:
        warnings = [done.serving.detail] if done.serving and done.serving.detail else []
        if moved := await take_down_elsewhere(step, environment, platform):
            done.evidence["moved"] = moved
            warnings += told(moved)
        live = {"deployment_id": deployment_id, "url": _url(done), "warnings": warnings}
        await step.tell("ops_deployment_completed", name, **live)
        cost = await asyncio.to_thread(
            lambda: brief(load_prices(), LOCAL if platform == DOCKER else platform, _profile(platform, resources))
        )
        return replace(done, evidence=done.evidence | {"cost": cost})
    rolled_back = done.outcome is ops.OpsOutcome.ROLLED_BACK
    failure: dict[str, Any] = {"deployment_id": deployment_id, "error": done.summary, "rolled_back": rolled_back}
    await step.tell("ops_deployment_failed", name, **failure)
    return done


def _id(step: Step, name: str) -> str:
    return str(uuid.uuid5(uuid.UUID(step.run_id), name))


def _url(done: ops.OpsOutput) -> str | None:
    return done.serving.url if done.serving else None


def _profile(platform: str, resources: Resources) -> Profile:
    """What is rented; on this machine limits say little about what is needed."""
    if platform in (LOCAL, DOCKER):
        return Profile()
    return Profile(vcpu=resources.cpus, memory_mb=resources.memory_mb, instances=resources.instances)


def _may_pause(step: Step, schema: SchemaMove | None) -> bool:
    """Who deploys says so. A change in plain words and a way back do what they have to, and keep callers waiting."""
    return bool(step.asked.get("downtime")) or step.run["intent"] != "deploy" or (schema is not None and schema.back)


async def _platform(step: Step, environment: str) -> str:
    """What the request names, else where the environment is served already."""
    if step.asked.get("platform"):
        return str(step.asked["platform"])
    rows = (await step.deps.store.current_deployments([step.project_id]))[step.project_id]
    return next((str(row["platform"]) for row in rows if row["environment"] == environment), LOCAL)


async def _resources(step: Step, environment: str, platform: str) -> Resources:
    """What the request names, else what the environment gives; where that says nothing, little is rented."""
    named = step.asked.get("resources")
    if named is not None:
        return Resources.model_validate(named)
    given = (await step.deps.store.resources(step.project_id)).get(environment)
    return given or (Resources() if platform in (LOCAL, DOCKER) else RENTED)


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
        "platform": input.platform,
        "commit": input.commit,
        "status": STATUS.get(done.outcome, DeploymentStatus.FAILED).value,
        "deployment_url": done.serving.url if done.serving and live else None,
        "detail": done.summary,
        "resources": input.resources.model_dump(mode="json"),
        "strategy": input.strategy.value,
        "artefact": dict(done.serving.artefact) if done.serving else None,
    }


__all__ = ["deploy", "deploy_to", "environment_of"]
