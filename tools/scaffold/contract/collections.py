"""Which collections of documents the paths of a contract are about."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

from tools.scaffold.contract.document import Operation
from tools.scaffold.contract.pointers import follow
from tools.scaffold.contract.schemas import identity, items_of, kind, properties, types

ID_NAMES = ("id", "_id", "uuid", "guid", "key", "slug", "code", "name", "number")
PARAMETER = re.compile(r"\{([^{}]+)\}")
NOT_MAKING = re.compile(r"log-?in|sign-?in|log-?out|search|query|find", re.IGNORECASE)


@dataclass(frozen=True)
class Collection:
    """Documents of one kind."""

    path: str
    """`/owners/{ownerId}/pets`, or for a single document `/settings`."""
    item: Any
    """Schema of one document as clients get it; True where the file does not say."""
    parameter: str | None
    """Path parameter that names one document; None where none does."""
    id_property: str | None
    """Property that the parameter is the value of."""
    id_type: str = "string"
    """integer | number | string | uuid"""
    client_id: bool = False
    """Clients may, or must, choose the id."""
    link: str | None = None
    """Property that holds the id of the parent."""
    views: tuple[str, ...] = ()
    """Other paths with documents of this collection: `/owners/{ownerId}/pets` beside `/pets`."""
    single: bool = False
    properties: tuple[str, ...] = field(default=(), compare=False)
    sent: tuple[str, ...] = field(default=(), compare=False)
    """Properties that clients send to make one."""

    @property
    def nested(self) -> bool:
        return PARAMETER.search(self.path) is not None


def segments(path: str) -> list[str]:
    return [s for s in path.split("/") if s]


def parameter_in(segment: str) -> str | None:
    found = PARAMETER.fullmatch(segment)
    return found.group(1) if found else None


def singular(name: str) -> str:
    lowered = re.sub(r"[^a-z0-9]", "", name.lower())
    for ending, instead in (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("ses", "se"), ("s", "")):
        if lowered.endswith(ending) and not lowered.endswith("ss"):
            return lowered.removesuffix(ending) + instead
    return lowered


def plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def array_of(document: dict[str, Any], schema: Any) -> tuple[str | None, Any] | None:
    """(property of the envelope or None, schema of the items) where the schema is about a list of things."""
    if schema is None:
        return None
    found = kind(document, schema)
    if found == "array":
        return None, items_of(document, schema)
    if found != "object":
        return None
    arrays = [(n, s) for n, s in properties(document, schema).items() if kind(document, s) == "array"]
    wanted = ("items", "data", "results", "content", "records", "rows", "list", "entries", "values", "elements")
    arrays.sort(key=lambda pair: wanted.index(pair[0]) if pair[0] in wanted else len(wanted))
    names = {plain(n) for n in properties(document, schema)}
    paged = names & {
        "total",
        "count",
        "totalcount",
        "next",
        "nextcursor",
        "page",
        "pagination",
        "meta",
        "hasmore",
        "cursor",
    }
    counted = any(name.endswith("count") or name.startswith("total") for name in names)
    if not arrays or (arrays[0][0] not in wanted and not paged and not counted and len(names) > 1):
        return None
    return arrays[0][0], items_of(document, arrays[0][1])


def unwrapped(document: dict[str, Any], schema: Any, path: str) -> tuple[str | None, Any]:
    """(`data`, its schema) where the schema is an object around one document; else (None, the schema itself)."""
    if schema is None or kind(document, schema) != "object":
        return None, schema
    known = properties(document, schema)
    objects = [name for name, part in known.items() if kind(document, part) == "object"]
    static = [s for s in segments(path) if not parameter_in(s)]
    usual = {"data", "item", "result", "payload", *(singular(s) for s in static[-2:])}
    if len(objects) == 1 and "id" not in known and plain(objects[0]) in usual and len(known) <= 5:
        return objects[0], known[objects[0]]
    return None, schema


class Finder:
    """Finds the collections of a contract's operations."""

    def __init__(self, document: dict[str, Any], operations: list[Operation]) -> None:
        self.document = document
        self.by_path: dict[str, dict[str, Operation]] = {}
        for operation in operations:
            self.by_path.setdefault(operation.path.rstrip("/") or "/", {})[operation.method] = operation

    def find(self) -> dict[str, Collection]:
        """By the path of the collection (`/pets`), views included."""
        found: dict[str, Collection] = {}
        for path, methods in self.by_path.items():
            parts = segments(path)
            parameter = parameter_in(parts[-1]) if parts else None
            if parameter and set(methods) & {"get", "put", "patch", "delete"}:
                base = "/" + "/".join(parts[:-1])
                found.setdefault(base, self._collection(base, path, parameter))
        for path, methods in self.by_path.items():
            parts = segments(path)
            if path in found or not parts or parameter_in(parts[-1]):
                continue
            if made := self._without_items(path, methods, found):
                found[path] = made
        return self._joined(self._united(found))

    def _united(self, found: dict[str, Collection]) -> dict[str, Collection]:
        """`POST /people` makes what `/person/{id}` shows, where both hold the same schema."""
        made = dict(found)
        for base, collection in found.items():
            if collection.nested or "post" in self.by_path.get(base, {}):
                continue
            path = next((p for p in self.by_path if self._makes(p, collection, found)), None)
            if path is not None:
                joined = self._typed(replace(collection, path=path), self.by_path[path], None)
                made[base] = made[path] = joined
        return made

    def _makes(self, path: str, collection: Collection, found: dict[str, Collection]) -> bool:
        post = self.by_path[path].get("post")
        apart = path in found and found[path].parameter is not None
        if post is None or post.success is None or apart or "{" in path or NOT_MAKING.search(path):
            return False
        name = identity(self.document, collection.item)
        return name != "" and identity(self.document, unwrapped(self.document, post.success.schema, path)[1]) == name

    def _without_items(
        self, path: str, methods: dict[str, Operation], found: dict[str, Collection]
    ) -> Collection | None:
        listed = self._listed(methods)
        if listed is not None and "post" in methods:
            return self.bare(path, listed)
        if listed is not None and any(
            identity(self.document, c.item) == identity(self.document, listed) != "" for c in found.values()
        ):
            return self.bare(path, listed) if len(segments(path)) > 1 and parameter_in(segments(path)[-2]) else None
        return None

    def _listed(self, methods: dict[str, Operation]) -> Any:
        answer = methods["get"].success if "get" in methods else None
        listed = array_of(self.document, answer.schema) if answer else None
        return None if listed is None else listed[1]

    def bare(self, path: str, item: Any) -> Collection:
        known = tuple(properties(self.document, item))
        name = next((n for n in ("id", "_id", "uuid") if n in known), None)
        made = Collection(path=path, item=item, parameter=None, id_property=name, properties=known)
        return self._typed(made, self.by_path.get(path, {}), None)

    def _collection(self, base: str, item_path: str, parameter: str) -> Collection:
        methods, item_methods = self.by_path.get(base, {}), self.by_path[item_path]
        item = self._item(methods, item_methods, item_path)
        known = tuple(properties(self.document, item))
        made = Collection(
            path=base,
            item=item,
            parameter=parameter,
            id_property=self._id_property(parameter, (segments(base) or [""])[-1], known),
            properties=known,
        )
        some = next(iter(item_methods.values()))
        declared = next((p.schema for p in some.parameters if p.place == "path" and p.name == parameter), None)
        return self._typed(made, {**item_methods, **methods}, declared)

    def _item(self, methods: dict[str, Operation], item_methods: dict[str, Operation], item_path: str) -> Any:
        for method in ("get", "put", "patch"):
            answer = item_methods[method].success if method in item_methods else None
            if answer and answer.schema is not None and kind(self.document, answer.schema) != "array":
                return unwrapped(self.document, answer.schema, item_path)[1]
        if (listed := self._listed(methods)) is not None:
            return listed
        for operation in (methods.get("post"), item_methods.get("put"), item_methods.get("patch")):
            answer = operation.success if operation else None
            if answer and answer.schema is not None:
                return unwrapped(self.document, answer.schema, item_path)[1]
            if operation and operation.body is not None:
                return unwrapped(self.document, operation.body, item_path)[1]
        return True

    def _id_property(self, parameter: str, last: str, known: tuple[str, ...]) -> str | None:
        by_plain = {plain(name): name for name in known}
        wanted = plain(parameter)
        stem = wanted
        for prefix in (singular(last), plain(last)):
            stem = stem.removeprefix(prefix)
        for candidate in (parameter, wanted, stem):
            if candidate in known:
                return candidate
            if candidate in by_plain:
                return by_plain[candidate]
        for name in ("id", "_id", "uuid", "guid"):
            if name in known:
                return name
        if wanted.endswith("id") or not wanted:
            owned = singular(last) + "id"
            if owned in by_plain:
                return by_plain[owned]
        return next((by_plain[n] for n in ID_NAMES if n in by_plain and wanted.endswith(n)), None)

    def _typed(self, made: Collection, methods: dict[str, Operation], declared: Any) -> Collection:
        schema = properties(self.document, made.item).get(made.id_property or "", declared)
        node = follow(self.document, schema)
        node = node if isinstance(node, dict) else {}
        name = next((t for t in types(node) if t != "null"), "string")
        if name == "string" and (node.get("format") == "uuid"):
            name = "uuid"
        body = unwrapped(self.document, methods["post"].body, made.path)[1] if "post" in methods else None
        known = properties(self.document, body) if body is not None else {}
        sent = known.get(made.id_property or "")
        read_only = isinstance(sent, dict) and follow(self.document, sent).get("readOnly") is True
        return replace(
            made,
            id_type=name if name in ("integer", "number", "uuid") else "string",
            sent=tuple(known),
            client_id=sent is not None and not read_only and sent.get("readOnly") is not True,
        )

    def _joined(self, found: dict[str, Collection]) -> dict[str, Collection]:
        """`/owners/{ownerId}/pets` shows the documents of `/pets` where both hold the same schema."""
        made = dict(found)
        for path, collection in found.items():
            if not collection.nested:
                continue
            parent = [p for p in map(parameter_in, segments(path)) if p][-1]
            by_plain = {plain(name): name for name in collection.properties}
            link = by_plain.get(plain(parent))
            made[path] = replace(collection, link=link)
            name = identity(self.document, collection.item)
            for other_path, other in found.items():
                same = name and identity(self.document, other.item) == name and not other.nested
                if same and segments(other_path)[-1:] == segments(path)[-1:] and other.parameter:
                    made[path] = replace(other, views=(path,), link=link)
        return made


__all__ = ["Collection", "Finder", "array_of", "parameter_in", "plain", "segments", "singular"]
