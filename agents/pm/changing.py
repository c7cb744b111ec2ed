"""PM plans a change of an application by rules; what they do not cover becomes a task where a model is set."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace

from agents.pm.agent import PlanError
from agents.pm.changes.reader import EXAMPLES, ChangeReading, RequestError, read_change
from memory.records.change import Change
from memory.records.plan import AcceptanceCheck, Plan, Task
from memory.records.spec import AppSpec

Notes = Callable[[Change, AppSpec], tuple[str, ...]]
"""What a change does to rows that exist; raises where it cannot be made."""


@dataclass(frozen=True)
class ChangeRequest:
    request: str
    spec: AppSpec
    """The application as it is."""
    has_model: bool
    """Dev has one: what the rules leave becomes tasks."""
    notes: Notes

    def also(self, words: str) -> ChangeRequest:
        """With one more sentence."""
        return replace(self, request=f"{self.request}\n{words}")


async def read(input: ChangeRequest) -> ChangeReading:
    """What the rules make of it. Raises PlanError for what is no text, or no application that they know."""
    if input.spec.contract is not None and not input.has_model:
        raise PlanError(
            "this application was made from an OpenAPI file: without a model, make it anew from the changed file"
        )
    try:
        return await asyncio.to_thread(read_change, input.request, input.spec)
    except RequestError as error:
        raise PlanError(str(error)) from error


async def plan_by_rules(input: ChangeRequest, reading: ChangeReading) -> Plan:
    """Raises PlanError, and what `notes` raises."""
    tasks = _tasks(reading) if input.has_model else ()
    if reading.nothing and not tasks:
        raise PlanError(_nothing(reading))
    notes = await asyncio.to_thread(input.notes, reading.change, reading.after)
    missing = () if tasks else reading.not_understood
    assumptions = (*reading.after.assumptions, *notes)
    spec = reading.after.model_copy(update={"assumptions": assumptions, "not_understood": missing})
    return Plan(spec=spec, tasks=tasks, change=reading.change)


def _nothing(reading: ChangeReading) -> str:
    if not reading.not_understood:
        said = " ".join(reading.after.assumptions)
        return f"Nothing is to be changed. {said}".strip()
    parts = "; ".join(f'"{part.text}": {part.reason}' for part in reading.not_understood)
    return f"Nothing of this can be done by rules: {parts}. {EXAMPLES}"


def _tasks(reading: ChangeReading) -> tuple[Task, ...]:
    return tuple(
        Task(
            id=f"change_{number}",
            title=part.text[:120],
            detail=part.text,
            covers=(part.text,),
            checks=(AcceptanceCheck(title=part.text[:120], words=part.text),),
        )
        for number, part in enumerate(reading.not_understood, 1)
    )


__all__ = ["ChangeRequest", "plan_by_rules", "read"]
