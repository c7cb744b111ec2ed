"""PM's step: the request becomes a plan; a refused plan is made anew, an edited one is taken."""

from __future__ import annotations

from typing import Any

from agents.pm.agent import PlanError
from agents.pm.planner.planner import PmDeps, PmInput, PmOutput, plan
from agents.pm.summary import summarise
from graph.approvals import EDIT, REJECT, Decision
from graph.steps.common import Step, StepResult, failed
from graph.steps.remembering import keep_decision
from memory.records.model import Role
from memory.records.plan import Plan

MOST_PLANS = 5
STANDARD = ("write", "prove", "deploy")
"""Tasks of a plan that the template covers."""


async def plan_request(step: Step) -> StepResult:
    number = step.state.get("plans", 0) + 1
    decision = Decision.model_validate(step.state.get("decision") or {"decision": ""})
    if number > MOST_PLANS:
        return failed(f"{MOST_PLANS} plans were refused; ask again in other words")
    await keep_decision(step, decision)
    await step.tell("pm_planning_started", str(number))
    answers = await answers_so_far(step, decision)
    try:
        made = await _made(step, number, decision, answers)
    except PlanError as error:
        return failed(str(error))
    await step.tell_fallback(made.fallback, str(number))
    await step.deps.store.save_spec(step.project_id, step.run_id, made.plan.spec)
    await step.deps.store.save_plan(step.run_id, made.plan)
    told = document(made.plan)
    for task in told["tasks"]:
        await step.tell("pm_task_created", f"{number}/{task['id']}", task=task)
    await step.tell("pm_plan_ready", str(number), plan=told)
    waits = "plan" if step.asked.get("approve") and decision.decision != EDIT else ""
    update = {"plans": number, "waits_for": waits, "decision": {}, "answers": answers}
    return StepResult(update=update, evidence=_evidence(told, made))


async def answers_so_far(step: Step, decision: Decision) -> dict[str, str]:
    """A question that a person passed over stands on its default, and is not asked again."""
    before = step.state.get("answers", {})
    if not decision.decision:
        return before
    passed_over = {question.text: question.default for question in (await step.deps.store.plan(step.run_id)).questions}
    return {**before, **passed_over, **decision.answers}


async def _made(step: Step, number: int, decision: Decision, answers: dict[str, str]) -> PmOutput:
    if decision.decision == EDIT and decision.plan is not None:
        return PmOutput(decision.plan)
    asked = step.asked
    gateway = step.gateway(Role.PM)
    request, previous = asked["request"], None
    if decision.decision == REJECT:
        previous = await step.deps.store.plan(step.run_id)
        if gateway is None:  # the rules know of no conversation: the comment is one more sentence
            request = f"{request}\n{decision.comment}"
    input = PmInput(
        request,
        asked.get("name"),
        asked.get("openapi"),
        answers=tuple(answers.items()),
        previous=previous,
        comment=decision.comment,
        round=number,
    )
    return with_defaults(await plan(input, PmDeps(gateway)), ask=bool(asked.get("approve")))


def with_defaults(made: PmOutput, *, ask: bool) -> PmOutput:
    """Where nobody is there to answer, the plan stands on its defaults, and says so."""
    if ask or not made.plan.questions:
        return made
    spec = made.plan.spec
    taken = tuple(f"{question.text} Taken: {question.default}." for question in made.plan.questions)
    spec = spec.model_copy(update={"assumptions": (*spec.assumptions, *taken)})
    plan = made.plan.model_copy(update={"spec": spec, "questions": ()})
    return PmOutput(plan, made.fallback, made.calls)


def document(plan: Plan) -> dict[str, Any]:
    """A plan as events and approvals show it."""
    tasks = [{"id": task.id, "title": task.title, "detail": task.detail} for task in plan.tasks]
    return {
        "text": summarise(plan.spec),
        "changes": list(plan.change.says) if plan.change else [],
        "planned_by": plan.planned_by.value,
        "resources": [resource.model_dump(mode="json") for resource in plan.spec.resources],
        "tasks": tasks or [{"id": name, "title": name, "detail": ""} for name in STANDARD],
        "assumptions": list(plan.spec.assumptions),
        "not_understood": [part.model_dump() for part in plan.spec.not_understood],
        "questions": [question.model_dump() for question in plan.questions],
    }


def _evidence(told: dict[str, Any], made: PmOutput) -> dict[str, Any]:
    shown = ("assumptions", "not_understood", "tasks", "questions", "planned_by")
    return {"plan": told["text"], **{name: told[name] for name in shown}, "model_calls": made.calls}


__all__ = ["answers_so_far", "document", "plan_request", "with_defaults"]
