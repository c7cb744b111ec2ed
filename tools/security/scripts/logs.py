"""Secrets and personal data that are written to a log."""

from __future__ import annotations

import re

from memory.records.report import Confidence, Severity
from tools.security.scripts.machine import Call, Machine
from tools.security.scripts.syntax import FUNCTIONS, Syntax

LOGGING = re.compile(
    r"^console\.(log|info|warn|error|debug|trace|dir|table)$"
    r"|(^|\.)(\w*[lL]og(ger)?|winston|pino|bunyan|log4js|signale|tracer)(\(\))?\.(log|info|warn|error|debug|trace|fatal|verbose|silly|http|notice|child)$"
)
SECRET = re.compile(
    r"(^|[._])(pass(word|wd|phrase|code)?|pwd|secret(_?key)?|api_?key|(access|auth|refresh|id|session|bearer|csrf|reset)_?token|token"
    r"|private_?key|credit_?card(_?number)?|card_?number|cvv|cvc|ssn|social_?security(_?number)?|pin_?code)$",
    re.I,
)
PERSONAL = re.compile(
    r"(^|[._])(e?_?mail(_?address)?|phone(_?number)?|first_?name|last_?name|full_?name|date_?of_?birth|birth_?date|street_?address"
    r"|iban|passport(_?number)?)$|(^|\.)(user|customer|patient|employee|person|member|client|account)\.(name|address|username)$",
    re.I,
)
LOOKED_UP = frozenset({"call_expression", "new_expression", "binary_expression", *FUNCTIONS})


def check_logs(machine: Machine, call: Call) -> None:
    if not call.nodes or not (LOGGING.search(call.spelled) or LOGGING.search(call.name)):
        return
    for node in call.nodes:
        for name in _names(node):
            spelled = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
            if SECRET.search(spelled):
                why, fix = f"{name[-40:]} is written to the log", "Leave it out."
                confidence = Confidence.MEDIUM if not _maybe_none(machine, spelled) else Confidence.LOW
                machine.report(call.node, "secret-in-log", 532, Severity.MEDIUM, confidence, why, fix)
            elif PERSONAL.search(spelled):
                why, fix = f"{name[-40:]} is personal and written to the log", "Leave it out, or log a key of it."
                machine.report(call.node, "personal-data-in-log", 532, Severity.LOW, Confidence.LOW, why, fix)


def _maybe_none(machine: Machine, name: str) -> bool:
    """`token` is the name of a word of a language as well."""
    return re.search(r"(^|[._])token$", name, re.I) is not None and (
        re.search(r"(?i)jwt|auth|login|session|bearer|passw", machine.tree.text) is None
    )


def _names(node: Syntax) -> list[str]:
    """What is written as it is, not what is asked of it."""
    if node.type in {"identifier", "member_expression"}:
        return [node.text]
    if node.type == "ternary_expression":
        return [name for part in ("consequence", "alternative") for name in _of(node.part(part))]
    if node.type == "binary_expression":
        operator = node.part("operator")
        if operator is None or operator.text not in {"+", "||", "??"}:
            return []
        return [name for part in ("left", "right") for name in _of(node.part(part))]
    if node.type == "pair":
        return _of(node.part("value"))
    if node.type == "shorthand_property_identifier":
        return [node.text]
    if node.type in LOOKED_UP:
        stringified = node.text.startswith("JSON.stringify(")
        holder = node.part("arguments") if stringified else None
        return [name for kid in (holder.kids if holder is not None else ()) for name in _names(kid)]
    return [name for kid in node.kids for name in _names(kid)]


def _of(node: Syntax | None) -> list[str]:
    return _names(node) if node is not None else []


__all__ = ["check_logs"]
