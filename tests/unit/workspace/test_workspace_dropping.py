"""Definitions go by their names; what an edit has made of them stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.workspace.dropping import without
from tools.workspace.interface import Block, WorkspaceError
from tools.workspace.workspace import Workspace

TEXT = """import pytest

N = 1


@pytest.mark.parametrize("a", [1])
def test_one(a):
    assert a


def test_two():
    assert N


class Helper:
    def test_one(self): ...
"""


def test_they_go_with_their_decorators_and_the_lines_around() -> None:
    assert without(TEXT, TEXT, ["test_one()"]) == TEXT.replace(
        TEXT[TEXT.index("@pytest") : TEXT.index("def test_two")], ""
    )
    assert without(TEXT, TEXT, ["test_two", "Helper"]) == TEXT[: TEXT.index("\n\ndef test_two")]


@pytest.mark.parametrize("names", [[], ["nothing"], ["N"], ["Helper.test_one"]])
def test_all_else_stays(names: list[str]) -> None:
    assert without(TEXT, TEXT, names) == TEXT


def test_what_was_edited_stays_and_a_broken_text_is_left_alone() -> None:
    edited = TEXT.replace("assert a", "assert a == 1")
    assert without(TEXT, edited, ["test_one"]) == edited
    broken = TEXT.replace("def test_two():", "def test_two(:")
    assert without(TEXT, broken, ["test_one"]) == broken


def test_an_edit_may_only_drop(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text(TEXT)
    files = Workspace(tmp_path)
    done = files.edit("test_a.py", [], drops=["test_two"])
    assert done.dropped == ("test_two",)
    assert "test_two" not in (tmp_path / "test_a.py").read_text()
    files.edit("test_a.py", [Block("N = 1", "N = 2")], drops=["test_one"])
    assert (tmp_path / "test_a.py").read_text().startswith("import pytest\n\nN = 2\n\n\nclass Helper:\n")
    with pytest.raises(WorkspaceError, match="no edits were given"):
        files.edit("test_a.py", [])
