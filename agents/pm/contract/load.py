"""Bytes of a JSON or YAML file → strings, numbers, flags, null, lists and objects. Nothing else comes out."""

from __future__ import annotations

import json
import math
import re
from typing import Any

import yaml

from tools.scaffold.contract.pointers import ContractError, pointer

MAX_BYTES = 2 << 20
MAX_DEPTH = 64
MAX_NODES = 200_000
"""After YAML aliases are written out."""

VERSIONS = (("openapi",), ("info", "version"))
"""Texts that many people write without quotes: `version: 1.10`."""

_WHOLE = "#"
_SHORTER = "Split it, or leave out what the application does not need."


def load(data: bytes) -> dict[str, Any]:
    """The document. Raises ContractError: too big, not UTF-8, not JSON or YAML, nested or repeated beyond reason."""
    if len(data) > MAX_BYTES:
        size = f"the file has {len(data) / (1 << 20):.1f} MB; at most {MAX_BYTES >> 20} MB are read"
        raise ContractError(size, _WHOLE, _SHORTER)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ContractError(f"byte {error.start} is not UTF-8", _WHOLE, "Save the file as UTF-8.") from None
    if not text.strip():
        raise ContractError("the file is empty", _WHOLE, "Give an OpenAPI 3 document in JSON or YAML.")
    document = _from_json(text) if text.lstrip()[:1] in ("{", "[") else _from_yaml(text)
    if not isinstance(document, dict):
        raise ContractError(
            "the file does not hold an object", _WHOLE, "An OpenAPI document begins with `openapi: 3.0.3`."
        )
    return document


def _from_json(text: str) -> Any:
    try:
        document = json.loads(text, object_pairs_hook=_object, parse_constant=_constant)
    except json.JSONDecodeError as error:
        if text.lstrip()[:1] == "{" and ":" in text and '"' not in text[:20]:
            return _from_yaml(text)
        place = f"line {error.lineno}, column {error.colno}"
        raise ContractError(f"not JSON: {error.msg}, {place}", _WHOLE, "Correct the file.") from None
    except RecursionError:
        raise _too_deep(_WHOLE) from None
    except ValueError as error:
        raise ContractError(f"not JSON: {error}"[:300], _WHOLE, "Correct the number.") from None
    _measure(document)
    return document


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, value in pairs:
        if key in made:
            raise ContractError(f"the key {key[:80]!r} stands twice in one object", _WHOLE, "Keep one of them.")
        made[key] = value
    return made


def _constant(name: str) -> Any:
    raise ContractError(f"{name} is no JSON number", _WHOLE, "Use a finite number.")


def _measure(document: Any) -> None:
    count = 0
    stack: list[tuple[Any, int]] = [(document, 0)]
    while stack:
        node, depth = stack.pop()
        count += 1
        if depth > MAX_DEPTH:
            raise _too_deep(_WHOLE)
        if isinstance(node, float) and not math.isfinite(node):
            raise ContractError("a number is beyond what a float can hold", _WHOLE, "Use a finite number.")
        for text in (node, *node) if isinstance(node, dict) else (node,):
            if isinstance(text, str) and (not text.isascii()) and any("\ud800" <= c <= "\udfff" for c in text):
                raise ContractError("a text holds half of a surrogate pair", _WHOLE, "Save the file as UTF-8.")
        if isinstance(node, dict):
            stack += [(value, depth + 1) for value in node.values()]
        elif isinstance(node, list):
            stack += [(value, depth + 1) for value in node]
    if count > MAX_NODES:
        raise ContractError(f"the file has {count} values; at most {MAX_NODES} are read", _WHOLE, _SHORTER)


def _too_deep(where: str) -> ContractError:
    return ContractError(f"the file nests deeper than {MAX_DEPTH} levels", where, "Name inner schemas and use $ref.")


class _Core(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Composes nodes with the few implicit types of YAML 1.2: `on`, `no`, `12:30` and dates stay texts."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's own class attribute


_PLAIN = (
    ("tag:yaml.org,2002:null", r"~|null|Null|NULL|", ("~", "n", "N", "")),
    ("tag:yaml.org,2002:bool", r"true|True|TRUE|false|False|FALSE", tuple("tTfF")),
    ("tag:yaml.org,2002:int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", tuple("-+0123456789")),
    (
        "tag:yaml.org,2002:float",
        r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
        tuple("-+.0123456789"),
    ),
)
for _tag, _expression, _first in _PLAIN:
    _Core.add_implicit_resolver(_tag, re.compile(f"^(?:{_expression})$"), list(_first))


def _from_yaml(text: str) -> Any:
    _check_depth(text)
    try:
        root = yaml.compose(text, Loader=_Core)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ContractError(_yaml_message(error), _WHOLE, "Correct the file.") from None
    budget = _Budget()
    return None if root is None else budget.value(root, (), 0)


def _check_depth(text: str) -> None:
    depth = 0
    try:
        for event in yaml.parse(text, Loader=_Core):
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            if depth > MAX_DEPTH:
                raise _too_deep(_WHOLE)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ContractError(_yaml_message(error), _WHOLE, "Correct the file.") from None


def _yaml_message(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    place = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
    return f"not YAML: {str(getattr(error, 'problem', None) or error)[:200]}{place}"


class _Budget:
    """Turns nodes into values; an alias counts as often as it is used, so that a bomb ends at MAX_NODES."""

    def __init__(self) -> None:
        self.left = MAX_NODES

    def value(self, node: Any, path: tuple[str | int, ...], depth: int) -> Any:
        self.left -= 1
        if self.left < 0:
            raise ContractError(f"the file holds more than {MAX_NODES} values, aliases written out", _WHOLE, _SHORTER)
        if depth > MAX_DEPTH:
            raise ContractError("an alias holds itself, or nests too deep", pointer(path), "Use $ref for recursion.")
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, path, depth)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*path, n), depth + 1) for n, item in enumerate(node.value)]
        return _scalar(node.tag, node.value, path)

    def mapping(self, node: yaml.MappingNode, path: tuple[str | int, ...], depth: int) -> dict[str, Any]:
        made: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise ContractError("a key is no text", pointer(path), "Use plain texts as keys.")
            key = str(key_node.value)
            value = self.value(value_node, (*path, key), depth + 1)
            if key == "<<" and key_node.style not in ("'", '"'):
                for source in value if isinstance(value, list) else [value]:
                    merged = {**(source if isinstance(source, dict) else {}), **merged}
            elif key in made:
                raise ContractError(
                    f"the key {key[:80]!r} stands twice in one object", pointer(path), "Keep one of them."
                )
            else:
                made[key] = value
        return {**merged, **made}


def _finite(number: float) -> float:
    if not math.isfinite(number):
        raise ValueError(number)
    return number


def _scalar(tag: str, text: str, path: tuple[str | int, ...]) -> Any:
    kind = tag.removeprefix("tag:yaml.org,2002:")
    if path in VERSIONS and kind in ("int", "float"):
        return text
    try:
        if kind == "null":
            return None
        if kind == "bool":
            return text.lower() == "true"
        if kind == "int":
            return int(text, 0 if text[:2] in ("0o", "0x") else 10)
        if kind == "float":
            return _finite(float(text))
    except ValueError:
        raise ContractError(f"{text[:40]!r} is no JSON number", pointer(path), "Use a finite number.") from None
    if kind not in ("str", "timestamp"):
        raise ContractError(f"the YAML tag {tag[:60]!r} is not read", pointer(path), "Use plain JSON values.")
    return text


__all__ = ["MAX_BYTES", "MAX_DEPTH", "MAX_NODES", "load"]
