"""What is asked of a version is taken from its own document."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from tools.deploy.local.instance import Counts
from tools.deploy.local.samples import sample
from tools.deploy.local.smoke import creations, identity_of, list_routes
from tools.deploy.local.watching import too_many

OBJECT = {"requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Note"}}}}}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "paths": {
        "/notes": {"get": {}, "post": OBJECT},
        "/notes/{note_id}": {"get": {}, "delete": {}},
        "/secrets": {"get": {"security": [{"bearer": []}]}, "post": {**OBJECT, "security": [{"bearer": []}]}},
        "/crash": {"get": {}},
        "/search": {"get": {"parameters": [{"name": "q", "in": "query", "required": True}]}, "post": OBJECT},
        "/tags": {
            "get": {"responses": {"200": {"content": {"application/json": {"schema": {"type": "array"}}}}}},
        },
        "/odd path\r\n": {"get": {}, "post": OBJECT},
        "relative": {"get": {}, "post": OBJECT},
        "/broken": 7,
    },
    "components": {
        "schemas": {
            "Note": {
                "type": "object",
                "required": ["title", "count"],
                "properties": {
                    "title": {"type": "string", "minLength": 12},
                    "count": {"type": "integer", "minimum": 3},
                },
            }
        }
    },
}  # fmt: skip


def test_lists_are_asked_for_and_other_routes_are_left_alone() -> None:
    assert [(route.path, route.guarded) for route in list_routes(DOCUMENT)] == [
        ("/notes", False),
        ("/secrets", True),
        ("/tags", False),
    ]


def test_what_can_be_read_again_is_created() -> None:
    (creation,) = creations(DOCUMENT)
    assert (creation.path, creation.reads, creation.deletes) == ("/notes", "/notes/{note_id}", True)
    assert creation.body == {"title": "rehearsalxxx", "count": 3}
    assert creation.item(identity_of(creation, {"id": 7})) == "/notes/7"
    assert identity_of(creation, {"note_id": "a-b", "id": 7}) == "a-b"
    for nothing in ({}, {"id": "../../x"}, {"id": None}, {"id": True}, [], None):
        assert identity_of(creation, nothing) is None


@pytest.mark.parametrize("document", [{}, {"paths": []}, {"paths": {"/x": {"get": {}, "post": {"requestBody": 3}}}}])
def test_documents_that_say_little(document: dict[str, Any]) -> None:
    assert creations(document) == []


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "integer", "exclusiveMinimum": 4},
        {"type": "number", "maximum": -2},
        {"type": "string", "format": "date-time"},
        {"type": "string", "maxLength": 3},
        {"enum": ["b", "c"]},
        {"anyOf": [{"type": "boolean"}, {"type": "null"}]},
        {"allOf": [{"type": "object", "required": ["a"], "properties": {"a": {"type": "null"}}}]},
        {"type": "array", "minItems": 2, "items": {"type": "boolean"}},
        {"type": "object", "required": ["x"], "properties": {"x": {"$ref": "#/$defs/x"}}},
    ],
)
def test_samples_fit_their_schemas(schema: dict[str, Any]) -> None:
    document = {"$defs": {"x": {"type": "string", "minLength": 20}}}
    jsonschema.validate(sample(document, schema), {**schema, **document})


def test_a_schema_that_refers_to_itself_ends() -> None:
    node = {"type": "object", "required": ["child"], "properties": {"child": {"$ref": "#/node"}}}
    assert "child" in sample({"node": node}, node)


@pytest.mark.parametrize(
    ("before", "now", "worse"),
    [
        (Counts(0, 0), Counts(100, 4), False),
        (Counts(0, 0), Counts(100, 5), True),
        (Counts(1000, 1), Counts(1000, 5), False),
        (Counts(100, 10), Counts(100, 20), False),
        (Counts(100, 10), Counts(100, 23), True),
        (Counts(100, 0), Counts(5, 5), True),
    ],
)
def test_worse_is_more_failures_than_before(before: Counts, now: Counts, worse: bool) -> None:
    assert bool(too_many(before, now, 5)) is worse
