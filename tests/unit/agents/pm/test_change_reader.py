"""Changes in words: what each becomes, what is refused, and that every clause is accounted for."""

# ruff: noqa: E501 (cases stay one a line)
from __future__ import annotations

import pytest

from agents.pm.changes.reader import ChangeReading, read_change
from agents.pm.reader.reader import read_request
from memory.records.change import Renames
from memory.records.spec import AppSpec, FieldType

TASKS = read_request(
    "Tasks with title, due date, a done flag, estimate from 1 to 10 and priority one of low, high"
).spec
PROJECTS = read_request(
    "Tasks with title, due date and priority one of low, high. Projects with name, start date, end date. "
    "Each task belongs to a project"
).spec


def read(request: str, spec: AppSpec = TASKS) -> ChangeReading:
    return read_change(request, spec)


@pytest.mark.parametrize(
    ("request_", "says"),
    [
        ("add a priority level field, one of low, high, to tasks", ["tasks: new field priority_level: one of low, high"]),
        ("Please add an assignee email.", ["tasks: new field assignee_email: email"]),
        ("every task should have a cost (money, at least 0)", ["tasks: new field cost: money, at least 0"]),
        ("give each task a required owner name", ["tasks: new field owner_name: text, required, not empty, at most 200 characters"]),
        ("rename due date to deadline", ["tasks: due_date renamed to deadline"]),
        ("rename tasks to jobs", ["tasks renamed to jobs"]),
        ("remove the estimate field", ["tasks: field estimate removed"]),
        ("drop done from tasks", ["tasks: field done removed"]),
        ("make title unique", ["tasks: title: text, required, unique, not empty, at most 200 characters"]),
        ("make due date required", ["tasks: due_date: date, required"]),
        ("title must be at most 100 characters", ["tasks: title: text, required, not empty, at most 100 characters"]),
        ("limit title to 80 characters", ["tasks: title: text, required, not empty, at most 80 characters"]),
        ("estimate must be between 1 and 5", ["tasks: estimate: number, at least 1, at most 5"]),
        ("make estimate an integer", ["tasks: estimate: integer, at least 1, at most 10"]),
        ("priority can also be urgent", ["tasks: priority: one of low, high, urgent"]),
        ("add medium to the choices of priority", ["tasks: priority: one of low, high, medium"]),
        ("remove low from priority", ["tasks: priority: one of high"]),
        ("priority defaults to low", ["tasks: priority: one of low, high, default low"]),
        ("add user accounts", ["accounts: register and log in"]),
        ("users see only their own tasks", ["accounts: register and log in", "tasks: each account sees only its own"]),
        ("add search by title", ["tasks: search in title"]),
        ("add a filter by priority and due date", ["tasks: filter by priority, due_date"]),
        ("let users sort tasks by due date", ["tasks: sort by due_date"]),
        ("sort tasks by due date descending by default", ["tasks: sort by due_date", "tasks: sorted by -due_date"]),
        ("add CSV export", ["tasks: CSV export"]),
        ("show 20 per page", ["pages of 20, at most 200"]),
        ("add tags with name and color", ["new resource tags (name, color)"]),
        ("add comments to tasks with body", ["new resource comments (body, task_id)"]),
        (
            "add search by title, filtering by priority and CSV import to tasks",
            ["tasks: search in title", "tasks: filter by priority", "tasks: CSV import"],
        ),
        (
            "add a notes field and make it required; rename done to completed",
            ["tasks: done renamed to completed", "tasks: new field notes: text, required, not empty, at most 10000 characters"],
        ),
    ],
)  # fmt: skip
def test_one_resource(request_: str, says: list[str]) -> None:
    found = read(request_)
    assert (list(found.change.says), found.not_understood) == (says, ())


@pytest.mark.parametrize(
    ("request_", "says"),
    [
        ("add a budget (money) to projects", ["projects: new field budget: money, at least 0"]),
        ("end date must be after start date", ["projects: rule end_date > start_date"]),
        ("rename the name of projects to label", ["projects: name renamed to label"]),
        ("remove project from tasks", ["tasks: field project_id removed"]),
        ("title and project must be unique together", ["tasks: title and project_id together only once"]),
        ("filter tasks by project", ["tasks: filter by project_id"]),
        ("remove tasks", ["resource tasks removed"]),
        (
            "add people with name and email, and add an assignee reference to people to tasks",
            ["tasks: new field assignee_id: reference to person", "new resource people (name, email)"],
        ),
        (
            "users can only see their own projects",
            ["accounts: register and log in", "tasks: each account sees only its own", "projects: each account sees only its own"],
        ),
    ],
)  # fmt: skip
def test_several_resources(request_: str, says: list[str]) -> None:
    found = read(request_, PROJECTS)
    assert (list(found.change.says), found.not_understood) == (says, ())


@pytest.mark.parametrize(
    ("request_", "spec", "reason"),
    [
        ("make it faster", TASKS, "no rule"),
        ("add dark mode", TASKS, "say: add a dark mode field"),
        ("add a due time", PROJECTS, "say to what it belongs"),
        ("remove projects", PROJECTS, "task.project_id refers to projects"),
        ("remove tasks", TASKS, "only resource"),
        ("rename colour to color", TASKS, "there is no colour"),
        ("rename title to priority", TASKS, "have a field priority already"),
        ("add a title", TASKS, "have title already"),
        ("remove urgent from priority", TASKS, "no choice urgent"),
        ("add search by estimate", TASKS, "no text that could be searched"),
        ("remove the accounts", TASKS, "accounts cannot be taken away"),
    ],
)
def test_what_cannot_be_done_says_why(request_: str, spec: AppSpec, reason: str) -> None:
    found = read(request_, spec)
    assert found.change.says == ()
    assert found.after.model_copy(update={"assumptions": spec.assumptions}) == spec.model_copy(
        update={"not_understood": ()}
    )
    [part] = found.not_understood
    assert part.text == request_
    assert reason in part.reason


def test_a_clause_that_fails_leaves_those_around_it() -> None:
    found = read("rename done to completed. Make it sing. Add a note field")
    assert [part.text for part in found.not_understood] == ["Make it sing"]
    assert [f.name for f in found.after.resource("task").fields][-2:] == ["priority", "note"]


def test_names_are_followed_through_several_renames() -> None:
    found = read("rename due date to deadline; rename tasks to jobs; rename deadline to until; add search by title")
    assert found.change.renames == Renames(resources=(("task", "job"),), fields=(("job", "due_date", "until"),))
    assert found.change.renames.turned() == Renames(
        resources=(("job", "task"),), fields=(("task", "until", "due_date"),)
    )


def test_rules_follow_a_renamed_field_and_go_with_a_removed_one() -> None:
    ruled = read("end date must be after start date; filter projects by end date", PROJECTS).after
    renamed = read("rename end date to finish", ruled).after.resource("project")
    assert [(c.left, c.right) for c in renamed.comparisons] == [("finish", "start_date")]
    assert renamed.filters == ("finish",)
    removed = read("remove start date", ruled)
    assert removed.after.resource("project").comparisons == ()
    assert any("rule end_date > start_date goes with" in text for text in removed.after.assumptions)


def test_what_is_so_already_is_said() -> None:
    found = read("make due date optional")
    assert found.nothing
    assert found.after.assumptions == ('"make due date optional" is so already.',)


def test_a_reference_to_rows_that_do_not_exist_yet_is_optional() -> None:
    found = read("add projects with name; add a project to tasks")
    field = found.after.resource("task").field("project_id")
    assert (field.type, field.required) == (FieldType.REFERENCE, False)
    assert any("optional" in text for text in found.after.assumptions)
