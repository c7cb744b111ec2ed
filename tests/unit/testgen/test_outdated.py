"""A change makes generated tests void that are about what it alters, and no others."""

from __future__ import annotations

from agents.testgen.outdated import is_generated, outdated
from agents.testgen.rendering import joined

API = '''"""Generated."""


def test_get__books(client) -> None:
    assert client.get("/books").status_code == 200


def test_get__books_id(client) -> None:
    book = client.post("/books", json={"title": "a"}).json()["id"]
    assert client.request("GET", f"/books/{book}").status_code == 200


def test_get__bookshelves(client) -> None:
    assert client.get("/bookshelves").status_code == 200
'''
UNITS = """def test_total() -> None:
    from app.money import total

    assert total([1]) == 1


def test_words() -> None:
    from app import words

    assert words.first("a b") == "a"
"""


def test_tests_of_an_altered_path_go_and_those_of_others_stay() -> None:
    left = outdated({"tests/test_generated_api.py": API, "tests/test_books.py": API}, ["/books"], [])
    assert list(left) == ["tests/test_generated_api.py"], "what people and the template wrote is not touched"
    assert "test_get__bookshelves" in left["tests/test_generated_api.py"]
    assert "test_get__books" not in left["tests/test_generated_api.py"].replace("test_get__bookshelves", "")


def test_tests_of_altered_modules_go() -> None:
    left = outdated({"tests/test_generated_units.py": UNITS}, [], ["app/words.py", "README.md"])
    assert "test_total" in left["tests/test_generated_units.py"]
    assert "test_words" not in left["tests/test_generated_units.py"]
    both = outdated({"tests/test_generated_units.py": UNITS}, [], ["app/words.py", "app/money.py"])
    assert both == {"tests/test_generated_units.py": ""}
    assert outdated({"tests/test_generated_units.py": UNITS}, ["/books"], ["app/main.py"]) == {}


def test_what_no_longer_parses_is_left_to_the_test_run() -> None:
    assert outdated({"tests/test_generated_api.py": "def test_("}, ["/books"], []) == {}


def test_names_tell_generated_tests() -> None:
    assert is_generated("tests/test_generated_api.py")
    assert not is_generated("tests/test_api.py")


def test_new_tests_stand_beside_those_that_were_kept_before() -> None:
    new = UNITS.replace("test_words", "test_other")
    both = joined(UNITS, new)
    assert [both.count(f"def {name}(") for name in ("test_total", "test_words", "test_other")] == [1, 1, 1]
    assert joined("", new) == new
