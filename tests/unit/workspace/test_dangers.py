"""What a person has to agree to, and what a command may not do in its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tools.workspace.copies import copy_out, take_back
from tools.workspace.dangers import Dangers
from tools.workspace.tool import WorkspaceTools, langchain_tools
from tools.workspace.workspace import Workspace

FILES = {
    "README.md": "# A\n",
    "Dockerfile": "FROM x\n",
    "app/main.py": "ONE = 1\n",
    "migrations/versions/0001_a.py": "def upgrade():\n    pass\n",
    "softwright.toml": "",
}
NEW = "migrations/versions/0002_b.py"
LOSING = "def upgrade():\n    op.drop_column('a', 'b')\n\n\ndef downgrade():\n    pass\n"
MAKING = "def upgrade():\n    op.create_table('a')\n\n\ndef downgrade():\n    op.drop_table('a')\n"
Call = tuple[str, dict[str, Any]]


def write(path: str, content: str = "x\n") -> Call:
    return "write_file", {"path": path, "content": content}


def edit(path: str, new: str = "x") -> Call:
    return "edit_file", {"path": path, "edits": [{"old": "a", "new": new}]}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    for name, text in FILES.items():
        (tmp_path / "root" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "root" / name).write_text(text)
    return Workspace(tmp_path / "root", dangers=Dangers(frozenset(FILES), in_use=True))


@pytest.mark.parametrize(
    ("call", "why"),
    [
        (("delete_file", {"path": "README.md"}), "deletes README.md, which was there before"),
        (("delete_file", {"path": "./app/../README.md"}), ""),  # the toolbox refuses such paths
        (("delete_file", {"path": "/work/README.md"}), "deletes README.md"),
        (("delete_file", {"path": "app/own.py"}), ""),
        (write("Dockerfile"), "changes Dockerfile, by which"),
        (edit("deploy/Dockerfile.dev"), "changes deploy/Dockerfile.dev, by which"),
        (write(".github/workflows/ci.yml"), "changes .github/workflows/ci.yml"),
        (("move_file", {"path": "app/main.py", "to": "requirements.txt"}), "changes requirements.txt"),
        (("move_file", {"path": "app/main.py", "to": "app/other.py"}), ""),
        (edit("migrations/versions/0001_a.py"), "a migration that databases in use have run"),
        (write(NEW, LOSING), "a migration that loses data (drop_column)"),
        (write(NEW, "def upgrade():\n    op.execute('delete  from a')\n"), "loses data (delete  from)"),
        (write(NEW, MAKING), ""),
        (edit("app/main.py", "op.drop_table"), ""),
        (write("softwright.toml"), ""),  # refused outright
        (("delete_file", {"wrong": 1}), ""),
        (("run_command", {"command": "rm -rf /"}), ""),
    ],
)
def test_what_has_to_be_agreed_to(workspace: Workspace, call: Call, why: str) -> None:
    found = WorkspaceTools(workspace).danger_of(*call)
    assert (why in found) if why else found == ""


@pytest.mark.parametrize(
    ("words", "is_asked"),
    [
        ("Remove README.md, nobody reads it", False),
        ("a readme for people", True),
        ("see docs/README.md", True),
        ("old README.md.txt", False),
        ("drop app/README.mdx", True),
    ],
)
def test_what_a_person_named_was_asked_for(words: str, is_asked: bool) -> None:
    assert bool(Dangers(frozenset(FILES), words).of_delete("README.md")) is is_asked


def test_migrations_of_an_application_that_nobody_uses_are_free() -> None:
    dangers = Dangers(frozenset(FILES))
    assert dangers.of_write("migrations/versions/0001_a.py", "x") == dangers.of_write(NEW, LOSING) == ""


def test_a_command_cannot_do_it_in_their_place(workspace: Workspace, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    marks = copy_out(workspace, copy)
    (copy / "README.md").unlink()
    (copy / "Dockerfile").write_text("FROM y\n")
    (copy / NEW).write_text(LOSING)
    (copy / "app/main.py").write_text("ONE = 2\n")
    taken = take_back(workspace, copy, marks)
    assert taken.touched == ("app/main.py",)
    assert len(taken.refused) == 3
    assert any("README.md" in line and "use delete_file" in line for line in taken.refused)
    assert workspace.jail.exists("README.md")
    assert workspace.read("Dockerfile").lines == ("FROM x",)


async def test_who_has_nobody_to_ask_gets_a_refusal(workspace: Workspace) -> None:
    tool = next(tool for tool in langchain_tools(WorkspaceTools(workspace)) if tool.name == "delete_file")
    assert "error: refused: it deletes README.md" in await tool.ainvoke({"path": "README.md"})
    assert workspace.jail.exists("README.md")
