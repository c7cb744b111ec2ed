"""What a slot's record and its keeper say, in the words of the contract."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from memory.records.serving import DeploymentStatus, HealthProbe, ProbeAnswer, Serving, Usage
from tools.deploy.local.control import Message
from tools.deploy.local.ledger import Entry
from tools.deploy.local.slot import Slot, SlotState
from tools.deploy.local.stage import ANSWERS

METRICS_PATH = "/metrics"


@dataclass(frozen=True)
class Failure:
    """What was kept of a version that did not stay."""

    reason: str
    log_end: str
    answers: tuple[ProbeAnswer, ...]

    @property
    def text(self) -> str:
        asked = [
            f"softwright: {a.method} {a.path} -> {a.status or 'no answer'}{f' ({a.fault})' if a.fault else ''}"
            for a in self.answers
        ]
        return "\n".join([self.log_end, *asked, f"softwright: {self.reason}"]).lstrip("\n") + "\n"


def failure(slot: Slot, deployment_id: str) -> Failure | None:
    """Blocking. None where nothing was kept, or what was kept cannot be read."""
    try:
        kept = json.loads(slot.failure(deployment_id).read_bytes())
        return Failure(kept["reason"], kept["log_end"], ANSWERS.validate_python(kept["answers"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def of(state: SlotState, answer: Message, detail: str = "") -> Serving:
    raw = answer.get("health")
    health = None if raw is None else HealthProbe(**{**raw, "at": datetime.fromisoformat(raw["at"])})
    return Serving(
        deployment_id=answer["deployment_id"],
        status=DeploymentStatus(answer["status"]),
        url=state.url,
        health=health,
        restarts=answer["restarts"],
        detail=answer["detail"] or detail,
        limits_active=tuple(answer.get("limits_active", ())),
        answers=answers(answer),
        artefact=_artefact(state),
    )


def answers(answer: Message) -> tuple[ProbeAnswer, ...]:
    return ANSWERS.validate_python(answer.get("answers", ()))


def _artefact(state: SlotState) -> dict[str, str]:
    release = state.release
    if release is None:
        return {}
    return {"commit": release.commit, "tree": release.tree, "environment": release.environment.id}


def turned_back(state: SlotState | None, deployment_id: str) -> Serving | None:
    """Where that deployment took over and was replaced again by the one before it."""
    told = state.turned_back if state is not None else None
    if told is None or told.deployment_id != deployment_id:
        return None
    return Serving(
        deployment_id,
        DeploymentStatus.ROLLED_BACK,
        None,
        None,
        detail=told.reason,
        answers=told.answers,
        log_end=told.log_end,
    )


def of_another(entry: Entry, state: SlotState | None, kept: Failure | None) -> Serving:
    """Of a deployment that is not the one on record."""
    back = turned_back(state, entry.deployment_id)
    if back is not None:
        return back
    if entry.status is DeploymentStatus.HEALTHY:
        release = state.release if state is not None else None
        by = f"replaced by deployment {release.deployment_id}" if release else "no longer on record"
        return Serving(entry.deployment_id, DeploymentStatus.STOPPED, None, None, detail=by)
    answered = kept.answers if kept is not None else ()
    log_end = kept.log_end if kept is not None else ""
    return Serving(
        entry.deployment_id, entry.status, None, None, detail=entry.detail, answers=answered, log_end=log_end
    )


def usage(deployment_id: str, state: SlotState | None, answer: Message) -> Usage:
    """All zero where another deployment serves, or none."""
    now = answer if answer.get("deployment_id") == deployment_id else {}
    return Usage(
        at=datetime.fromisoformat(answer["at"]) if "at" in answer else datetime.now(UTC),
        instances=now.get("instances", 0),
        memory_bytes=now.get("memory_bytes", 0),
        cpu_seconds=now.get("cpu_seconds", 0.0),
        processes=now.get("processes", 0),
        restarts=now.get("restarts", 0),
        requests=now.get("requests", 0),
        errors=now.get("errors", 0),
        request_seconds=now.get("request_seconds", 0.0),
        metrics_url=f"{state.url}{METRICS_PATH}" if state is not None and now else None,
    )


__all__ = ["Failure", "answers", "failure", "of", "of_another", "turned_back", "usage"]
