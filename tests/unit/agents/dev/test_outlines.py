"""Outlines of generated files: nothing is shown that is not there, and nothing of a person's own is left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.dev.delta_files import relevant
from agents.dev.likeness import alike, routes_of
from agents.dev.outlines import Outlines
from agents.pm.reader.reader import read_request
from memory.settings import REPOSITORY
from tools.scaffold.copier_scaffold import CopierScaffold

REQUEST = "Build a REST API for books (title, copies), members (name) and loans of a book to a member (lent on date)"
FIRST, SECOND = "app/routes/loans.py", "app/routes/books.py"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    root: Path = tmp_path_factory.mktemp("rendered") / "tree"
    made = CopierScaffold(REPOSITORY / "templates").render(read_request(REQUEST).spec, "rest_api", root)
    return {path: (root / path).read_text() for path in made if path.endswith(".py")}


def marked(line: str) -> bool:
    return line.strip().startswith(("...", "# not shown"))


def test_all_that_is_shown_is_there_in_its_order(files: dict[str, str]) -> None:
    outlines = Outlines()
    shown = {path: outlines.of(path, files[path]) for path in sorted(files, key=lambda path: path != FIRST)}
    for path, text in shown.items():
        there = iter(files[path].splitlines())
        assert all(line in there for line in text.splitlines() if not marked(line)), path
    shorter = {path for path in files if len(shown[path]) < len(files[path])}
    migration = "migrations/versions/0001_initial.py"
    tests = {path for path in files if path.startswith("tests/test_")}
    schemas = {f"app/schemas/{name}.py" for name in ("book", "loan", "member")}
    assert shorter - tests == {FIRST, SECOND, "app/routes/members.py", *schemas, migration, "tests/factory.py"}
    shorter -= {*tests, FIRST, *schemas}
    assert sum(len(shown[path]) for path in shorter) < 0.5 * sum(len(files[path]) for path in shorter)


def test_of_the_first_put_stands_for_patch_and_the_next_says_what_differs(files: dict[str, str]) -> None:
    outlines = Outlines()
    first = outlines.of(FIRST, files[FIRST])
    assert first.count("...") == 1
    assert "    ...  # as PUT, with body.model_dump(exclude_unset=True), commit(session, TAKEN)\n" in first
    second = outlines.of(SECOND, files[SECOND])
    assert f"...  # as in {FIRST}, word for word but for the names: list_books read_book find; " in second
    assert "create_book: no check, session.commit(), problems(400, 413, 422); replace_book update_book: " in second
    assert "delete_book: commit(session, IN_USE), problems(404, 409, 422)\n" in second
    assert "def replace_book" not in second


def test_what_is_not_shown_follows_from_the_first_to_the_letter(files: dict[str, str]) -> None:
    """So an edit of it finds its place."""
    first, second = routes_of(files[FIRST]), routes_of(files[SECOND])
    assert first is not None
    assert second is not None
    same = alike(first, second)
    assert list(same) == ["list", "create", "read", "replace", "update", "delete", "find"]
    assert same["find"] == same["read"] == ""
    written = first.functions["replace"].text.replace("loan", "book").replace("Loan", "Book")
    written = written.replace("    check(session, row)\n", "").replace("commit(session, TAKEN)", "session.commit()")
    assert same["replace"] == "no check, session.commit(), problems(400, 404, 413, 422)"
    assert written.replace("problems(400, 404, 409, 413, 422)", "problems(400, 404, 413, 422)") in files[SECOND]


def test_a_patch_that_follows_is_not_shown(files: dict[str, str]) -> None:
    path = "app/schemas/book.py"
    shown = Outlines().of(path, files[path])
    assert "    ...  # the fields of BookIn, each = may_be_missing()\n" in shown
    assert shown.count("may_be_missing()") == 1
    own = files[path].replace(" = may_be_missing()", " = may_be_missing()  # mine", 1)
    assert Outlines().of(path, own) == own


def test_the_tests_of_what_is_changed_are_named(files: dict[str, str]) -> None:
    shown = dict(relevant(files, "Return a loan", (), 10_000))
    tests = shown["tests/test_loans.py"]
    assert "from tests.factory import Factory\n\nPATH = " in tests
    assert "\n...  # test_create_read_list test_replace " in tests
    assert not any(path.startswith("tests/test_") and "loans" not in path for path in shown)


def test_what_somebody_wrote_is_shown(files: dict[str, str]) -> None:
    own = files[SECOND].replace("    session.add(row)\n", "    row.shelf = 7\n    session.add(row)\n")
    outlines = Outlines()
    outlines.of(FIRST, files[FIRST])
    shown = outlines.of(SECOND, own)
    assert "    row.shelf = 7\n    session.add(row)\n" in shown
    assert "def create_book(" in shown
    assert "create_book:" not in shown
    assert outlines.of(SECOND, "def broken(:\n") == "def broken(:\n"


def test_files_that_findings_name_are_whole(files: dict[str, str]) -> None:
    names = (SECOND, "tests/factory.py")
    assert {path: text for path, text in relevant(files, "loan book", names, 40_000) if path in names} == {
        path: files[path] for path in names
    }
