"""How a run begins: what its row says becomes the state's first values, and a message becomes a run."""

from __future__ import annotations

from typing import Any

from langchain_core.messages import AIMessage, AnyMessage

from agents.pm.decisions import decision_in
from agents.pm.intents import sort_message
from graph.approvals import REJECT, budget_decided, decided, plan_decided, tool_decided
from graph.chat import CHANGING, CREATE, DEPLOY, QUESTION, REPLY, UNSORTED, begin, has_application
from graph.deps import Deps
from graph.state import RunState
from graph.steps.common import Step
from graph.steps.deploying import environment_of
from graph.steps.planning import document
from memory.records.model import Role
from memory.store import Row

Update = dict[str, Any]
FRESH: Update = {
    "error": "",
    "qa_passed": False,
    "waits_for": "",
    "resumes": "",
    "decision": {},
    "failure": "",
    "answers": {},
    "budget_usd": "",
    "plans": 0,
    "rounds": 0,
    "raises": 0,
    "asked_budget": 0,
    "tool_question": {},
    "tool_decisions": {},
    "asked_tools": 0,
    "moves": 0,
    "environments": {},
}
"""What a run must not take over from the one before it on the same thread."""
BY_CHAT = "admin"
NOTHING = "nothing"
"""The intent of a message that begins no run."""


def values_of(run: Row) -> Update:
    """The state's first values of a run."""
    asked = run["input"]
    no_deploy = run["intent"] == CREATE and asked.get("deploy") == "none"
    at_production = run["intent"] != QUESTION and environment_of(asked) == "production" and not asked.get("approved")
    return {
        "project_id": run["project_id"],
        "run_id": run["id"],
        "intent": "build" if no_deploy else run["intent"],
        "target": "production" if at_production else "",
        "commit": asked.get("commit") or "",
        "deployment_id": "",
        "url": "",
    }


async def sorted_run(deps: Deps, state: RunState, run: Row) -> Row:
    """The run of a message that the rules were not sure of, with the intent that a model names."""
    if run["intent"] != UNSORTED:
        return run
    message = str(run["input"]["request"])
    project = await deps.store.project(run["project_id"])
    step = Step(deps, state, run)
    there = project is not None and project["commit"] is not None
    name = "" if project is None else str(project["name"])
    found = await sort_message(message, name, step.gateway(Role.PM), has_application=there)
    await step.tell_fallback(found.fallback, "intent")
    begun = await begin(deps.store, project, message, found)
    return await _opened(deps, await deps.store.become(run["id"], begun.intent, begun.asked))


async def _opened(deps: Deps, run: Row) -> Row:
    if run["intent"] in CHANGING:
        await deps.store.open_modification(run, BY_CHAT)
    return run


async def adopted(deps: Deps, thread: str, message: AnyMessage, state: RunState) -> Update:
    """A message of Studio's chat: a decision about the run that waits on its thread, or a run of its own."""
    words, message_id = str(message.text), str(message.id)
    if (update := await _decision(deps, words, state)) is not None:
        return update
    run = await deps.store.adopted_run(thread, message_id)
    if run is None:
        project = await deps.store.project(thread)
        there = await has_application(deps.store, project)
        found = await sort_message(words, "" if project is None else project["name"], None, has_application=there)
        begun = await begin(deps.store, project, words, found)
        if project is None and begun.intent == QUESTION:
            return {"intent": NOTHING, "messages": [AIMessage(begun.asked[REPLY], id=f"reply-{message_id}")]}
        asks = project is not None and not found.sure and bool(deps.settings.models_of(Role.PM))
        intent, asked = (UNSORTED, {"request": words}) if asks else (begun.intent, begun.asked)
        run = await deps.store.adopt_thread(thread, message_id, words, intent, asked)
        await _opened(deps, run)
    run = await sorted_run(deps, {**state, "project_id": thread, "run_id": run["id"]}, run)
    return {**FRESH, **values_of(run)}


async def _decision(deps: Deps, words: str, state: RunState) -> Update | None:
    """Studio's run that waits goes on, or ends, by a word in its chat."""
    waiting = await _waiting(deps, state)
    if waiting is None:
        return None
    answer = decision_in(words, waiting)
    if answer is None:
        await deps.store.finish_adopted(state["run_id"], "it waited for a decision, and something else was said")
        return None
    if waiting["what"] == "plan":
        return {**plan_decided(answer), "resumes": "plan"}
    if waiting["what"] == "budget":
        return {**budget_decided(answer, state), "resumes": "budget"}
    if waiting["what"] == "tool":
        return {**tool_decided(answer, state), "resumes": "tool"}
    update = {**decided(answer), "resumes": ""}
    if answer["decision"] == REJECT:
        said = f"the deployment to production was rejected: {answer.get('comment', '')}".rstrip(": ")
        return {**update, "error": said}
    return {**update, "intent": DEPLOY, "target": ""}


async def _waiting(deps: Deps, state: RunState) -> Update | None:
    """What a run of Studio's thread waits for, as the API would say it."""
    what = state.get("waits_for")
    ready = state.get("qa_passed") or state.get("intent") == DEPLOY
    if not what and state.get("target") and ready and not state.get("deployment_id"):
        what = "deployment"
    if not what or not state.get("run_id"):
        return None
    run = await deps.store.run(state["run_id"])
    if run is None or not run["adopted"] or run["status"] != "running":
        return None
    plan = {"plan": document(await deps.store.plan(run["id"]))} if what == "plan" else {}
    return {"what": what, **plan}


__all__ = ["FRESH", "NOTHING", "adopted", "sorted_run", "values_of"]
