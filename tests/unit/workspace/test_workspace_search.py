"""Searching is bounded, whatever the pattern."""

from __future__ import annotations

import threading
import time

import pytest

from tools.workspace.interface import BadPattern
from tools.workspace.search import Source, search
from tools.workspace.workspace import Workspace


def test_hits_carry_file_line_and_text(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.py").write_text("import os\n\n    total = price * 2\nprint(total)\n")
    (tmp_path / "b.txt").write_text("no total here (a.b)\n")
    workspace = Workspace(tmp_path)
    found = workspace.search(r"\btotal\b")
    assert [(h.path, h.line, h.text) for h in found.hits] == [
        ("a/x.py", 3, "total = price * 2"),
        ("a/x.py", 4, "print(total)"),
        ("b.txt", 1, "no total here (a.b)"),
    ]
    assert [hit.path for hit in workspace.search("a.b)", literal=True).hits] == ["b.txt"]
    assert [hit.line for hit in workspace.search("^print", "a").hits] == [4]
    assert [hit.line for hit in workspace.search("total", "a/x.py").hits] == [3, 4]


def test_hits_are_bounded_and_what_is_not_shown_is_counted():
    sources = [Source(f"{n}", "x\n" * 100) for n in range(10)] + [Source("none", None)]
    found = search(sources, "x")
    assert (len(found.hits), found.left_out, found.unread) == (60, 940, 1)
    assert len(search([Source("a", "y" * 9000)], "y+").hits[0].text) == 201


@pytest.mark.parametrize("pattern", ["(", "a{2,1}", "(?P<x>a)(?P<x", "", "x" * 501, "*", "(?<=a+)b("])
def test_what_is_no_pattern_is_told(pattern):
    with pytest.raises(BadPattern):
        search([Source("a", "aaa")], pattern)


@pytest.mark.parametrize(
    ("pattern", "text"), [("(a|a)*$", "a" * 60 + "b"), ("(?:(?:a{1,300}){1,300}){1,300}b", "a" * 3000)]
)
def test_a_catastrophic_pattern_gives_up_and_lets_others_run(pattern, text):
    """Timings are not asserted; without a limit these would not end within the test's own."""
    ran, stop = [], threading.Event()

    def other() -> None:
        while not stop.wait(0.01):
            ran.append(time.monotonic())

    thread = threading.Thread(target=other)
    thread.start()
    try:
        with pytest.raises(BadPattern, match="took more than"):
            search([Source("a", text)], pattern, seconds=0.2)
    finally:
        stop.set()
        thread.join()
    assert len(ran) >= 2


def test_no_time_left_is_told_as_files_not_searched():
    assert search([Source("a", "x"), Source("b", "x")], "x", seconds=0).unread == 2
