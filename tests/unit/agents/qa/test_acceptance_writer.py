"""Tests from checks: those in words through a model that sees no code."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from agents.acceptance.lines import read_steps
from agents.acceptance.python import HELPER_PATH
from agents.pm.reader.reader import read_request
from agents.qa.test_writer import WriterDeps, write
from memory.records.model import NoModel
from memory.records.plan import AcceptanceCheck, Plan, Task

SPEC = read_request("todos with title* and a done flag").spec
STEPS = ["POST /todos {title: A} -> 201 as todo", "POST /todos/$todo.id/close -> 200 {done: true}"]
READY = AcceptanceCheck(title="it closes", steps=read_steps(STEPS, accounts=False))
WORDS = AcceptanceCheck(title="no second closing", words="closing twice is refused")


def plan_of(*checks: AcceptanceCheck) -> Plan:
    return Plan(spec=SPEC, tasks=(Task(id="close", title="Close", detail="", checks=checks),))


async def test_checks_in_steps_need_no_model(scripted: Callable[..., Any]) -> None:
    gateway = scripted()
    output = await write(plan_of(READY), WriterDeps(gateway))
    assert set(output.files) == {HELPER_PATH, "tests/test_acceptance_close.py"}
    assert gateway.asks == []
    assert output.files == (await write(plan_of(READY), WriterDeps(None))).files
    assert (output.unproven, output.refused, output.fallback) == ((), (), None)


async def test_checks_in_words_are_made_into_steps(scripted: Callable[..., Any]) -> None:
    steps = [*STEPS, "POST /todos/$todo.id/close -> 409"]
    wrong = {"checks": [{"number": 1, "steps": ["POST /todos {} -> 201"]}]}
    gateway = scripted(json.dumps(wrong), json.dumps({"checks": [{"number": 1, "steps": steps}]}))
    output = await write(plan_of(READY, WORDS), WriterDeps(gateway))
    assert "todo needs title" in str(gateway.asks[1].messages[-1].content)
    assert output.files["tests/test_acceptance_close.py"].count("def test_") == 2
    assert output.unproven == ()
    assert output.plan.tasks[0].checks[1].steps[-1].status == 409


async def test_without_an_answer_they_are_told_as_unproven(scripted: Callable[..., Any]) -> None:
    output = await write(plan_of(READY, WORDS), WriterDeps(scripted(NoModel("none is set"))))
    assert output.unproven == ("no second closing",)
    assert output.fallback is not None
    assert output.fallback.reason == "none is set"
    assert output.files["tests/test_acceptance_close.py"].count("def test_") == 1


async def test_a_test_that_cannot_fail_is_left_out() -> None:
    made = READY.steps[0].model_copy(update={"status": 404, "save_as": "", "expect": None})
    weak = AcceptanceCheck.model_construct(title="nothing there", steps=(made,), words="")
    output = await write(plan_of(weak), WriterDeps(None))
    assert output.files == {}
    assert [test.name for test in output.refused] == ["test_nothing_there"]


async def test_nothing_to_prove_writes_nothing() -> None:
    assert (await write(Plan(spec=SPEC), WriterDeps(None))).files == {}


async def test_of_a_change_it_is_told_what_was_built_before(scripted: Callable[..., Any]) -> None:
    gateway = scripted('{"checks": []}')
    earlier = Task(id="a", title="Lend", detail="POST /books/{id}/lend: 409 if it is lent.", checks=(READY,))
    await write(plan_of(WORDS), WriterDeps(gateway, earlier=(earlier,)))
    said = str(gateway.asks[0].messages[1].content)
    assert "built already, Lend: POST /books/{id}/lend: 409 if it is lent." in said
