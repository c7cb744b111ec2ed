"""A run of Studio's chat that waits: what its thread is told, and what a message in it decides."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from langchain_core.messages import HumanMessage

from agents.pm.intent_rules import by_rules
from agents.pm.reader.reader import read_request
from graph.approvals import Decision
from graph.beginning import adopted
from graph.build import after_intake
from graph.chat import begin
from graph.deps import Deps
from graph.state import RunState
from graph.steps.asking import asked_in_chat
from graph.steps.common import Step
from graph.steps.consenting import may_ask
from graph.steps.planning import answers_so_far
from graph.steps.remembering import keep_run
from graph.wiring import open_deps
from memory.model_settings import AskAbout
from memory.records.loop import DangerousCall, ToolQuestion
from memory.records.plan import Plan, Question
from memory.services.ensure import Services
from memory.settings import Settings
from memory.store import Row

WORDS = "Build a REST API for todos with title"
PLAN = Plan(
    spec=read_request(WORDS).spec,
    questions=(Question(text="Who may delete?", options=("everyone", "the owner"), default="everyone"),),
)
QUESTION = ToolQuestion(
    key="dev/1/2",
    calls=(DangerousCall(tool="delete_file", summary="path: README.md", reason="deletes README.md"),),
)


@pytest.fixture
async def deps(settings: Settings, services: Services) -> AsyncIterator[Deps]:
    own = replace(services, database_url=settings.database_url or "", redis_url=settings.redis_url or "")
    async with open_deps(settings, own) as deps:
        yield deps


async def waiting(deps: Deps, what: str) -> tuple[Row, RunState]:
    thread = str(uuid.uuid4())
    run = await deps.store.adopt_thread(thread, "m1", WORDS, "create", {"request": WORDS, "approve": True})
    await deps.store.save_plan(run["id"], PLAN)
    first = RunState(messages=[], project_id=thread, run_id=run["id"], intent="create", waits_for=what, plans=1)
    return run, RunState(**first, tool_question=QUESTION.model_dump(mode="json"))


async def said(deps: Deps, state: RunState, words: str) -> tuple[dict[str, Any], str]:
    """The update of intake, and where the graph goes from there."""
    update = await adopted(deps, state["project_id"], HumanMessage(words, id=str(uuid.uuid4())), state)
    return update, after_intake(RunState(**{**state, **update}))


@pytest.mark.parametrize(
    ("what", "words", "goes_to", "decision"),
    [
        ("plan", "yes, go on", "dev", {"decision": "approve"}),
        ("plan", "the owner", "pm", {"decision": "approve", "answers": {"Who may delete?": "the owner"}}),
        ("plan", "no, because todos have a due date", "pm", {"decision": "reject", "comment": "todos have a due date"}),
        ("plan", f"edit {PLAN.model_dump_json()}", "pm", {"decision": "edit"}),
        ("plan", "no", "report", {"decision": "reject"}),
        ("budget", "yes, up to 5 USD", "dev", {"decision": "approve", "budget_usd": 5.0}),
        ("budget", "no", "dev", {"decision": "reject"}),
        ("tool", "yes, go on", "dev", {"approved": True, "comment": ""}),
        ("tool", "no, because people read it", "dev", {"approved": False, "comment": "people read it"}),
    ],
)
async def test_a_message_decides(deps: Deps, what: str, words: str, goes_to: str, decision: dict[str, Any]) -> None:
    run, state = await waiting(deps, what)
    update, node = await said(deps, state, words)
    assert (node, update["waits_for"]) == (goes_to, "")
    kept = update["tool_decisions"]["dev/1/2"] if what == "tool" else update["decision"]
    assert decision.items() <= kept.items()
    if what == "budget":
        assert (update.get("budget_usd", ""), update["asked_budget"]) == ("5.0" if words != "no" else "", 1)
    assert (await deps.store.run(run["id"]) or {})["status"] == "running"


async def test_what_decides_nothing_ends_the_run_that_waited(deps: Deps) -> None:
    run, state = await waiting(deps, "plan")
    update, node = await said(deps, state, "is it up?")
    assert (node, update["resumes"], update["decision"]) == ("answer", "", {})
    ended = await deps.store.run(run["id"])
    assert ended is not None
    assert (ended["status"], ended["error"]) == ("failed", "it waited for a decision, and something else was said")


async def test_the_thread_is_told_what_for(deps: Deps) -> None:
    run, state = await waiting(deps, "plan")
    row = await deps.store.run(run["id"])
    assert row is not None
    step = Step(deps, state, row)
    plan = (await asked_in_chat(step, {"waits_for": "plan", "plans": 1}))["messages"][0]["content"]
    assert "question: Who may delete? everyone / the owner (else: everyone)" in plan
    budget = (await asked_in_chat(step, {"waits_for": "budget"}))["messages"][0]["content"]
    assert budget.startswith("The budget is spent: 0.0000 of 2")
    update = {"waits_for": "tool", "tool_question": state["tool_question"]}
    tools = (await asked_in_chat(step, update))["messages"][0]["content"]
    assert "delete_file deletes README.md\npath: README.md" in tools
    assert await asked_in_chat(replace(step, run={**row, "adopted": False}), {"waits_for": "plan"}) == {
        "waits_for": "plan"
    }


async def test_a_failed_run_is_remembered_whatever_its_error_says(deps: Deps) -> None:
    run, state = await waiting(deps, "plan")
    row = await deps.store.run(run["id"])
    assert row is not None
    await keep_run(Step(deps, state, row), "broke at \x00\ud800 " + "x" * 5_000)
    (note,) = await deps.store.notes(state["project_id"], 10)
    assert note.text.startswith(f"{WORDS} (failed: broke at ")
    assert len(note.text) == 2_000


@pytest.mark.parametrize(
    ("about", "request_body", "asks"),
    [
        ("attended", {"approve": True}, True),
        ("attended", {}, False),
        ("attended", {"approve": False}, False),
        ("ask", {}, True),
        ("refuse", {"approve": True}, False),
    ],
)
def test_who_is_asked_about_dangerous_tools(about: str, request_body: dict[str, Any], asks: bool) -> None:
    assert may_ask(AskAbout(about), request_body) is asks


async def test_who_talks_with_a_run_is_there_to_be_asked(deps: Deps) -> None:
    """Also in Studio, whose messages begin runs the same way."""
    begun = await begin(deps.store, None, WORDS, by_rules(WORDS, has_application=False))
    assert begun.intent == "create"
    assert may_ask(AskAbout.ATTENDED, begun.asked)


async def test_questions_are_asked_once_and_what_was_passed_over_stands_on_its_default(deps: Deps) -> None:
    run, state = await waiting(deps, "plan")
    step = Step(deps, state, run)
    assert await answers_so_far(step, Decision(decision="")) == {}
    refused = await answers_so_far(step, Decision(decision="reject", comment="no colours"))
    assert refused == {"Who may delete?": "everyone"}
    said = Decision(decision="approve", answers={"Who may delete?": "the owner"})
    answered = await answers_so_far(step, said)
    assert answered == {"Who may delete?": "the owner"}
    await deps.store.save_plan(run["id"], PLAN.model_copy(update={"questions": ()}))
    later = Step(deps, RunState(**{**state, "answers": answered}), run)
    assert await answers_so_far(later, Decision(decision="reject", comment="again")) == answered
