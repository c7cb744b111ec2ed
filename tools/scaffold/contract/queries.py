"""What the query parameters of a list mean, judged from their names."""

from __future__ import annotations

from typing import Any

from tools.scaffold.contract.behaviours import Understood
from tools.scaffold.contract.collections import plain, singular
from tools.scaffold.contract.document import Parameter
from tools.scaffold.contract.pointers import follow
from tools.scaffold.contract.schemas import kind, properties

MEANINGS = {
    "limit": ["limit", "pagesize", "perpage", "size", "count", "maxresults", "take", "top", "pagelimit", "first"],
    "offset": ["offset", "skip", "start", "startindex"],
    "page": ["page", "pagenumber", "pageindex", "pageno", "p"],
    "cursor": ["cursor", "after", "pagetoken", "nexttoken", "continuationtoken", "startingafter", "nextcursor"],
    "sort": ["sort", "sortby", "orderby", "ordering"],
    "order": ["order", "direction", "sortdir", "sortorder", "dir", "sortdirection"],
    "search": ["q", "query", "search", "keyword", "term", "text"],
}
NUMERIC = ("limit", "offset", "page")
FROM = ("min", "from", "gte", "gt", "after", "since", "start")
TO = ("max", "to", "lte", "lt", "before", "until", "end")


def query_arguments(document: dict[str, Any], entry: Understood) -> str:
    """Source of the arguments of `Query(...)`."""
    known = entry.collection.properties if entry.collection else ()
    given = [p for p in entry.operation.parameters if p.place == "query"]
    found: dict[str, Any] = {}
    filters: dict[str, tuple[str, str]] = {}
    for parameter in given:
        meaning = _meaning(document, parameter)
        target = _filter(parameter.name, known)
        if target is not None and target[1] == "is":
            filters[parameter.name] = target
        elif meaning and meaning not in found:
            found[meaning] = parameter.name
            if meaning == "page" and _zero_based(document, parameter):
                found["first_page"] = 0
        elif target is not None:
            filters[parameter.name] = target
    if filters:
        found["filters"] = filters
    most = _most(document, entry)
    if most is not None:
        found["most"] = most
    return ", ".join(f"{name}={value!r}" for name, value in found.items())


def _meaning(document: dict[str, Any], parameter: Parameter) -> str | None:
    name = plain(parameter.name)
    for meaning, names in MEANINGS.items():
        numeric = kind(document, parameter.schema) in ("integer", "number")
        if name in names and (meaning not in NUMERIC or numeric):
            return meaning
    return None


def _filter(name: str, known: tuple[str, ...]) -> tuple[str, str] | None:
    by_plain = {plain(k): k for k in known}
    by_singular = {singular(k): k for k in known}
    wanted = plain(name)
    if wanted in by_plain:
        return by_plain[wanted], "is"
    if singular(name) in by_singular:
        return by_singular[singular(name)], "is"
    for words, comparison in ((FROM, "from"), (TO, "to")):
        for word in words:
            for rest in (wanted.removeprefix(word), wanted.removesuffix(word)):
                if rest != wanted and rest in by_plain:
                    return by_plain[rest], comparison
    return None


def _zero_based(document: dict[str, Any], parameter: Parameter) -> bool:
    node = follow(document, parameter.schema)
    node = node if isinstance(node, dict) else {}
    return node.get("default") == 0 or (node.get("minimum") == 0 and node.get("default") != 1)


def _most(document: dict[str, Any], entry: Understood) -> int | None:
    success = entry.operation.success
    schema = success.schema if success else None
    if entry.envelope:
        schema = properties(document, schema).get(entry.envelope)
    node = follow(document, schema)
    most = node.get("maxItems") if isinstance(node, dict) else None
    return most if isinstance(most, int) else None


__all__ = ["query_arguments"]
