"""What bandit says, as findings."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

from memory.records.report import Confidence, Finding, Severity
from tools.security.interface import ScannerOutputError
from tools.security.sandboxed import ScanResult

PASSWORD_RULES = frozenset({"B105", "B106", "B107"})
"""Their messages quote what they found."""
ASSERT_RULES = frozenset({"B101"})
"""An assert is what a test is made of."""


def parse_bandit(stdout: bytes, expected: list[str], tests: str, empty: Sequence[str] = ()) -> ScanResult:
    """`expected`: the files that should have been scanned. `empty`: packages without one. `tests`: folder of the suite.

    Raises ScannerOutputError.
    """
    try:
        answer = json.loads(stdout)
        errors = {_path(error["filename"]): str(error["reason"]) for error in answer["errors"]}
        scanned = {_path(name) for name in answer["metrics"] if name != "_totals"} - errors.keys()
        found = [_finding(result) for result in answer["results"]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ScannerOutputError(f"bandit's JSON is malformed ({type(error).__name__})") from error
    missing = {file: "bandit did not report it" for file in expected if file not in scanned}
    nothing = dict.fromkeys(empty, "no Python file in this package")
    left = {**missing, **nothing, **errors} or ({} if scanned else {"the tree": "no Python file in it"})
    return ScanResult(
        findings=tuple(finding for finding in found if not _is_assert_of_test(finding, tests)),
        scanned=len(scanned),
        not_scanned=tuple(f"{file}: {why}" for file, why in sorted(left.items())),
        facts={"tool": "bandit"},
    )


def _is_assert_of_test(finding: Finding, tests: str) -> bool:
    return finding.rule in ASSERT_RULES and PurePosixPath(finding.file).is_relative_to(tests)


def _path(name: str) -> str:
    return posixpath.normpath(name)


def _finding(result: dict[str, Any]) -> Finding:
    text = str(result["issue_text"])
    rule = str(result["test_id"])
    return Finding(
        file=_path(result["filename"]),
        line=int(result["line_number"]),
        cwe=(result.get("issue_cwe") or {}).get("id"),
        severity=_severity(result["issue_severity"]),
        confidence=_confidence(result["issue_confidence"]),
        rule=rule,
        tool="bandit",
        why=re.sub(r"'.*'", "(hidden)", text, flags=re.DOTALL) if rule in PASSWORD_RULES else text,
        fix=str(result.get("more_info", "")),
    )


def _severity(word: str) -> Severity:
    """bandit's UNDEFINED is taken for medium: unknown is not harmless."""
    return Severity(word.lower()) if word.lower() in set(Severity) else Severity.MEDIUM


def _confidence(word: str) -> Confidence:
    return Confidence(word.lower()) if word.lower() in set(Confidence) else Confidence.MEDIUM


__all__ = ["parse_bandit"]
