"""What pip-audit's answer is worth. Pure.

pip-audit prints "No known vulnerabilities found" and exits 0 where its service answered 404 for every package, and
exits 1 both for "vulnerable" and for its own crash. So only the JSON counts, package by package, against the pins.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tools.security.interface import Advisory, AuditOutcome, AuditResult
from tools.security.lock_file import Lock, canonical

DESCRIPTION_CHARS = 300
REASON_CHARS = 300
MEANT = (0, 1)
"""Exit codes with a documented meaning; 1 is also that of a crash."""


@dataclass(frozen=True)
class Answer:
    """One run of pip-audit."""

    exit_code: int | None
    """None where it was stopped."""
    stdout: bytes
    problem: str = ""
    """What happened, in a few words, where it is known to have failed."""


def judge_audit(lock: Lock, answers: tuple[Answer, ...], source: str, at: datetime) -> AuditResult:
    """The answers of the runs that covered the lock file's pins, taken together."""
    answered: set[tuple[str, str]] = set()
    skipped: dict[str, str] = {}
    advisories: list[Advisory] = []
    problems = [answer.problem for answer in answers if answer.problem]
    for answer in answers:
        if not answer.problem and answer.exit_code not in MEANT:
            problems.append(f"pip-audit ended with code {answer.exit_code}")
        try:
            _take(answer, answered, skipped, advisories)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            problems += [] if answer.problem else [f"no usable JSON (exit code {answer.exit_code})"]
    known = {(pin.name, pin.version) for pin in lock.pins}
    missing = [
        f"{pin.name} {pin.version}: {skipped.get(pin.name, 'no answer')}"
        for pin in lock.pins
        if (pin.name, pin.version) not in answered
    ]
    counted = len(known & answered)
    whole = bool(lock.pins) and not (missing or lock.other or problems)
    outcome = _outcome(counted, len(lock.pins), bool(advisories), whole)
    return AuditResult(
        outcome=outcome,
        reason=_reason(outcome, counted, lock, advisories, problems or missing),
        pins=len(lock.pins),
        answered=counted,
        not_answered=(*missing, *lock.other),
        advisories=tuple(advisories),
        source=source,
        answered_at=at,
        exit_code=next((answer.exit_code for answer in answers if answer.exit_code), 0) if answers else None,
    )


def _take(answer: Answer, answered: set[tuple[str, str]], skipped: dict[str, str], advisories: list[Advisory]) -> None:
    for entry in json.loads(answer.stdout)["dependencies"]:
        name = canonical(entry["name"])
        if "skip_reason" in entry or not isinstance(entry.get("vulns"), list):
            skipped[name] = str(entry.get("skip_reason", "no answer"))[:REASON_CHARS]
            continue
        advisories += [_advisory(name, entry["version"], vulnerability) for vulnerability in entry["vulns"]]
        answered.add((name, str(entry["version"])))


def _advisory(name: str, version: str, entry: dict[str, Any]) -> Advisory:
    return Advisory(
        package=name,
        version=str(version),
        id=str(entry["id"]),
        aliases=tuple(map(str, entry.get("aliases", ()))),
        fixed_in=tuple(map(str, entry.get("fix_versions", ()))),
        description=str(entry.get("description", ""))[:DESCRIPTION_CHARS],
    )


def _outcome(answered: int, pins: int, vulnerable: bool, whole: bool) -> AuditOutcome:
    if vulnerable:
        return AuditOutcome.VULNERABLE
    if answered == 0 and pins:
        return AuditOutcome.UNAVAILABLE
    return AuditOutcome.CLEAN if whole else AuditOutcome.INCOMPLETE


def _reason(outcome: AuditOutcome, answered: int, lock: Lock, advisories: list[Advisory], causes: list[str]) -> str:
    parts = f"{answered} of {len(lock.pins)} pinned packages answered for"
    if lock.other:
        parts += f", {len(lock.other)} lines are no exact pin"
    if outcome is AuditOutcome.VULNERABLE:
        return f"{len(advisories)} advisories for {len({a.package for a in advisories})} packages; {parts}"
    if outcome is AuditOutcome.CLEAN:
        return f"no advisory; {parts}"
    return f"{parts}: {next(iter((*causes, *lock.other)), 'the lock file names no package')}"


__all__ = ["Answer", "judge_audit"]
