"""PM with a model: one call that corrects the rules' reading and adds tasks; without one, the rules alone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage

from agents.pm import agent
from agents.pm.agent import PlanError
from agents.pm.planner.convert import BadDraft, spec_of
from agents.pm.planner.coverage import REASON, dropped, is_covered, with_forgotten
from agents.pm.planner.draft import DraftPlan
from agents.pm.planner.tasks import questions_of, tasks_of
from agents.pm.planner.text import plan_text, spec_text
from agents.pm.reader.reader import read_request
from agents.pm.reader.text import RequestError, check
from agents.prompts.renderer import render
from agents.structured.ask import Failed, ask_for
from memory.records.model import ModelGateway, Role
from memory.records.plan import Fallback, Plan, PlannedBy
from memory.records.spec import AppSpec, NotUnderstood

KEY = "pm/plan"
_GENERAL = ("Short texts have", "Fields are optional", "Lists come in pages")


@dataclass(frozen=True)
class PmInput:
    request: str
    name: str | None = None
    openapi: str | None = None
    """Text of an OpenAPI 3 document; then the rules plan alone."""
    answers: tuple[tuple[str, str], ...] = ()
    """(question, answer): the one round of questions is over, and nothing more is asked."""
    previous: Plan | None = None
    """A plan that was refused, with the `comment` on it."""
    comment: str = ""
    round: int = 1
    """Counts the plans of a run: each is paid once."""


@dataclass(frozen=True)
class PmDeps:
    gateway: ModelGateway | None
    """None plans by the rules, which is then no fallback."""
    max_tokens: int = 4096


@dataclass(frozen=True)
class PmOutput:
    plan: Plan
    fallback: Fallback | None = None
    calls: int = 0
    """Answers of the model that it took."""


async def plan(input: PmInput, deps: PmDeps) -> PmOutput:
    """Raises PlanError where neither the model nor the rules find anything to build."""
    if input.openapi is not None or deps.gateway is None:
        spec = await agent.run(agent.PmInput(input.request, input.name, input.openapi))
        return PmOutput(Plan(spec=spec))
    base, why_not = await asyncio.to_thread(_read, input)
    messages = await asyncio.to_thread(_messages, input, base)

    def problems(draft: DraftPlan) -> Sequence[str]:
        try:
            _plan(draft, base, input)
        except BadDraft as error:
            return error.problems
        return ()

    key = KEY if input.round == 1 else f"{KEY}/{input.round}"
    asked = await ask_for(deps.gateway, key, Role.PM, messages, DraftPlan, check=problems, max_tokens=deps.max_tokens)
    if not isinstance(asked, Failed):
        return PmOutput(await asyncio.to_thread(_plan, asked.value, base, input), calls=asked.calls)
    if base is None:
        raise PlanError(f"{why_not} No model could help: {asked.reason}")
    fallback = Fallback(agent="pm", from_="model", to="rules", reason=asked.reason)
    return PmOutput(Plan(spec=base), fallback, asked.calls)


def _read(input: PmInput) -> tuple[AppSpec | None, str]:
    """The rules' reading, or why there is none. Raises PlanError for what is no text at all."""
    try:
        check(input.request)
    except RequestError as error:
        raise PlanError(str(error)) from error
    try:
        return read_request(input.request, name=input.name).spec, ""
    except RequestError as error:
        return None, str(error)


def _messages(input: PmInput, base: AppSpec | None) -> list[BaseMessage]:
    request = render(
        "pm_request",
        request=input.request,
        draft=spec_text(base) if base else "",
        left_over=[part.text for part in base.not_understood] if base else [],
        previous=plan_text(input.previous) if input.previous else "",
        comment=input.comment,
        answers=input.answers,
    )
    return [SystemMessage(render("pm_system", asked=bool(input.answers))), HumanMessage(request)]


def _plan(draft: DraftPlan, base: AppSpec | None, input: PmInput) -> Plan:
    """Raises BadDraft."""
    spec = spec_of(draft, base, input.request, input.name)
    tasks = tasks_of(draft, spec, input.request)
    questions = () if input.answers else questions_of(draft.questions)
    settled = [*(f"{q.text} {q.default}" for q in questions), *(f"{text} {said}" for text, said in input.answers)]
    spec = spec.model_copy(update={"assumptions": _assumptions(draft, base, spec, settled)})
    if base is not None:
        spec = with_forgotten(spec, base, input.request, tasks, questions)
    missing = [*spec.not_understood]
    if base is not None and spec.resources == base.resources:
        missing += [part for part in base.not_understood if not is_covered(part.text, spec, tasks, questions)]
    else:
        missing += dropped(input.request, spec, tasks, questions)
    return Plan(
        spec=spec.model_copy(update={"not_understood": _different(missing)}),
        tasks=tasks,
        questions=questions,
        planned_by=PlannedBy.MODEL,
    )


def _different(parts: list[NotUnderstood]) -> tuple[NotUnderstood, ...]:
    return tuple({part.text: part for part in reversed(parts)}.values())[::-1]


def _assumptions(draft: DraftPlan, base: AppSpec | None, spec: AppSpec, settled: list[str]) -> tuple[str, ...]:
    """The rules' own stand where what they are about stands; then the model's, then questions with their answers."""
    kept: list[str] = []
    if base is not None:
        same = spec.resources == base.resources
        fields = {f"{r.name}.{f.name}" for r in spec.resources for f in r.fields if r in base.resources}
        kept = [a for a in base.assumptions if same or a.startswith(_GENERAL) or a.partition(" ")[0] in fields]
    return tuple(dict.fromkeys([*kept, *(text.strip() for text in draft.assumptions if text.strip()), *settled]))


__all__ = ["KEY", "REASON", "PmDeps", "PmInput", "PmOutput", "plan"]
