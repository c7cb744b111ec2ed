"""Nothing that is asked for by name leads out of the folder."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.workspace.interface import Block, NotThere, OutsideWorkspace, Protected, TooLarge, WorkspaceError
from tools.workspace.jail import Jail, parts_of
from tools.workspace.workspace import Workspace

SECRET = "do not touch"
PIECES = [
    "..",
    ".",
    "",
    "a",
    "app",
    "main.py",
    "out",
    "in",
    ".git",
    ".GIT",
    "/",
    "~",
    "\\",
    "-x",
    "\0",
    "é",
    "loop",
    "x" * 300,
]
PATHS = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=6).map("/".join),
    st.lists(st.sampled_from(PIECES), max_size=6).map(lambda parts: "/" + "/".join(parts)),
    st.text(max_size=20),
    st.sampled_from(["/work/../outside", "/work//etc/passwd", "./../outside/secret", "out/secret", "in/../out/secret"]),
)
OPERATIONS = st.tuples(st.sampled_from(["read", "write", "edit", "delete", "move", "files", "search"]), PATHS, PATHS)


def planted(folder: Path) -> Workspace:
    """A workspace with links out of it, as sandboxed code could make them, beside a folder that is not its own."""
    outside, root = folder / "outside", folder / "root"
    (root / "app").mkdir(parents=True)
    outside.mkdir()
    (outside / "secret").write_text(SECRET)
    (root / "app" / "main.py").write_text("x = 1\n")
    (root / "out").symlink_to(outside)
    (root / "in").symlink_to(root / "app")
    (root / "loop").symlink_to("loop")
    (root / "a").symlink_to(outside / "secret")
    os.mkfifo(root / "pipe")
    return Workspace(root)


def everything(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def act(workspace: Workspace, operation: str, path: str, other: str) -> object:
    match operation:
        case "read":
            return workspace.read(path).lines
        case "write":
            return workspace.write(path, "y = 2\n")
        case "edit":
            return workspace.edit(path, [Block("x = 1", "x = 2")])
        case "delete":
            return workspace.delete(path)
        case "move":
            return workspace.move(path, other)
        case "files":
            return workspace.files(path)
        case _:
            return workspace.search("touch", path)


@settings(max_examples=150, deadline=None)
@given(st.lists(OPERATIONS, min_size=1, max_size=8))
def test_no_sequence_of_operations_leaves_the_folder(operations):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        workspace = planted(folder)
        for operation in operations:
            try:
                told = act(workspace, *operation)
            except WorkspaceError:
                continue
            assert SECRET not in str(told)
        assert everything(folder / "outside") == {"secret": SECRET}
        assert {path.name for path in folder.iterdir()} == {"outside", "root"}
        assert not (folder / "root" / ".git").exists()
        assert not list((folder / "root").rglob(".unfinished-*"))


@given(st.text(max_size=40))
def test_a_path_is_refused_or_below_the_root(path):
    try:
        parts = parts_of(path)
    except OutsideWorkspace:
        return
    joined = os.path.normpath("/".join(["/jail", *parts]))
    assert joined == "/jail" or joined.startswith("/jail/")
    assert not {"..", ".", ""} & set(parts)


@pytest.mark.parametrize(
    "path",
    [
        "../x",
        "/etc/passwd",
        "app/../../x",
        ".git/config",
        ".GIT/hooks/pre-commit",
        "a\0b",
        "-rf",
        "x/.git",
        "\ud800",
        "a\\b",
        "a\nb",
        "x" * 201,
    ],
)
def test_what_is_refused_by_name(tmp_path, path):
    with pytest.raises(OutsideWorkspace):
        Jail(tmp_path).write(path, b"x")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("out/secret", OutsideWorkspace),
        ("a", OutsideWorkspace),
        ("loop", OutsideWorkspace),
        ("pipe", NotThere),
        ("app", WorkspaceError),
        ("none", NotThere),
    ],
)
def test_links_pipes_and_folders_are_not_read(tmp_path, path, error):
    with pytest.raises(error):
        planted(tmp_path).read(path)


def test_a_path_as_commands_print_it_is_understood(tmp_path):
    workspace = planted(tmp_path)
    assert workspace.read("/work/app/main.py").lines == ("x = 1",)
    assert workspace.read("./app/main.py").path == "app/main.py"


def test_the_executable_bit_stays_and_folders_come_and_go(tmp_path):
    jail = Jail(tmp_path)
    jail.write("deep/er/run.sh", b"echo 1\n", executable=True)
    jail.write("deep/er/run.sh", b"echo 2\n")
    assert (tmp_path / "deep/er/run.sh").stat().st_mode & stat.S_IXUSR
    jail.move("deep/er/run.sh", "other/run.sh")
    assert not (tmp_path / "deep").exists()
    jail.delete("other/run.sh")
    assert list(tmp_path.iterdir()) == []


def test_a_move_does_not_overwrite(tmp_path):
    workspace = planted(tmp_path)
    workspace.write("b.py", "b = 1\n")
    with pytest.raises(WorkspaceError, match="exists already"):
        workspace.move("b.py", "app/main.py")
    with pytest.raises(OutsideWorkspace):
        workspace.move("b.py", "out/b.py")
    assert workspace.read("b.py").lines == ("b = 1",)


@pytest.mark.parametrize("path", ["softwright.json", "requirements.lock", "web/package.lock", "/work/softwright.json"])
def test_protected_files_are_read_only(tmp_path, path):
    workspace = Workspace(tmp_path)
    (tmp_path / "web").mkdir()
    (tmp_path / path.removeprefix("/work/")).write_text("{}")
    (tmp_path / "free").write_text("1")
    for change in (
        lambda: workspace.write(path, "x"),
        lambda: workspace.edit(path, [Block("{", "[")]),
        lambda: workspace.delete(path),
        lambda: workspace.move(path, "elsewhere"),
        lambda: workspace.take_over(path.removeprefix("/work/"), b"x"),
    ):
        with pytest.raises(Protected):
            change()
    assert workspace.read(path).lines == ("{}",)


def test_large_files_are_refused(tmp_path):
    workspace = Workspace(tmp_path)
    with pytest.raises(TooLarge):
        workspace.write("a.txt", "x" * ((1 << 20) + 1))
    (tmp_path / "b.txt").write_bytes(b"x" * ((1 << 20) + 1))
    with pytest.raises(TooLarge):
        workspace.read("b.txt")
