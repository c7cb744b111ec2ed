"""Any draft a model may write: its plan can be rendered and tested, or it is refused with sentences."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.acceptance.python import module_of
from agents.pm.planner.convert import BadDraft, spec_of
from agents.pm.planner.coverage import dropped
from agents.pm.planner.draft import DraftPlan
from agents.pm.planner.tasks import tasks_of
from agents.pm.reader.reader import read_request
from memory.records.plan import Task
from memory.records.spec import AppSpec
from tools.scaffold.answers import to_answers

SMALL = settings(deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])

REQUEST = "books (title*, state one of a or b)"
GOOD_FIELDS = [
    "title: text, required",
    "state: one of a | b, default a",
    "tags: list of text",
    "n: integer, at least 1",
]
BAD_FIELDS = ["id: integer", "book: reference to book", "code: text, matches [", "when: date, at least soon", "x"]
GOOD_STEPS = ["POST /books {title: A} -> 201 as b", "GET /books/$b.id -> 200 {title: $any}"]


def lists(values: list[str], size: int = 3) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), max_size=size, unique=True)


NAMES = st.sampled_from(["book", "Loans", "blog post", "auth", "class"])
FIELDS = st.builds(lambda good, bad: good + bad, lists(GOOD_FIELDS), st.just([]) | lists(BAD_FIELDS, 1))
RULES = lists(["owned", "search: title", "sort: title", "unique together: title, n", "csv import", "n > title"], 1)
RESOURCES = st.fixed_dictionaries({"name": NAMES, "fields": FIELDS}, optional={"rules": RULES})
STEPS = st.just(GOOD_STEPS) | lists([*GOOD_STEPS, "GET /x -> 404", "go"])
CHECKS = st.fixed_dictionaries({"title": st.text(max_size=9), "steps": STEPS})
TASKS = st.fixed_dictionaries({"title": st.text(max_size=9), "checks": st.lists(CHECKS, min_size=1, max_size=2)})
DRAFTS = st.fixed_dictionaries(
    {"resources": st.none() | st.lists(RESOURCES, min_size=1, max_size=2)},
    optional={
        "title": NAMES,
        "accounts": st.booleans(),
        "page_size": st.integers(-5, 5000),
        "tasks": st.lists(TASKS, max_size=2),
    },
)


@pytest.mark.parametrize("base", [read_request(REQUEST).spec, None], ids=["corrected", "alone"])
@settings(SMALL, max_examples=75)
@given(draft=DRAFTS)
def test_it_can_be_rendered_and_tested_or_is_refused(base: AppSpec | None, draft: dict[str, Any]) -> None:
    plan = DraftPlan.model_validate(draft)
    try:
        spec = spec_of(plan, base, REQUEST, None)
        tasks = tasks_of(plan, spec, REQUEST)
    except BadDraft as error:
        problems = error.problems
    else:
        problems = []
        judge(spec, tasks)
    assert all(problem.strip() for problem in problems)


def judge(spec: AppSpec, tasks: tuple[Task, ...]) -> None:
    assert to_answers(spec, "1")["resources"]
    assert len({task.id for task in tasks}) == len(tasks)
    for part in dropped(REQUEST, spec, tasks, ()):
        assert part.text in REQUEST


@settings(SMALL, max_examples=10)
@given(titles=st.lists(st.text(max_size=12), min_size=1, max_size=3))
def test_any_title_makes_a_valid_test(titles: list[str]) -> None:
    checks = [{"title": title, "steps": GOOD_STEPS} for title in titles]
    draft = DraftPlan.model_validate({"tasks": [{"title": titles[0], "checks": checks}]})
    (task,) = tasks_of(draft, spec_of(draft, read_request(REQUEST).spec, REQUEST, None), REQUEST)
    source = module_of(task)
    compile(source, "test.py", "exec")
    assert source.count("\ndef test_") == len(titles)
