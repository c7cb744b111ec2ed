"""Requests of ours, and answers of our fakes, against the descriptions that providers publish, where these are there.

They are the providers' and no part of this repository: PROVIDER_SCHEMAS names a folder that holds them.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from openapi_schema_validator import OAS30Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

VARIABLE = "PROVIDER_SCHEMAS"
FILES = {"render": "render-openapi-*.json", "flyio": "fly-machines-openapi-*.json", "vercel": "vercel-openapi-*.json",
         "railway": "railway-schema.graphql"}  # fmt: skip
CASTS: dict[str, Any] = {"integer": int, "number": float, "boolean": lambda text: {"true": True, "false": False}[text]}


@dataclass
class Exchange:
    """A request, and what was answered."""

    method: str
    path: str
    query: list[tuple[str, str]]
    body: Any
    status: int = 0
    answer: Any = None
    raw: bytes = b""


def schema_file(kind: str) -> Path:
    """Skips the test where it is not there."""
    folder = os.environ.get(VARIABLE)
    if not folder:
        pytest.skip(f"{VARIABLE} names no folder with the providers' published schemas")
    found = sorted(Path(folder).glob(FILES[kind]))
    if not found:
        pytest.skip(f"{FILES[kind]} is not in {folder}")
    return found[-1]


@cache
def described(path: Path) -> Described:
    """Its alternatives overlap, so an answer may be more than one of them."""
    return Described(json.loads(path.read_text().replace('"oneOf"', '"anyOf"')))


class Described:
    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        resource = Resource.from_contents(document, default_specification=DRAFT202012)
        self._registry = Registry().with_resource("urn:api", resource)
        self._prefix = re.sub(r"^https?://[^/]+", "", (document.get("servers") or [{"url": ""}])[0]["url"])

    def faults(self, exchange: Exchange, *, newer: Iterable[str] = (), answer: bool = True) -> list[str]:
        """What the description holds against it; nothing of operations that are `newer` than it."""
        name = f"{exchange.method} {exchange.path}"
        if any(re.fullmatch(pattern, name) for pattern in newer):
            return []
        operation = self._operation(exchange)
        if operation is None:
            return [f"{name}: no such operation"]
        parts = (self._query, self._body, *([self._answer] if answer else []))
        found = [fault for part in parts for fault in part(exchange, operation)]
        return [f"{name}: {fault}" for fault in found]

    def _operation(self, exchange: Exchange) -> dict[str, Any] | None:
        path = exchange.path if exchange.path.startswith(self._prefix or "/") else self._prefix + exchange.path
        found = [
            (template.count("{"), item)
            for template, item in self._document["paths"].items()
            if exchange.method.lower() in item and re.fullmatch(self._prefix + _pattern(template), path)
        ]
        if not found:
            return None
        _, best = min(found, key=lambda pair: pair[0])
        operation = dict(best[exchange.method.lower()])
        operation["parameters"] = [*best.get("parameters", []), *operation.get("parameters", [])]
        return operation

    def _query(self, exchange: Exchange, operation: dict[str, Any]) -> Iterator[str]:
        known = {p["name"]: p for p in map(self._followed, operation["parameters"]) if p["in"] == "query"}
        given = dict(exchange.query)
        yield from (f"query {name} is not known" for name in given.keys() - known.keys())
        for name, parameter in known.items():
            if name not in given:
                if parameter.get("required"):
                    yield f"query {name} is missing"
                continue
            schema = self._followed(parameter["schema"])
            plain = self._followed(schema["items"]) if schema.get("type") == "array" else schema
            try:
                value = CASTS.get(plain.get("type", ""), str)(given[name])
            except (ValueError, KeyError):
                value = given[name]
            yield from self._against([value] if plain is not schema else value, schema, f"query {name}")

    def _body(self, exchange: Exchange, operation: dict[str, Any]) -> Iterator[str]:
        content = self._followed(operation.get("requestBody") or {}).get("content", {})
        if exchange.body is None:
            if (operation.get("requestBody") or {}).get("required") and not exchange.raw:
                yield "the body is missing"
            return
        if "application/json" not in content:
            yield "it takes no JSON"
            return
        yield from self._against(exchange.body, content["application/json"].get("schema", {}), "body")

    def _answer(self, exchange: Exchange, operation: dict[str, Any]) -> Iterator[str]:
        if exchange.status >= 400:
            return
        described = operation["responses"].get(str(exchange.status))
        if described is None:
            yield f"our fake answers {exchange.status}, which is not described"
            return
        content = self._followed(described).get("content", {}).get("application/json", {})
        if "schema" in content:
            yield from self._against(exchange.answer, content["schema"], "our fake's answer")

    def _followed(self, schema: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in schema:
            found: Any = self._document
            for part in schema["$ref"].removeprefix("#/").split("/"):
                part = part.replace("~1", "/").replace("~0", "~").replace("%7B", "{").replace("%7D", "}")
                found = found[int(part)] if isinstance(found, list) else found[part]
            schema = found
        return schema

    def _against(self, value: Any, schema: dict[str, Any], where: str) -> Iterator[str]:
        schema = json.loads(json.dumps(schema).replace('"#/', '"urn:api#/'))
        for error in OAS30Validator(schema, registry=self._registry).iter_errors(value):
            yield f"{where}.{'.'.join(map(str, error.absolute_path))}: {error.message[:300]}"


@cache
def _graphql(path: Path) -> Any:
    return pytest.importorskip("graphql").build_schema(path.read_text(), assume_valid=True)


def graphql_faults(path: Path, exchange: Exchange) -> list[str]:
    """The same for GraphQL: the document, its variables, and our fake's answer as the schema would give it."""
    schema, asked = _graphql(path), exchange.body
    graphql = pytest.importorskip("graphql")
    document = graphql.parse(asked["query"])
    found = [error.message for error in graphql.validate(schema, document)]
    (operation,) = [node for node in document.definitions if hasattr(node, "operation")]
    get_values = graphql.execution.values.get_variable_values
    values = get_values(schema, operation.variable_definitions, asked["variables"])
    found += [error.message for error in values] if isinstance(values, list) else []
    if not found and exchange.answer and "data" in exchange.answer:
        told = graphql.execute_sync(schema, document, exchange.answer["data"], variable_values=asked["variables"])
        found += [error.message for error in told.errors or ()]
    return [f"{asked['operationName']}: {fault}" for fault in found]


def _pattern(template: str) -> str:
    return re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(template))


__all__ = ["Described", "Exchange", "described", "graphql_faults", "schema_file"]
