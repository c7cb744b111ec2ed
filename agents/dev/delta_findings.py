"""QA's findings, short enough for a prompt."""

from __future__ import annotations

from typing import Any

from agents.prompts.renderer import trimmed
from memory.records.report import Check, CheckOutcome, Finding, QaReport
from tools.workspace.excerpts import alike

MAX_TESTS, MAX_FINDINGS = 5, 10
EXCERPT_CHARS = 1_500
OUTPUT_CHARS = 2_000
_NOISE = ("INFO ", "DEBUG ", "------------------------------ Captured")


def findings_text(report: QaReport) -> str:
    """The failed tests with the ends of their tracebacks, then what the scanners found."""
    parts = [_check(check) for check in report.checks if check.outcome is CheckOutcome.FAILED]
    return "\n\n".join(parts) or "No check failed."


def _check(check: Check) -> str:
    lines = [f"{check.name}: {check.summary}"]
    failing = check.evidence.get("failing") or []
    kinds = alike(failing)
    lines += [_test(first) for first, *_ in kinds[:MAX_TESTS]]
    others = [test for _, *same in kinds[:MAX_TESTS] for test in same]
    others += [test for kind in kinds[MAX_TESTS:] for test in kind]
    if others:
        lines.append("Also failed: " + ", ".join(str(test.get("name")) for test in others[:20]))
    for finding in _to_mend(check)[:MAX_FINDINGS]:
        place = f"{finding.file}:{finding.line}" if finding.line else finding.file
        lines.append(f"{place} {finding.rule} ({finding.severity.value}): {finding.why} {finding.fix}".strip())
    if not failing and not check.findings:
        lines.append(trimmed(_quiet(str(check.evidence.get("output", ""))), OUTPUT_CHARS))
    return "\n".join(line for line in lines if line)


def _to_mend(check: Check) -> list[Finding]:
    """Without those that someone answers for, or that were there before, where the project's policy was weighed."""
    closing = check.evidence.get("closes_gate")
    return [finding for finding in check.findings if closing is None or finding.fingerprint in closing]


def _test(test: dict[str, Any]) -> str:
    excerpt = trimmed(_quiet(str(test.get("excerpt", ""))), EXCERPT_CHARS)
    return f"\nFailed: {test.get('name')}\n{test.get('message', '')}\n{excerpt}".rstrip()


def _quiet(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.startswith(_NOISE))


__all__ = ["findings_text"]
