"""What an application offers, and requests for it: from its OpenAPI document, or from its routes where it has none."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from tools.profiler.inside.places import Place, Places
from tools.profiler.inside.samples import Samples

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
METHODS = ("get", "post", "put", "patch", "delete")
LEFT_OUT = re.compile(r"^/(docs|redoc|openapi\.json|metrics|static)(/|$)")
PARAMETER = re.compile(r"\{([^}:]+)(?::[^}]*)?\}")


@dataclass
class Operation:
    method: str
    path: str
    described: Mapping[str, Any] = field(default_factory=dict)
    handler: Place | None = None
    asynchronous: bool = False

    @property
    def key(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def parameters(self) -> list[str]:
        return PARAMETER.findall(self.path)

    @property
    def collection(self) -> str:
        """The last word of the path that is no parameter, `todos` of `/api/todos/{id}`."""
        words = [part for part in self.path.split("/") if part and "{" not in part]
        return words[-1] if words else ""


def operations_of(app: Any, document: Mapping[str, Any], places: Places) -> list[Operation]:
    routes = {
        (method, route.path): route for route in _routes(app) for method in (getattr(route, "methods", None) or ())
    }
    found = [
        Operation(method.upper(), path, described)
        for path, item in document.get("paths", {}).items()
        for method, described in item.items()
        if method in METHODS
    ]
    if not found:
        found = [Operation(method, path) for method, path in routes if method.lower() in METHODS]
    found = [operation for operation in found if not LEFT_OUT.match(operation.path)]
    for operation in found:
        route = routes.get((operation.method, operation.path))
        if route is not None:
            operation.handler, operation.asynchronous = _handler(route, places)
    return found


def _routes(app: Any) -> Iterable[Any]:
    for route in getattr(app, "routes", ()):
        if hasattr(route, "endpoint") and hasattr(route, "path"):
            yield route


def _handler(route: Any, places: Places) -> tuple[Place | None, bool]:
    function = inspect.unwrap(route.endpoint)
    code = getattr(function, "__code__", None)
    file = places.file_of(code.co_filename) if code is not None else None
    asynchronous = inspect.iscoroutinefunction(function)
    return (None if file is None or code is None else (file, code.co_firstlineno, code.co_name)), asynchronous


@dataclass
class Known:
    """What earlier answers gave: ids of rows by collection, a token."""

    ids: dict[str, list[Any]] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    credentials: dict[str, str] = field(default_factory=dict)

    def learn(self, operation: Operation, answer: Any) -> None:
        rows = answer if isinstance(answer, list) else [answer]
        if isinstance(answer, Mapping):
            rows = next((v for v in answer.values() if isinstance(v, list)), rows)
        for row in rows[:50]:
            if isinstance(row, Mapping):
                value = next(
                    (row[key] for key in ("id", "uuid", "slug", "key", "name") if row.get(key) is not None), None
                )
                kept = self.ids.setdefault(operation.collection, [])
                if value is not None and value not in kept:
                    kept.append(value)

    def id_for(self, name: str, number: int) -> Any:
        """For a field or parameter such as `author_id`; None where no row of that kind is known."""
        stem = re.sub(r"[_-]?(id|uuid|key|slug|name)s?$", "", name.lower())
        for collection, ids in self.ids.items():
            singular = collection.lower().replace("-", "_")
            if (
                ids
                and stem
                and (singular == stem or singular.rstrip("s") == stem.rstrip("s") or singular[:4] == stem[:4])
            ):
                return ids[number % len(ids)]
        return None


@dataclass(frozen=True)
class Asked:
    path: str
    query: dict[str, Any]
    body: Any
    form: dict[str, str] | None = None


def request_for(operation: Operation, samples: Samples, known: Known, number: int) -> Asked:
    """A request that has a chance to be answered well."""
    path = operation.path
    given = {str(p.get("name")): p for p in map(samples.resolved, operation.described.get("parameters", ()))}
    before = path
    for name in operation.parameters:
        collection = before.partition("{" + name)[0].rstrip("/").rpartition("/")[2]
        ids = known.ids.get(collection) or []
        schema = samples.resolved(given.get(name, {}).get("schema", {}))
        value = ids[number % len(ids)] if ids else known.id_for(name, number)
        if value is None:
            value = number + 1 if schema.get("type") == "integer" else samples.value(schema, number, name)
        path = re.sub(r"\{" + re.escape(name) + r"(:[^}]*)?\}", quote(str(value), safe=""), path)
    query = {
        name: samples.value(parameter.get("schema", {}), number, name)
        for name, parameter in given.items()
        if parameter.get("in") == "query" and parameter.get("required")
    }
    return Asked(path, query, _body(operation, samples, known, number), _form(operation, samples, known, number))


def _body(operation: Operation, samples: Samples, known: Known, number: int) -> Any:
    content = operation.described.get("requestBody", {}).get("content", {})
    schema = content.get(JSON, {}).get("schema")
    if schema is None:
        return None
    value = samples.value(schema, number)
    if isinstance(value, dict):
        for name in value:
            if (
                re.search(r"(_id|Id|_ids)$", name)
                and (found := known.id_for(re.sub(r"Id$", "_id", name), number)) is not None
            ):
                value[name] = found
    return value


def _form(operation: Operation, samples: Samples, known: Known, number: int) -> dict[str, str] | None:
    content = operation.described.get("requestBody", {}).get("content", {})
    if FORM not in content or JSON in content:
        return None
    schema = samples.resolved(content[FORM].get("schema"))
    values = {name: str(value) for name, value in samples.object(schema, number).items()}
    return values | {name: value for name, value in known.credentials.items() if name in values}


__all__ = ["FORM", "JSON", "Asked", "Known", "Operation", "operations_of", "request_for"]
