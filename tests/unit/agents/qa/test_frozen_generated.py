"""Generated tests are held against a change, but for those of what it is about."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from agents.pm.changes.reader import read_change
from agents.pm.reader.reader import read_request
from agents.qa.regression import RegressionInput, freeze
from memory.code import CodeStore
from memory.records.plan import Plan

SPEC = read_request("Tasks with title and due date. Projects with name").spec
API = """def test_tasks(client):
    assert client.get("/tasks").status_code == 200


def test_projects(client):
    assert client.get("/projects").status_code == 200
"""
UNITS = """def test_total():
    from app.totals import total

    assert total([1]) == 1
"""
FILES = {
    "tests/test_generated_api.py": API,
    "tests/test_generated_units.py": UNITS,
    "tests/test_own.py": API,
    "app/totals.py": "total = sum\n",
}


def test_they_go_with_what_the_change_is_about(tmp_path: Path) -> None:
    code, at = CodeStore(tmp_path / "code"), datetime(2026, 1, 1, tzinfo=UTC)
    code.create("p")

    def commit(files: dict[str, str], name: str) -> str:
        folder = tmp_path / name
        for path, text in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)
        return code.commit("p", folder, name, at)

    base = commit(FILES, "base")
    changed = commit(FILES | {"app/totals.py": "def total(rows): return sum(rows)\n"}, "changed")
    template = commit({"app/main.py": ""}, "template")
    reading = read_change("rename due date to deadline", SPEC)
    plan = Plan(spec=reading.after, change=reading.change)
    tree = tmp_path / "tree"
    code.check_out("p", changed, tree)
    found = freeze(RegressionInput("p", plan, base, template, changed, template), tree, code)
    assert found.kept == ("tests/test_generated_api.py", "tests/test_own.py")
    assert list(found.altered) == ["tests/test_generated_units.py"]
    left = (tree / "tests/test_generated_api.py").read_text()
    assert "test_projects" in left
    assert "test_tasks" not in left
    assert (tree / "tests/test_own.py").read_text() == API, "what people wrote is kept whatever changes"
    assert not (tree / "tests/test_generated_units.py").exists()
