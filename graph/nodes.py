"""Nodes: adapters between the graph's state and the agents. Each does its work once a run, whoever dies."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from langchain_core.messages import AIMessage
from langchain_core.runnables import RunnableConfig
from pydantic import BaseModel

from agents.dev import agent as dev
from agents.ops import agent as ops
from agents.pm import agent as pm
from agents.pm.summary import summarise
from agents.qa import agent as qa
from agents.qa.policy import deployable
from graph.deps import Deps
from graph.state import RunState
from memory.ledger import RunLedger
from memory.records.manifest import MANIFEST_NAME, Manifest
from memory.records.report import QaReport
from memory.records.serving import DeploymentStatus, Gate
from memory.scratch import scratch_folder
from tools.scaffold.interface import ScaffoldError

Update = dict[str, Any]
Provider = Callable[[], Awaitable[Deps]]


class StepResult(BaseModel):
    """What a step leaves: the update of the state, and the evidence that is shown."""

    update: dict[str, Any]
    evidence: dict[str, Any] = {}


Make = Callable[[Deps, RunState], Awaitable[StepResult]]


class Nodes:
    def __init__(self, provide: Provider) -> None:
        self._provide = provide

    async def intake(self, state: RunState, config: RunnableConfig) -> Update:
        """A run that the API made is in the state; a message from Studio's chat becomes a run of its thread here."""
        fresh: Update = {"error": "", "qa_passed": False}
        message = state["messages"][-1]
        if message.id == f"request-{state.get('run_id')}":
            return fresh
        deps = await self._provide()
        thread = str(config["configurable"]["thread_id"])
        run = await deps.store.adopt_thread(thread, str(message.id), str(message.text))
        ids = {"project_id": thread, "run_id": run["id"], "intent": "create", "commit": "", "deployment_id": ""}
        return {**fresh, **ids, "url": "", "error": run["error"] or ""}

    async def pm(self, state: RunState) -> Update:
        return await self._step("pm", state, self._plan)

    async def dev(self, state: RunState) -> Update:
        return await self._step("dev", state, self._write)

    async def qa(self, state: RunState) -> Update:
        return await self._step("qa", state, self._prove)

    async def ops(self, state: RunState) -> Update:
        return await self._step("ops", state, self._deploy)

    async def report(self, state: RunState) -> Update:
        deps = await self._provide()
        failed = bool(state.get("error"))
        await deps.store.set_project_status(
            state["project_id"], "failed" if failed and not state.get("commit") else "ready"
        )
        await deps.store.finish_adopted(state["run_id"], state.get("error") or None)
        words = state["error"] if failed else f"Done: {state.get('url') or 'built and proven, not deployed'}"
        return {"messages": [AIMessage(words, id=f"report-{state['run_id']}")]}

    async def _step(
        self, name: str, state: RunState, make: Callable[[Deps, RunState], Awaitable[StepResult]]
    ) -> Update:
        deps = await self._provide()
        ledger = RunLedger(deps.pool, state["run_id"])
        return (await ledger.once(name, lambda: make(deps, state), StepResult)).update

    async def _plan(self, deps: Deps, state: RunState) -> StepResult:
        project_id, run_id = state["project_id"], state["run_id"]
        run = await _run(deps, state)
        await deps.events.emit("pm_planning_started", project_id, run_id)
        asked = run["input"]
        try:
            spec = await pm.run(pm.PmInput(asked["request"], asked.get("name"), asked.get("openapi")))
        except pm.PlanError as error:
            return StepResult(update={"error": str(error)}, evidence={"error": str(error)})
        await deps.store.save_spec(project_id, run_id, spec)
        plan = summarise(spec)
        for task in ("write", "prove", "deploy"):
            await deps.events.emit("pm_task_created", project_id, run_id, task={"id": task, "title": task})
        missing = [part.model_dump() for part in spec.not_understood]
        told = {"text": plan, "assumptions": list(spec.assumptions), "not_understood": missing}
        resources = [resource.model_dump(mode="json") for resource in spec.resources]
        await deps.events.emit("pm_plan_ready", project_id, run_id, plan={**told, "resources": resources})
        evidence = {"plan": plan, "assumptions": list(spec.assumptions), "not_understood": missing}
        return StepResult(update={}, evidence=evidence)

    async def _write(self, deps: Deps, state: RunState) -> StepResult:
        run, project = await _run(deps, state), await deps.store.project(state["project_id"])
        spec = await deps.store.spec(state["project_id"])
        template = "rest_api" if project is None else project["template"]
        async with scratch_folder(deps.settings.workspaces) as scratch:
            input = dev.DevInput(state["project_id"], spec, template, scratch / "tree", run["created_at"])
            try:
                written = await dev.run(input, dev.DevDeps(deps.scaffold, deps.code))
            except ScaffoldError as error:
                return StepResult(update={"error": str(error)}, evidence={"error": str(error)})
        files = list(written.files)
        await deps.events.emit("dev_code_generated", state["project_id"], state["run_id"], task_id="write", files=files)
        return StepResult(update={"commit": written.commit}, evidence={"commit": written.commit, "files": files})

    async def _prove(self, deps: Deps, state: RunState) -> StepResult:
        project_id, run_id, commit = state["project_id"], state["run_id"], state["commit"]
        types = ["unit", "security", "secrets", "dependencies"]
        await deps.events.emit("qa_testing_started", project_id, run_id, test_types=types)
        async with _checked_out(deps, project_id, commit) as (tree, manifest):
            once = RunLedger(deps.pool, run_id)
            report = await qa.run(qa.QaInput(tree, commit, manifest), qa.QaDeps(deps.suite, deps.scanners, once))
        await deps.store.save_report(project_id, report)
        findings = [f.model_dump(mode="json") for check in report.checks for f in check.findings]
        scores = {"coverage": report.coverage, "security_score": report.security_score}
        await deps.events.emit("qa_results", project_id, run_id, passed=report.passed, findings=findings, **scores)
        error = "" if report.passed else "QA did not pass: " + _failures(report)
        checks = {check.name: f"{check.outcome.value}: {check.summary}" for check in report.checks}
        return StepResult(update={"qa_passed": report.passed, "error": error}, evidence={"checks": checks, **scores})

    async def _deploy(self, deps: Deps, state: RunState) -> StepResult:
        project_id, run_id, commit = state["project_id"], state["run_id"], state["commit"]
        asked = (await _run(deps, state))["input"]
        environment = asked.get("deploy") or asked.get("environment") or "dev"
        report = await deps.store.report(project_id, commit)
        if report is None:
            return StepResult(update={"error": f"QA has not looked at commit {commit}"})
        verdict = deployable(report, commit, environment, asked.get("waivers") or {})
        deployment_id = str(uuid.uuid5(uuid.UUID(run_id), "deployment"))
        about = {"environment": environment, "platform": "local"}
        await deps.events.emit("ops_deployment_started", project_id, run_id, **about)
        async with _checked_out(deps, project_id, commit) as (tree, manifest):
            gate = Gate(commit, verdict.allowed, verdict.reasons)
            input = ops.OpsInput(deployment_id, project_id, environment, commit, tree, manifest, gate)
            done = await ops.run(input, ops.OpsDeps(deps.platform, deps.http))
        await deps.store.save_deployment(_deployment_row(state, input, done))
        url = done.serving.url if done.serving else None
        if done.outcome is ops.OpsOutcome.DEPLOYED:
            await deps.events.emit("ops_deployment_completed", project_id, run_id, deployment_id=deployment_id, url=url)
            return StepResult(update={"deployment_id": deployment_id, "url": url}, evidence=done.evidence)
        failure = {"deployment_id": deployment_id, "error": done.summary, "rolled_back": False}
        await deps.events.emit("ops_deployment_failed", project_id, run_id, **failure)
        return StepResult(update={"error": done.summary}, evidence=done.evidence)


def _deployment_row(state: RunState, input: ops.OpsInput, done: ops.OpsOutput) -> dict[str, Any]:
    live = done.outcome is ops.OpsOutcome.DEPLOYED
    return {
        "id": input.deployment_id,
        "project_id": input.project_id,
        "run_id": state["run_id"],
        "environment": input.environment,
        "commit": input.commit,
        "status": (DeploymentStatus.HEALTHY if live else DeploymentStatus.FAILED).value,
        "deployment_url": done.serving.url if done.serving and live else None,
        "detail": done.summary,
    }


def _failures(report: QaReport) -> str:
    return "; ".join(f"{c.name} {c.outcome.value} ({c.summary})" for c in report.checks if c.outcome.value != "passed")


@asynccontextmanager
async def _checked_out(deps: Deps, project_id: str, commit: str) -> AsyncIterator[tuple[Path, Manifest]]:
    async with scratch_folder(deps.settings.workspaces) as scratch:
        tree = scratch / "tree"
        await asyncio.to_thread(deps.code.check_out, project_id, commit, tree)
        yield tree, await asyncio.to_thread(_manifest, tree)


def _manifest(tree: Path) -> Manifest:
    return Manifest.model_validate(json.loads((tree / MANIFEST_NAME).read_text()))


async def _run(deps: Deps, state: RunState) -> dict[str, Any]:
    run = await deps.store.run(state["run_id"])
    if run is None:
        raise LookupError(f"run {state['run_id']} has gone")
    return run


__all__ = ["Nodes", "Provider", "StepResult"]
