"""Requests for the generated tests: a valid one for each operation that makes documents, and wrong ones beside it."""

from __future__ import annotations

from typing import Any

from tools.scaffold.contract.behaviours import Behaviour, Understood
from tools.scaffold.contract.document import JSON_TYPE
from tools.scaffold.contract.samples import Sampler, wrong_values
from tools.scaffold.contract.schemas import Compiler, kind

MAX_WRONG = 12
CHECKED = (400, 404, 405, 409, 410, 415, 422)


def case_answers(document: dict[str, Any], found: list[Understood]) -> list[dict[str, Any]]:
    """One entry an operation: JSON that tests/cases.json holds."""
    compiler = Compiler(document, "request")
    return [case for entry in found if (case := _case(document, entry, compiler)) is not None]


def _case(document: dict[str, Any], entry: Understood, compiler: Compiler) -> dict[str, Any] | None:
    operation = entry.operation
    schema = None if operation.body is None else compiler.schema(operation.body)
    sampler = Sampler(compiler.definitions)
    parameters = [(p, compiler.schema(p.schema)) for p in operation.parameters]
    try:
        body = None if schema is None else sampler.valid(schema)
        needed = [(p, s) for p, s in parameters if p.required or p.place == "path"]
        values = {f"{p.place} {p.name}": sampler.valid(s) for p, s in needed}
    except ValueError:
        return None
    json_body = schema is not None and JSON_TYPE.fullmatch(operation.body_types[0].replace("*/*", "application/json"))
    wrong = list(wrong_values(sampler, schema, body))[:MAX_WRONG] if isinstance(body, dict) and json_body else []
    return {
        "id": operation.id,
        "method": operation.method,
        "path": operation.path,
        "behaviour": entry.behaviour.value,
        "collection": entry.collection.path if entry.collection else None,
        "parameter": entry.parameter,
        "id_property": entry.collection.id_property if entry.collection else None,
        "around": [a.parameter for a in entry.ancestors],
        "around_known": all(a.collection is not None for a in entry.ancestors),
        "around_collections": [a.collection.path if a.collection else None for a in entry.ancestors],
        "wrapped": entry.wrapped,
        "envelope": entry.envelope,
        "values": values,
        "body": body,
        "type": operation.body_types[0].replace("*/*", "application/json") if operation.bodies else None,
        "json": bool(json_body),
        "wrong": [{"what": what, "body": value} for what, value in wrong],
        "secured": bool(operation.security),
        "listed": kind(document, operation.success.schema) == "array" if operation.success else False,
        "makes": entry.makes,
        "sets": dict([entry.sets]) if entry.sets else {},
        "nothing": entry.behaviour in (Behaviour.UNREADABLE, Behaviour.FIXED),
    }


__all__ = ["case_answers"]
