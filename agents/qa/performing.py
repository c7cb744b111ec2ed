"""QA's check `performance`: what the requests of the suite cost, by themselves and beside the commit before. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from pydantic import ValidationError

from memory.records.report import (
    Check,
    CheckOutcome,
    Confidence,
    Finding,
    Repeated,
    Requests,
    RequestsOf,
    Severity,
)
from tools.security.fingerprints import named
from tools.testing.interface import TESTS_CHECK

CHECK = "performance"
TOOL = "softwright-requests"
FAST_MS = 100.0
WEIGHT = 0.4
LEAST_REQUESTS = 4
"""Of an operation in both runs, for its times to be compared."""
LEAST_MS, LEAST_SHARE, SPREADS = 2.0, 0.5, 4.0
LEAST_STATEMENTS = 3
HEALTH = ("/health", "/healthz", "/ready", "/live", "/metrics")
STATEMENT_CHARS = 90


@dataclass(frozen=True)
class Beside:
    slower: list[str] = field(default_factory=list)
    faster: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def performance_check(checks: Iterable[Check], before: Iterable[Check] = ()) -> Check | None:
    """None where the suite made no request that could be measured."""
    now, was = requests_of(checks), requests_of(before)
    if now is None or not now.operations:
        return None
    findings = [_grows(operation, repeated) for operation in now.operations for repeated in operation.repeated]
    beside = compared(was, now) if was is not None else Beside()
    told = [*_once(findings), *beside.findings]
    asked = sum(operation.requests for operation in now.operations)
    summary = f"{asked} requests of the tests to {len(now.operations)} operations: {_words(told, beside, was)}"
    evidence = {"score": score(now), "slower": beside.slower, "faster": beside.faster, "compared": was is not None}
    return Check(name=CHECK, outcome=CheckOutcome.PASSED, summary=summary, findings=tuple(told), evidence=evidence)


def requests_of(checks: Iterable[Check]) -> Requests | None:
    found = next((c.evidence.get("requests") for c in checks if c.name == TESTS_CHECK), None)
    try:
        return None if found is None else Requests.model_validate(found)
    except ValidationError:
        return None  # of another version


def score(requests: Requests) -> float | None:
    """docs/qa.md has the formula."""
    counted = [operation for operation in requests.operations if not operation.operation.endswith(HEALTH)]
    if not counted:
        return None
    found = sum(_latency(operation.p95_ms) for operation in counted) / len(counted)
    for operation in counted:
        for repeated in operation.repeated:
            found *= 1 - WEIGHT * (repeated.count - 1) / repeated.of
    return round(found, 3)


def _latency(p95_ms: float) -> float:
    """1 up to 100 ms, 0.5 at 1 s, 0 from 10 s on."""
    return max(0.0, 1 - math.log10(max(p95_ms, FAST_MS) / FAST_MS) / 2)


def compared(was: Requests, now: Requests) -> Beside:
    """Times on the processor, each run's by what the machine gave it; statements as they are counted."""
    found, old = Beside(), {operation.operation: operation for operation in was.operations}
    machine = min(2.0, max(0.5, now.busy_ms / was.busy_ms)) if was.busy_ms and now.busy_ms else 1.0
    for operation in now.operations:
        before = old.get(operation.operation)
        if before is None:
            continue
        if operation.statements >= 2 * before.statements and operation.statements - before.statements >= (
            LEAST_STATEMENTS
        ):
            found.findings.append(_more_statements(before, operation))
        if min(before.requests, operation.requests) >= LEAST_REQUESTS:
            _compare_times(before, operation, machine, found)
    return found


def _compare_times(before: RequestsOf, now: RequestsOf, machine: float, found: Beside) -> None:
    was, is_ = before.cpu_ms * machine, now.cpu_ms
    noise = SPREADS * max(before.cpu_spread_ms * machine, now.cpu_spread_ms)
    if abs(was - is_) <= max(LEAST_MS, LEAST_SHARE * max(was, is_), noise):
        return
    words = f"{now.operation}: {was:.1f} → {is_:.1f} ms on the processor"
    if is_ < was:
        found.faster.append(words)
        return
    found.slower.append(words)
    why = f"the requests of the tests take {is_:.1f} ms on the processor, {was:.1f} before"
    found.findings.append(_finding("slower-operation", now, Severity.MEDIUM, Confidence.LOW, why))


def _more_statements(before: RequestsOf, now: RequestsOf) -> Finding:
    why = f"an answer takes {now.statements:g} statements, {before.statements:g} before"
    return _finding("more-statements", now, Severity.LOW, Confidence.HIGH, why)


def _grows(operation: RequestsOf, repeated: Repeated) -> Finding:
    statement = repeated.statement[:STATEMENT_CHARS]
    why = f"{repeated.count} statements for one answer differ in their values only: {statement} (in {repeated.test})"
    found = _finding("n-plus-one", operation, Severity.MEDIUM, Confidence.MEDIUM, why, repeated.statement)
    place = {"file": repeated.file, "line": repeated.line} if repeated.file else {}
    return found.model_copy(update={**place, "fix": "Load the rows together: a join, IN, or selectinload."})


def _finding(
    rule: str, operation: RequestsOf, severity: Severity, confidence: Confidence, why: str, statement: str = ""
) -> Finding:
    return Finding(
        file=operation.file or "(application)",
        line=operation.line,
        cwe=1073 if rule == "n-plus-one" else 1176,
        severity=severity,
        confidence=confidence,
        rule=rule,
        tool=TOOL,
        why=f"{operation.operation}: {why}",
        fix="See where its time goes: `softwright performance`.",
        fingerprint=named(rule, f"{operation.operation} {statement}", operation.file),
    )


def _once(findings: list[Finding]) -> list[Finding]:
    """A line that is to blame for several operations is one finding."""
    return list({(f.rule, f.file, f.line): f for f in reversed(findings)}.values())[::-1]


def _words(findings: list[Finding], beside: Beside, was: Requests | None) -> str:
    growing = sum(finding.rule == "n-plus-one" for finding in findings)
    told = f"{growing} ask for each row anew" if growing else "none asks for each row anew"
    return told if was is None else f"{told}; {len(beside.slower)} slower than before, {len(beside.faster)} faster"


__all__ = ["CHECK", "compared", "performance_check", "requests_of", "score"]
