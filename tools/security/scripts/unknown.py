"""Texts run as commands, code or statements that nobody in the file knows: told, as bandit tells them."""

from __future__ import annotations

import re

from memory.records.report import Confidence
from tools.security.scripts.databases import KNOWN
from tools.security.scripts.machine import Call, Machine
from tools.security.scripts.sink_tables import SINK, SQL
from tools.security.scripts.syntax import Syntax
from tools.security.scripts.values import ARGUMENT, EVERY, HOLE, OWN_HOLE, Value

COMMAND = re.compile(r"^(child_process|cp|childProcess)\.(exec|execSync)$|^(shelljs|shell)\.exec$")
CODE = re.compile(r"^(window\.|global\.|globalThis\.)?(eval|Function)$|^vm\.(runIn\w+|Script|compileFunction)$")
QUERY = re.compile(
    r"\.(query|execute|executeMany|run|all|get|each|exec|prepare|batch|raw|any|one|none|many|oneOrNone|manyOrNone|map"
    r"|result|multi|multiResult|queryStream|stream|unsafe|\w+Raw|\$queryRawUnsafe|\$executeRawUnsafe|callProc|func|proc)$"
)


LOADS = re.compile(
    r"^(js-yaml|yamljs)\.(load|loadAll|unsafeLoad)$|^(node-serialize|serialize-to-js|cryo|funcster|serialijse)\."
    r"(unserialize|deserialize|parse|deepDeserialize)$|^v8\.deserialize$|^deserialize-error(\.deserializeError)?$"
)


def check_unknown(machine: Machine, call: Call) -> None:
    if not call.arguments:
        return
    first = call.argument(0)
    if COMMAND.search(call.name) and _unknown(first):
        _tell(machine, call, "command")
    elif CODE.search(call.name) and any(_unknown(value) for value in call.arguments):
        _tell(machine, call, "code")
    elif LOADS.search(call.name) and _unknown(first):
        _tell(machine, call, "deserialise")
    elif call.name == "RegExp" and first.level == ARGUMENT:
        _tell(machine, call, "regex")
    elif QUERY.search(call.spelled) and not first.level:
        given = first.held("sql") if first.fields else first
        built = OWN_HOLE in (given.text or "") and EVERY not in given.safe
        statement = SQL.search(given.text or "") is not None
        if built and (statement or KNOWN.match(call.name)) and call.nodes[0].type != "call_expression":
            _tell(machine, call, "sql")


def check_scheme(machine: Machine, node: Syntax, value: Value) -> None:
    """`"javascript:" + text`."""
    text = value.text or ""
    if re.match(r"\s*javascript:", text, re.I) and not value.level and OWN_HOLE in text:
        why, fix = "what becomes code is not known here", SINK["code"].fix
        machine.report(node, "code-injection", 95, SINK["code"].severity, Confidence.LOW, why, fix)


def _unknown(value: Value) -> bool:
    if value.level or value.closure is not None or value.kind in {"number", "boolean", "function", "array"}:
        return False
    text = value.text
    return (text is None and value.fields is None) or (text is not None and (OWN_HOLE in text or HOLE in text))


def _tell(machine: Machine, call: Call, cls: str) -> None:
    sink = SINK[cls]
    why = f"what reaches {call.spelled[-40:]} is not known here"
    machine.report(call.node, sink.rule, sink.cwe, sink.severity, Confidence.LOW, why, sink.fix)


__all__ = ["check_scheme", "check_unknown"]
