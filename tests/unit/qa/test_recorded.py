"""Which recorded answers a plan may change, which ones tests speak for, and how a difference is told."""

from __future__ import annotations

from typing import Any

import pytest

from agents.qa.recorded import covered, differences, intended, same
from memory.records.behaviour import Answered, Recording
from memory.records.plan import AcceptanceCheck, Exchange, Plan, Task
from memory.records.spec import AppSpec

SPEC = AppSpec(name="shop", title="Shop", description="", kind="imported")


def answered(route: str, status: int = 200, answer: Any = None, **more: Any) -> Answered:
    method, _, path = route.partition(" ")
    return Answered(
        method=method, template=path, path=path, status=status, kind="application/json", answer=answer, **more
    )


@pytest.mark.parametrize(
    ("path", "template", "found"),
    [
        ("/tasks/7", "/tasks/{id}", True),
        ("/tasks/$task.id/close", "/tasks/{task_id}/close", True),
        ("/tasks", "/tasks/{id}", False),
        ("/tasks/", "/tasks", True),
        ("/tasks/open", "/tasks/closed", False),
    ],
)
def test_a_path_and_a_template(path: str, template: str, found: bool) -> None:
    assert same(path, template) is found


def test_what_a_plan_is_about() -> None:
    steps = (
        Exchange(method="POST", path="/books", status=201),
        Exchange(method="POST", path="/loans/$loan.id/return", status=200),
    )
    check = AcceptanceCheck(title="once", steps=steps)
    words = AcceptanceCheck(title="w", words="GET /rates/{code} says the day. Not /private.")
    plan = Plan(
        spec=SPEC,
        tasks=(Task(id="a", title="Returning", detail="see /fines", checks=(check, words)),),
        alters=("PATCH /books/{id}",),
    )
    about = intended(plan)
    wanted = ("POST /loans/{loan_id}/return", "GET /rates/{code}", "GET /fines", "POST /private", "PATCH /books/{id}")
    assert [route for route in wanted if answered(route) not in about] == []
    assert [route for route in ("POST /books", "GET /books/{id}", "GET /loans") if answered(route) in about] == []


def test_what_tests_speak_for() -> None:
    text = """client.get(f"/tasks/{task}?all=1"); http.request("POST", '/tasks'); requests.put(`/x`); os.get("name")"""
    found = covered({"t.py": text}, ["DELETE /tasks/{task_id}"])
    wanted = ("GET /tasks/{id}", "POST /tasks", "PUT /x", "DELETE /tasks/{task_id}")
    assert [route for route in wanted if answered(route) not in found] == []
    assert [route for route in ("GET /tasks", "PATCH /tasks/{id}") if answered(route) in found] == []


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, None),
        ({"a": []}, {"a": [{"b": 1}]}, None),
        ({"a": 1}, {"a": 2}, "GET /x: had a 1; now 2"),
        ({"a": 1}, {"a": True}, "GET /x: had a 1; now True"),
        ({"a": {"b": "c"}}, {"a": None}, 'GET /x: had a.b, "c"; now it has not'),
        ([1, 2], [1], "GET /x: had 1, 2; now it has not"),
        ({"by_chance": "x"}, {"by_chance": "y"}, None),
        ({"by_chance": "x"}, {"by_chance": 3}, "GET /x: had by_chance as text; now a number"),
    ],
)
def test_how_an_answer_differs(was: Any, now: Any, said: str | None) -> None:
    before = Recording(app="m:a", steps=(answered("GET /x", answer=was),), unstable=((0, "by_chance"),))
    after = Recording(app="m:a", steps=(answered("GET /x", answer=now),))
    assert [str(found) for found in differences(before, after, ())] == ([said] if said else [])


def test_what_failed_before_and_what_varies_as_a_whole_is_left_out() -> None:
    steps = (answered("GET /broken", 500), answered("GET /luck"), answered("GET /slow", 0), answered("GET /x"))
    before = Recording(app="m:a", steps=steps, unstable=((1, ""),))
    after = Recording(app="m:a", steps=tuple(step.model_copy(update={"status": 404}) for step in steps[:3]))
    assert [found.route for found in differences(before, after, ())] == ["GET /x"]
    assert "no more time" in differences(before, after, ())[0].after
