"""PM plans a change with a model: what it names changes, all else stays, and without an answer the rules plan."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from agents.pm.agent import PlanError
from agents.pm.changing import ChangeRequest
from agents.pm.planner.change import ChangeInput, plan_change
from agents.pm.planner.planner import PmDeps, PmOutput
from agents.pm.reader.reader import read_request
from memory.records.change import Change
from memory.records.model import BudgetSpent
from memory.records.plan import PlannedBy, Task
from memory.records.spec import AppSpec
from tools.scaffold.interface import ScaffoldError

Make = Callable[..., Any]
BEFORE = read_request("books (title*, copies integer) and loans (book*, lent on date, returned on date)").spec
FINES = "Loans longer than 14 days cost a fine"
STEPS = ["POST /books {title: A} -> 201 as book", "POST /loans {book_id: $book.id} -> 201 {fine: 0}"]
TASK = {
    "title": "Fines",
    "detail": "read-only fine",
    "covers": [FINES],
    "checks": [{"title": "none yet", "steps": STEPS}],
}


def notes(change: Change, after: AppSpec) -> tuple[str, ...]:
    if len(after.resources) < len(change.before.resources):
        raise ScaffoldError("loans refer to it")
    return ("Rows keep what they have.",)


async def planned(scripted: Make, *answers: Any, request: str = FINES, **more: Any) -> tuple[PmOutput, Any]:
    gateway = scripted(*(json.dumps(a) if isinstance(a, dict) else a for a in answers))
    input = ChangeInput(ChangeRequest(request, BEFORE, has_model=True, notes=notes), **more)
    return await plan_change(input, PmDeps(gateway)), gateway


async def test_what_the_rules_leave_becomes_tasks_with_checks_and_the_files_they_touch(scripted: Make) -> None:
    built = (Task(id="renew", title="Renew", detail="POST /loans/{id}/renew"),)
    told: dict[str, Any] = {
        "candidates": ("app/routes/loans.py: find, create",),
        "built": built,
        "remembered": "money in euros",
    }
    output, gateway = await planned(scripted, {"tasks": [TASK], "touches": ["app/routes/loans.py", ""]}, **told)
    plan = output.plan
    assert (plan.planned_by, plan.spec.resources, plan.touches) == (
        PlannedBy.MODEL,
        BEFORE.resources,
        ("app/routes/loans.py",),
    )
    assert plan.change == Change(before=BEFORE)
    assert [task.title for task in plan.tasks] == ["Fines"]
    assert plan.tasks[0].checks[0].steps
    assert plan.spec.not_understood == ()
    assert "Rows keep what they have." in plan.spec.assumptions
    prompt = str(gateway.asks[0].messages[1].content)
    for words in (
        FINES,
        "app/routes/loans.py: find, create",
        "built already, Renew",
        "money in euros",
        "resource loan",
    ):
        assert words in prompt


async def test_what_the_rules_understand_is_planned_without_a_call(scripted: Make) -> None:
    output, gateway = await planned(scripted, request="add a priority field to books")
    assert (output.calls, gateway.asks, output.plan.planned_by) == (0, [], PlannedBy.RULES)


async def test_a_resource_that_is_named_changes_and_the_others_stay(scripted: Make) -> None:
    loan = {"name": "loan", "fields": ["book_id: reference to book, required", "lent_at: date", "note: text"]}
    output, _ = await planned(scripted, {"resources": [loan], "renames": ["loan.lent_on_date -> loan.lent_at"]})
    plan = output.plan
    assert plan.change is not None
    assert plan.change.renames.fields == (("loan", "lent_on_date", "lent_at"),)
    assert plan.spec.resource("book") == BEFORE.resource("book")
    assert plan.spec.resource("loan").field("book_id") == BEFORE.resource("loan").field("book_id")
    assert [f.name for f in plan.spec.resource("loan").fields] == ["book_id", "lent_at", "note"]
    assert any("lent_on_date" in line and "lent_at" in line for line in plan.change.says)


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"renames": ["lent_on"]}, "is not of the form"),
    ({"resources": [{"name": "book", "fields": ["title: text"]}], "renames": ["book.x -> book.title"]}, "there now"),
    ({"removes": ["person"]}, "there is no resource person"),
    ({"removes": ["loan"]}, "loans refer to it"),
    ({"resources": [{"name": "book", "fields": ["title: colour"]}]}, "is no type"),
    ({"tasks": [{"title": "x"}]}, "at least one check"),
]


@pytest.mark.parametrize(("draft", "words"), WRONG)
async def test_a_plan_that_cannot_be_made_is_asked_for_again(draft: dict[str, Any], words: str, scripted: Make) -> None:
    output, gateway = await planned(scripted, draft, {"tasks": [TASK]})
    assert words in str(gateway.asks[1].messages[-1].content)
    assert (output.calls, output.fallback) == (2, None)


async def test_without_an_answer_the_rules_plan_and_say_so(scripted: Make) -> None:
    gateway = scripted(BudgetSpent("nothing is left"))
    input = ChangeInput(ChangeRequest(FINES, BEFORE, has_model=True, notes=notes))
    output = await plan_change(input, PmDeps(gateway))
    assert output.fallback is not None
    assert (output.fallback.from_, output.fallback.to) == ("model", "rules")
    assert [task.covers for task in output.plan.tasks] == [(FINES,)]


async def test_a_comment_goes_to_the_model_with_the_refused_plan_though_the_rules_understand(scripted: Make) -> None:
    request = "add a priority field to books"
    first, _ = await planned(scripted, request=request)
    books = {"name": "book", "fields": ["title: text, required", "copies: integer", "rank: integer"]}
    output, gateway = await planned(
        scripted, {"resources": [books]}, request=request, previous=first.plan, comment="call it rank", round=2
    )
    prompt = str(gateway.asks[0].messages[1].content)
    assert "call it rank" in prompt
    assert "priority" in prompt
    assert gateway.asks[0].key == "pm/change/2"
    assert [f.name for f in output.plan.spec.resource("book").fields] == ["title", "copies", "rank"]


async def test_without_a_model_a_comment_is_one_more_sentence() -> None:
    request = ChangeRequest("add a priority field to books", BEFORE, has_model=False, notes=notes)
    output = await plan_change(ChangeInput(request, comment="add a shelf field to books"), PmDeps(None))
    names = [f.name for f in output.plan.spec.resource("book").fields]
    assert {"priority", "shelf"} <= set(names)


async def test_a_model_that_changes_nothing_is_no_plan(scripted: Make) -> None:
    with pytest.raises(PlanError, match="Nothing is to be changed"):
        await planned(scripted, {"not_understood": [{"text": FINES, "reason": "no"}]})
