"""A finding of our own rules."""

from __future__ import annotations

from memory.records.report import Confidence, Finding, Severity

TOOL = "softwright-rules"
HIGH, MEDIUM, LOW = Severity.HIGH, Severity.MEDIUM, Severity.LOW
SURE, LIKELY = Confidence.HIGH, Confidence.MEDIUM


def finding(
    file: str, line: int, rule: str, cwe: int, severity: Severity, confidence: Confidence, why: str, fix: str
) -> Finding:
    return Finding(
        file=file, line=line, cwe=cwe, severity=severity, confidence=confidence, rule=rule, tool=TOOL, why=why, fix=fix
    )


__all__ = ["HIGH", "LIKELY", "LOW", "MEDIUM", "SURE", "finding"]
