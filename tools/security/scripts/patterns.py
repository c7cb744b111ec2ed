"""Patterns that take exponential time."""

from __future__ import annotations

from memory.records.report import Confidence, Severity
from tools.security.flow.rules import slow
from tools.security.scripts.machine import Machine
from tools.security.scripts.syntax import Syntax


def check_pattern(machine: Machine, node: Syntax) -> None:
    body = node.text[1:].rpartition("/")[0]
    if slow(body):
        machine.report(
            node,
            "slow-pattern",
            1333,
            Severity.MEDIUM,
            Confidence.MEDIUM,
            "a text can be found that takes it for ever",
            "Make the pattern unambiguous.",
        )


__all__ = ["check_pattern"]
