"""A record's JSON schema in the form that strict structured output takes."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

KEPT = frozenset({"$ref", "$defs", "anyOf", "const", "description", "enum", "items", "properties", "type"})
"""Keywords that every strict endpoint knows; limits are checked by the record itself."""


def strict_schema(model: type[BaseModel]) -> dict[str, Any]:
    """All keys required, no others allowed, no limits. The title is the record's name."""
    schema = _strict(model.model_json_schema())
    return {"title": model.__name__, **schema}


def _strict(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    kept = {key: value for key, value in node.items() if key in KEPT}
    for group in ("$defs", "properties"):
        if group in kept:
            kept[group] = {name: _strict(part) for name, part in kept[group].items()}
    if "items" in kept:
        kept["items"] = _strict(kept["items"])
    if "anyOf" in kept:
        kept["anyOf"] = [_strict(part) for part in kept["anyOf"]]
    if kept.get("type") == "object":
        kept |= {"required": list(kept.get("properties", {})), "additionalProperties": False}
    return kept


__all__ = ["strict_schema"]
