"""A record's JSON schema as a model's endpoint gets it: small, for it is sent with the request."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

KEPT = frozenset({"const", "description", "enum", "type"})
"""Keywords that every endpoint knows; limits are checked by the record itself."""


def answer_schema(model: type[BaseModel]) -> dict[str, Any]:
    """Without references, and without what may be left out being required or null: that makes answers short too.

    The title is the record's name. Raises RecursionError for a record that holds itself.
    """
    whole = model.model_json_schema()
    return {"title": model.__name__, **_compact(whole, whole.get("$defs", {}))}


def _compact(node: dict[str, Any], defs: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in node:
        return _compact(defs[node["$ref"].rpartition("/")[2]], defs)
    options = [part for part in node.get("anyOf", ()) if part.get("type") != "null" or "default" not in node]
    if len(options) == 1:
        return _compact({**node, "anyOf": [], **options[0]}, defs)
    kept = {key: value for key, value in node.items() if key in KEPT}
    if options:
        kept["anyOf"] = [_compact(part, defs) for part in options]
    if "items" in node:
        kept["items"] = _compact(node["items"], defs)
    if "properties" in node:
        kept["properties"] = {name: _compact(part, defs) for name, part in node["properties"].items()}
        kept |= {"required": node["required"]} if node.get("required") else {}
    return kept


__all__ = ["answer_schema"]
