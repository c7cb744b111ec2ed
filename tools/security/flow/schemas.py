"""What validation lets through: the fields that a schema declares, and loaders that build nothing but plain data."""

from __future__ import annotations

import ast
import re

from tools.security.flow.machine import Machine
from tools.security.flow.values import Value

BODY_NAME = "$body"
"""Of a value that a schema has made."""
VALIDATORS = frozenset(
    ["model_validate", "model_validate_json", "parse_obj", "parse_raw", "validate_python", "validate_json"]
)
OPEN_SCHEMA = re.compile(r"extra\s*=\s*(['\"]allow['\"]|Extra\.allow)|['\"]extra['\"]\s*:\s*['\"]allow['\"]")
DEEP = 4


def validated(method: str, receiver: Value, given: Value | None) -> Value | None:
    """`Schema.model_validate(data)`: its fields still hold foreign data, but their names are the schema's."""
    if method not in VALIDATORS or given is None:
        return None
    return Value(taints=given.taints, name="" if is_open(receiver) else BODY_NAME)


def is_open(schema: Value) -> bool:
    """A scanned class that keeps fields which it does not declare."""
    node = schema.target.node if schema.target is not None else None
    return isinstance(node, ast.ClassDef) and bool(OPEN_SCHEMA.search(ast.unparse(node)))


def builds_plain_data(loader: Value, machine: Machine, depth: int = 0) -> bool:
    """One of PyYAML's safe loaders, or a class of the folder made from one that adds no way to make objects."""
    node = loader.target.node if loader.target is not None else None
    if not isinstance(node, ast.ClassDef) or loader.target is None:
        return "Safe" in loader.name
    frame = loader.target.around or machine.module_frame(loader.target.module)
    bases = [machine.evaluate(base, frame) for base in node.bases]
    return depth < DEEP and bool(bases) and all(builds_plain_data(base, machine, depth + 1) for base in bases)


__all__ = ["BODY_NAME", "VALIDATORS", "builds_plain_data", "is_open", "validated"]
