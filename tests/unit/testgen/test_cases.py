"""From an OpenAPI document to tests: what it promises, what it must refuse, and rows that have to be there first."""

from __future__ import annotations

import ast
from typing import Any

from agents.testgen.cases import CaseReader
from agents.testgen.model import problem_of
from agents.testgen.rendering import module_of, without

TEXT = {"type": "string", "maxLength": 5}
BOOK = {
    "type": "object",
    "required": ["title", "author_id"],
    "properties": {"title": TEXT, "author_id": {"type": "integer"}, "pages": {"type": "integer", "minimum": 1}},
}


def body(schema: dict[str, Any]) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}


AUTHOR = {"type": "object", "required": ["name"], "properties": {"name": TEXT}}
DOCUMENT = {
    "paths": {
        "/authors": {"post": {"requestBody": body(AUTHOR), "responses": {"201": body(AUTHOR)}}},
        "/books": {"post": {"requestBody": body(BOOK), "responses": {"201": body(BOOK), "422": {}}}},
        "/books/{book_id}": {"get": {"responses": {"200": {}, "404": {}}}},
        "/odd/{key}": {"get": {"responses": {"200": {}}}},
        "/health": {"get": {"responses": {"200": {}}}},
    }
}


def test_cases_of_a_document() -> None:
    reading = CaseReader(DOCUMENT).read()
    cases = {case.name: case for case in reading.cases}
    assert set(cases) == {
        "post__authors",
        "post__authors_with_all_fields",
        "post__books",
        "post__books_with_all_fields",
        "post__books_without_title",
        "post__books_without_author_id",
        "post__books_title_too_long",
        "post__books_author_id_no_number",
        "post__books_pages_no_number",
        "post__books_pages_too_small",
        "get__books_book_id",
        "get__books_book_id_unknown",
    }
    assert reading.left_out == ["GET /odd/{key}: the document does not say enough"]
    assert cases["post__books"].statuses == (201,)
    assert cases["post__books_title_too_long"].statuses == (422,)
    assert [call.path for _, call in cases["get__books_book_id"].calls] == ["/authors", "/books"]
    assert "title" not in cases["post__books_without_title"].asked.body


def test_the_module_is_python_and_its_tests_are_named_apart() -> None:
    cases = CaseReader(DOCUMENT).read().cases
    source = module_of([*cases, cases[0]], "app.main:app", factory=False, fixture=None)
    functions = [node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]
    assert len(functions) == len(set(functions)) == len(cases) + 2
    assert "test_post__authors_2" in functions
    assert "def client(" not in module_of(cases, "app.main:app", factory=False, fixture="client")


def test_tests_are_taken_out() -> None:
    source = "import pytest\n\n\n@pytest.mark.x\ndef test_a():\n    pass\n\n\ndef test_b():\n    assert 1\n"
    assert without(source, {"test_a"}) == "import pytest\n\n\ndef test_b():\n    assert 1\n"
    assert without(source, {"test_a", "test_b"}) == ""


def test_what_a_model_may_write() -> None:
    assert problem_of("def test_x():\n    assert 1") == ""
    assert "no Python" in problem_of("def test_x(")
    assert "nothing beside it" in problem_of("import os\ndef test_x(): ...")
    assert "begin with test_" in problem_of("def check(): ...")
