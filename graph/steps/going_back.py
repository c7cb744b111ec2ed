"""Ops' step of a rollback: the platform itself puts to work again what served before, where it still has it."""

from __future__ import annotations

import asyncio

from agents.ops import going_back
from agents.ops.agent import OpsDeps, OpsOutcome, OpsOutput
from agents.qa.policy import deployable
from graph.steps.common import Step, StepResult
from graph.steps.tables import TablesApart, schema_move
from memory.records.plan import Fallback
from memory.store import Row
from tools.deploy import migrations
from tools.deploy.interface import DeployError
from tools.deploy.routing import LOCAL

REASON = "rolled back by request"


async def go_back(step: Step) -> StepResult | None:
    """None where the version before has to be deployed anew; why is told as a fallback where that was found late."""
    store, id = step.deps.store, str(step.asked["rolls_back"])
    turned = await store.deployment(id)
    before = None if turned is None else await store.live_before(turned)
    if turned is None or before is None or not await _possible(step, turned, before):
        return None
    environment, platform = turned["environment"], turned["platform"]
    await step.tell("ops_deployment_started", "deployment", environment=environment, platform=platform)
    try:
        done = await _gone_back(step, turned, before)
    except DeployError as error:
        await _told(step, platform, str(error))
        return None
    await store.turned_back(turned["id"], before["id"], REASON)
    if done.outcome is not OpsOutcome.DEPLOYED:
        await _told(step, platform, done.summary)
        return None
    url = done.serving.url if done.serving else None
    await step.tell("ops_deployment_completed", "deployment", deployment_id=before["id"], url=url)
    return StepResult(update={"deployment_id": before["id"], "url": url}, evidence=done.evidence)


async def _gone_back(step: Step, turned: Row, before: Row) -> OpsOutput:
    async with step.checked_out(before["commit"]) as (_, manifest):
        health_path = manifest.health_path
    input = going_back.BackInput(turned["id"], before["id"], before["commit"], health_path, REASON)
    return await going_back.run(input, OpsDeps(step.deps.platform, step.deps.http))


async def _possible(step: Step, turned: Row, before: Row) -> bool:
    """Both stand on one platform, QA's word on the old commit holds, and no tables have to be led back here."""
    if before["commit"] != step.state["commit"] or before["platform"] != turned["platform"]:
        return False
    report = await step.deps.store.report(step.project_id, before["commit"])
    waivers = step.asked.get("waivers") or {}
    if report is None or not deployable(report, before["commit"], turned["environment"], waivers).allowed:
        return False
    try:
        move = await schema_move(step, turned["environment"], before["commit"])
    except TablesApart:
        return False
    return move is None or (turned["platform"] != LOCAL and await _lives_with(step, before["commit"], turned["commit"]))


async def _lives_with(step: Step, old: str, new: str) -> bool:
    """Whether the old version can work on the tables of the new one, which stay as they are at a provider."""
    async with step.checked_out(old) as (before, manifest), step.checked_out(new) as (now, _):
        found = await asyncio.to_thread(migrations.compared, before, now, manifest.packages)
    return not found.breaking


async def _told(step: Step, platform: str, reason: str) -> None:
    ways = {"from_": f"{platform}'s own way back", "to": "the commit is deployed anew"}
    await step.tell_fallback(Fallback(agent="ops", reason=reason, **ways), "way back")


__all__ = ["go_back"]
