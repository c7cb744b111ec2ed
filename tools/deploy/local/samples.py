"""A value that fits a JSON schema, as far as it is plain: what a schema requires and no more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MAX_DEPTH = 8
FORMATS = {
    "date-time": "2030-01-01T12:00:00Z",
    "date": "2030-01-01",
    "time": "12:00:00Z",
    "email": "rehearsal@example.com",
    "uuid": "7f8c0c5e-5b0f-4c3e-9d53-2f6f2a3d8a11",
    "uri": "https://example.com/rehearsal",
    "ipv4": "192.0.2.1",
}
Document = Mapping[str, Any]


def resolved(document: Document, found: Any) -> Mapping[str, Any]:
    """What stands there, or where its `$ref` points to within the document; an empty object where there is none."""
    for _ in range(MAX_DEPTH):
        if not isinstance(found, dict):
            return {}
        reference = found.get("$ref")
        if not isinstance(reference, str):
            return found
        found = document
        for part in reference.removeprefix("#/").split("/"):
            found = found.get(part.replace("~1", "/").replace("~0", "~")) if isinstance(found, dict) else None
    return {}


def sample(document: Document, schema: Any, depth: int = 0) -> Any:
    here = resolved(document, schema)
    for key in ("example", "default", "const"):
        if key in here:
            return here[key]
    for key in ("examples", "enum"):
        if isinstance(here.get(key), list) and here[key]:
            return here[key][0]
    if depth > MAX_DEPTH:
        return None
    for key in ("anyOf", "oneOf"):
        if isinstance(here.get(key), list) and here[key]:
            return sample(document, here[key][0], depth + 1)
    if isinstance(here.get("allOf"), list):
        parts = [sample(document, part, depth + 1) for part in here["allOf"]]
        return {name: value for part in parts if isinstance(part, dict) for name, value in part.items()}
    return _of_type(document, here, depth)


def _of_type(document: Document, here: Mapping[str, Any], depth: int) -> Any:
    kind = here.get("type")
    if isinstance(kind, list):
        kind = kind[0]
    match kind:
        case "integer" | "number":
            return _number(here, 1)
        case "boolean":
            return True
        case "string":
            return _text(here)
        case "array":
            return [sample(document, here.get("items"), depth + 1) for _ in range(int(here.get("minItems", 0)))]
        case "object" | None:
            properties = here.get("properties")
            names = here.get("required") or []
            known = properties if isinstance(properties, dict) else {}
            return {name: sample(document, known.get(name), depth + 1) for name in names}
    return None


def _number(here: Mapping[str, Any], step: int) -> Any:
    least = here.get("minimum", here.get("exclusiveMinimum"))
    most = here.get("maximum", here.get("exclusiveMaximum"))
    if isinstance(least, int | float):
        return least + (step if "minimum" not in here else 0)
    if isinstance(most, int | float):
        return min(most - (step if "maximum" not in here else 0), 1)
    return 1


def _text(here: Mapping[str, Any]) -> str:
    text = FORMATS.get(str(here.get("format")), "rehearsal")
    shortest, longest = int(here.get("minLength", 0)), int(here.get("maxLength", 1 << 16))
    return (text + "x" * max(0, shortest - len(text)))[: max(longest, shortest)]


__all__ = ["resolved", "sample"]
