"""The chat: what a message wants, and answers that rest on stored facts."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from agents.pm.answers import Fact, answer, answer_by_rules
from agents.pm.intents import Intent, by_rules, sort_message
from memory.records.model import NoModel

Make = Callable[..., Any]


@pytest.mark.parametrize(
    ("message", "intent"),
    [
        ("Add user accounts", Intent.MODIFY),
        ("please rename title to name!", Intent.MODIFY),
        ("could you make the list sortable", Intent.MODIFY),
        ("deploy to production", Intent.DEPLOY),
        ("Roll back to the last version", Intent.ROLLBACK),
        ("undo that", Intent.ROLLBACK),
        ("why is coverage 71 %?", Intent.QUESTION),
        ("What did the last change touch", Intent.QUESTION),
        ("what will it cost?", Intent.QUESTION),
        ("show me the logs", Intent.QUESTION),
        ("should we add accounts?", Intent.QUESTION),
        ("help", Intent.HELP),
        ("what can you do?", Intent.HELP),
    ],
)
def test_intents_of_a_project_with_an_application(message: str, intent: Intent) -> None:
    found = by_rules(message, has_application=True)
    assert (found.intent, found.sure) == (intent, True)


def test_a_first_message_is_a_request() -> None:
    assert by_rules("Build a REST API for todos with title", has_application=False).intent is Intent.CREATE
    found = by_rules("todos with title, due date and a done flag", has_application=False)
    assert (found.intent, found.sure) == (Intent.CREATE, True)
    assert not by_rules("add a colour", has_application=False).sure


async def test_a_model_is_asked_only_where_the_rules_are_unsure(scripted: Make) -> None:
    gateway = scripted('{"intent": "modify"}')
    assert (await sort_message("Add accounts", "Todos", gateway, has_application=True)).intent is Intent.MODIFY
    assert gateway.asks == []
    found = await sort_message("the due date is ugly", "Todos", gateway, has_application=True)
    assert (found.intent, found.sure, len(gateway.asks)) == (Intent.MODIFY, True, 1)
    found = await sort_message("the due date is ugly", "Todos", scripted(NoModel("none")), has_application=True)
    assert (found.intent, found.sure) == (Intent.MODIFY, False)
    assert found.fallback is not None


FACTS = [
    Fact("coverage of the last run", "0.71; uncovered: app/errors.py 20-61", "run 3, step qa"),
    Fact("files of the last change", "app/routes/todos.py, app/models/todo.py", "run 3, step dev"),
    Fact("spend of the project", "0.04 USD in 3 runs", "ledger"),
]


@pytest.mark.parametrize(
    ("question", "number"), [("why is coverage 71 %?", 0), ("what did you touch?", 1), ("what will it cost?", 2)]
)
def test_the_rules_show_the_fact_with_its_source(question: str, number: int) -> None:
    found = answer_by_rules(question, FACTS)
    assert found.evidence[0] == FACTS[number]
    assert FACTS[number].text in found.text
    assert FACTS[number].source in found.text


def test_nothing_is_invented() -> None:
    found = answer_by_rules("who is the president?", FACTS)
    assert found.evidence == ()
    assert "spend of the project" in found.text


async def test_a_number_that_no_fact_holds_is_refused(scripted: Make) -> None:
    wrong = json.dumps({"answer": "Coverage is 83 % [1].", "facts": [1]})
    right = json.dumps({"answer": "71 % [1]: app/errors.py is not covered.", "facts": [1]})
    gateway = scripted(wrong, right)
    found = await answer("why is coverage so low?", FACTS, gateway)
    assert "83 stands in no fact" in str(gateway.asks[1].messages[-1].content)
    assert (found.text, found.evidence) == ("71 % [1]: app/errors.py is not covered.", (FACTS[0],))
    found = await answer("why is coverage so low?", FACTS, scripted(wrong, wrong))
    assert found.fallback is not None
    assert FACTS[0].text in found.text
