"""Every `$ref` of a document is looked at before anything could follow it: nothing is ever fetched."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tools.scaffold.contract.pointers import ContractError, lookup, pointer

NAMED = frozenset(
    [
        "properties",
        "patternProperties",
        "$defs",
        "definitions",
        "dependentSchemas",
        "schemas",
        "responses",
        "parameters",
        "examples",
        "requestBodies",
        "headers",
        "securitySchemes",
        "links",
        "callbacks",
        "pathItems",
        "paths",
        "content",
        "encoding",
        "variables",
        "mapping",
        "scopes",
        "webhooks",
    ]
)
"""Objects whose keys are names that the author chose."""
LITERAL = frozenset(("example", "default", "enum", "const", "value", "mapping", "security", "required", "tags"))
"""Hold data: a `$ref` in them is none."""
IN_PLACE = ("allOf", "anyOf", "oneOf")
MAX_EXPANSION = 2000
"""Schemas that one value is held against, with all references followed."""

Path = tuple[str | int, ...]


def check_references(document: dict[str, Any]) -> None:
    """Raises ContractError for a remote, file, broken or endless `$ref`, naming its place."""
    sizes: dict[str, int] = {}
    for path, node in objects(document):
        if "$ref" in node and isinstance(node["$ref"], str):
            _check(document, node["$ref"], (*path, "$ref"))
            _expansion(document, node["$ref"], path, sizes, ())
        for key in ("$dynamicRef", "$recursiveRef"):
            if key in node:
                raise ContractError(f"{key} is not read", pointer((*path, key)), "Use $ref to a named schema.")
        _check_base(node, path)


def _check_base(node: dict[str, Any], path: Path) -> None:
    if "$id" in node and isinstance(node["$id"], str) and path:
        raise ContractError("a schema with an $id of its own is not read", pointer((*path, "$id")), "Take the $id out.")


def objects(document: Any) -> Iterator[tuple[Path, dict[str, Any]]]:
    """(path, object) of all objects that have a meaning in OpenAPI; data such as examples is left out."""
    stack: list[tuple[Path, Any, bool]] = [((), document, False)]
    while stack:
        path, node, names = stack.pop()
        if isinstance(node, list):
            stack += [((*path, n), item, False) for n, item in enumerate(node)]
            continue
        if not isinstance(node, dict):
            continue
        if not names:
            yield path, node
        for key, value in node.items():
            if not names and (
                key in LITERAL or key.startswith("x-") or (key == "examples" and isinstance(value, list))
            ):
                continue
            stack.append(((*path, key), value, not names and key in NAMED and isinstance(value, dict)))


def _check(document: dict[str, Any], reference: str, path: Path) -> None:
    where = pointer(path)
    shown = repr(reference[:120])
    if not reference.startswith("#"):
        remedy = "Copy what it points to into `components` and refer to it as #/components/..."
        kind = "another host" if re.match(r"[a-zA-Z][\w+.-]*://|//", reference) else "another file"
        raise ContractError(
            f"the $ref {shown} points to {kind}, and only references inside the file are followed", where, remedy
        )
    if reference != "#" and not reference.startswith("#/"):
        raise ContractError(f"the $ref {shown} is no JSON pointer", where, "Refer to it as #/components/schemas/...")
    try:
        target = lookup(document, reference)
    except KeyError:
        raise ContractError(f"the $ref {shown} points to nothing", where, "Correct it, or add what it names.") from None
    if not isinstance(target, dict | bool):
        raise ContractError(f"the $ref {shown} does not point to an object", where, "Point it to a definition.")


def _expansion(
    document: dict[str, Any], reference: str, path: Path, sizes: dict[str, int], trail: tuple[str, ...]
) -> int:
    """How many schemas one use of the reference holds a value against at one place."""
    if reference in trail:
        remedy = "A schema may hold itself in its properties or items, but may not be itself."
        raise ContractError(f"the $ref {reference[:120]!r} leads back to itself without end", pointer(path), remedy)
    if len(trail) > 60:
        raise ContractError("a chain of more than 60 $refs", pointer(path), "Refer to the definition itself.")
    if reference not in sizes:
        try:
            target = lookup(document, reference)
        except KeyError:
            raise ContractError(
                f"the $ref {reference[:120]!r} points to nothing", pointer(path), "Correct it."
            ) from None
        sizes[reference] = _in_place(document, target, path, sizes, (*trail, reference))
    if sizes[reference] > MAX_EXPANSION:
        what = f"the $ref {reference[:120]!r} expands to more than {MAX_EXPANSION} schemas"
        raise ContractError(what, pointer(path), "Compose fewer schemas.")
    return sizes[reference]


def _in_place(document: dict[str, Any], node: Any, path: Path, sizes: dict[str, int], trail: tuple[str, ...]) -> int:
    if not isinstance(node, dict):
        return 1
    size = 1
    if isinstance(node.get("$ref"), str):
        _check(document, node["$ref"], path)
        size += _expansion(document, node["$ref"], path, sizes, trail)
    for key in IN_PLACE:
        for part in node.get(key) or [] if isinstance(node.get(key), list) else []:
            size += _in_place(document, part, path, sizes, trail)
    for key in ("not", "if", "then", "else"):
        if isinstance(node.get(key), dict):
            size += _in_place(document, node[key], path, sizes, trail)
    return min(size, MAX_EXPANSION + 1)


__all__ = ["check_references", "objects"]
