"""Values that a JSON schema of an OpenAPI document accepts, for requests that an application answers."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

DEEPEST = 6
FORMATS: Mapping[str, Callable[[int], str]] = {
    "date": lambda n: f"2026-01-{n % 28 + 1:02d}",
    "date-time": lambda n: f"2026-01-{n % 28 + 1:02d}T10:00:00Z",
    "time": lambda n: f"10:{n % 60:02d}:00",
    "email": lambda n: f"someone{n}@example.com",
    "uri": lambda n: f"https://example.com/{n}",
    "uuid": lambda n: f"00000000-0000-4000-8000-{n:012d}",
    "password": lambda n: f"correct horse battery {n}",
}


class Samples:
    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document

    def resolved(self, schema: Any) -> dict[str, Any]:
        """Without references, alternatives or parts: one object that says what is wanted."""
        for _ in range(DEEPEST):
            if not isinstance(schema, Mapping):
                return {}
            if "$ref" in schema:
                schema = self._at(str(schema["$ref"]))
            elif isinstance(schema.get("allOf"), list):
                rest = {key: value for key, value in schema.items() if key != "allOf"}
                schema = _merged([self.resolved(part) for part in schema["allOf"]], rest)
            elif alternatives := schema.get("anyOf") or schema.get("oneOf"):
                schema = next((a for a in alternatives if a.get("type") != "null"), alternatives[0])
            else:
                return dict(schema)
        return {}

    def value(self, schema: Any, number: int, name: str = "", depth: int = 0) -> Any:
        """`number` tells values apart that have to be unique."""
        found = self.resolved(schema)
        if found.get("enum"):
            return found["enum"][number % len(found["enum"])]
        if "const" in found:
            return found["const"]
        kind = found.get("type")
        kind = next((k for k in kind if k != "null"), "string") if isinstance(kind, list) else kind
        if kind == "object" or "properties" in found:
            return self.object(found, number, depth)
        if kind == "array":
            least = max(1, int(found.get("minItems", 1)))
            return (
                []
                if depth >= DEEPEST
                else [self.value(found.get("items"), number + i, name, depth + 1) for i in range(least)]
            )
        if kind in ("integer", "number"):
            return _number(found, number, whole=kind == "integer")
        return number % 2 == 0 if kind == "boolean" else _text(found, number, name)

    def object(self, schema: Mapping[str, Any], number: int, depth: int = 0) -> dict[str, Any]:
        required = schema.get("required", ())
        properties = schema.get("properties", {})
        return {
            name: self.value(properties[name], number, name, depth + 1)
            for name in properties
            if name in required and depth < DEEPEST
        }

    def _at(self, reference: str) -> Any:
        found: Any = self._document
        for part in reference.removeprefix("#/").split("/"):
            found = found.get(part, {}) if isinstance(found, Mapping) else {}
        return found


def _merged(parts: list[dict[str, Any]], rest: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for part in [*parts, rest]:
        properties = {**made.get("properties", {}), **part.get("properties", {})}
        required = [*made.get("required", ()), *part.get("required", ())]
        made = {**made, **part}
        if properties:
            made |= {"properties": properties, "required": required}
    return made


def _number(schema: Mapping[str, Any], number: int, *, whole: bool) -> float:
    least = schema.get("minimum", schema.get("exclusiveMinimum"))
    most = schema.get("maximum", schema.get("exclusiveMaximum"))
    if "exclusiveMinimum" in schema:
        least = math.floor(least) + 1
    value = (1 if least is None else least) + number % 10
    if most is not None and value >= most:
        value = most if "maximum" in schema else (most - 1 if whole else most - abs(most) / 1000)
    step = schema.get("multipleOf")
    if step and step > 0:
        value = math.ceil(value / step) * step
    return int(value) if whole else value


def _text(schema: Mapping[str, Any], number: int, name: str) -> str:
    if schema.get("format") in FORMATS:
        return FORMATS[schema["format"]](number)
    if "email" in name:
        return FORMATS["email"](number)
    text = f"{name or 'value'} {number}"
    if "pattern" in schema:
        text = next(
            (t for t in (text, f"{name}{number}", f"{number:04d}", "abc", "ABC-1", "+10000000") if _fits(schema, t)),
            text,
        )
    text = text.ljust(int(schema.get("minLength", 0)), "x")
    return text[: int(schema.get("maxLength", 200))]


def _fits(schema: Mapping[str, Any], text: str) -> bool:
    """A stranger's pattern may be slow or wrong: it is only tried on short texts, and the whole run is bounded."""
    try:
        return re.search(str(schema["pattern"]), text) is not None
    except re.error:
        return False


__all__ = ["Samples"]
