"""Patterns that take exponential time."""

from __future__ import annotations

from memory.records.report import Confidence, Severity
from tools.security.flow.patterns import slow
from tools.security.scripts.machine import Call, Machine
from tools.security.scripts.syntax import Syntax


def check_built(machine: Machine, call: Call) -> None:
    """`new RegExp("...")`."""
    text = call.argument(0).text
    if call.name == "RegExp" and text is not None and not call.argument(0).level:
        _judge(machine, call.node, text.replace("\\\\", "\\"))


def check_pattern(machine: Machine, node: Syntax) -> None:
    _judge(machine, node, node.text[1:].rpartition("/")[0])


def _judge(machine: Machine, node: Syntax, pattern: str) -> None:
    if slow(pattern):
        machine.report(
            node,
            "slow-pattern",
            1333,
            Severity.MEDIUM,
            Confidence.MEDIUM,
            "a text can be found that takes it for ever",
            "Make the pattern unambiguous.",
        )


__all__ = ["check_built", "check_pattern"]
