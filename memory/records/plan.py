"""What PM hands on beside the AppSpec: tasks that no template covers, each with checks that a machine can make."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal, Self

from pydantic import model_validator

from memory.records.change import Change
from memory.records.spec import AppSpec, Record

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
ANONYMOUS = "anonymous"
RESOLVE = "resolve_conflicts"
"""Id of the task that brings a change and people's edits together; it builds nothing of its own."""


class Exchange(Record):
    """One HTTP request and what its answer must be.

    Strings that begin with `$` stand for something: `$loan.id` a part of the answer kept as `loan`, `$today`,
    `$today-3` (days, UTC), `$now+90s`, `$now-2h` (s, m, h, d), and in `expect` also `$any`: there, and not null.
    """

    actor: str = ""
    """Who asks: empty the usual account, `anonymous` nobody, any other name an account of that name."""
    method: Method
    path: str
    """With its query; may hold references: `/loans/$loan.id/return`."""
    body: Any = None
    """JSON; None sends none."""
    status: int
    expect: Any = None
    """JSON that the answer must contain: objects may have more keys, lists have the same items. None asks nothing."""
    save_as: str = ""
    """The answer's JSON is known by this name in later exchanges of the check."""


class AcceptanceCheck(Record):
    """Exchanges in order: those before the last are its `given`, from an application without rows."""

    title: str
    steps: tuple[Exchange, ...] = ()
    words: str = ""
    """What is to be checked where it was said in words only; then `steps` is empty."""

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if bool(self.steps) == bool(self.words):
            raise ValueError(f"check {self.title}: either steps or words")
        return self


class Task(Record):
    """Something that the template does not do."""

    id: str
    """snake_case, unique in the plan."""
    title: str
    detail: str
    covers: tuple[str, ...] = ()
    """The parts of the request that it is for, verbatim."""
    checks: tuple[AcceptanceCheck, ...] = ()


class Question(Record):
    """Asked only where its answer changes the result. Unanswered, the plan stands on `default`."""

    text: str
    options: tuple[str, ...]
    default: str


class PlannedBy(StrEnum):
    RULES = "rules"
    MODEL = "model"


class Plan(Record):
    """Assumptions and what was not understood stand in the spec."""

    spec: AppSpec
    tasks: tuple[Task, ...] = ()
    questions: tuple[Question, ...] = ()
    planned_by: PlannedBy = PlannedBy.RULES
    change: Change | None = None
    """None: the application is new."""
    touches: tuple[str, ...] = ()
    """Files that the planner expects to change, the likeliest first."""
    contradicts: tuple[str, ...] = ()
    """Tests of before that the request contradicts, by pytest's names: these alone may come to say something else."""
    alters: tuple[str, ...] = ()
    """Routes that are to answer otherwise, `GET /tasks/{id}`: those that no test covers must answer as before."""

    @model_validator(mode="after")
    def _ids_differ(self) -> Self:
        ids = [task.id for task in self.tasks]
        if len(set(ids)) != len(ids):
            raise ValueError("a task id stands twice")
        return self


class Fallback(Record):
    """Somebody could not do it the better way, and it was done another way."""

    agent: str
    """pm, dev, qa, ops"""
    from_: str
    to: str
    reason: str

    def event(self) -> dict[str, str]:
        """The fields of the event `fallback`."""
        return {"agent": self.agent, "from": self.from_, "to": self.to, "reason": self.reason}


__all__ = [
    "ANONYMOUS",
    "RESOLVE",
    "AcceptanceCheck",
    "Exchange",
    "Fallback",
    "Method",
    "Plan",
    "PlannedBy",
    "Question",
    "Task",
]
