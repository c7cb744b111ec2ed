"""A contract → answers of the rest_api template: collections, routes and what the README tells."""

from __future__ import annotations

import re
from collections.abc import Collection as Names
from typing import Any

from memory.records.spec import AppSpec
from tools.scaffold import naming
from tools.scaffold.contract.behaviours import Behaviour, Understood, understand
from tools.scaffold.contract.cases import case_answers
from tools.scaffold.contract.collections import Collection, parameter_in, plain, segments
from tools.scaffold.contract.document import FORM_TYPE, JSON_TYPE, MULTIPART_TYPE
from tools.scaffold.contract.own import own_paths, secured, token_path
from tools.scaffold.contract.queries import query_arguments
from tools.scaffold.contract.rules import base_path, rules
from tools.scaffold.contract.schemas import properties, types

PLAIN_NAMES = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
CREATED = ("createdat", "created", "createdon", "datecreated", "creationdate", "createddate", "insertedat")
UPDATED = ("updatedat", "updated", "updatedon", "dateupdated", "modifiedat", "lastmodified", "modified", "lastupdated")
WRITES = frozenset(Behaviour) - {
    Behaviour.LIST,
    Behaviour.READ,
    Behaviour.READ_SINGLE,
    Behaviour.LOG_IN,
    Behaviour.FIXED,
}
TAKEN = frozenset(
    ("router", "actions", "resources", "Call", "asks", "Query", "Place", "Response", "Depends", "Annotated")
)
KEYED = {Behaviour.REPLACE, Behaviour.WRITE_SINGLE, Behaviour.CHANGE_SINGLE}
"""They make documents under ids that the application does not choose."""
FUNCTIONS = {Behaviour.LIST: "find_many", Behaviour.UNREADABLE: "not_readable"}


def contract_answers(spec: AppSpec) -> dict[str, Any]:
    """Raises ContractError where the contract cannot be followed."""
    document = spec.contract or {}
    found = understand(document)
    collections = _collections(document, found)
    return {
        "title": repr(spec.title.strip() or spec.name),
        "collections": list(collections.values()),
        "modules": _modules(document, found, collections),
        **_parts(document, found, collections),
        "table": [_row(entry) for entry in found],
        "assumptions": [_cell(line) for line in spec.assumptions],
        "not_understood": [{"text": _cell(n.text), "reason": _cell(n.reason)} for n in spec.not_understood],
    }


def _parts(document: dict[str, Any], found: list[Understood], collections: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Which parts of the template the application needs."""
    does = {entry.behaviour.value for entry in found}
    traits = {trait for collection in collections.values() for trait in collection["traits"]}
    traits |= {"around" for entry in found if entry.ancestors}
    token = token_path(document)
    tokens = Behaviour.LOG_IN in does or token is not None
    people = next((c["constant"] for c in collections.values() if "hashed" in c["traits"]), None)
    own = ["document", "health", "metrics", *(["token"] if token else [])]
    return {
        "does": sorted(does),
        "reads": sorted({kind for entry in found for kind in map(_reads, entry.operation.bodies) if kind}),
        "traits": sorted(traits),
        "lists": bool(does & {Behaviour.LIST, Behaviour.CLEAR}),
        "keyed": "client_id" in traits or bool(does & KEYED),
        "secured": secured(document),
        "guarded": secured(document) or tokens,
        "tokens": tokens,
        "passwords": tokens or "hashed" in traits,
        "token_path": repr(token) if token else None,
        "token_shown": _cell(token or ""),
        "people": f"resources.{people}" if people else None,
        "base_path": bool(base_path(document)),
        "own_paths": own_paths(document),
        "own_routers": own,
    }


def _reads(media_type: str) -> str | None:
    """Which reader a body of this type needs; None for JSON."""
    name = media_type.partition(";")[0].strip().lower()
    if name == FORM_TYPE:
        return "form"
    if name == MULTIPART_TYPE:
        return "multipart"
    return None if JSON_TYPE.fullmatch(name) or name == "*/*" else "raw"


def contract_files(spec: AppSpec) -> dict[str, Any]:
    """JSON files of the application, by path."""
    document = spec.contract or {}
    found = understand(document)
    return {
        "app/openapi.json": document,
        "app/rules.json": rules(document, found, base_path(document)),
        "tests/cases.json": case_answers(document, found),
    }


def _collections(document: dict[str, Any], found: list[Understood]) -> dict[str, dict[str, Any]]:
    """By path, the inner ones first."""
    by_path: dict[str, Collection] = {}
    for entry in found:
        for collection in (entry.collection, *(a.collection for a in entry.ancestors)):
            if collection is not None:
                by_path.setdefault(collection.path, collection)
    linked = {c.path: c.link for e in found if (c := e.collection) and c.link}
    made: dict[str, dict[str, Any]] = {}
    tables: set[str] = set()
    for path in sorted(by_path, key=lambda p: (-p.count("/"), p)):
        made[path] = _collection(document, by_path[path], linked.get(path), made, tables)
    return made


def _collection(
    document: dict[str, Any],
    collection: Collection,
    link: str | None,
    made: dict[str, dict[str, Any]],
    tables: set[str],
) -> dict[str, Any]:
    static = [s for s in segments(collection.path) if not parameter_in(s)]
    name = _identifier("_".join(static[-2:]), tables | {"alembic_version"}, "documents")
    tables.add(name)
    known = properties(document, collection.item)
    inner = [made[p]["constant"] for p in made if re.match(re.escape(collection.path) + r"/\{[^{}]+\}/", p)]
    optional = {
        "client_id": collection.client_id,
        "nested": collection.nested,
        "link": link,
        "created": _stamps(known, CREATED),
        "updated": _stamps(known, UPDATED),
        "hashed": next((n for n, s in known.items() if _is_secret(n, s)), None) or _sent_secret(collection),
    }
    arguments = [f"{key}={value!r}," for key, value in optional.items() if value]
    if inner:
        arguments.append(f"inner=({', '.join(inner)},),")
    return {
        "path": collection.path,
        "table": name,
        "class_name": "".join(part.capitalize() for part in name.split("_")) + "Document",
        "constant": name.upper(),
        "doc": naming.docstring(f"Documents at {collection.path}"),
        "id_property": repr(collection.id_property),
        "id_type": repr(collection.id_type),
        "arguments": arguments,
        "traits": [key for key, value in {**optional, "inner": inner}.items() if value],
    }


def _stamps(known: dict[str, Any], names: Names[str]) -> tuple[str, ...]:
    return tuple(
        name
        for name, schema in known.items()
        if plain(name) in names and isinstance(schema, dict) and schema.get("format", "date-time") == "date-time"
        and "string" in (types(schema) or ["string"])
    )  # fmt: skip


def _is_secret(name: str, schema: Any) -> bool:
    if not isinstance(schema, dict) or "pass" not in name.lower():
        return False
    return bool(schema.get("writeOnly")) or schema.get("format") == "password"


def _sent_secret(collection: Collection) -> str | None:
    """A password that is sent but never shown."""
    return next((n for n in collection.sent if "password" in n.lower() and n not in collection.properties), None)


def _modules(
    document: dict[str, Any], found: list[Understood], collections: dict[str, dict[str, Any]]
) -> list[dict[str, Any]]:
    made: dict[str, dict[str, Any]] = {}
    functions: set[str] = set(TAKEN)
    for entry in found:
        tag = entry.operation.tag
        if tag not in made:
            taken = {m["name"] for m in made.values()}
            name = _identifier(tag, taken, "root")
            made[tag] = {"name": name, "doc": naming.docstring(tag), "routes": []}
        route = _route(document, entry, collections, functions)
        made[tag]["routes"].append(route)
    return sorted(made.values(), key=lambda module: str(module["name"]))


def _route(
    document: dict[str, Any], entry: Understood, collections: dict[str, dict[str, Any]], functions: set[str]
) -> dict[str, Any]:
    operation = entry.operation
    function = operation.id
    if not PLAIN_NAMES.fullmatch(function) or function in functions | naming.KEYWORDS or len(function) > 60:
        function = _identifier(function, functions, "operation")
    functions.add(function)
    renamed = {f"p{n}": name for n, name in enumerate(operation.path_parameters()) if not PLAIN_NAMES.fullmatch(name)}
    path = operation.path
    for new, old in renamed.items():
        path = path.replace("{" + old + "}", "{" + new + "}")
    extra = "".join(f", {new}={old!r}" for new, old in renamed.items())
    needs = entry.behaviour not in (Behaviour.UNREADABLE, Behaviour.FIXED) or _known_around(entry)
    session = "WriteSession" if entry.behaviour in WRITES else "ReadSession"
    return {
        "method": operation.method,
        "path": repr(path),
        "asks": repr(operation.id) + extra,
        "function": function,
        "doc": naming.docstring(_line(operation.summary) or f"{operation.method.upper()} {operation.path}"),
        "session": f", session: {session}" if needs else "",
        "call": _call(document, entry, collections),
    }


def _call(document: dict[str, Any], entry: Understood, collections: dict[str, dict[str, Any]]) -> str:
    behaviour = entry.behaviour
    function = f"actions.{FUNCTIONS.get(behaviour, behaviour.value)}"
    if behaviour is Behaviour.UNREADABLE:
        return f"{function}()"
    if behaviour is Behaviour.FIXED:
        around = f", session, ({', '.join(_around(entry, collections))},)" if _known_around(entry) else ""
        return f"{function}(call{around})"
    if behaviour is Behaviour.LOG_IN:
        people = f"resources.{collections[entry.collection.path]['constant']}" if entry.collection else "None"
        return f"{function}(call, session, {people}{_named('wrapped', entry.wrapped)})"
    arguments = ["call", "session", _place(entry, collections)]
    if behaviour in (Behaviour.LIST, Behaviour.CLEAR):
        arguments.append(f"Query({query_arguments(document, entry)})")
    if behaviour is Behaviour.ACT and entry.collection:
        arguments.append(f"takes={entry.collection.properties!r}")
        if entry.sets:
            arguments.append(f"sets={dict([entry.sets])!r}")
    if entry.makes:
        arguments.append("makes=True")
    return f"{function}({', '.join(arguments)}{_named('wrapped', entry.wrapped)}{_named('envelope', entry.envelope)})"


def _named(name: str, value: str | None) -> str:
    return f", {name}={value!r}" if value else ""


def _place(entry: Understood, collections: dict[str, dict[str, Any]]) -> str:
    path = entry.collection.path if entry.collection else ""
    arguments = [f"resources.{collections[path]['constant']}"]
    if entry.ancestors:
        arguments.append(f"around=({', '.join(_around(entry, collections))},)")
    if entry.parameter:
        arguments.append(f"parameter={entry.parameter!r}")
    return f"Place({', '.join(arguments)})"


def _around(entry: Understood, collections: dict[str, dict[str, Any]]) -> list[str]:
    return [
        f"({a.parameter!r}, {'resources.' + collections[a.collection.path]['constant'] if a.collection else None})"
        for a in entry.ancestors
    ]


def _known_around(entry: Understood) -> bool:
    return any(a.collection is not None for a in entry.ancestors)


DOES = {
    Behaviour.LIST: "lists documents",
    Behaviour.CREATE: "makes a document",
    Behaviour.CREATE_MANY: "makes all of the documents, or none",
    Behaviour.READ: "reads a document",
    Behaviour.REPLACE: "replaces a document",
    Behaviour.REPLACE_BY_BODY: "replaces the document that the body names",
    Behaviour.CHANGE: "changes the properties that are sent",
    Behaviour.DELETE: "deletes a document",
    Behaviour.READ_SINGLE: "reads it",
    Behaviour.WRITE_SINGLE: "writes it",
    Behaviour.CHANGE_SINGLE: "changes the properties that are sent",
    Behaviour.DELETE_SINGLE: "deletes it",
    Behaviour.LOG_IN: "gives a token for a password",
    Behaviour.CLEAR: "deletes all documents that its filters name",
    Behaviour.FIXED: "checks the request and answers a value that the contract allows; does nothing",
    Behaviour.UNREADABLE: "refuses: its body is of a type that is not read",
    Behaviour.ACT: "changes a document by what is sent",
}


def _row(entry: Understood) -> dict[str, str]:
    name = _cell(f"{entry.operation.method.upper()} {entry.operation.path}")
    does = f"sets {entry.sets[0]} to {entry.sets[1]}" if entry.sets else DOES[entry.behaviour]
    return {"name": name, "does": _cell(does)}


def _cell(text: str) -> str:
    return _line(text).replace("|", "\\|").replace("`", "'")


def _line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:300]


def _identifier(text: str, taken: Names[str], otherwise: str) -> str:
    name = _snake(text) or otherwise
    return naming.identifier(name if name[0].isalpha() else f"n{name}", {*taken, *naming.KEYWORDS})


def _snake(text: str) -> str:
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", text)
    return re.sub(r"[^a-z0-9]+", "_", spaced.lower()).strip("_")[:50].strip("_")


__all__ = ["contract_answers", "contract_files"]
