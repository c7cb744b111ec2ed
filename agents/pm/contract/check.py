"""Whether a document is OpenAPI 3: by the official schema of its version, and by what that schema cannot say."""

from __future__ import annotations

import re
from typing import Any

from jsonschema_rs import Draft4Validator, Draft202012Validator, ValidationError
from openapi_spec_validator.schemas import get_schema_content_v30, get_schema_content_v31, get_schema_content_v32

from agents.pm.contract.references import objects
from tools.scaffold.contract.document import METHODS, operations
from tools.scaffold.contract.pointers import ContractError, follow, pointer
from tools.scaffold.contract.samples import validator_of
from tools.scaffold.contract.schemas import Compiler, Direction

MAX_OPERATIONS = 500


def check_version(document: dict[str, Any]) -> str:
    """`3.0`, `3.1` or `3.2`. Raises ContractError."""
    if "swagger" in document:
        remedy = "Convert it first, for example with swagger2openapi."
        raise ContractError(f"this is Swagger {str(document['swagger'])[:20]}, not OpenAPI 3", "#/swagger", remedy)
    version = document.get("openapi")
    if isinstance(version, int | float):
        raise ContractError(f"`openapi: {version}` is a number", "#/openapi", "Write `openapi: 3.0.3`.")
    if not isinstance(version, str):
        raise ContractError("`openapi` with the version is missing", "#/openapi", "Begin with `openapi: 3.0.3`.")
    found = re.fullmatch(r"(3\.[012])\.\d+(-.+)?", version)
    if not found:
        raise ContractError(f"OpenAPI {version[:20]!r} is not read", "#/openapi", "Use 3.0.x, 3.1.x or 3.2.x.")
    return found.group(1)


def check_patterns(document: dict[str, Any]) -> None:
    """Raises ContractError, naming the place, for the first `pattern` that is no regular expression."""
    for path, node in objects(document):
        pattern = node.get("pattern")
        if not isinstance(pattern, str):
            continue
        try:
            Draft202012Validator({"type": "string", "pattern": pattern})
        except ValueError:
            what = f"the pattern {pattern[:80]!r} is no regular expression of ECMA-262, or too big"
            raise ContractError(what, pointer((*path, "pattern")), "Correct it, or leave it out.") from None


def check_structure(document: dict[str, Any], version: str) -> None:
    """Against the schema of the OpenAPI specification. Raises ContractError with the deepest fault."""
    contents = {"3.0": get_schema_content_v30, "3.1": get_schema_content_v31, "3.2": get_schema_content_v32}
    schema = dict(contents[version]())
    validator = (Draft4Validator if version == "3.0" else Draft202012Validator)(schema)
    error = next(validator.iter_errors(document), None)
    if error is not None:
        message, path = _deepest(error)
        raise ContractError(f"not OpenAPI {version}: {message}", pointer(path), "Correct this part of the file.")


def _deepest(error: ValidationError) -> tuple[str, list[str | int]]:
    """Message and path of the fault that lies deepest: the branch that was meant goes further than the others."""
    best, path = error.message, list(error.instance_path)
    context = getattr(error.kind, "context", None) or []
    for inner in (e for branch in context for e in (branch if isinstance(branch, list) else [branch])):
        if "'$ref'" in inner.message or '"$ref"' in inner.message:
            continue
        said, where = _deepest(inner)
        if len(where) >= len(path):
            best, path = said, where
    return best[:300], path


def check_operations(document: dict[str, Any]) -> None:
    """Paths, methods, parameters, bodies and responses are of the right kind once every reference is followed."""
    paths = document.get("paths")
    if not isinstance(paths, dict) or not any(str(p).startswith("/") for p in paths):
        raise ContractError(
            "the file declares no path", "#/paths", "Add the operations that the application shall have."
        )
    seen: dict[str, str] = {}
    templates: dict[str, str] = {}
    count = 0
    for path, raw in paths.items():
        template = re.sub(r"\{[^{}]*\}", "{}", path)
        where = pointer(("paths", path))
        if template in templates:
            raise ContractError(f"this path is the same as {templates[template]}", where, "Keep one of them.")
        templates[template] = path
        item = _object(document, raw, where)
        _check_parameters(document, item, where)
        for method in METHODS:
            if method in item:
                count += 1
                _check_operation(document, item[method], pointer(("paths", path, method)), seen)
    if count == 0:
        raise ContractError("the file declares no operation", "#/paths", "Add the methods of its paths.")
    if count > MAX_OPERATIONS:
        raise ContractError(f"{count} operations; at most {MAX_OPERATIONS} are made", "#/paths", "Split the file.")


def _check_operation(document: dict[str, Any], operation: Any, where: str, seen: dict[str, str]) -> None:
    _object(document, operation, where)
    name = operation.get("operationId")
    if name is not None:
        if name in seen:
            raise ContractError(
                f"the operationId {str(name)[:60]!r} stands at {seen[name]} too", where, "Make it unique."
            )
        seen[name] = where
    _check_parameters(document, operation, where)
    if "requestBody" in operation:
        _content(document, _object(document, operation["requestBody"], where + "/requestBody"), where + "/requestBody")
    responses = operation.get("responses", {})
    for status, raw in _object(document, responses, where + "/responses").items():
        place = f"{where}/responses/{status}"
        if status.startswith("x-"):
            continue
        response = _object(document, raw, place)
        _content(document, response, place)
        for header, given in _object(document, response.get("headers", {}), place).items():
            _object(document, given, f"{place}/headers/{header}")


def _check_parameters(document: dict[str, Any], owner: dict[str, Any], where: str) -> None:
    given = owner.get("parameters", [])
    if not isinstance(given, list):
        raise ContractError("`parameters` is no list", where, "Correct this part of the file.")
    for index, raw in enumerate(given):
        place = f"{where}/parameters/{index}"
        entry = _object(document, raw, place)
        if not isinstance(entry.get("name"), str) or not isinstance(entry.get("in"), str):
            raise ContractError("a parameter lacks `name` or `in`", place, "Add them.")
        _content(document, entry, place)


def _content(document: dict[str, Any], owner: dict[str, Any], where: str) -> None:
    for media_type, raw in _object(document, owner.get("content", {}), where).items():
        media = _object(document, raw, f"{where}/content/{media_type[:60]}")
        if not isinstance(media.get("schema", {}), dict | bool):
            raise ContractError("a schema is no object", f"{where}/content/{media_type[:60]}", "Correct it.")


def _object(document: dict[str, Any], raw: Any, where: str) -> dict[str, Any]:
    node = follow(document, raw)
    if not isinstance(node, dict):
        raise ContractError("an object is expected here", where, "Correct this part of the file.")
    return node


def check_schemas(document: dict[str, Any]) -> None:
    """Every schema that an operation uses can be compiled: known types, regular expressions that parse."""
    found = operations(document)
    sent = [(f"{o.where}/parameters", p.schema) for o in found for p in o.parameters]
    sent += [(f"{o.where}/requestBody", schema) for o in found for schema in o.bodies.values()]
    given = [
        (f"{o.where}/responses/{a.status}", s) for o in found for a in o.answers.values() for s in (a.schema, a.text)
    ]
    _compile(document, "request", sent)
    _compile(document, "response", [(where, schema) for where, schema in given if schema is not None])


def _compile(document: dict[str, Any], direction: Direction, uses: list[tuple[str, Any]]) -> None:
    compiler = Compiler(document, direction)
    made: dict[str, Any] = {}
    where = "#"
    try:
        for number, (where, schema) in enumerate(uses):  # noqa: B007 - told where it fails
            made[f"use {number}"] = compiler.schema(schema)
        where = "#/components/schemas"
        validator_of(True, {**compiler.definitions, **made})
    except ValidationError as error:
        path = list(error.instance_path)
        name = str(path[1]) if len(path) > 1 else ""
        place = uses[int(name[4:])][0] if name in made else f"#/components/schemas/{name}"
        raise _unusable(error.message, place + pointer(path[2:])[1:]) from None
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _unusable(str(error).strip() or type(error).__name__, where) from error


def _unusable(said: str, where: str) -> ContractError:
    return ContractError(f"a schema cannot be used: {said.splitlines()[0][:200]}", where, "Correct the schema.")


__all__ = ["check_operations", "check_patterns", "check_schemas", "check_structure", "check_version"]
