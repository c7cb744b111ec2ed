"""A changed application: its own tests are green, rows from before the migration are there, and the way back works."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from agents.pm.changes.reader import read_change
from agents.pm.reader.reader import read_request
from memory.records.change import Change
from memory.records.spec import AppSpec
from tests.integration.template.conftest import Job, make_database, run_suites
from tools.scaffold.copier_scaffold import CopierScaffold
from tools.scaffold.interface import UnsupportedSpec

DRIVER = Path(__file__).with_name("rows_driver.py")
TASKS = read_request(
    "Tasks with title, due date, a done flag, estimate from 1 to 10 and priority one of low, high. "
    "Projects with name (unique) and start date and end date. Each task belongs to a project"
).spec
CHANGES = {
    "fields": "add a required owner email to tasks; add a unique required code to tasks; rename due date to deadline; "
    "make deadline required; remove done; priority can also be somewhat urgent",
    "resources": "rename tasks to jobs; add tags with name; add comments to jobs with body; remove estimate",
    "rules": "title must be at most 100 characters; make title unique; name is no longer unique; "
    "end date must be after start date; add search by title; name and start date must be unique together; "
    "add a cost (money, at least 0, default 5) to tasks; add a note to tasks; make priority required",
}


@dataclass(frozen=True)
class Changed:
    change: Change
    after: AppSpec
    old: Path
    new: Path


@pytest.fixture(scope="module")
def changed(scaffold: CopierScaffold, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Changed]:
    root = tmp_path_factory.mktemp("changed")
    scaffold.render(TASKS, "rest_api", root / "old")
    found = {}
    for name, request in CHANGES.items():
        reading = read_change(request, TASKS)
        assert reading.not_understood == ()
        versions = {p.name: p.read_text() for p in (root / "old/migrations/versions").glob("*.py")}
        rendered = scaffold.render_change(reading.change, reading.after, "rest_api", versions, root / name)
        assert rendered.migration is not None
        found[name] = Changed(reading.change, reading.after, root / "old", root / name)
    return found


def test_own_tests_are_green(changed: dict[str, Changed], app_python: Path) -> None:
    """Among them: the migrations lead to the models, as the application's database is made by all of them."""
    outcomes = run_suites(app_python, [Job(one.new) for one in changed.values()], timeout=200)
    assert [outcome.output[-3000:] for outcome in outcomes if outcome.code] == []


def drive(python: Path, folder: Path, *words: str) -> Any:
    environment = {"PYTHONPATH": str(folder), "PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
    argv = [str(python), str(DRIVER), *words]
    done = subprocess.run(argv, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout) if done.stdout else None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("database", "name"), [*(("sqlite", name) for name in CHANGES), ("postgres", "fields"), ("postgres", "resources")]
)
def test_rows_live_through_it_and_back(
    name: str, database: str, changed: dict[str, Changed], app_python: Path, tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:  # fmt: skip
    one = changed[name]
    url = f"sqlite:///{tmp_path}/rows.db"
    if database == "postgres":
        url = make_database(request.getfixturevalue("postgres"), f"rows_{name}")
    more = json.dumps({"project": {"name": "a third"}})
    before = drive(app_python, one.old, "fill", url, more)
    after = drive(app_python, one.new, "read", url)
    for resource in one.after.resources:
        was = before.get(one.change.renames.resource_before(resource.name), {"items": []})["items"]
        assert after[resource.name]["total"] == len(was)
        for row, old in zip(after[resource.name]["items"], was, strict=True):
            assert row["id"] == old["id"]
            for field in resource.fields:
                name_before = one.change.renames.field_before(resource.name, field.name)
                if old.get(name_before) is not None:
                    assert row[field.name] == old[name_before], field.name
                elif field.required:
                    assert row[field.name] is not None
    made = drive(app_python, one.new, "more", url)
    assert all(row["id"] > 3 for name_, row in made.items() if name_ in ("task", "job", "project"))
    drive(app_python, one.new, "to", url, "0001")
    again = drive(app_python, one.old, "read", url)
    for resource, rows in before.items():
        assert [row["id"] for row in again[resource]["items"]][:2] == [row["id"] for row in rows["items"]]


@pytest.mark.parametrize(
    ("request_", "rows", "reason"),
    [
        ("remove low from priority", {"priority": "low"}, "tasks.priority: 2 rows hold something else than high"),
        ("make title unique", {"title": "twice"}, "tasks.title: 1 values stand in several rows"),
        ("title must be at most 5 characters", {"title": "much longer"}, "tasks.title: 2 rows are longer than 5"),
        ("make estimate an integer", {"estimate": 1.5}, "tasks.estimate: 2 rows hold no whole number"),
    ],
)
def test_rows_that_are_in_the_way_are_named_and_nothing_happens(
    request_: str, rows: dict[str, Any], reason: str, scaffold: CopierScaffold, app_python: Path, tmp_path: Path,
    changed: dict[str, Changed],
) -> None:  # fmt: skip
    old = changed["fields"].old
    reading = read_change(request_, TASKS)
    versions = {p.name: p.read_text() for p in (old / "migrations/versions").glob("*.py")}
    scaffold.render_change(reading.change, reading.after, "rest_api", versions, tmp_path / "new")
    url = f"sqlite:///{tmp_path}/rows.db"
    drive(app_python, old, "rows", url, json.dumps({"task": rows}))
    with pytest.raises(AssertionError, match=reason):
        drive(app_python, tmp_path / "new", "read", url)
    drive(app_python, old, "read", url)


def test_values_that_no_rule_can_bring_over_are_refused(scaffold: CopierScaffold) -> None:
    reading = read_change("make title a number", TASKS)
    with pytest.raises(UnsupportedSpec, match="add a new field, bring the values over"):
        scaffold.notes(reading.change, reading.after)
