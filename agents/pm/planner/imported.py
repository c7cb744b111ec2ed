"""PM plans a change of an imported project: nothing of it is in a spec, so it takes a model."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage
from pydantic import BaseModel, field_validator

from agents.pm.agent import PlanError
from agents.pm.planner.change import KEY, MOST_TOUCHED
from agents.pm.planner.draft import DraftMissing, DraftQuestion
from agents.pm.planner.planner import PmDeps, PmOutput
from agents.pm.planner.talk import Talk
from agents.pm.planner.tasks import MAX_CHECKS, MAX_TASKS, altered, contradicted, questions_of, unknown_tests
from agents.pm.planner.text import tasks_text, tests_text
from agents.pm.reader.names import slug
from agents.prompts.renderer import render
from agents.structured.ask import Failed, ask_for
from memory.records.change import Change
from memory.records.model import Role
from memory.records.plan import AcceptanceCheck, Plan, PlannedBy, Task
from memory.records.spec import AppSpec, NotUnderstood

NO_MODEL = "an imported project is changed by a model, and none is set (OPENAI_BASE_URL or OPENAI_API_KEY)"


class DraftWork(BaseModel):
    title: str
    detail: str = ""
    covers: list[str] = []
    checks: list[str] = []

    @field_validator("checks", mode="before")
    @classmethod
    def _sentences(cls, value: object) -> object:
        """Weak models write a check as an object."""
        if not isinstance(value, list):
            return value
        return [" ".join(map(str, part.values())) if isinstance(part, dict) else part for part in value]


class DraftImported(BaseModel):
    tasks: list[DraftWork] = []
    touches: list[str] = []
    contradicts: list[str] = []
    alters: list[str] = []
    assumptions: list[str] = []
    questions: list[DraftQuestion] = []
    not_understood: list[DraftMissing] = []


@dataclass(frozen=True)
class ImportedInput(Talk):
    request: str
    spec: AppSpec
    """A name and a description; it has no resources."""
    project: str
    """Facts about it, a line each."""
    excerpts: tuple[tuple[str, str], ...] = ()
    """Path and text, or outline, of the likeliest files."""


async def plan_imported(input: ImportedInput, deps: PmDeps) -> PmOutput:
    """Raises PlanError where there is no model, or its answer is of no use: nothing can be guessed here."""
    if deps.gateway is None:
        raise PlanError(NO_MODEL)
    messages = await asyncio.to_thread(_messages, input)
    key = KEY if input.round == 1 else f"{KEY}/{input.round}"

    def problems(draft: DraftImported) -> Sequence[str]:
        return _problems(draft, input)

    asked = await ask_for(
        deps.gateway, key, Role.PM, messages, DraftImported, check=problems, max_tokens=deps.max_tokens
    )
    if isinstance(asked, Failed):
        raise PlanError(f"an imported project is changed by a model, and no plan came of it: {asked.reason}")
    plan = _plan(asked.value, input)
    if not plan.tasks:
        said = "; ".join(f'"{part.text}": {part.reason}' for part in plan.spec.not_understood)
        raise PlanError(f"Nothing is to be changed. {said}".strip())
    return PmOutput(plan, calls=asked.calls)


def _messages(input: ImportedInput) -> list[BaseMessage]:
    request = render(
        "pm_import_request",
        request=input.request,
        project=input.project,
        built=input.built,
        remembered=input.remembered,
        candidates=input.candidates,
        excerpts=input.excerpts,
        tests=tests_text(input.tests),
        previous=tasks_text(input.previous.tasks) if input.previous else "",
        comment=input.comment,
        answers=input.answers,
    )
    return [SystemMessage(render("pm_import_system", asked=bool(input.answers))), HumanMessage(request)]


def _problems(draft: DraftImported, input: ImportedInput) -> list[str]:
    found = unknown_tests(draft.contradicts, input.tests)
    if len(draft.tasks) > MAX_TASKS:
        found.append(f"tasks: at most {MAX_TASKS}")
    found += [f"tasks: {task.title!r} has no detail" for task in draft.tasks if not task.detail.strip()]
    if not draft.tasks and not draft.not_understood:
        found.append("tasks: there is none, and not_understood does not say why")
    return found


def _plan(draft: DraftImported, input: ImportedInput) -> Plan:
    tasks = tuple(_tasks(draft, input.request))
    settled = [f"{text} {said}" for text, said in input.answers]
    missing = [NotUnderstood(text=p.text, reason=p.reason or "not planned") for p in draft.not_understood if p.text]
    assumptions = tuple(dict.fromkeys(text.strip() for text in [*draft.assumptions, *settled] if text.strip()))
    return Plan(
        spec=input.spec.model_copy(update={"assumptions": assumptions, "not_understood": tuple(missing)}),
        tasks=tasks,
        questions=() if input.answers else questions_of(draft.questions),
        planned_by=PlannedBy.MODEL,
        change=Change(before=input.spec, says=tuple(task.title for task in tasks)),
        touches=tuple(dict.fromkeys(path.strip() for path in draft.touches if path.strip()))[:MOST_TOUCHED],
        contradicts=contradicted(draft.contradicts),
        alters=altered(draft.alters),
    )


def _tasks(draft: DraftImported, request: str) -> list[Task]:
    flat = " ".join(request.split()).lower()
    found: dict[str, Task] = {}
    for part in draft.tasks:
        base = slug(part.title) or "task"
        id = next(name for n in range(1, MAX_TASKS + 2) if (name := base if n == 1 else f"{base}_{n}") not in found)
        checks = [words.strip() for words in part.checks if words.strip()][:MAX_CHECKS]
        found[id] = Task(
            id=id,
            title=part.title.strip() or id,
            detail=part.detail.strip(),
            covers=tuple(words for words in part.covers if " ".join(words.split()).lower() in flat),
            checks=tuple(AcceptanceCheck(title=words, words=words) for words in checks),
        )
    return list(found.values())


__all__ = ["DraftImported", "ImportedInput", "plan_imported"]
