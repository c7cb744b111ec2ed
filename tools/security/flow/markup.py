"""Markup that is put together from a request's texts: where it goes is not known, that nothing escaped them is."""

from __future__ import annotations

import ast
import re

from tools.security.flow import tables
from tools.security.flow.machine import Frame, Machine
from tools.security.flow.sinks import judge
from tools.security.flow.values import HOLE, Value

TAG = re.compile(
    r"<(a|b|br|body|button|div|em|form|h[1-6]|html|i|iframe|img|input|li|p|script|span|strong|svg|table|td|tr|ul)\b",
    re.I,
)


def check_markup(value: Value, node: ast.AST, frame: Frame, machine: Machine) -> None:
    if value.taints and HOLE in value.text and TAG.search(value.text):
        judge(tables.XSS, value, node, frame, machine, weak=True)


__all__ = ["check_markup"]
