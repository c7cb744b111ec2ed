"""Schemas of an OpenAPI document → JSON Schema 2020-12, once for what clients send and once for what they get."""

from __future__ import annotations

import re
from typing import Any, Literal

from tools.scaffold.contract.pointers import follow, lookup

Direction = Literal["request", "response"]

PLAIN = [
    "type",
    "enum",
    "const",
    "format",
    "multipleOf",
    "maximum",
    "exclusiveMaximum",
    "minimum",
    "exclusiveMinimum",
    "maxLength",
    "minLength",
    "pattern",
    "maxItems",
    "minItems",
    "uniqueItems",
    "maxContains",
    "minContains",
    "maxProperties",
    "minProperties",
    "dependentRequired",
    "default",
]
ONE = [
    "items",
    "additionalProperties",
    "not",
    "contains",
    "propertyNames",
    "if",
    "then",
    "else",
    "unevaluatedItems",
    "unevaluatedProperties",
]
MANY = ("allOf", "anyOf", "oneOf", "prefixItems")
NAMED = ("properties", "patternProperties", "dependentSchemas")
INTEGER_RANGE = {"int32": 2**31, "int64": 2**63}
MAX_DEFINITIONS = 2000


class Compiler:
    """Schemas that it makes refer to `#/$defs/...`, which stand in `definitions`."""

    def __init__(self, document: dict[str, Any], direction: Direction) -> None:
        self.document = document
        self.direction = direction
        self.old = str(document.get("openapi", "")).startswith("3.0")
        self.definitions: dict[str, Any] = {}
        self._names: dict[tuple[str, frozenset[str]], str] = {}

    def schema(self, node: Any, dropped: frozenset[str] = frozenset()) -> Any:
        """`dropped`: properties that are not required in this direction, by the word of a composing schema."""
        if not isinstance(node, dict):
            return node if isinstance(node, bool) else True
        if isinstance(node.get("$ref"), str):
            made: dict[str, Any] = {"$ref": f"#/$defs/{self._definition(node['$ref'], dropped)}"}
            rest = {} if self.old else {k: v for k, v in node.items() if k != "$ref"}
            return {**self.schema(rest, dropped), **made} if rest else made
        mute = dropped | self._one_way(node)
        made = {key: node[key] for key in PLAIN if key in node}
        for key in ONE:
            if key in node:
                made[key] = self.schema(node[key], mute if key in ("then", "else") else frozenset())
        for key in MANY:
            if isinstance(node.get(key), list):
                made[key] = [self.schema(part, mute if key != "prefixItems" else frozenset()) for part in node[key]]
        for key in NAMED:
            if isinstance(node.get(key), dict):
                made[key] = {name: self.schema(part) for name, part in node[key].items()}
        self._properties(node, made, mute)
        self._hints(node, made)
        return self._numbers(self._nullable(node, made)) if self.old else self._numbers(made)

    def _definition(self, reference: str, dropped: frozenset[str]) -> str:
        key = (reference, dropped)
        if key not in self._names:
            if len(self._names) >= MAX_DEFINITIONS:
                raise ValueError(f"more than {MAX_DEFINITIONS} definitions")
            stem = re.sub(r"\W+", "_", reference.rsplit("/", 1)[-1]) or "schema"
            name = stem
            while name in self.definitions:
                name = f"{stem}_{len(self._names)}"
            self._names[key] = name
            self.definitions[name] = True
            self.definitions[name] = self.schema(lookup(self.document, reference), dropped)
        return self._names[key]

    def _one_way(self, node: dict[str, Any]) -> frozenset[str]:
        """Properties that go in the other direction only."""
        mark = "readOnly" if self.direction == "request" else "writeOnly"
        found = properties(self.document, node)
        return frozenset(name for name, part in found.items() if _marked(self.document, part, mark))

    def _properties(self, node: dict[str, Any], made: dict[str, Any], mute: frozenset[str]) -> None:
        if isinstance(node.get("required"), list):
            made["required"] = [name for name in node["required"] if name not in mute]
        hidden = sorted(mute & set(made.get("properties", {})))
        for name in hidden:
            made["properties"][name] = True
        if hidden:
            made["x-hidden"] = hidden

    def _hints(self, node: dict[str, Any], made: dict[str, Any]) -> None:
        given = node.get("examples")
        examples = given if isinstance(given, list) else []
        if "example" in node:
            examples = [node["example"], *examples]
        if examples:
            made["examples"] = examples[:3]

    def _nullable(self, node: dict[str, Any], made: dict[str, Any]) -> dict[str, Any]:
        for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
            if made.pop(exclusive, None) is True and bound in made:
                made[exclusive] = made.pop(bound)
        if node.get("nullable") is not True:
            return made
        if isinstance(made.get("type"), str):
            made["type"] = [made["type"], "null"]
            if isinstance(made.get("enum"), list) and None not in made["enum"]:
                made["enum"] = [*made["enum"], None]
            return made
        return {"anyOf": [made, {"type": "null"}]} if made else made

    def _numbers(self, made: dict[str, Any]) -> dict[str, Any]:
        size = INTEGER_RANGE.get(made.get("format", "")) if isinstance(made.get("format"), str) else None
        if size is not None and "integer" in types(made):
            made.setdefault("minimum", -size)
            made.setdefault("maximum", size - 1)
        return made


def types(schema: Any) -> list[str]:
    """The names in `type`, however it is written."""
    given = schema.get("type") if isinstance(schema, dict) else None
    return [given] if isinstance(given, str) else [t for t in given or [] if isinstance(t, str)]


def properties(document: dict[str, Any], schema: Any, depth: int = 12) -> dict[str, Any]:
    """Property schemas by name, of the schema and of all that it is composed of."""
    found: dict[str, Any] = {}
    node = follow(document, schema)
    if depth <= 0 or not isinstance(node, dict):
        return found
    for key in ("allOf", "oneOf", "anyOf"):
        for part in (node.get(key) or [])[:20] if isinstance(node.get(key), list) else []:
            found = {**properties(document, part, depth - 4), **found}
    own = node.get("properties")
    return {**found, **(own if isinstance(own, dict) else {})}


def kind(document: dict[str, Any], schema: Any, depth: int = 6) -> str:
    """`array`, `object`, `string`, ...: what the schema is about; empty where it does not say."""
    node = follow(document, schema)
    if depth <= 0 or not isinstance(node, dict):
        return ""
    named = [name for name in types(node) if name != "null"]
    if named:
        return named[0]
    if "properties" in node or "additionalProperties" in node:
        return "object"
    if "items" in node:
        return "array"
    for key in ("allOf", "oneOf", "anyOf"):
        for part in (node.get(key) or [])[:20] if isinstance(node.get(key), list) else []:
            if found := kind(document, part, depth - 1):
                return found
    return ""


def items_of(document: dict[str, Any], schema: Any) -> Any:
    """Schema of an array's items."""
    node = follow(document, schema)
    return node.get("items", True) if isinstance(node, dict) else True


def identity(document: dict[str, Any], schema: Any) -> str:
    """The same text for two uses of one named schema; empty for a schema without a name."""
    while isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):
            return str(schema["$ref"])
        parts = schema.get("allOf") or schema.get("anyOf") or schema.get("oneOf")
        if not isinstance(parts, list) or not parts or "properties" in schema:
            return ""
        schema = parts[0]
    return ""


def _marked(document: dict[str, Any], part: Any, mark: str) -> bool:
    if isinstance(part, dict) and part.get(mark) is True:
        return True
    node = follow(document, part)
    return isinstance(node, dict) and node.get(mark) is True


__all__ = ["Compiler", "Direction", "identity", "items_of", "kind", "properties", "types"]
