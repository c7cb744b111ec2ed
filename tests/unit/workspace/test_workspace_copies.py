"""What a command did to its copy comes back file by file, or not at all."""

from __future__ import annotations

import os
import shutil

import pytest

from tools.workspace.copies import copy_out, take_back
from tools.workspace.workspace import Workspace


@pytest.fixture
def place(tmp_path):
    """(workspace, copy, marks)"""
    root = tmp_path / "root"
    files = {
        "app/main.py": "def f():\n    return 1\n",
        "notes.txt": "old\n",
        "softwright.json": "{}",
        ".gitignore": "*.db\n",
        "kept.db": "tracked",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    workspace = Workspace(root)
    copy = tmp_path / "copy"
    return workspace, copy, copy_out(workspace, copy)


def test_nothing_changed_gives_nothing(place):
    workspace, copy, marks = place
    assert take_back(workspace, copy, marks).touched == ()
    (copy / "notes.txt").write_text("old\n")
    assert take_back(workspace, copy, marks).touched == ()


def test_changes_new_files_and_removals_come_back(place):
    workspace, copy, marks = place
    (copy / "app/main.py").write_text("def f():\n    return 2\n")
    (copy / "new").mkdir()
    (copy / "new/a.txt").write_text("a")
    (copy / "notes.txt").unlink()
    (copy / "kept.db").write_text("changed")
    taken = take_back(workspace, copy, marks)
    assert set(taken.touched) == {"app/main.py", "new/a.txt", "notes.txt", "kept.db"}
    assert taken.refused == ()
    assert [file.path for file in workspace.files().files] == [
        ".gitignore",
        "app/main.py",
        "kept.db",
        "new/a.txt",
        "softwright.json",
    ]


def test_noise_links_and_ignored_files_stay_behind(place):
    workspace, copy, marks = place
    before = [file.path for file in workspace.files().files]
    (copy / "__pycache__").mkdir()
    (copy / "__pycache__/x.pyc").write_text("x")
    (copy / "test.db").write_text("x")
    (copy / "passwd").symlink_to("/etc/passwd")
    (copy / "etc").symlink_to("/etc")
    os.mkfifo(copy / "pipe")
    assert take_back(workspace, copy, marks).touched == ()
    assert [file.path for file in workspace.files().files] == before


def test_a_file_that_became_a_link_is_not_followed(place):
    workspace, copy, marks = place
    (copy / "notes.txt").unlink()
    (copy / "notes.txt").symlink_to("/etc/passwd")
    shutil.rmtree(copy / "app")
    (copy / "app").symlink_to("/etc")
    taken = take_back(workspace, copy, marks)
    assert taken.touched == ("notes.txt",)
    assert not workspace.jail.exists("notes.txt")
    assert "kept; use delete_file" in taken.refused[0]
    assert workspace.read("app/main.py").total == 2


def test_guards_hold_for_commands_too(place):
    workspace, copy, marks = place
    (copy / "softwright.json").write_text('{"tests": "none"}')
    (copy / "app/main.py").write_text("x = 1\n")
    (copy / "big.bin").write_bytes(b"x" * (2 << 20))
    taken = take_back(workspace, copy, marks)
    assert taken.touched == ()
    assert len(taken.refused) == 3
    assert any("softwright.json is protected" in line for line in taken.refused)
    assert any("app/main.py: refused" in line and line.endswith("(f)") for line in taken.refused)


def test_closed_folders_and_files_are_opened(place):
    workspace, copy, marks = place
    (copy / "closed").mkdir()
    (copy / "closed/a.txt").write_text("a")
    (copy / "closed/a.txt").chmod(0)
    (copy / "closed").chmod(0)
    assert take_back(workspace, copy, marks).touched == ("closed/a.txt",)


def test_very_many_changes_are_refused_whole(place):
    workspace, copy, marks = place
    for number in range(201):
        (copy / f"{number}.txt").write_text("x")
    taken = take_back(workspace, copy, marks)
    assert taken.touched == ()
    assert "more than 200" in taken.refused[0]
