"""What a pass over code has found, each once: of a place and a rule the finding that is surest."""

from __future__ import annotations

from typing import TypeVar

from memory.records.report import Confidence, Finding

Key = TypeVar("Key")
RANK = {confidence: number for number, confidence in enumerate(Confidence)}


def keep_surest(findings: dict[Key, Finding], key: Key, finding: Finding) -> None:
    held = findings.get(key)
    if held is None or RANK[held.confidence] < RANK[finding.confidence]:
        findings[key] = finding


__all__ = ["keep_surest"]
