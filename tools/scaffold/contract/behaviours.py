"""What each operation of a contract does, judged from its path, its method and its schemas."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from tools.scaffold.contract.collections import (
    Collection,
    Finder,
    array_of,
    parameter_in,
    plain,
    segments,
    singular,
    unwrapped,
)
from tools.scaffold.contract.document import Operation, operations
from tools.scaffold.contract.pointers import follow
from tools.scaffold.contract.schemas import identity, items_of, kind, properties


class Behaviour(StrEnum):
    LIST = "list"
    CREATE = "create"
    CREATE_MANY = "create_many"
    READ = "read"
    REPLACE = "replace"
    REPLACE_BY_BODY = "replace_by_body"
    """PUT on the collection: the id stands in the body."""
    CHANGE = "change"
    DELETE = "delete"
    CLEAR = "clear"
    """DELETE on a collection: all documents that its filters name."""
    ACT = "act"
    """An action on one document: applies what fits, answers the document."""
    READ_SINGLE = "read_single"
    WRITE_SINGLE = "write_single"
    CHANGE_SINGLE = "change_single"
    DELETE_SINGLE = "delete_single"
    LOG_IN = "log_in"
    FIXED = "fixed"
    """What it does cannot be known: it checks the request, answers a value that conforms, and does nothing."""
    UNREADABLE = "unreadable"
    """Its body is of a type that is not read: 415."""


@dataclass(frozen=True)
class Ancestor:
    parameter: str
    collection: Collection | None
    """None: the file has no such collection, so any value is taken."""


@dataclass(frozen=True)
class Understood:
    operation: Operation
    behaviour: Behaviour
    collection: Collection | None = None
    ancestors: tuple[Ancestor, ...] = ()
    """Outermost first."""
    parameter: str | None = None
    """Path parameter that names the document."""
    envelope: str | None = None
    """Property of the answer that holds the documents, or the document; None where the answer is they."""
    wrapped: str | None = None
    """The same of the body."""
    sets: tuple[str, Any] | None = None
    """ACT: property and value that the verb stands for (`status`, `cancelled`)."""
    makes: bool = False
    """REPLACE: no other operation makes documents, so this one does, under the id of its path."""
    reason: str = ""
    """Why it is FIXED or UNREADABLE, or what was assumed."""


READS = (Behaviour.LIST, Behaviour.READ)
MAKES = (Behaviour.CREATE, Behaviour.CREATE_MANY, Behaviour.REPLACE)
SECRETS = frozenset(("password", "secret", "clientsecret", "pin", "apikey", "refreshtoken"))
REGISTERS = re.compile(r"register|signup|sign-up|create|new", re.IGNORECASE)
TOKENS = ("token", "accesstoken", "jwt", "authtoken", "idtoken", "bearertoken", "sessiontoken")


def understand(document: dict[str, Any]) -> list[Understood]:
    """One entry an operation, in the order of the file. Raises ContractError for a `$ref` without an end."""
    found = operations(document)
    finder = Finder(document, found)
    judge = Judge(document, finder, finder.find())
    return _with_makers([judge.judge(operation) for operation in found])


def _with_makers(found: list[Understood]) -> list[Understood]:
    """Where nothing makes documents, there are none to read."""
    made = {e.collection.path for e in found if e.collection and e.behaviour in MAKES}
    posted = {e.collection.path for e in found if e.collection and e.behaviour in MAKES[:2]}
    return [_with_maker(entry, made, posted) for entry in found]


def _with_maker(entry: Understood, made: set[str], posted: set[str]) -> Understood:
    path = entry.collection.path if entry.collection else None
    around = tuple(
        a if a.collection and a.collection.path in made else replace(a, collection=None) for a in entry.ancestors
    )
    if entry.behaviour in READS and path not in made:
        reason = "no operation writes what it reads"
        return Understood(entry.operation, Behaviour.FIXED, ancestors=around, reason=reason)
    return replace(entry, ancestors=around, makes=entry.behaviour is Behaviour.REPLACE and path not in posted)


class Judge:
    def __init__(self, document: dict[str, Any], finder: Finder, collections: dict[str, Collection]) -> None:
        self.document = document
        self.finder = finder
        self.collections = collections

    def judge(self, operation: Operation) -> Understood:
        made = self._judge(operation)
        if (
            made.collection is None
            or made.collection.single
            or made.behaviour in (Behaviour.LIST, Behaviour.CREATE_MANY)
        ):
            return made if made.behaviour is not Behaviour.LOG_IN else self._with_wrapping(made)
        return self._with_wrapping(made)

    def _with_wrapping(self, made: Understood) -> Understood:
        success = made.operation.success
        envelope = unwrapped(self.document, success.schema if success else None, made.operation.path)[0]
        wrapped = unwrapped(self.document, made.operation.body, made.operation.path)[0]
        known = made.collection.properties if made.collection else ()
        return replace(
            made,
            envelope=None if envelope in known else envelope,
            wrapped=None if wrapped in known else wrapped,
        )

    def _judge(self, operation: Operation) -> Understood:
        path = operation.path.rstrip("/") or "/"
        parts = segments(path)
        if operation.body is None and operation.other_body_types:
            return self._unreadable(operation)
        if operation.method == "head":
            return replace(self._judge(replace(operation, method="get")), operation=operation)
        if operation.method in ("options", "trace"):
            return self._fixed(operation, f"it is a {operation.method.upper()}")
        if path in self.collections:
            return self._on_collection(operation, path)
        if parts and parameter_in(parts[-1]) and "/" + "/".join(parts[:-1]) in self.collections:
            return self._on_item(operation, "/" + "/".join(parts[:-1]), parts)
        if login := self._log_in(operation):
            return login
        if len(parts) >= 2 and not parameter_in(parts[-1]) and (made := self._below(operation, parts)):
            return made
        return self._single(operation, path, parts)

    def _on_collection(self, operation: Operation, path: str) -> Understood:
        collection = self.collections[path]
        ancestors = self._ancestors(segments(path))
        schema = operation.success.schema if operation.success else None
        listed = array_of(self.document, schema)
        if operation.method == "get":
            if listed is None:
                return self._fixed(operation, "it is a GET on a collection whose answer holds no list")
            return Understood(operation, Behaviour.LIST, collection, ancestors, envelope=listed[0])
        if operation.method == "post" and operation.body is not None:
            many = kind(self.document, operation.body) == "array"
            return Understood(operation, Behaviour.CREATE_MANY if many else Behaviour.CREATE, collection, ancestors)
        if operation.method == "post":
            return Understood(operation, Behaviour.CREATE, collection, ancestors)
        if operation.method == "delete":
            return Understood(operation, Behaviour.CLEAR, collection, ancestors)
        sent = properties(self.document, operation.body)
        if operation.method in ("put", "patch") and collection.id_property in sent:
            return Understood(operation, Behaviour.REPLACE_BY_BODY, collection, ancestors)
        return self._fixed(operation, f"what {operation.method.upper()} does to a whole collection cannot be known")

    def _on_item(self, operation: Operation, base: str, parts: list[str]) -> Understood:
        collection = self.collections[base]
        ancestors = self._ancestors(parts[:-1])
        parameter = parameter_in(parts[-1])
        known = {
            "get": Behaviour.READ,
            "put": Behaviour.REPLACE,
            "patch": Behaviour.CHANGE,
            "delete": Behaviour.DELETE,
            "post": Behaviour.ACT,
        }
        behaviour = known[operation.method]
        return Understood(operation, behaviour, collection, ancestors, parameter)

    def _ancestors(self, parts: list[str]) -> tuple[Ancestor, ...]:
        """Of the collection whose path these segments are."""
        made = []
        for index, part in enumerate(parts):
            if name := parameter_in(part):
                made.append(Ancestor(name, self.collections.get("/" + "/".join(parts[:index]))))
        return tuple(made)

    def _below(self, operation: Operation, parts: list[str]) -> Understood | None:
        """`/pets/findByStatus`, `/pets/bulk`, `/orders/{id}/cancel`."""
        base = "/" + "/".join(parts[:-1])
        if base in self.collections:
            return self._beside_items(operation, base, parts)
        owner = "/" + "/".join(parts[:-2])
        if parameter_in(parts[-2]) and owner in self.collections:
            return self._of_item(operation, owner, parts)
        return None

    def _beside_items(self, operation: Operation, base: str, parts: list[str]) -> Understood | None:
        collection = self.collections[base]
        ancestors = self._ancestors(parts[:-1])
        schema = operation.success.schema if operation.success else None
        listed = array_of(self.document, schema)
        same = listed is not None and self._same(listed[1], collection.item)
        if operation.method == "get" and listed is not None and same:
            return Understood(operation, Behaviour.LIST, collection, ancestors, envelope=listed[0])
        many = operation.method == "post" and kind(self.document, operation.body) == "array"
        if many and self._same(items_of(self.document, operation.body), collection.item):
            return Understood(operation, Behaviour.CREATE_MANY, collection, ancestors)
        makes = operation.method == "post" and operation.body is not None and schema is not None
        if makes and REGISTERS.search(parts[-1]) and self._same(schema, collection.item):
            return Understood(operation, Behaviour.CREATE, collection, ancestors)
        return None

    def _of_item(self, operation: Operation, owner: str, parts: list[str]) -> Understood | None:
        collection = self.collections[owner]
        ancestors = self._ancestors(parts[:-2])
        success = operation.success
        schema = success.schema if success else None
        acts = operation.method in ("post", "put", "patch")
        fits = schema is None or self._same(schema, collection.item)
        if acts and fits and self._is_single(operation, parts):
            return None
        if acts and fits:
            sets = self._verb(parts[-1], collection)
            told = f"it sets {sets[0]} to {sets[1]!r}" if sets else "it takes over what its body has, no more"
            return Understood(
                operation, Behaviour.ACT, collection, ancestors, parameter_in(parts[-2]), sets=sets, reason=told
            )
        return None

    def _is_single(self, operation: Operation, parts: list[str]) -> bool:
        """The same path can be read: then it is a thing, not a verb."""
        return "get" in self.finder.by_path.get("/" + "/".join(parts), {})

    def _verb(self, verb: str, collection: Collection) -> tuple[str, Any] | None:
        """`cancel` → (`status`, `cancelled`) where an enum of the document has such a value."""
        stem = plain(verb)
        for ending in ("e", "y"):
            stem = stem.removesuffix(ending) if len(stem) > 4 else stem
        for name, schema in properties(self.document, collection.item).items():
            node = follow(self.document, schema)
            values = node.get("enum") if isinstance(node, dict) else None
            for value in values if isinstance(values, list) else []:
                if isinstance(value, str) and len(stem) >= 3 and plain(value).startswith(stem):
                    return name, value
        return None

    def _log_in(self, operation: Operation) -> Understood | None:
        success = operation.success
        schema = success.schema if success else None
        if operation.method != "post" or schema is None or kind(self.document, schema) != "object":
            return None
        answered = {plain(name) for name in properties(self.document, schema)}
        schema = unwrapped(self.document, schema, operation.path)[1]
        answered |= {plain(name) for name in properties(self.document, schema)}
        body = unwrapped(self.document, operation.body, operation.path)[1]
        sent = {plain(name) for name in properties(self.document, body)}
        if answered & set(TOKENS) and sent & SECRETS:
            people = self._people()
            return Understood(operation, Behaviour.LOG_IN, people, reason="it answers a token for a known password")
        return None

    def _people(self) -> Collection | None:
        return next((c for c in self.collections.values() if "password" in map(plain, self._sent(c))), None)

    def _sent(self, collection: Collection) -> list[str]:
        post = self.finder.by_path.get(collection.path, {}).get("post")
        return list(properties(self.document, post.body)) if post else list(collection.properties)

    def _single(self, operation: Operation, path: str, parts: list[str]) -> Understood:
        methods = self.finder.by_path[path]
        getter = methods.get("get")
        success = operation.success
        stored = set(methods) & {"put", "patch"}
        readable = getter is not None and getter.success is not None and getter.success.schema is not None
        if readable and getter is not None and getter.success is not None and stored:
            single = Collection(path, getter.success.schema, None, None, single=True)
            known = {
                "get": Behaviour.READ_SINGLE,
                "put": Behaviour.WRITE_SINGLE,
                "post": Behaviour.WRITE_SINGLE,
                "patch": Behaviour.CHANGE_SINGLE,
                "delete": Behaviour.DELETE_SINGLE,
            }
            return Understood(operation, known[operation.method], single, self._ancestors(parts))
        if operation.method == "get":
            return self._get(operation, parts)
        if operation.method == "post" and operation.body is not None and self._submits(operation):
            if people := self._registers(operation):
                return Understood(operation, Behaviour.CREATE, people, reason="it makes what can be read there")
            item = success.schema if success and success.schema is not None else operation.body
            bare = self.finder.bare(path, item)
            return Understood(operation, Behaviour.CREATE, bare, self._ancestors(parts), reason="it keeps what is sent")
        return self._fixed(operation, "what it does cannot be known from path, method and schemas")

    def _registers(self, operation: Operation) -> Collection | None:
        """`POST /auth/register` that answers a document of `/users`."""
        schema = operation.success.schema if operation.success else None
        if schema is None or not REGISTERS.search(operation.path):
            return None
        item = unwrapped(self.document, schema, operation.path)[1]
        return next((c for c in self.collections.values() if not c.nested and self._same(item, c.item)), None)

    def _get(self, operation: Operation, parts: list[str]) -> Understood:
        success = operation.success
        listed = array_of(self.document, success.schema) if success else None
        if listed is not None:
            for collection in self.collections.values():
                named = identity(self.document, collection.item) and not collection.nested
                if named and self._same(listed[1], collection.item):
                    ancestors = self._ancestors(parts)
                    return Understood(operation, Behaviour.LIST, collection, ancestors, envelope=listed[0])
        return self._fixed(operation, "no operation writes what it reads")

    def _submits(self, operation: Operation) -> bool:
        success = operation.success
        if success is None:
            return False
        if success.schema is None:
            return success.status in ("201", "202", "204")
        if success.status == "201":
            return kind(self.document, success.schema) == "object" and kind(self.document, operation.body) == "object"
        sent, answered = set(properties(self.document, operation.body)), set(properties(self.document, success.schema))
        return bool(sent) and len(sent & answered) * 2 >= len(sent)

    def _same(self, first: Any, second: Any) -> bool:
        names = identity(self.document, first), identity(self.document, second)
        if names[0] and names[0] == names[1]:
            return True
        one, two = set(properties(self.document, first)), set(properties(self.document, second))
        return bool(one and two) and len(one & two) * 3 >= max(len(one), len(two)) * 2

    def _fixed(self, operation: Operation, reason: str) -> Understood:
        around = self._ancestors(segments(operation.path))
        return Understood(operation, Behaviour.FIXED, ancestors=around, reason=reason)

    def _unreadable(self, operation: Operation) -> Understood:
        kinds = ", ".join(operation.other_body_types)
        return Understood(operation, Behaviour.UNREADABLE, reason=f"bodies of type {kinds} are not read")


__all__ = ["Ancestor", "Behaviour", "Understood", "singular", "understand"]
