"""Ops puts a commit to work that QA has passed, and proves over its public URL that it answers."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import httpx

from memory.records.manifest import Manifest
from memory.records.serving import (
    DeploymentStatus,
    Gate,
    ProbeAnswer,
    Release,
    Resources,
    SchemaMove,
    Serving,
    Strategy,
)
from tools.deploy.interface import DeployError, MigrationRefused, NothingBefore, Platform, ReleaseBroken

ANSWER_S = 10.0
MAX_ANSWER_BYTES = 8 << 20
SCHEMA_PATH = "/openapi.json"


class OpsOutcome(StrEnum):
    DEPLOYED = "deployed"
    REFUSED = "refused"
    """QA has not passed this commit for this environment; nothing was touched."""
    FAILED = "failed"
    """What served before serves on, or serves again."""
    ROLLED_BACK = "rolled_back"
    """It took over, did worse than the version before it, and was replaced by that one again."""


@dataclass(frozen=True)
class OpsInput:
    deployment_id: str
    project_id: str
    environment: str
    """dev | staging | production"""
    commit: str
    code: Path
    """A checked-out tree of the commit; it is read and not written."""
    manifest: Manifest
    gate: Gate
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    resources: Resources = field(default_factory=Resources)
    strategy: Strategy = Strategy.BLUE_GREEN
    downtime: bool = False
    """Whether a short pause is allowed."""
    tree: str = ""
    """Hash of the commit's tree."""
    platform: str = "local"
    schema: SchemaMove | None = None
    """Where the tables are others than those of what serves there."""


@dataclass(frozen=True)
class OpsDeps:
    platform: Platform
    http: httpx.AsyncClient


@dataclass(frozen=True)
class OpsOutput:
    outcome: OpsOutcome
    summary: str
    """One sentence for a person."""
    serving: Serving | None
    """None where the platform was not asked, or refused."""
    evidence: dict[str, Any]
    """JSON: what the machine produced; latencies in milliseconds. Never a variable's value."""


async def run(input: OpsInput, deps: OpsDeps) -> OpsOutput:
    """Idempotent by `deployment_id`. Raises nothing that the platform or the application causes."""
    refusal = refused(input)
    if refusal:
        return OpsOutput(OpsOutcome.REFUSED, refusal, None, _gate_evidence(input.gate))
    release = Release(
        deployment_id=input.deployment_id,
        project_id=input.project_id,
        environment=input.environment,
        commit=input.commit,
        code=input.code,
        variables=input.variables,
        resources=input.resources,
        strategy=input.strategy,
        downtime=input.downtime,
        tree=input.tree,
        schema=input.schema,
        platform=input.platform,
    )
    began = time.perf_counter()
    try:
        serving = await deps.platform.deploy(release, input.manifest)
    except DeployError as error:
        return OpsOutput(OpsOutcome.FAILED, f"not deployed: {error.what}", None, _failure_evidence(input, error))
    evidence = _gate_evidence(input.gate) | platform_evidence(serving, time.perf_counter() - began)
    if serving.status is DeploymentStatus.ROLLED_BACK:
        return _turned_back(serving, evidence)
    wrong = await wrong_in_public(input.manifest.health_path, deps, serving, evidence)
    if wrong:
        return await _undone(input, deps, serving, evidence, wrong)
    return await _settled(input, deps, serving, evidence, began)


def refused(input: OpsInput) -> str:
    """Why this commit may not be deployed there; empty where it may."""
    gate = input.gate
    if gate.commit != input.commit:
        return f"refused: QA judged commit {gate.commit or '(none)'}, not {input.commit}"
    if not gate.allowed:
        return "refused: " + ("; ".join(gate.reasons) or "QA has not passed this commit")
    return ""


async def wrong_in_public(health_path: str, deps: OpsDeps, serving: Serving, evidence: dict[str, Any]) -> str:
    """What is wrong with it as its callers see it; empty where it is right."""
    if serving.url is None or serving.status is not DeploymentStatus.HEALTHY:
        why = serving.detail.partition("\n")[0] or f"its status is {serving.status.value}"
        return f"deployed, but not healthy: {why}"
    answers = [
        await _asked(deps.http, serving.url + health_path),
        await _asked(deps.http, serving.url + SCHEMA_PATH, parse=True),
    ]
    evidence["answers"] = answers
    wrong = [f"GET {answer['url']}: {answer['error']}" for answer in answers if answer["error"]]
    return "deployed, but not proven: " + "; ".join(wrong) if wrong else ""


async def _undone(input: OpsInput, deps: OpsDeps, serving: Serving, evidence: dict[str, Any], wrong: str) -> OpsOutput:
    """Nobody is left with a version that failed: the one before it serves again, or none does."""
    try:
        back = await deps.platform.rollback(input.deployment_id, wrong)
    except NothingBefore:
        return await _stopped(input, deps, serving, evidence, wrong)
    except DeployError as error:
        # the platform watches as well, and may have been faster
        if (now := await _now(input, deps)) is not None and now.status is DeploymentStatus.ROLLED_BACK:
            return _turned_back(now, evidence)
        evidence["rollback"] = {"error": type(error).__name__, "detail": str(error)}
        summary = f"{wrong}; going back failed as well: {error.what}"
        return OpsOutput(OpsOutcome.FAILED, summary, serving, evidence)
    evidence["rollback"] = {"serves": back.deployment_id, "status": back.status.value}
    return OpsOutput(OpsOutcome.ROLLED_BACK, f"{wrong}; the version before it serves again", serving, evidence)


async def _now(input: OpsInput, deps: OpsDeps) -> Serving | None:
    try:
        return await deps.platform.status(input.deployment_id)
    except DeployError:
        return None


async def _stopped(input: OpsInput, deps: OpsDeps, serving: Serving, evidence: dict[str, Any], wrong: str) -> OpsOutput:
    try:
        await deps.platform.stop(input.deployment_id)
    except DeployError as error:
        evidence["stop"] = {"error": type(error).__name__, "detail": str(error)}
        return OpsOutput(OpsOutcome.FAILED, f"{wrong}; it could not be stopped: {error.what}", serving, evidence)
    return OpsOutput(OpsOutcome.FAILED, f"{wrong}; it was stopped", serving, evidence)


async def _settled(
    input: OpsInput, deps: OpsDeps, serving: Serving, evidence: dict[str, Any], began: float
) -> OpsOutput:
    """Once the platform has watched it for a while with its callers."""
    evidence["seconds_to_live"] = round(time.perf_counter() - began, 3)
    try:
        settled = await deps.platform.settle(input.deployment_id)
    except DeployError as error:
        evidence["settle"] = {"error": type(error).__name__, "detail": str(error)}
        settled = serving
    if settled.status is DeploymentStatus.ROLLED_BACK:
        return _turned_back(settled, evidence)
    warning = f". {serving.detail}" if serving.detail else ""
    return OpsOutput(OpsOutcome.DEPLOYED, f"{input.commit[:12]} is live at {serving.url}{warning}", serving, evidence)


def _turned_back(serving: Serving, evidence: dict[str, Any]) -> OpsOutput:
    kept = {"reason": serving.detail, "log_end": serving.log_end, "probe_answers": _answers(serving.answers)}
    summary = f"{serving.detail}; the version before it serves again"
    return OpsOutput(OpsOutcome.ROLLED_BACK, summary, serving, evidence | {"turned_back": kept})


async def _asked(http: httpx.AsyncClient, url: str, *, parse: bool = False) -> dict[str, Any]:
    """One GET as a user would make it: status, latency, and what is wrong with the answer."""
    began = time.perf_counter()
    status, error, routes = None, "", None
    try:
        answer = await http.get(url, timeout=ANSWER_S, follow_redirects=False)
        status = answer.status_code
        if status != 200:
            error = f"answered {status}"
        elif parse:
            routes = _routes(answer.content)
    except httpx.HTTPError as failure:
        error = str(failure) or type(failure).__name__
    except ValueError as failure:
        error = f"is no OpenAPI document: {failure}"
    latency = round((time.perf_counter() - began) * 1000, 2)
    found = {"url": url, "status": status, "latency_ms": latency, "error": error}
    return found if routes is None else found | {"paths": routes}


def _routes(content: bytes) -> int:
    """How many paths the document has. Raises ValueError where it is none."""
    if len(content) > MAX_ANSWER_BYTES:
        raise ValueError(f"longer than {MAX_ANSWER_BYTES >> 20} MB")
    document = json.loads(content)
    if not isinstance(document, dict) or "openapi" not in document or not isinstance(document.get("paths"), dict):
        raise ValueError("openapi and paths are missing")
    return len(document["paths"])


def _gate_evidence(gate: Gate) -> dict[str, Any]:
    return {"gate": {"commit": gate.commit, "allowed": gate.allowed, "reasons": list(gate.reasons)}}


def _failure_evidence(input: OpsInput, error: DeployError) -> dict[str, Any]:
    told: dict[str, Any] = {"error": type(error).__name__, "detail": str(error)}
    if isinstance(error, ReleaseBroken):
        told |= {"log_end": error.log_end, "probe_answers": _answers(error.answers)}
    if isinstance(error, MigrationRefused):
        told["plan"] = error.remedy
    return _gate_evidence(input.gate) | told


def _answers(answers: Sequence[ProbeAnswer]) -> list[dict[str, Any]]:
    return [dataclasses.asdict(answer) for answer in answers]


def platform_evidence(serving: Serving, seconds: float) -> dict[str, Any]:
    health = serving.health
    return {
        "url": serving.url,
        "status": serving.status.value,
        "seconds_to_healthy": round(seconds, 3),
        "private_health": None if health is None else {"status": health.status_code, "latency_ms": health.latency_ms},
        "restarts": serving.restarts,
        "limits_active": list(serving.limits_active),
        "detail": serving.detail,
        "probe_answers": _answers(serving.answers),
        "artefact": dict(serving.artefact),
    }


__all__ = ["OpsDeps", "OpsInput", "OpsOutcome", "OpsOutput", "platform_evidence", "refused", "run", "wrong_in_public"]
