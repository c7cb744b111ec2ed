"""What a version has to answer before callers reach it, taken from its own OpenAPI document. No input or output."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tools.deploy.local.samples import resolved, sample

MAX_LISTS = 20
MAX_CREATIONS = 8
WRONG_BODY = ["this is no object"]
JSON = "application/json"
PATH = re.compile(r"/[\x21-\x7e]*")
"""What can stand in a request line."""
Document = Mapping[str, Any]


@dataclass(frozen=True)
class ListRoute:
    path: str
    guarded: bool
    """Behind a sign-in: 401 and 403 are right answers to us."""


@dataclass(frozen=True)
class Creation:
    path: str
    body: Any
    guarded: bool
    """Reading it: anyone may sign up where only the owner may look."""
    reads: str
    """Path of one of them with its parameter, `/todos/{todo_id}`; empty where there is none."""
    deletes: bool

    @property
    def parameter(self) -> str:
        return self.reads.rpartition("{")[2].rstrip("}")

    def item(self, identity: object) -> str:
        return self.reads.rpartition("{")[0] + str(identity)


def list_routes(document: Document) -> list[ListRoute]:
    """GET of what is a collection and asks for nothing: other routes may do anything, and are left alone."""
    paths = _paths(document)
    found = [
        ListRoute(path, _guarded(document, item["get"]))
        for path, item in paths.items()
        if isinstance(item.get("get"), dict) and "{" not in path
        if not _required_parameters(document, item, item["get"]) and _is_collection(document, paths, path, item)
    ]
    return found[:MAX_LISTS]


def creations(document: Document) -> list[Creation]:
    """POST of a JSON object to a collection whose items can be read or removed again."""
    paths = _paths(document)
    found = []
    for path, item in paths.items():
        operation = item.get("post")
        if not isinstance(operation, dict) or "{" in path or _required_parameters(document, item, operation):
            continue
        schema = _body_schema(document, operation)
        reads = next((p for p in paths if _is_item_of(p, path) and "get" in paths[p]), "")
        if schema is not None and reads:
            body = sample(document, schema)
            found.append(Creation(path, body, _guarded(document, paths[reads]["get"]), reads, "delete" in paths[reads]))
    return found[:MAX_CREATIONS]


def identity_of(creation: Creation, created: Any) -> object | None:
    """What the created thing is called in its path, out of the answer to its creation."""
    if not isinstance(created, dict):
        return None
    for name in (creation.parameter, "id", "uuid", "key", "slug", "name"):
        value = created.get(name)
        if isinstance(value, int | str) and not isinstance(value, bool) and str(value).replace("-", "").isalnum():
            return value
    return None


def _paths(document: Document) -> dict[str, dict[str, Any]]:
    paths = document.get("paths")
    if not isinstance(paths, dict):
        return {}
    return {path: item for path, item in paths.items() if isinstance(item, dict) and PATH.fullmatch(path)}


def _is_item_of(path: str, collection: str) -> bool:
    rest = path.removeprefix(collection.rstrip("/") + "/")
    return rest != path and rest.startswith("{") and rest.endswith("}") and "/" not in rest


def _is_collection(document: Document, paths: Mapping[str, Any], path: str, item: Mapping[str, Any]) -> bool:
    if "post" in item or any(_is_item_of(other, path) for other in paths):
        return True
    schema = _answer_schema(document, item["get"])
    properties = schema.get("properties")
    return schema.get("type") == "array" or (isinstance(properties, dict) and "items" in properties)


def _answer_schema(document: Document, operation: Mapping[str, Any]) -> Mapping[str, Any]:
    responses = operation.get("responses")
    answer = resolved(document, responses.get("200")) if isinstance(responses, dict) else {}
    content = answer.get("content")
    return resolved(document, content[JSON].get("schema")) if isinstance(content, dict) and JSON in content else {}


def _body_schema(document: Document, operation: Mapping[str, Any]) -> Mapping[str, Any] | None:
    content = resolved(document, operation.get("requestBody")).get("content")
    if not isinstance(content, dict) or not isinstance(content.get(JSON), dict):
        return None
    schema = resolved(document, content[JSON].get("schema"))
    return schema if schema.get("type") == "object" or "properties" in schema else None


def _required_parameters(document: Document, item: Mapping[str, Any], operation: Mapping[str, Any]) -> bool:
    return any(parameter.get("required") for parameter in _parameters(document, item, operation))


def _parameters(
    document: Document, item: Mapping[str, Any], operation: Mapping[str, Any]
) -> Iterator[Mapping[str, Any]]:
    for holder in (item, operation):
        given = holder.get("parameters")
        if isinstance(given, list):
            yield from (resolved(document, parameter) for parameter in given)


def _guarded(document: Document, operation: Mapping[str, Any]) -> bool:
    return bool(operation.get("security", document.get("security")))


__all__ = ["WRONG_BODY", "Creation", "ListRoute", "creations", "identity_of", "list_routes"]
