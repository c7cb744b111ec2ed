"""Values of which nothing is known where only constants are harmless without a look: told, and no more than that."""

from __future__ import annotations

import re
from dataclasses import replace

from memory.records.report import Confidence, Severity
from tools.security.scripts.cleaners import cleaned_by
from tools.security.scripts.machine import Call, Machine
from tools.security.scripts.sink_tables import SINK
from tools.security.scripts.syntax import Syntax
from tools.security.scripts.values import ARGUMENT, ENVIRONMENT, OWN_HOLE, Value

SHELL = re.compile(r"\bexec(Sync|Command)?$")
KINDS = frozenset({"", "string"})
LOADS = re.compile(
    r"^(js-yaml|yamljs)\.(load|loadAll|unsafeLoad)$|^(node-serialize|serialize-to-js|cryo|funcster|serialijse)\."
    r"(unserialize|deserialize|parse|deepDeserialize)$|^v8\.deserialize$|^deserialize-error(\.deserializeError)?$"
)
LOOKED_AT = frozenset({"html", "command", "code"})


def check_unknown(machine: Machine, node: Syntax, value: Value, cls: str) -> None:
    if node.type == "augmented_assignment_expression" and value.text is not None:
        value = replace(value, text=value.text.removeprefix(OWN_HOLE))
    if cls not in LOOKED_AT or not _is_unknown(value):
        return
    if cls == "command" and not SHELL.search((node.part("function") or node).text):
        return
    name = node.text[:40].partition("(")[0].strip()
    tell_unknown(machine, node, cls, name)


def check_loaded(machine: Machine, call: Call) -> None:
    """What makes any object of a text, or a pattern of whatever a caller hands over."""
    first = call.argument(0)
    if call.arguments and LOADS.search(call.name) and _is_unknown(first):
        tell_unknown(machine, call.node, "deserialise", call.spelled[-40:])
    elif call.name == "RegExp" and first.level == ARGUMENT:
        tell_unknown(machine, call.node, "regex", "RegExp")


def check_scheme(machine: Machine, node: Syntax, value: Value) -> None:
    """`"javascript:" + text`."""
    text = value.text or ""
    if re.match(r"\s*javascript:", text, re.I) and not value.level and OWN_HOLE in text:
        why, fix = "what becomes code is not known here", SINK["code"].fix
        machine.report(node, "code-injection", 95, SINK["code"].severity, Confidence.LOW, why, fix)


def _is_unknown(value: Value) -> bool:
    if value.level or value.safe or value.fields is not None or value.closure is not None or value.kind not in KINDS:
        return False
    cleaned = cleaned_by((value.name.removesuffix("()"),)) if value.name else None
    if cleaned is not None or value.source == ENVIRONMENT:
        return False
    return value.text is None or OWN_HOLE in value.text


def tell_unknown(machine: Machine, node: Syntax, cls: str, name: str) -> None:
    sink = SINK[cls]
    why = f"what reaches {name} is no constant, and not known to be harmless"
    machine.report(node, sink.rule, sink.cwe, Severity.MEDIUM, Confidence.LOW, why, sink.fix)


__all__ = ["check_loaded", "check_scheme", "check_unknown", "tell_unknown"]
