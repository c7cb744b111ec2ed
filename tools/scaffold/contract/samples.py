"""Values that a compiled schema takes, and values near them that it refuses."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

from jsonschema_rs import Draft202012Validator

from tools.scaffold.contract.schemas import types
from tools.scaffold.patterns import matching

MAX_DEPTH = 12
MAX_STEPS = 3000
MAX_PATTERN = 1000
"""Characters of a regular expression that texts are made for."""
SECRET = re.compile(r"pass|secret|token|api_?key", re.I)
FORMATS = {
    "date": ("2026-01-15", "2026-02-20"),
    "date-time": ("2026-01-15T09:30:00Z", "2026-02-20T10:45:00Z"),
    "time": ("09:30:00Z", "10:45:00Z"),
    "duration": ("P1D", "P2D"),
    "email": ("ada@example.com", "grace@example.com"),
    "idn-email": ("ada@example.com", "grace@example.com"),
    "uuid": ("5f0c2a52-7f0e-4b52-9d3b-0f6f7a1c2d3e", "0d9e8c7b-6a5f-4e3d-8c2b-1a0f9e8d7c6b"),
    "uri": ("https://example.com/a", "https://example.com/b"),
    "url": ("https://example.com/a", "https://example.com/b"),
    "uri-reference": ("https://example.com/a", "https://example.com/b"),
    "iri": ("https://example.com/a", "https://example.com/b"),
    "hostname": ("a.example.com", "b.example.com"),
    "ipv4": ("192.0.2.1", "192.0.2.2"),
    "ipv6": ("2001:db8::1", "2001:db8::2"),
    "byte": ("YQ==", "Yg=="),
    "regex": ("a", "b"),
    "json-pointer": ("/a", "/b"),
}


class Sampler:
    """Makes values of schemas that refer to `definitions`. `variant` 0 and 1 give different values where they can."""

    def __init__(self, definitions: dict[str, Any], variant: int = 0, *, optional: bool = True) -> None:
        self.definitions = definitions
        self.variant = variant
        self.optional = optional
        self.hints = True
        self._left = MAX_STEPS

    def restart(self) -> None:
        """Gives it the whole of its steps again."""
        self._left = MAX_STEPS

    def valid(self, schema: Any) -> Any:
        """Raises ValueError where no value is found that the schema takes."""
        validator = validator_of(schema, self.definitions)
        wanted = self.optional
        for self.hints, self.optional in ((True, wanted), (False, wanted), (True, False), (False, False)):
            self._left = MAX_STEPS
            value = self.value(schema)
            if validator.is_valid(value):
                self.optional = wanted
                return value
        self.optional = wanted
        raise ValueError("no example of the schema was found")

    def value(self, schema: Any, name: str = "", depth: int = 0) -> Any:
        self._left -= 1
        if not isinstance(schema, dict) or depth > MAX_DEPTH or self._left < 0:
            return None if depth > MAX_DEPTH or self._left < 0 else "text"
        node = self.flat(schema)
        if "const" in node:
            return node["const"]
        if isinstance(node.get("enum"), list) and node["enum"]:
            return node["enum"][min(self.variant, len(node["enum"]) - 1)]
        if self.hints and self.variant == 0 and node.get("examples"):
            return node["examples"][0]
        wanted = types(node)
        match (wanted or self._guess(node))[0]:
            case "object":
                return self._object(node, depth)
            case "array":
                return self._array(node, depth)
            case "integer":
                return self._number(node, 1)
            case "number":
                return self._number(node, 0)
            case "boolean":
                return self.variant == 0
            case "null":
                return None
            case _:
                return self._text(node, name)

    def flat(self, schema: dict[str, Any], depth: int = 0) -> dict[str, Any]:
        """The schema with its references, allOf and the first fitting alternative taken in."""
        node = dict(schema)
        reference = node.pop("$ref", None)
        parts = [self.definitions.get(reference.removeprefix("#/$defs/"))] if reference else []
        parts += node.pop("allOf", [])
        for key in ("oneOf", "anyOf"):
            branches = [b for b in node.pop(key, []) if b is not False and types(b) != ["null"]]
            parts += branches[min(self.variant, len(branches) - 1) :][:1] if self.hints else branches[:1]
        for part in parts:
            if isinstance(part, dict) and depth < MAX_DEPTH:
                inner = self.flat(part, depth + 1)
                node = merged(inner, node)
        return node

    def _guess(self, node: dict[str, Any]) -> list[str]:
        if "properties" in node or "required" in node:
            return ["object"]
        return ["array"] if "items" in node else ["string"]

    def _object(self, node: dict[str, Any], depth: int) -> dict[str, Any]:
        known = node.get("properties", {})
        required = [name for name in node.get("required", []) if isinstance(name, str)]
        hidden = node.get("x-hidden", [])
        names = [n for n in known if n in required or (self.optional and depth < 4 and n not in hidden)]
        made = {name: self.value(known[name], name, depth + 1) for name in names if known[name] is not False}
        extra = node.get("additionalProperties")
        for name in required:
            if name not in made:
                made[name] = self.value(extra if isinstance(extra, dict) else {"type": "string"}, name, depth + 1)
        for number in range(len(made), min(int(node.get("minProperties", 0)), 50)):
            made[f"key{number}"] = self.value(extra if isinstance(extra, dict) else {"type": "string"}, "", depth + 1)
        return made

    def _array(self, node: dict[str, Any], depth: int) -> list[Any]:
        items = node.get("items", {})
        count = min(int(node.get("minItems", 0)), 20)
        if count == 0 and depth < 3 and self.optional and node.get("maxItems") != 0:
            count = 1
        before = self.variant
        made = []
        for index, part in enumerate(
            [*node.get("prefixItems", []), *[items] * count][: max(count, 1)] if count else []
        ):
            self.variant = (before + index) % 2
            value = self.value(part, "", depth + 1)
            made.append(
                f"{value}{index}" if node.get("uniqueItems") and value in made and isinstance(value, str) else value
            )
        self.variant = before
        return made

    def _number(self, node: dict[str, Any], step: int) -> int | float:
        low, high = _bound(node, "minimum", "exclusiveMinimum", 1), _bound(node, "maximum", "exclusiveMaximum", -1)
        multiple = node.get("multipleOf")
        start = low if low is not None else min(high, 1) if high is not None else 1 + self.variant
        if low is not None and self.variant and (high is None or low + 1 <= high):
            start = low + 1
        if low is not None and low < 0 and (high is None or high > 2):
            start = 1 + self.variant
        if isinstance(multiple, int | float) and multiple > 0:
            start = math.ceil(start / multiple) * multiple
            if self.variant and (high is None or start + multiple <= high):
                start += multiple
        if step:
            return math.ceil(start)
        return float(start) + (0.5 if multiple is None and (high is None or start + 0.5 <= high) else 0.0)

    def _text(self, node: dict[str, Any], name: str) -> str:
        least, most = int(node.get("minLength", 0)), node.get("maxLength")
        if isinstance(node.get("pattern"), str):
            return self._patterned(node["pattern"], least, most)
        if node.get("format") in FORMATS:
            return FORMATS[node["format"]][self.variant]
        said = f"example {name}" if SECRET.search(name) else name or "text"  # else scanners take it for a real one
        text = (f"{said} {'one' if self.variant == 0 else 'two'}").ljust(min(least, 5000), "x")
        text = text if most is None or len(text) <= most else "ab"[self.variant] * max(min(int(most), 3), least)
        return text[: int(most)] if most is not None else text

    def _patterned(self, pattern: str, least: int, most: Any) -> str:
        try:
            found = matching(pattern, least, most) if len(pattern) <= MAX_PATTERN else []
        except (re.error, RecursionError, OverflowError, ValueError):
            found = []
        return found[min(self.variant, len(found) - 1)] if found else "x" * max(least, 1)


def merged(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """Both schemas' rules, the second's where they differ; properties and required names are united."""
    made = {**first, **second}
    for key in ("properties",):
        if key in first and key in second:
            made[key] = {**first[key], **second[key]}
    for key in ("required", "x-hidden"):
        if key in first and key in second:
            made[key] = list(dict.fromkeys([*first[key], *second[key]]))
    return made


def _bound(node: dict[str, Any], inclusive: str, exclusive: str, step: int) -> float | int | None:
    bounds = [node[inclusive]] if isinstance(node.get(inclusive), int | float) else []
    edge = node.get(exclusive)
    if isinstance(edge, int | float) and not isinstance(edge, bool):
        bounds.append(edge + step)
    return (max(bounds) if step > 0 else min(bounds)) if bounds else None


def validator_of(schema: Any, definitions: dict[str, Any]) -> Draft202012Validator:
    """Raises ValueError (jsonschema_rs.ValidationError is one) where it is no schema."""
    whole = {"allOf": [schema], "$defs": definitions}
    return Draft202012Validator(whole, validate_formats=True, retriever=_no_network)


def _no_network(uri: str) -> Any:
    raise ValueError(f"{uri} is not fetched")


def wrong_values(sampler: Sampler, schema: Any, value: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """(what is wrong, body): the valid object with one rule broken. Only such that the schema does refuse."""
    validator = validator_of(schema, sampler.definitions)
    node = sampler.flat(schema) if isinstance(schema, dict) else {}
    known = node.get("properties", {})
    candidates: list[tuple[str, dict[str, Any]]] = []
    for name in node.get("required", []):
        candidates.append((f"{name} is missing", {k: v for k, v in value.items() if k != name}))
    for name in value:
        part = sampler.flat(known[name]) if isinstance(known.get(name), dict) else {}
        candidates += [(f"{name} {what}", {**value, name: wrong}) for what, wrong in _wrong(part)]
    for what, body in candidates:
        if not validator.is_valid(body):
            yield what, body


def _wrong(node: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    if isinstance(node.get("enum"), list):
        yield "is not one of its values", "no such value"
    if node.get("format") in FORMATS:
        yield f"is no {node['format']}", "not what the format asks"
    if isinstance(node.get("minimum"), int | float):
        yield "is below its minimum", math.floor(node["minimum"]) - 1
    if isinstance(node.get("maximum"), int | float):
        yield "is above its maximum", math.ceil(node["maximum"]) + 1
    if isinstance(node.get("minLength"), int) and node["minLength"] > 0:
        yield "is too short", "x" * (node["minLength"] - 1)
    if isinstance(node.get("maxLength"), int) and node["maxLength"] < 5000:
        yield "is too long", "x" * (node["maxLength"] + 1)
    if isinstance(node.get("pattern"), str):
        yield "does not match its pattern", "\u00a7"
    yield "has the wrong type", {"wrong": ["type"]} if "object" not in types(node) else "text"


__all__ = ["Sampler", "merged", "validator_of", "wrong_values"]
