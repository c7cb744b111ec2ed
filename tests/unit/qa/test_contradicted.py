"""What may become of the tests that a request contradicts."""

from __future__ import annotations

import pytest

from agents.qa.contradicted import by_file, changed_beside, said_anew

OLD = """
import thing

LIMIT = 3


def helper():
    return thing.make(LIMIT)


def test_a():
    assert helper() == 1


class TestB:
    kind = "b"

    def test_b(self):
        assert helper() == 2

    def test_c(self):
        assert helper() == 3
"""


def test_names_by_file() -> None:
    names = ["t.py::test_a[1]", "t.py::TestB::test_b", "u.py::test_a"]
    assert by_file(names) == {"t.py": {"test_a", "TestB::test_b"}, "u.py": {"test_a"}}


@pytest.mark.parametrize(
    ("old", "new", "beside"),
    [
        ("helper() == 1", "helper() == 5", []),
        ("helper() == 2", "helper() == 5", ["TestB::test_b"]),
        ("LIMIT = 3", "LIMIT = 4", ["LIMIT"]),
        ("make(LIMIT)", "make(9)", ["helper"]),
        ('kind = "b"', 'kind = "c"', ["TestB"]),
        ("def test_c(", "def was_c(", ["TestB::test_c (it is gone)"]),
        ("def test_a()", "@skip\ndef test_a()", []),
        ("import thing", "import thing, more  # another", []),
        ("def test_a()", "def test_new(): ...\n\n\ndef test_a()", []),
        ("def test_a(", "def was_a(", ["test_a (it is gone)"]),
        ("def test_a()", "def test_a(", ["the file, which cannot be parsed"]),
    ],
)
def test_what_changes_beside(old: str, new: str, beside: list[str]) -> None:
    assert changed_beside("t.py", OLD, OLD.replace(old, new, 1), frozenset({"test_a"})) == beside


def test_files_may_not_go_and_others_are_named() -> None:
    before = {path: OLD.encode() for path in ("a.py", "b.py", "c.py", "d.py")}
    after = {
        "b.py": OLD.replace("== 2", "== 4").encode(),
        "c.py": OLD.replace("== 1", "== 4").encode(),
        "d.py": OLD.encode(),
    }
    files, problems = said_anew([f"{path}::test_a" for path in before], before, after)
    assert sorted(files) == ["b.py", "c.py"]
    assert problems == [
        "a.py is gone: a contradicted test is changed, never removed",
        "b.py changes more than the request contradicts: TestB::test_b",
    ]
