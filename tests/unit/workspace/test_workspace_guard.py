"""Edits that would lose code are refused, and honest ones are not."""

from __future__ import annotations

import pytest

from tools.workspace.guard import check_definitions, check_elisions
from tools.workspace.interface import Elision, Gutting

PYTHON = """
from fastapi import APIRouter

router = APIRouter()


@router.get("/items")
def items():
    return []


@router.post("/items")
async def add(item):
    def check(value):
        return value
    return check(item)


class Shelf:
    size = 3

    def put(self, book):
        return book

    class Row:
        def left(self):
            return 1


if True:
    def conditional():
        return 2
"""


def without(*parts: str) -> str:
    text = PYTHON
    for part in parts:
        assert part in text
        text = text.replace(part, "")
    return text


@pytest.mark.parametrize(
    ("part", "names"),
    [
        ('@router.get("/items")\ndef items():\n    return []\n', ["items", "GET /items"]),
        ('@router.get("/items")\n', ["GET /items"]),
        ("    def check(value):\n        return value\n    return check(item)", ["add.check"]),
        ("    def put(self, book):\n        return book\n", ["Shelf.put"]),
        (PYTHON[PYTHON.index("    class Row") : PYTHON.index("\n\nif True")], ["Shelf.Row"]),
        ("if True:\n    def conditional():\n        return 2\n", ["conditional"]),
    ],
)
def test_a_lost_definition_is_refused_by_its_name(part, names):
    new = PYTHON.replace(part, "    return item" if part.startswith("    def check") else "")
    with pytest.raises(Gutting) as refused:
        check_definitions("app/main.py", PYTHON, new, [])
    assert set(refused.value.names) == set(names)


def test_a_class_speaks_for_its_methods_and_drops_allows_it():
    new = PYTHON[: PYTHON.index("class Shelf")]
    with pytest.raises(Gutting) as refused:
        check_definitions("a.py", PYTHON, new, [])
    assert refused.value.names == ("Shelf", "conditional")
    dropped = check_definitions("a.py", PYTHON, new, ["Shelf", "conditional()"])
    assert dropped == ("Shelf", "Shelf.put", "Shelf.Row", "Shelf.Row.left", "conditional")


@pytest.mark.parametrize("drops", [["left"], ["Shelf.Row.left"], ["Shelf.Row"], ["Row"], ["Shelf"]])
def test_ways_to_name_what_may_go(drops):
    new = PYTHON.replace("        def left(self):\n            return 1\n", "        pass\n")
    assert check_definitions("a.py", PYTHON, new, drops) == ("Shelf.Row.left",)


@pytest.mark.parametrize(
    "body", ["pass", "...", '"""Put it."""', "raise NotImplementedError", 'raise NotImplementedError("later")']
)
def test_an_emptied_function_is_refused(body):
    new = PYTHON.replace("        return book\n", f"        {body}\n")
    with pytest.raises(Gutting) as refused:
        check_definitions("a.py", PYTHON, new, [])
    assert refused.value.names == ("Shelf.put",)


def test_changes_additions_and_filled_stubs_pass():
    assert (
        check_definitions("a.py", PYTHON, PYTHON.replace("return book", "return [book]") + "\ndef more(): ...\n", [])
        == ()
    )
    assert check_definitions("a.py", "def f(): ...\n", "def f(): return 1\n", []) == ()
    assert check_definitions("a.py", "class P:\n    def f(self): ...\n", "class P:\n    def f(self): ...\n", []) == ()
    assert check_definitions("notes.md", "def f\n# A\n", "", []) == ()


def test_a_file_that_does_not_parse_is_compared_by_patterns():
    broken = PYTHON.replace("return []", "return [")
    with pytest.raises(Gutting) as refused:
        check_definitions("a.py", PYTHON, broken.replace("def put", "def place"), [])
    assert refused.value.names == ("put",)
    assert check_definitions("a.py", broken, PYTHON, []) == ()


@pytest.mark.parametrize(
    ("path", "old", "name"),
    [
        ("a.js", "export async function load(a) {\n}\n", "load"),
        ("a.ts", "export const total = (a: number) => a\n", "total"),
        ("a.tsx", "class Shelf {\n  async put(book) {\n    return 1\n  }\n}\n", "put"),
        ("a.js", "app.get('/items', list)\n", "get('/items"),
        ("a.go", "func (s *Shelf) Put(b Book) error {\n}\n", "Put"),
        ("a.rs", "pub(crate) async fn put(b: Book) {}\n", "put"),
        ("A.java", "public final class Shelf {\n  private int put(Book b) {\n  }\n}\n", "put"),
        ("a.kt", "data class Book(val n: Int)\nfun put(b: Book) = 1\n", "Book"),
        ("a.sql", "CREATE TABLE IF NOT EXISTS books (id int);\n", "books"),
        ("a.rb", "class Shelf\n  def put(book)\n  end\nend\n", "put"),
        ("a.sh", "deploy() {\n  echo\n}\n", "deploy"),
    ],
)
def test_other_languages_by_patterns(path, old, name):
    with pytest.raises(Gutting) as refused:
        check_definitions(path, old, "\n", [])
    assert name in refused.value.names
    assert check_definitions(path, old, old + "\n", []) == ()


@pytest.mark.parametrize(
    "line",
    [
        "# ... existing code ...",
        "    # ...",
        "    # … rest of the class unchanged",
        "// ... rest of the file remains the same",
        "/* existing methods */",
        "{/* ... other routes ... */}",
        "<!-- rest of the page -->",
        "# keep",
        "# keep as is",
        "# Keep existing code",
        "# keep all the existing imports",
        "# rest unchanged",
        "# the rest of the code stays the same",
        "# remaining methods unchanged",
        "# same as before",
        "# previous implementation here",
        "# imports remain unchanged",
        "# unchanged",
        "# [existing code]",
        "-- omitted for brevity",
        "return 1  # ... rest of function",
        "# (other endpoints are unchanged)",
        "# Your code here",
        "{# ... existing blocks ... #}",
    ],
)
def test_a_comment_in_place_of_code_is_refused(line):
    with pytest.raises(Elision) as refused:
        check_elisions("app/main.py", "a = 1\n", f"a = 2\n{line}\n")
    assert refused.value.data.startswith("2\t")


@pytest.mark.parametrize(
    "line",
    [
        "# keep the existing sort order: clients rely on it",
        "# Existing users are migrated on their next login",
        "# The rest is spent on shipping",
        "def f(self) -> int: ...",
        "...",
        "# unchanged totals are not written again",
        "# same as `total`, but rounded",
        "# other members may borrow it meanwhile",
        "print('...')  # shows progress",
        "# wait for it... then go",
        "url = 'http://localhost/rest'",
        "# previous code was 204; see the change log",
        "# Keep-Alive",
        "#!/bin/sh",
        "# tests",
        "x = a // b  # floor",
        "# returns the remaining lines",
    ],
)
def test_honest_comments_pass(line):
    check_elisions("app/main.py", "a = 1\n", f"a = 2\n{line}\n")


def test_what_stood_there_before_and_prose_pass():
    check_elisions("a.py", "# ... existing code ...\n", "b = 1\n  # ... existing code ...\n")
    check_elisions("README.md", "", "# keep\n<!-- ... -->\n")
