"""What the public scanners' findings are worth: their own levels where they are right, ours where a class is known
to be noise, and the flow pass's word where it has followed the data. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from memory.records.report import Confidence, Finding, Severity

H, M, L = "high", "medium", "low"


@dataclass(frozen=True)
class Rule:
    cwe: int
    kind: str = ""
    """Class of the flow pass whose verdict decides; `*` where the flow pass reports all that matters itself."""
    severity: str = ""
    confidence: str = ""


def _rules(numbers: str, rule: Rule) -> dict[int, Rule]:
    return {int(number): rule for number in numbers.split()}


RULES: dict[int, Rule] = {
    **_rules("102 307", Rule(94, "code", M, H)),
    **_rules("103", Rule(732, "", M, H)),
    **_rules("104", Rule(605, "", L, M)),
    **_rules("105 106 107", Rule(798, "*", L, M)),
    **_rules("108", Rule(377, "*", M, M)),
    **_rules("110 112", Rule(703, "", L, H)),
    **_rules("113", Rule(400, "", M, L)),
    **_rules("201", Rule(489, "", H, M)),
    **_rules("202", Rule(22, "", H, M)),
    **_rules("301 302", Rule(502, "deserialise", M, H)),
    **_rules("303 324", Rule(328, "hash", M, H)),
    **_rules("304 305", Rule(327, "", H, H)),
    **_rules("306", Rule(377, "", M, H)),
    **_rules("308 703 704", Rule(79, "xss", M, M)),
    **_rules("310", Rule(918, "ssrf", M, L)),
    **_rules("311", Rule(330, "random", L, H)),
    **_rules("312 321 401 402", Rule(319, "*", H, H)),
    **_rules("313 314 315 316 317 318 319 320", Rule(611, "xxe", M, H)),
    **_rules("323 501", Rule(295, "", H, H)),
    **_rules("403 404 405 406 407 408 409 410 411 412 413 414 415", Rule(0, "", L, L)),
    **_rules("502 503 504", Rule(327, "", H, M)),
    **_rules("505", Rule(326, "", H, H)),
    **_rules("506", Rule(502, "deserialise", M, H)),
    **_rules("507", Rule(295, "", H, M)),
    **_rules("508 509", Rule(319, "", M, H)),
    **_rules("601", Rule(78, "command", M, M)),
    **_rules("602 605", Rule(78, "command", H, H)),
    **_rules("603 604 606 607 609", Rule(78, "command", L, H)),
    **_rules("608 610 611", Rule(89, "sql", M, M)),
    **_rules("612", Rule(94, "", M, H)),
    **_rules("614", Rule(502, "deserialise", M, H)),
    **_rules("701 702", Rule(79, "", H, H)),
}
"""By bandit's number; ruff's S rules have the same."""
FAMILIES = (
    {77, 78, 88}, {94, 95, 96, 1336}, {326, 327, 328, 916, 261}, {330, 331, 338}, {295, 297}, {259, 321, 798, 522},
    {20, 611, 776, 827}, {276, 732}, {79, 80, 116}, {22, 23, 36, 73, 377}, {319, 311}, {489, 215, 11}, {605, 668},
)  # fmt: skip
"""Numbers that different tools give to one weakness."""
BY_ITSELF = frozenset({"deserialise", "command"})
"""Calls that harm with whatever is not known to be one's own."""
RUFF_WORDS = 200


def family(cwe: int | None) -> int | None:
    return next((min(group) for group in FAMILIES if cwe in group), cwe)


def from_bandit(finding: Finding) -> Finding:
    rule = RULES.get(int(finding.rule.removeprefix("B")))
    return finding if rule is None else _levelled(finding, rule, own=True)


def _levelled(finding: Finding, rule: Rule, *, own: bool) -> Finding:
    changes: dict[str, Any] = {"cwe": rule.cwe or finding.cwe}
    noise = rule.severity == L
    if noise or not own:
        changes |= {"severity": Severity(rule.severity or M), "confidence": Confidence(rule.confidence or M)}
    return finding.model_copy(update=changes)


def parse_ruff(stdout: bytes) -> list[Finding]:
    """Raises ValueError, KeyError, TypeError."""
    found = []
    for entry in json.loads(stdout):
        code = str(entry.get("code") or "")
        if not code.startswith("S") or not code[1:].isdigit():
            continue
        rule = RULES.get(int(code[1:]), Rule(0, "", L, M))
        finding = Finding(
            file=str(entry["filename"]),
            line=int(entry["location"]["row"]),
            cwe=rule.cwe or None,
            severity=Severity(rule.severity or M),
            confidence=Confidence(rule.confidence or M),
            rule=code,
            tool="ruff",
            why="a password in the code (not shown)"
            if code in {"S105", "S106", "S107"}
            else str(entry["message"])[:RUFF_WORDS],
            fix=str(entry.get("url") or ""),
        )
        found.append(finding)
    return found


def weighed(
    finding: Finding, verdicts: Mapping[tuple[str, str], Sequence[tuple[int, int, str]]], followed: bool
) -> Finding | None:
    """The finding as the flow pass sees it: None where the data is proved harmless, of low confidence where it is
    not known to come from outside, unless the call harms with anything that is not one's own. `followed`: the flow pass
    could read the file."""
    number = int(finding.rule.lstrip("BS") or 0)
    rule = RULES.get(number, Rule(0))
    if not rule.kind or not followed or finding.line is None:
        return finding
    if rule.kind == "*":
        return finding.model_copy(update={"confidence": Confidence.LOW})
    places = verdicts.get((finding.file, rule.kind), ())
    words = [word for first, last, word in places if first - 1 <= finding.line <= last]
    if words and all(word == "safe" for word in words):
        return None
    if "tainted" in words:
        return finding
    if rule.kind in BY_ITSELF and "unknown" in words:
        most = min(finding.confidence, Confidence.MEDIUM, key=list(Confidence).index)
        return finding.model_copy(update={"confidence": most})
    return finding.model_copy(update={"confidence": Confidence.LOW})


def merged(findings: list[Finding]) -> list[Finding]:
    """One for each weakness and line: the surest, which names the other tools that saw it."""
    order, levels = list(Confidence), list(Severity)

    def weight(finding: Finding) -> tuple[int, int, int, int]:
        own = finding.tool.startswith("softwright")
        certainty, gravity = order.index(finding.confidence), levels.index(finding.severity)
        return min(certainty, gravity, 1), own, certainty, gravity

    groups: dict[tuple[str, int | None, int | str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.file, finding.line, family(finding.cwe) or finding.rule), []).append(finding)
    result = []
    for group in groups.values():
        best = max(group, key=weight)
        tools = dict.fromkeys([best.tool, *(finding.tool for finding in group)])
        severity = max((f.severity for f in group if f.confidence is best.confidence), key=levels.index)
        result.append(best.model_copy(update={"tool": ", ".join(tools), "severity": severity}))
    return sorted(result, key=lambda f: (f.file, f.line or 0, f.rule))


__all__ = ["family", "from_bandit", "merged", "parse_ruff", "weighed"]
