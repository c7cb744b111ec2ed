"""PM's plan of a change of an imported project."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from agents.pm.agent import PlanError
from agents.pm.planner.imported import ImportedInput, plan_imported
from agents.pm.planner.planner import PmDeps
from memory.records.plan import PlannedBy
from memory.records.spec import AppSpec

SPEC = AppSpec(name="slug", title="slug", description="An imported python project.", kind="imported")
INPUT = ImportedInput("Keep underscores. Sing.", SPEC, "slug 1.0", tests=("t.py::test_a", "t.py::TestB::test_b[1]"))
TASK = {"title": "Keep them", "detail": "keep=''", "covers": ["Keep underscores"], "checks": ["slug('a_b') is a_b"]}


def draft(**more: Any) -> str:
    return json.dumps({"tasks": [TASK], **more})


async def test_the_answer_becomes_a_plan(scripted: Callable[..., Any]) -> None:
    answer = draft(
        contradicts=["t.py::TestB::test_b"],
        touches=["slug.py", "slug.py"],
        not_understood=[{"text": "Sing", "reason": "it has no voice"}],
        assumptions=["by default none is kept"],
    )
    model = scripted(answer)
    plan = (await plan_imported(INPUT, PmDeps(model))).plan
    assert (plan.planned_by, plan.touches, plan.contradicts) == (
        PlannedBy.MODEL,
        ("slug.py",),
        ("t.py::TestB::test_b",),
    )
    assert [check.words for check in plan.tasks[0].checks] == ["slug('a_b') is a_b"]
    assert plan.change is not None
    assert (plan.change.before, plan.change.says) == (SPEC, ("Keep them",))
    assert [part.text for part in plan.spec.not_understood] == ["Sing"]
    prompt = str(model.asks[0].messages[1].content)
    assert "t.py:: test_a\nt.py::TestB:: test_b[1]" in prompt


async def test_what_is_wrong_is_told_and_asked_again(scripted: Callable[..., Any]) -> None:
    model = scripted(draft(contradicts=["t.py::test_z"]), json.dumps({"assumptions": ["none"]}), draft())
    made = await plan_imported(INPUT, PmDeps(model))
    assert made.calls == 3
    assert "t.py::test_z is none of the tests listed" in str(model.asks[1].messages[-1].content)
    assert "not_understood does not say why" in str(model.asks[2].messages[-1].content)


async def test_without_a_plan_nothing_is_guessed(scripted: Callable[..., Any]) -> None:
    with pytest.raises(PlanError, match="changed by a model, and none is set"):
        await plan_imported(INPUT, PmDeps(None))
    nothing = json.dumps({"tasks": [], "not_understood": [{"text": "Sing", "reason": "no voice"}]})
    with pytest.raises(PlanError, match='"Sing": no voice'):
        await plan_imported(INPUT, PmDeps(scripted(nothing)))
    with pytest.raises(PlanError, match="no plan came of it: 3 answers"):
        await plan_imported(INPUT, PmDeps(scripted("?", "?", "?")))
