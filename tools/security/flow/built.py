"""Markup and statements that are put together: where they go is not known, that nothing escaped their parts is."""

from __future__ import annotations

import ast
import re

from memory.records.report import Confidence, Severity
from tools.security.flow import tables
from tools.security.flow.machine import Frame, Machine, live_taints
from tools.security.flow.sinks import judge
from tools.security.flow.values import HOLE, Value

TAG = re.compile(
    r"<(a|b|br|body|button|div|em|form|h[1-6]|html|i|iframe|img|input|li|p|script|span|strong|svg|table|td|tr|ul)\b",
    re.I,
)


STATEMENT = re.compile(
    r"^[\s(]*(select\b.*?\bfrom\b|insert\s+(or\s+\w+\s+)?into\b|update\b.*?\bset\b|delete\s+from\b|replace\s+into\b)",
    re.IGNORECASE | re.DOTALL,
)
QUOTED = re.compile(rf"(=|<|>|\blike|\bin\s*\(|,|\()\s*(?P<quote>['\"])%?{HOLE}", re.IGNORECASE)
"""A value within quotes of the statement: it is data, and could end them."""
NAMES = re.compile(r'\b(update|from|into|set|join)\s+"', re.IGNORECASE)
"""Where these are in double quotes, double quotes hold names."""


def check_built(value: Value, node: ast.AST, frame: Frame, machine: Machine) -> None:
    if HOLE not in value.text:
        return
    _markup(value, node, frame, machine)
    if value.known or frame.module.is_test or not STATEMENT.search(value.text) or not holds_data(value.text):
        return
    live = live_taints(value, tables.SQL, frame)
    if live or not value.taints:
        kind = tables.KINDS[tables.SQL]
        why = "values stand within the quotes of a SQL statement: one that holds a quote changes it"
        machine.verdict(frame, node, tables.SQL, "tainted")
        machine.report(frame, node, kind.rule, kind.cwe, Severity.MEDIUM, Confidence.MEDIUM, why, kind.fix)


def holds_data(statement: str) -> bool:
    quotes = {match["quote"] for match in QUOTED.finditer(statement)}
    return "'" in quotes or ('"' in quotes and not NAMES.search(statement))


def _markup(value: Value, node: ast.AST, frame: Frame, machine: Machine) -> None:
    if value.taints and TAG.search(value.text):
        judge(tables.XSS, value, node, frame, machine, weak=True)


__all__ = ["check_built", "holds_data"]
