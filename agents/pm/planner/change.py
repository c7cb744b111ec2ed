"""PM plans a change with a model: one call for what the rules leave; without an answer, the rules alone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage

from agents.pm.agent import PlanError
from agents.pm.changes.reader import ChangeReading
from agents.pm.changes.telling import told
from agents.pm.changing import ChangeRequest, plan_by_rules, read
from agents.pm.planner.change_draft import Changed, changed
from agents.pm.planner.convert import BadDraft
from agents.pm.planner.coverage import is_covered
from agents.pm.planner.draft import DraftChange
from agents.pm.planner.planner import PmDeps, PmOutput
from agents.pm.planner.talk import Talk
from agents.pm.planner.tasks import altered, contradicted, questions_of, tasks_of, unknown_tests
from agents.pm.planner.text import plan_text, spec_text, tests_text
from agents.prompts.renderer import render
from agents.structured.ask import Failed, ask_for
from memory.records.change import Change
from memory.records.model import Role
from memory.records.plan import Fallback, Plan, PlannedBy
from memory.records.spec import NotUnderstood
from tools.scaffold.interface import ScaffoldError

KEY = "pm/change"
MOST_TOUCHED = 10


@dataclass(frozen=True)
class ChangeInput(Talk):
    request: ChangeRequest


async def plan_change(input: ChangeInput, deps: PmDeps) -> PmOutput:
    """The rules alone where they understand everything, or there is no model.

    Raises PlanError, and what the notes of the request raise.
    """
    reading = await read(_with_comment(input, deps))
    talked = input.previous is not None or bool(input.comment or input.answers)
    understood = not reading.not_understood and not reading.nothing and not talked
    # A contract's routes are not in the spec: there is nothing that a planner could go by.
    if deps.gateway is None or understood or input.request.spec.contract is not None:
        return PmOutput(await plan_by_rules(input.request, reading))
    messages = await asyncio.to_thread(_messages, input, reading)

    def problems(draft: DraftChange) -> Sequence[str]:
        try:
            _plan(draft, reading, input)
        except BadDraft as error:
            return error.problems
        return unknown_tests(draft.contradicts, input.tests)

    key = KEY if input.round == 1 else f"{KEY}/{input.round}"
    asked = await ask_for(deps.gateway, key, Role.PM, messages, DraftChange, check=problems, max_tokens=deps.max_tokens)
    if isinstance(asked, Failed):
        fallback = Fallback(agent="pm", from_="model", to="rules", reason=asked.reason)
        return PmOutput(await plan_by_rules(input.request, reading), fallback, asked.calls)
    plan = await asyncio.to_thread(_plan, asked.value, reading, input)
    if not plan.tasks and plan.change is not None and not plan.change.says:
        said = "; ".join(f'"{part.text}": {part.reason}' for part in plan.spec.not_understood)
        raise PlanError(f"Nothing is to be changed. {said}".strip())
    return PmOutput(plan, calls=asked.calls)


def _with_comment(input: ChangeInput, deps: PmDeps) -> ChangeRequest:
    """The rules know of no conversation: a comment is one more sentence. A model is told of both."""
    if deps.gateway is not None or not input.comment:
        return input.request
    return input.request.also(input.comment)


def _messages(input: ChangeInput, reading: ChangeReading) -> list[BaseMessage]:
    request = render(
        "pm_change_request",
        request=input.request.request,
        spec=spec_text(input.request.spec),
        built=input.built,
        remembered=input.remembered,
        done=reading.change.says,
        left_over=[part.text for part in reading.not_understood],
        candidates=input.candidates,
        tests=tests_text(input.tests),
        previous=plan_text(input.previous) if input.previous else "",
        comment=input.comment,
        answers=input.answers,
    )
    return [SystemMessage(render("pm_change_system", asked=bool(input.answers))), HumanMessage(request)]


def _plan(draft: DraftChange, reading: ChangeReading, input: ChangeInput) -> Plan:
    """Raises BadDraft."""
    made: Changed = changed(draft, reading)
    request = input.request
    words = "\n".join([request.request, input.comment, *(answer for _, answer in input.answers)])
    tasks = tasks_of(draft, made.spec, words)
    questions = () if input.answers else questions_of(draft.questions)
    change = Change(before=request.spec, renames=made.renames, says=told(request.spec, made.spec, made.renames))
    try:
        notes = request.notes(change, made.spec)
    except ScaffoldError as error:
        raise BadDraft([f"the change cannot be made: {error}"]) from error
    settled = [f"{text} {said}" for text, said in input.answers]
    assumptions = dict.fromkeys([*reading.after.assumptions, *draft.assumptions, *settled, *notes])
    spec = made.spec.model_copy(update={"assumptions": tuple(text for text in assumptions if text.strip())})
    left = [p for p in reading.not_understood if not is_covered(p.text, spec, tasks, questions)]
    said = [NotUnderstood(text=p.text, reason=p.reason or "the plan does not cover it") for p in draft.not_understood]
    missing = {part.text: part for part in [*left, *said] if part.text.strip()}
    return Plan(
        spec=spec.model_copy(update={"not_understood": tuple(missing.values())}),
        tasks=tasks,
        questions=questions,
        planned_by=PlannedBy.MODEL,
        change=change,
        touches=tuple(dict.fromkeys(path.strip() for path in draft.touches if path.strip()))[:MOST_TOUCHED],
        contradicts=contradicted(draft.contradicts),
        alters=altered(draft.alters),
    )


__all__ = ["KEY", "ChangeInput", "plan_change"]
