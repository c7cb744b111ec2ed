"""The chat: what a message wants, and answers that rest on stored facts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from agents.pm.answers import Fact, answer, answer_by_rules, relevant_facts
from agents.pm.facts.fact import topics_of
from agents.pm.intent_rules import environment_in
from agents.pm.intents import Intent, by_rules, sort_message
from memory.records.model import BudgetSpent, NoModel

Make = Callable[..., Any]


MODIFY, DEPLOY, ROLLBACK = Intent.MODIFY, Intent.DEPLOY, Intent.ROLLBACK
QUESTION, HELP, OTHER = Intent.QUESTION, Intent.HELP, Intent.OTHER
SURE = {
    "Remember: money is in euros": Intent.REMEMBER,
    "please remember that due dates are optional": Intent.REMEMBER,
    "Add user accounts": MODIFY,
    "please rename title to name!": MODIFY,
    "could you make the list sortable": MODIFY,
    "can you add a colour to notes": MODIFY,
    "Remove the due date": MODIFY,
    "ok, now let only admins delete todos": MODIFY,
    "require a title of at least 3 characters": MODIFY,
    "set the page size to 20": MODIFY,
    "Hi! Please give todos a priority": MODIFY,
    "forbid overlapping bookings": MODIFY,
    "fix the typo in the title": MODIFY,
    "we need to limit names to 80 characters": MODIFY,
    "deploy": DEPLOY,
    "deploy to production": DEPLOY,
    "Deploy it to staging, please": DEPLOY,
    "please redeploy": DEPLOY,
    "ship it": DEPLOY,
    "go live": DEPLOY,
    "promote to staging": DEPLOY,
    "put it online": DEPLOY,
    "release this to production": DEPLOY,
    "Roll back to the last version": ROLLBACK,
    "roll back": ROLLBACK,
    "rollback": ROLLBACK,
    "roll it back please": ROLLBACK,
    "undo that": ROLLBACK,
    "revert the last change": ROLLBACK,
    "go back to the previous version": ROLLBACK,
    "restore the old version": ROLLBACK,
    "why is coverage 71 %?": QUESTION,
    "What did the last change touch": QUESTION,
    "what will it cost?": QUESTION,
    "what has it cost so far": QUESTION,
    "is it up?": QUESTION,
    "Is the API still running?": QUESTION,
    "show me the logs": QUESTION,
    "logs": QUESTION,
    "show the logs of production": QUESTION,
    "what did you not understand?": QUESTION,
    "why did the last run fail?": QUESTION,
    "which tests are there?": QUESTION,
    "should we add accounts?": QUESTION,
    "could you tell me where it is deployed?": QUESTION,
    "what's the url?": QUESTION,
    "how many tests failed?": QUESTION,
    "who can delete todos?": QUESTION,
    "list the endpoints": QUESTION,
    "status": QUESTION,
    "explain the plan": QUESTION,
    "do we have any vulnerabilities?": QUESTION,
    "was anything left out?": QUESTION,
    "when was it deployed last?": QUESTION,
    "help": HELP,
    "/help": HELP,
    "?": HELP,
    "what can you do?": HELP,
    "how does this work": HELP,
}
UNSURE = {
    "the due date is ugly": MODIFY,
    "Build an API for invoices": MODIFY,
    "todos look nicer in blue": MODIFY,
    "hmm": OTHER,
    "thanks": OTHER,
    "good morning": OTHER,
}


@pytest.mark.parametrize(("message", "intent"), SURE.items())
def test_what_the_rules_are_sure_of(message: str, intent: Intent) -> None:
    found = by_rules(message, has_application=True)
    assert (found.intent, found.sure) == (intent, True)


@pytest.mark.parametrize(("message", "intent"), UNSURE.items())
def test_what_is_only_guessed(message: str, intent: Intent) -> None:
    found = by_rules(message, has_application=True)
    assert (found.intent, found.sure) == (intent, False)


@pytest.mark.parametrize(
    ("message", "sure"),
    [
        ("Build a REST API for todos with title", True),
        ("Create me an application for bookings", True),
        ("todos with title, due date and a done flag", True),
        ("I run a bakery and want to keep track of orders", True),
        ("add a colour", False),
        ("make the title required", False),
        ("notes with text", False),
    ],
)
def test_a_first_message_is_a_request(message: str, *, sure: bool) -> None:
    found = by_rules(message, has_application=False)
    assert (found.intent, found.sure) == (Intent.CREATE, sure)


@pytest.mark.parametrize("message", ["is it up?", "deploy to staging", "roll back", "help"])
def test_a_first_message_that_creates_nothing(message: str) -> None:
    assert by_rules(message, has_application=False).intent is not Intent.CREATE


@pytest.mark.parametrize(
    ("message", "environment"),
    [
        ("deploy to staging", "staging"),
        ("deploy to prod", "production"),
        ("deploy it in Production!", "production"),
        ("deploy to the development environment", "dev"),
        ("deploy", None),
        ("deploy the product list", None),
    ],
)
def test_the_environment_that_is_named(message: str, environment: str | None) -> None:
    assert environment_in(message) == environment


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
    Fact("coverage of the last run", "0.71; uncovered: app/errors.py 20-61", "run 3, step qa", "coverage"),
    Fact("files of the last change", "app/routes/todos.py, app/models/todo.py", "run 3, step dev", "change"),
    Fact("spend of the project", "0.04 USD in 3 runs", "ledger", "cost"),
]


@pytest.mark.parametrize(
    ("question", "number"), [("why is coverage 71 %?", 0), ("what did you touch?", 1), ("what will it cost?", 2)]
)
def test_the_rules_show_the_fact_with_its_source(question: str, number: int) -> None:
    found = answer_by_rules(question, FACTS)
    assert found.evidence == (FACTS[number],)
    assert found.text == f"{FACTS[number].text} ({FACTS[number].source})"


@pytest.mark.parametrize(
    ("question", "about"),
    [
        ("why is coverage 71 %?", "coverage"),
        ("what did the last change touch?", "change"),
        ("which files did you edit", "change"),
        ("what will it cost?", "cost"),
        ("how much have we spent?", "cost"),
        ("is it up?", "up"),
        ("what's the url", "up"),
        ("where can I find it?", "up"),
        ("what did you not understand?", "not_understood"),
        ("is anything missing?", "not_understood"),
        ("what did you assume?", "assumed"),
        ("show the logs", "logs"),
        ("why did the last run fail?", "failure"),
        ("what went wrong?", "failure"),
        ("which tests are there?", "tests"),
        ("is it safe?", "security"),
        ("why is it slow?", "speed"),
        ("what are you doing?", "now"),
        ("which endpoints are there?", "plan"),
        ("what does the API do?", "plan"),
        ("which versions were released?", "versions"),
    ],
)
def test_the_topic_of_a_question(question: str, about: str) -> None:
    assert topics_of(question)[0] == about


def test_without_a_topic_the_words_decide() -> None:
    fact = Fact("owner", "Ann owns the project", "users")
    assert relevant_facts("who owns this?", [*FACTS, fact]) == (fact,)


def test_nothing_is_invented() -> None:
    found = answer_by_rules("who is the president?", FACTS)
    assert found.evidence == ()
    assert "spend of the project" in found.text


async def test_a_number_that_no_fact_holds_is_refused(scripted: Make) -> None:
    wrong, right = "Coverage is 83 % [1].", "71 % [1]: app/errors.py is not covered."
    gateway = scripted(wrong, right)
    found = await answer("why is coverage so low?", FACTS, gateway)
    assert "83 stands in no fact" in str(gateway.asks[1].messages[-1].content)
    assert (found.text, found.evidence) == (right, (FACTS[0],))
    assert [ask.key for ask in gateway.asks] == ["chat/answer", "chat/answer/again-1"]
    found = await answer("why is coverage so low?", FACTS, scripted(wrong, wrong))
    assert found.fallback is not None
    assert FACTS[0].text in found.text


async def test_a_fact_that_was_not_given_is_refused(scripted: Make) -> None:
    found = await answer("what will it cost?", FACTS, scripted("It costs 0.04 USD [7].", "It costs 0.04 USD [1]."))
    assert (found.text, found.evidence) == ("It costs 0.04 USD [1].", (FACTS[2],))


async def test_without_an_answer_the_rules_speak_and_say_so(scripted: Make) -> None:
    for problem in (NoModel("none answered"), BudgetSpent("the budget is spent")):
        found = await answer("what will it cost?", FACTS, scripted(problem))
        assert (found.evidence, found.fallback and found.fallback.reason) == ((FACTS[2],), str(problem))
