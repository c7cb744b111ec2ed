"""What the steps of a run have in common."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from agents.models.gateway import Gateway
from agents.models.listener import Listener
from agents.models.terms import run_terms
from graph.deps import Deps
from graph.state import RunState
from memory.records.manifest import MANIFEST_NAME, UNKNOWN, Manifest
from memory.records.model import Role
from memory.records.plan import Fallback
from memory.scratch import scratch_folder
from memory.store import Row

CHANGING = ("modify", "rollback")
"""Intents that change a project which exists."""


class StepResult(BaseModel):
    """What a step leaves: the update of the state, and the evidence that is shown."""

    update: dict[str, Any]
    evidence: dict[str, Any] = {}


@dataclass(frozen=True)
class Step:
    """One node's work on one run."""

    deps: Deps
    state: RunState
    run: Row

    @property
    def project_id(self) -> str:
        return self.state["project_id"]

    @property
    def run_id(self) -> str:
        return self.state["run_id"]

    @property
    def asked(self) -> dict[str, Any]:
        """The body of the request that began the run."""
        return dict(self.run["input"])

    async def tell(self, kind: str, key: str = "", **fields: Any) -> None:
        """An event that a repeated step does not tell twice; `key` tells those of a kind apart."""
        await self.deps.events.emit(kind, self.project_id, self.run_id, key=key, **fields)

    async def tell_fallback(self, fallback: Fallback | None, key: str = "") -> None:
        if fallback is not None:
            words = {"agent": fallback.agent, "from": fallback.from_, "to": fallback.to, "reason": fallback.reason}
            await self.tell("fallback", f"{fallback.agent}/{key}", **words)

    def gateway(self, role: Role) -> Gateway | None:
        """The run's way to its models; None where no model is set for the role."""
        named = self.state.get("budget_usd") or None
        terms = run_terms(
            self.run_id,
            self.project_id,
            budget_usd=named or self.asked.get("budget_usd"),
            model=self.asked.get("model"),
            raises=0 if named else self.state.get("raises", 0),
        )
        if not terms.chain(self.deps.settings, role):
            return None
        return self.deps.models.for_run(terms, self._listener())

    def _listener(self) -> Listener:
        emit = self.deps.events.emit

        async def token(agent: str, text: str) -> None:
            await emit("model_token", self.project_id, self.run_id, agent=agent, text=text)

        async def fallback(agent: str, before: str, after: str, reason: str) -> None:
            words = {"agent": agent, "from": before, "to": after, "reason": reason}
            await emit("fallback", self.project_id, self.run_id, **words)

        async def budget(spent: Decimal | None, cap: Decimal | None) -> None:
            spent_usd, budget_usd = _number(spent), _number(cap)
            await emit("budget", self.project_id, self.run_id, spent_usd=spent_usd, budget_usd=budget_usd)

        return Listener(on_token=token, on_fallback=fallback, on_budget=budget)

    @asynccontextmanager
    async def checked_out(self, commit: str) -> AsyncIterator[tuple[Path, Manifest]]:
        async with scratch_folder(self.deps.settings.workspaces) as scratch:
            tree = scratch / "tree"
            await asyncio.to_thread(self.deps.code.check_out, self.project_id, commit, tree)
            yield tree, await asyncio.to_thread(_manifest, tree)


Make = Callable[[Step], Awaitable[StepResult]]


def branch_of(step: Step) -> str:
    """Where a modification stands until it is merged; it stays there where it is not."""
    return f"refs/heads/change-{step.run_id}"


def modifies(step: Step) -> bool:
    """Also a rollback, which is a modification with a way of its own."""
    return step.state.get("intent") in CHANGING


def failed(reason: str, /, **evidence: Any) -> StepResult:
    return StepResult(update={"error": reason}, evidence={"error": reason, **evidence})


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _manifest(tree: Path) -> Manifest:
    """An imported project has none."""
    if not (tree / MANIFEST_NAME).exists():
        return UNKNOWN
    return Manifest.model_validate(json.loads((tree / MANIFEST_NAME).read_text()))


__all__ = ["CHANGING", "Make", "Step", "StepResult", "branch_of", "failed", "modifies"]
