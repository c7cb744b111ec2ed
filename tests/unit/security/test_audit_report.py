"""pip-audit's recorded answers, and what they are worth."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from tools.security.audit_report import Answer, judge_audit
from tools.security.interface import AuditOutcome, AuditResult
from tools.security.lock_file import parse_lock

AT = datetime(2026, 11, 24, tzinfo=UTC)
LOCK = parse_lock("jinja2==2.10\nrequests==2.19.0\n")
SKIPPED = "Dependency not found on PyPI and could not be audited: requests (2.19.0)"
CLEAN_JINJA = {"name": "jinja2", "version": "2.10", "vulns": []}
CLEAN_REQUESTS = {"name": "requests", "version": "2.19.0", "vulns": []}
# Recorded with exit code 0 and "No known vulnerabilities found", where the service answered 404.
NOT_FOUND = (
    b'{"dependencies": [{"name": "jinja2", "skip_reason": "Dependency not found on PyPI and could not be audited: '
    b'jinja2 (2.10)"}, {"name": "requests", "skip_reason": "' + SKIPPED.encode() + b'"}], "fixes": []}\n'
)
VULN = {"id": "PYSEC-2019-217", "fix_versions": ["2.10.1"], "aliases": ["CVE-2019-10906"], "description": "Escape."}


def judged(dependencies: list[dict[str, object]] | bytes, code: int = 0, problem: str = "") -> AuditResult:
    content = dependencies if isinstance(dependencies, bytes) else json.dumps({"dependencies": dependencies}).encode()
    return judge_audit(LOCK, (Answer(code, content, problem),), "PyPI advisories", AT)


def test_clean_needs_an_answer_for_every_pin() -> None:
    result = judged([CLEAN_JINJA, CLEAN_REQUESTS])
    assert result.outcome is AuditOutcome.CLEAN
    assert (result.pins, result.answered, result.not_answered) == (2, 2, ())


def test_404_is_no_pass_although_pip_audit_says_so() -> None:
    result = judged(NOT_FOUND)
    assert result.outcome is AuditOutcome.UNAVAILABLE
    assert len(result.not_answered) == 2


@pytest.mark.parametrize(
    "second",
    [
        pytest.param([{"name": "requests", "skip_reason": SKIPPED}], id="skipped"),
        pytest.param([], id="left out"),
        pytest.param([{"name": "requests", "version": "2.19.0"}], id="without vulns"),
        pytest.param([{"name": "requests", "version": "2.19.1", "vulns": []}], id="another version"),
    ],
)
def test_half_an_answer_is_incomplete(second: list[dict[str, object]]) -> None:
    result = judged([CLEAN_JINJA, *second])
    assert result.outcome is AuditOutcome.INCOMPLETE
    assert result.answered == 1
    assert result.not_answered[0].startswith("requests 2.19.0: ")


def test_advisory_weighs_more_than_a_gap() -> None:
    result = judged([{**CLEAN_JINJA, "vulns": [VULN]}, {"name": "requests", "skip_reason": SKIPPED}], 1)
    assert result.outcome is AuditOutcome.VULNERABLE
    assert result.advisories[0].fixed_in == ("2.10.1",)
    assert "1 of 2" in result.reason


@pytest.mark.parametrize("content", [b"", b"No known vulnerabilities found", b"[]", b'{"dependencies": [3]}', b"{"])
def test_what_is_no_answer_is_unavailable(content: bytes) -> None:
    for code in (0, 1):
        result = judged(content, code)
        assert result.outcome is AuditOutcome.UNAVAILABLE
        assert "no usable JSON" in result.reason


def test_other_exit_code_is_no_clean_answer() -> None:
    assert judged([CLEAN_JINJA, CLEAN_REQUESTS], 2).outcome is AuditOutcome.INCOMPLETE


def test_line_that_is_no_pin_keeps_it_from_being_clean() -> None:
    lock = parse_lock("jinja2==2.10\nflask\n")
    content = json.dumps({"dependencies": [CLEAN_JINJA]}).encode()
    result = judge_audit(lock, (Answer(0, content),), "x", AT)
    assert result.outcome is AuditOutcome.INCOMPLETE
    assert result.not_answered == ("line 2: flask",)


def test_lock_without_any_pin() -> None:
    assert judge_audit(parse_lock(""), (), "x", AT).outcome is AuditOutcome.INCOMPLETE
