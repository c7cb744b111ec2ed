"""Seeing and changing files: bounded, atomic, told."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.workspace.interface import Block, Elision, Gutting, How, NoMatch, NotText, NotThere, WorkspaceError
from tools.workspace.workspace import Workspace


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "main.py").write_text("def one():\n    return 1\n\n\ndef two():\n    return 2\n")
    return tmp_path


def test_the_list_is_sorted_and_without_noise(root):
    for name in ("node_modules/x.js", "app/__pycache__/main.pyc", ".git/HEAD", "b.txt"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("12345")
    (root / "link").symlink_to("/etc/passwd")
    listing = Workspace(root).files()
    assert [(file.path, file.size) for file in listing.files] == [("app/main.py", 50), ("b.txt", 5)]
    assert [file.path for file in Workspace(root).files("app").files] == ["app/main.py"]


def test_the_list_is_bounded(root):
    for number in range(405):
        (root / f"{number:03}").touch()
    listing = Workspace(root).files()
    assert (len(listing.files), listing.left_out) == (400, 6)


def test_lines_are_read_by_range(root):
    excerpt = Workspace(root).read("app/main.py", 5, 99)
    assert (excerpt.first, excerpt.lines, excerpt.total, excerpt.cut) == (5, ("def two():", "    return 2"), 6, False)
    with pytest.raises(NotThere, match="6 lines only"):
        Workspace(root).read("app/main.py", 7)


def test_reading_is_bounded(root):
    (root / "long.txt").write_text("\n".join(str(number) for number in range(1000)))
    (root / "wide.txt").write_text("x" * 5000)
    (root / "both.txt").write_text("\n".join(["y" * 499] * 300))
    workspace = Workspace(root)
    long, wide, both = (workspace.read(name) for name in ("long.txt", "wide.txt", "both.txt"))
    assert (len(long.lines), long.cut) == (400, True)
    assert (len(wide.lines[0]), wide.cut) == (501, True)
    assert sum(map(len, both.lines)) <= 20_000
    assert both.cut


def test_what_is_no_text_is_refused(root):
    (root / "a.bin").write_bytes(b"\xff\xfe")
    (root / "b.bin").write_bytes(b"a\0b")
    for name in ("a.bin", "b.bin"):
        with pytest.raises(NotText):
            Workspace(root).read(name)
    for text in ("a\0b", "\ud800"):
        with pytest.raises(NotText):
            Workspace(root).write("c.txt", text)
    assert not (root / "c.txt").exists()


def test_line_ends_of_windows_stay(root):
    (root / "dos.txt").write_bytes(b"one\r\ntwo\r\nthree\r\n")
    Workspace(root).edit("dos.txt", [Block("one\ntwo", "1\n2\n2b")])
    assert (root / "dos.txt").read_bytes() == b"1\r\n2\r\n2b\r\nthree\r\n"


def test_a_refused_edit_changes_nothing(root):
    workspace, path = Workspace(root), root / "app" / "main.py"
    before = path.read_text()
    good = Block("return 1", "return 10")
    for blocks, error in (
        ([good, Block("return 3 # nowhere to be found", "x")], NoMatch),
        ([good, Block("def two():\n    return 2\n", "")], Gutting),
        ([good, Block("return 2", "# ... existing code ...")], Elision),
        ([], WorkspaceError),
    ):
        with pytest.raises(error):
            workspace.edit("app/main.py", blocks)
        assert path.read_text() == before


def test_a_whole_file_may_not_lose_definitions_unless_they_are_named(root):
    workspace = Workspace(root)
    with pytest.raises(Gutting, match="`drops`") as refused:
        workspace.write("app/main.py", "def one():\n    return 1\n")
    assert refused.value.names == ("two",)
    assert workspace.write("app/main.py", "def one():\n    return 1\n", drops=["two"]).dropped == ("two",)


def test_a_file_that_python_cannot_read_is_kept_and_told(root):
    workspace = Workspace(root)
    edited = workspace.edit("app/main.py", [Block("    return 2", "    return (2")])
    assert edited.problem is not None
    assert (edited.problem.line, edited.problem.message) == (6, "'(' was never closed")
    assert "return (2" in (root / "app/main.py").read_text()
    assert workspace.broken(["app/main.py", "gone.py", "b.txt"]) == ("app/main.py, line 6: '(' was never closed",)
    assert workspace.edit("app/main.py", [Block("return (2", "return 2")]).problem is None


@pytest.mark.parametrize(
    "text", ["x = " + "-" * 200_000 + "1\n", "x = " + "(" * 5_000 + ")" * 5_000, "x = '\\d'\n", "\ufeffx = 1\n"]
)
def test_odd_python_neither_crashes_nor_warns(root, text):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        edited = Workspace(root).write("odd.py", text)
    assert (edited.problem is None) == (len(text) < 100)


def test_a_loose_match_is_told(root):
    edited = Workspace(root).edit("app/main.py", [Block("def two():\n  return 2", "def two():\n  return 22")])
    assert edited.matches[0].how is How.WHITESPACE
    assert (root / "app/main.py").read_text().endswith("def two():\n    return 22\n")


def test_what_a_command_wrote_goes_through_the_same_guard(root):
    workspace = Workspace(root)
    with pytest.raises(Gutting):
        workspace.take_over("app/main.py", b"")
    workspace.take_over("picture.png", b"\x89PNG\0")
    assert (root / "picture.png").read_bytes() == b"\x89PNG\0"


BLOCKS = st.lists(
    st.tuples(st.sampled_from(["alpha", "beta", "gamma", "a", "zeta", "alpha\nbeta"]), st.text("xyz\n", max_size=6)),
    min_size=1,
    max_size=4,
)


@settings(max_examples=60, deadline=None)
@given(BLOCKS)
def test_edits_are_all_or_none(blocks):
    """Either the file is what replacing one after the other gives, or it is as before."""
    text = "alpha\nbeta\ngamma\n"
    expected: str | None = text
    for old, new in blocks:
        unique = expected is not None and expected.count(old) == 1 and old != new
        expected = expected.replace(old, new) if unique and expected is not None else None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.txt")
        path.write_text(text)
        try:
            Workspace(Path(folder)).edit("a.txt", [Block(old, new) for old, new in blocks])
        except WorkspaceError:
            assert path.read_text() == text
            assert expected is None
        else:
            assert path.read_text() == expected
        assert [entry.name for entry in Path(folder).iterdir()] == ["a.txt"]
