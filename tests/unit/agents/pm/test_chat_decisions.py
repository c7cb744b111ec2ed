"""Decisions in words: a clear yes, a clear no, and what is neither."""

from __future__ import annotations

from typing import Any

import pytest

from agents.pm.decisions import decision_in, plan_first
from agents.pm.reader.reader import read_request
from memory.records.plan import Plan

PLAN = {"what": "plan", "plan": {"questions": []}}
ASKS = {"what": "plan", "plan": {"questions": [{"text": "Who may delete?", "options": ["everyone", "the owner"]}]}}
DEPLOYMENT = {"what": "deployment"}
BUDGET = {"what": "budget"}
YES: dict[str, Any] = {"decision": "approve"}


def no(comment: str) -> dict[str, Any]:
    return {"decision": "reject"} | ({"comment": comment} if comment else {})


@pytest.mark.parametrize(
    "message",
    [
        "yes", "Yes, go on", "yes please", "ok", "Okay!", "go ahead", "sure, do it", "looks good", "looks good to me",
        "approve", "approved.", "LGTM", "continue", "yes yes", "fine, thanks", "that's right", "y", "build it",
        "proceed",        "Yes, that is what I want",
    ],
)  # fmt: skip
def test_a_clear_yes(message: str) -> None:
    assert decision_in(message, PLAN) == YES


@pytest.mark.parametrize(
    ("message", "comment"),
    [
        ("no", ""),
        ("No.", ""),
        ("no, because the title has to be unique", "the title has to be unique"),
        ("no: use euros instead", "use euros instead"),
        ("reject, it lacks accounts", "it lacks accounts"),
        ("not yet", "not yet"),
        ("stop", ""),
        ("don't deploy on a Friday", "don't deploy on a Friday"),
        ("cancel", ""),
    ],
)
def test_a_clear_no_with_its_reason(message: str, comment: str) -> None:
    assert decision_in(message, DEPLOYMENT) == no(comment)


def test_a_yes_with_a_condition_plans_anew_and_decides_nothing_else() -> None:
    assert decision_in("yes, but rename title to name", PLAN) == no("rename title to name")
    assert decision_in("yes, but only on Monday", DEPLOYMENT) is None


@pytest.mark.parametrize(
    "message", ["what did you not understand?", "is it safe?", "yes?", "add a priority", "hmm", "the title is ugly"]
)
def test_what_decides_nothing(message: str) -> None:
    assert decision_in(message, PLAN) is None


def test_a_long_yes_says_something_of_its_own() -> None:
    assert decision_in("yes well the thing with the due dates and lists we talked about", PLAN) is None


def test_a_question_of_the_plan_is_answered_by_its_option() -> None:
    assert decision_in("The owner.", ASKS) == YES | {"answers": {"Who may delete?": "the owner"}}
    assert decision_in("yes", ASKS) == YES


def test_a_budget_may_be_named() -> None:
    assert decision_in("yes, up to 5 USD", BUDGET) == YES | {"budget_usd": 5.0}
    assert decision_in("ok, $2.50", BUDGET) == YES | {"budget_usd": 2.5}
    assert decision_in("yes", BUDGET) == YES
    assert decision_in("no, finish without the model", BUDGET) == no("finish without the model")


PLAN_OF_BOOKS = Plan(spec=read_request("books with title").spec)


def test_an_edited_plan_is_taken_whole_and_only_where_a_plan_waits() -> None:
    words = f"Edit: {PLAN_OF_BOOKS.model_dump_json()}"
    assert decision_in(words, PLAN) == {"decision": "edit", "plan": PLAN_OF_BOOKS.model_dump(mode="json")}
    assert decision_in(words, BUDGET) is None
    assert decision_in('edit {"spec": 1}', PLAN) is None
    assert decision_in("edit the title", PLAN) is None


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("Add a priority to todos, but show me the plan first", "Add a priority to todos"),
        ("Build an API for todos. Ask me first.", "Build an API for todos"),
        ("Add tags. Let me see the plan first. Tags have a name.", "Add tags. Tags have a name"),
        ("Add a priority; wait for my approval", "Add a priority"),
    ],
)
def test_a_wish_to_see_the_plan_first(message: str, words: str) -> None:
    assert plan_first(message) == (words, True)


@pytest.mark.parametrize(
    "message", ["Add a plan field to users", "Users ask first", "show me the plan", "ask me firstly"]
)
def test_what_is_no_such_wish_stays_as_it_is(message: str) -> None:
    assert plan_first(message) == (message, False)
