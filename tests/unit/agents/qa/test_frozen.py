"""Which tests of before stay after a change, why others do not, and what is still used of what it takes away."""

from __future__ import annotations

import pytest

from agents.pm.changes.reader import read_change
from agents.pm.reader.reader import read_request
from agents.qa.frozen import BODIES, frozen, is_test
from agents.qa.in_use import still_used, taken_away

SPEC = read_request(
    "Tasks with title, due date and priority one of low, high. Projects with name. Each task belongs to a project"
).spec
TASKS, PROJECTS, OWN = "tests/test_tasks.py", "tests/test_projects.py", "tests/test_own.py"
TESTS = (TASKS, PROJECTS, OWN, BODIES, "tests/test_app.py")


@pytest.mark.parametrize(
    ("request_", "altered"),
    [
        ("add a notes field to tasks", {}),
        ("add search by title", {}),
        ("priority can also be urgent", {}),
        ("add tags with label", {}),
        ("add a required notes field to tasks", {TASKS: "a row needs notes"}),
        ("rename due date to deadline", {TASKS: "due_date is called deadline"}),
        ("remove due date", {TASKS: "due_date is removed"}),
        ("make title unique", {TASKS: "the rules of title change"}),
        ("remove low from priority", {TASKS: "the rules of priority change"}),
        ("newest first", {TASKS: "rows come in another order", PROJECTS: "rows come in another order"}),
        ("20 per page", {TASKS: "pages have other sizes", PROJECTS: "pages have other sizes"}),
        ("rename tasks to jobs", {TASKS: "tasks are called jobs", BODIES: "tasks are called jobs"}),
        ("remove tasks", {TASKS: "tasks are removed", BODIES: "tasks are removed"}),
    ],
)
def test_only_what_the_change_is_about_is_altered(request_: str, altered: dict[str, str]) -> None:
    reading = read_change(request_, SPEC)
    assert reading.not_understood == ()
    found = frozen(reading.change, reading.after, TESTS, set(TESTS) - {OWN})
    assert found.altered == altered
    assert set(found.kept) == set(TESTS) - altered.keys()


def test_what_people_wrote_stays_whatever_changes() -> None:
    reading = read_change("remove due date", SPEC)
    assert TASKS in frozen(reading.change, reading.after, TESTS, ()).kept


def test_names_of_tests() -> None:
    assert [is_test(path) for path in ("tests/test_a.py", "tests/a_test.py", "tests/conftest.py", "a.txt")] == [
        True, True, False, False,
    ]  # fmt: skip


USES = {
    "app/own.py": "def f(task):\n    return task.due_date\n",
    "app/other.py": 'x = {"due_date": 1}\ng(due_date=2)\n',
    "client.js": "fetch(`/tasks/${id}`)\n",
    "notes.md": "due_date and /tasks\n",
    "app/models/task.py": "class Task:\n    due_date: int\n",
    "broken.py": "def (\n",
    "app/mine.py": 'path = "/my-tasks"\ndue_date_of = 1\n',
}


def used(request_: str, template: dict[str, str] | None = None) -> list[str]:
    reading = read_change(request_, SPEC)
    found = still_used(taken_away(reading.change, reading.after), USES, template or {})
    return [f"{finding.file}:{finding.line}" for finding in found]


def test_a_field_that_goes_is_found_where_it_is_named() -> None:
    assert used("remove due date") == ["app/own.py:2", "app/other.py:1", "app/other.py:2"]
    assert used("rename due date to deadline") == ["app/own.py:2", "app/other.py:1", "app/other.py:2"]
    assert used("add due date to projects; remove due date from tasks") == [], "projects have it"


def test_a_path_and_a_class_that_go() -> None:
    assert used("rename tasks to jobs") == ["client.js:1"]


def test_what_the_template_says_itself_is_its_own_affair() -> None:
    assert used("remove due date", {"app/own.py": USES["app/own.py"]}) == ["app/other.py:1", "app/other.py:2"]
    assert used("remove due date", {"app/own.py": "# changed\n    return task.due_date\n"}) == [
        "app/other.py:1", "app/other.py:2",
    ]  # fmt: skip
