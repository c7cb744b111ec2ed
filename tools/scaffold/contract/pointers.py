"""JSON pointers (RFC 6901) into a document, and following `$ref` inside it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote


class ContractError(Exception):
    """An OpenAPI file cannot be used. The message says what is wrong, where (JSON pointer) and the remedy."""

    def __init__(self, what: str, where: str, remedy: str) -> None:
        self.what = what
        self.where = where
        """JSON pointer as a URI fragment: `#/paths/~1pets`."""
        self.remedy = remedy
        super().__init__(f"{what} (at {where}). {remedy}")


def pointer(parts: Iterable[str | int]) -> str:
    """`#/paths/~1pets/get`; a part longer than 80 characters is cut."""
    return "#" + "".join("/" + str(p)[:80].replace("~", "~0").replace("/", "~1") for p in parts)


def lookup(document: Any, reference: str) -> Any:
    """What `#/a/b` names. Raises KeyError where nothing stands there."""
    node = document
    for raw in reference.removeprefix("#").split("/")[1:]:
        part = unquote(raw).replace("~1", "/").replace("~0", "~")
        if isinstance(node, dict) and part in node:
            node = node[part]
        elif isinstance(node, list) and part.isascii() and part.isdigit() and int(part[:9]) < len(node):
            node = node[int(part[:9])]
        else:
            raise KeyError(reference)
    return node


def follow(document: dict[str, Any], node: Any) -> Any:
    """The node itself, or what its chain of `$ref` ends at. Raises ContractError for a chain without an end."""
    seen: list[str] = []
    while isinstance(node, dict) and isinstance(node.get("$ref"), str):
        reference = node["$ref"]
        if reference in seen:
            raise ContractError("a $ref leads back to itself", reference[:200], "Let one of them hold the definition.")
        seen.append(reference)
        try:
            node = lookup(document, reference)
        except KeyError:
            raise ContractError("nothing stands where a $ref points", reference[:200], "Correct the $ref.") from None
    return node


__all__ = ["ContractError", "follow", "lookup", "pointer"]
