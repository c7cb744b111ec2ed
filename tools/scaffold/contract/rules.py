"""app/rules.json of a generated application: its contract, with every schema made ready for a validator."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from tools.scaffold.contract.behaviours import Behaviour, Understood
from tools.scaffold.contract.document import Answer, Operation
from tools.scaffold.contract.pointers import follow
from tools.scaffold.contract.samples import Sampler, validator_of
from tools.scaffold.contract.schemas import Compiler, types


class Neutral(Sampler):
    """Values that say as little as may be: zero, empty, false."""

    def __init__(self, definitions: dict[str, Any]) -> None:
        super().__init__(definitions, optional=False)
        self.hints = False

    def value(self, schema: Any, name: str = "", depth: int = 0) -> Any:
        node = self.flat(schema) if isinstance(schema, dict) else {}
        wanted = types(node)
        if "const" in node or "enum" in node:
            return super().value(schema, name, depth)
        if "null" in wanted:
            return None
        if wanted[:1] in (["integer"], ["number"]) and _allows_zero(node):
            return 0
        if wanted[:1] == ["boolean"]:
            return False
        if wanted[:1] == ["string"] and not {"format", "pattern"} & set(node) and not node.get("minLength"):
            return ""
        return super().value(schema, name, depth)


def _allows_zero(node: dict[str, Any]) -> bool:
    low, high = node.get("minimum", 0), node.get("maximum", 0)
    return bool(low <= 0 <= high and node.get("exclusiveMinimum", -1) < 0 < node.get("exclusiveMaximum", 1))


def rules(document: dict[str, Any], found: list[Understood], base_path: str) -> dict[str, Any]:
    sent, given = Compiler(document, "request"), Compiler(document, "response")
    operations = {entry.operation.id: _operation(entry, sent, given) for entry in found}
    definitions = {"request": sent.definitions, "response": given.definitions}
    _fill(definitions["response"], operations)
    return {
        "base_path": base_path,
        "schemes": schemes(document),
        "definitions": definitions,
        "operations": operations,
    }


def _operation(entry: Understood, sent: Compiler, given: Compiler) -> dict[str, Any]:
    operation = entry.operation
    body = None
    if operation.bodies:
        schemas = {media_type: sent.schema(schema) for media_type, schema in operation.bodies.items()}
        body = {"required": operation.body_required, "schemas": schemas}
    return {
        "parameters": [
            {
                "name": p.name,
                "place": p.place,
                "required": p.required,
                "schema": sent.schema(p.schema),
                "style": p.style,
                "explode": p.explode,
                "json": p.json,
            }
            for p in operation.parameters
        ],
        "body": body,
        "security": [list(names) for names in operation.security],
        "success": success_status(entry),
        "answers": {status: _answer(answer, given) for status, answer in operation.answers.items()},
    }


def _answer(answer: Answer, given: Compiler) -> dict[str, Any]:
    headers = {}
    for name, header in answer.headers.items():
        schema = given.schema(header.get("schema", True))
        headers[name] = {"schema": schema, "required": bool(header.get("required")), "sample": None}
    return {
        "media_type": answer.media_type,
        "schema": None if answer.schema is None else given.schema(answer.schema),
        "text": None if answer.text is None else given.schema(answer.text),
        "examples": list(answer.examples),
        "sample": None,
        "is_example": False,
        "headers": headers,
    }


def _fill(definitions: dict[str, Any], operations: dict[str, Any]) -> None:
    """Samples, and for each property the value that stands in where a document has none."""
    answers = [answer for operation in operations.values() for answer in operation["answers"].values()]
    sampler, neutral = Sampler(definitions), Neutral(definitions)
    for answer in answers:
        text, examples = answer.pop("text"), answer.pop("examples")
        if answer["media_type"] is not None:
            schema = answer["schema"] if text is None else text
            fitting = _fitting(sampler, schema, examples)
            answer["sample"] = fitting[0] if fitting else _sample(sampler, schema)
            answer["is_example"] = bool(fitting)
        for header in answer["headers"].values():
            header["sample"] = _sample(sampler, header["schema"])
    for schema in [*definitions.values(), *(answer["schema"] for answer in answers)]:
        _mark(schema, neutral)


def _fitting(sampler: Sampler, schema: Any, examples: Sequence[Any]) -> list[Any]:
    """The examples of the file that fit its schema."""
    validator = validator_of(schema, sampler.definitions) if examples else None
    return [example for example in examples if validator and validator.is_valid(example)]


def _sample(sampler: Sampler, schema: Any) -> Any:
    try:
        return sampler.valid(schema)
    except ValueError:
        return None


def _mark(schema: Any, neutral: Neutral) -> None:
    stack = [schema]
    while stack:
        node = stack.pop()
        if isinstance(node, list):
            stack += node
        if not isinstance(node, dict):
            continue
        node.pop("default", None)
        node.pop("examples", None)
        properties = node.get("properties")
        for name, part in (properties or {}).items():
            if isinstance(part, dict):
                stack.append(part)
                neutral.restart()
                part["x-fill"] = neutral.value(part, name)
        stack += [value for key, value in node.items() if key not in ("properties", "enum", "const", "x-fill")]


def success_status(entry: Understood) -> int:
    operation = entry.operation
    success = operation.success
    if success is not None and re.fullmatch(r"[23]\d\d", success.status):
        return int(success.status)
    return 201 if entry.behaviour is Behaviour.CREATE and "2XX" in operation.answers else 200


def schemes(document: dict[str, Any]) -> dict[str, dict[str, str]]:
    found = {}
    for name, raw in ((document.get("components") or {}).get("securitySchemes") or {}).items():
        scheme = follow(document, raw)
        if isinstance(scheme, dict):
            kept = {key: str(scheme[key]) for key in ("type", "in", "name") if key in scheme}
            found[name] = {**kept, "scheme": str(scheme.get("scheme", "bearer")).lower()}
    return found


def base_path(document: dict[str, Any]) -> str:
    """Path of the first server without a trailing slash; empty where it has none or holds variables."""
    servers = document.get("servers") or []
    url = servers[0].get("url") if servers and isinstance(servers[0], dict) else None
    if not isinstance(url, str) or "{" in url:
        return ""
    try:
        path = urlsplit(url).path.rstrip("/")
    except ValueError:
        return ""
    return path if path.startswith("/") else ""


__all__ = ["Neutral", "Operation", "base_path", "rules", "schemes", "success_status"]
