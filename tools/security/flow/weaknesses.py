"""What is weak by what it is, wherever its data come from."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from memory.records.report import Confidence, Severity
from tools.security.flow.machine import Frame, Machine
from tools.security.flow.values import Value


@dataclass(frozen=True)
class Weakness:
    rule: str
    cwe: int
    severity: Severity
    why: str
    fix: str
    confidence: Confidence = Confidence.HIGH


def tell(
    weakness: Weakness,
    node: ast.AST,
    frame: Frame,
    machine: Machine,
    *,
    confidence: Confidence | None = None,
    severity: Severity | None = None,
) -> None:
    machine.report(
        frame, node, weakness.rule, weakness.cwe, severity or weakness.severity, confidence or weakness.confidence,
        weakness.why, weakness.fix,
    )  # fmt: skip


def is_off(value: Value | None) -> bool:
    """Given, and false: a switch that was turned off. None leaves it as it is."""
    if value is None or (value.is_const and value.const is None):
        return False
    return not value.const if value.is_const else value.items == {}


def number(value: Value | None) -> int | None:
    const = value.const if value is not None else None
    return const if isinstance(const, int) and not isinstance(const, bool) else None


__all__ = ["Weakness", "is_off", "number", "tell"]
