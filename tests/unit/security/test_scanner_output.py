"""Recorded output of bandit and of the secrets driver, and what is made of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from memory.records.report import CheckOutcome, Confidence, Finding, Severity
from tools.security.bandit_output import parse_bandit
from tools.security.gate import closes_gate, outcome_of
from tools.security.interface import ScannerOutputError
from tools.security.secrets_driver import decoded, harmless, names_a_version
from tools.security.secrets_scanner import confidence, parse_secrets

# bandit 1.9.4 over a file with a shell call and a password, and one that does not parse; shortened.
BANDIT: dict[str, Any] = {
    "errors": [{"filename": "app/broken.py", "reason": "syntax error while parsing AST from file"}],
    "generated_at": "2026-11-24T00:40:25Z",
    "metrics": {"_totals": {"loc": 6}, "app/broken.py": {"loc": 1}, "app/main.py": {"loc": 5}},
    "results": [
        {
            "code": "3     return subprocess.call(x, shell=True)\n",
            "filename": "app/main.py",
            "issue_confidence": "HIGH",
            "issue_cwe": {"id": 78, "link": "https://cwe.mitre.org/data/definitions/78.html"},
            "issue_severity": "HIGH",
            "issue_text": "subprocess call with shell=True identified, security issue.",
            "line_number": 3,
            "more_info": "https://bandit.readthedocs.io/en/1.9.4/plugins/b602.html",
            "test_id": "B602",
        },
        {
            "code": '4 password = "hunter2\'hunter2"\n',
            "filename": "./app/main.py",
            "issue_confidence": "UNDEFINED",
            "issue_cwe": {},
            "issue_severity": "LOW",
            "issue_text": "Possible hardcoded password: 'hunter2'hunter2'",
            "line_number": 4,
            "more_info": "",
            "test_id": "B105",
        },
    ],
}
SECRETS: dict[str, Any] = {
    "version": "1.5.0",
    "scanned": 6,
    "binary": 1,
    "links": 0,
    "not_scanned": [["data/big.csv", "larger than 2,097,152 bytes"]],
    "found": [
        {"file": "app/main.py", "line": 4, "type": "Secret Keyword", "length": 14, "digest": "76880d60"},
        {"file": "app/main.py", "line": 5, "type": "AWS Access Key", "length": 20, "digest": "f8e02e25"},
    ],
}


def test_bandit_findings_and_what_it_could_not_parse() -> None:
    result = parse_bandit(json.dumps(BANDIT).encode(), ["app/broken.py", "app/main.py"], "tests")
    shell, password = result.findings
    assert (shell.file, shell.line, shell.cwe, shell.severity) == ("app/main.py", 3, 78, Severity.HIGH)
    assert (password.file, password.cwe, password.confidence) == ("app/main.py", None, Confidence.MEDIUM)
    assert password.why == "Possible hardcoded password: (hidden)"
    assert result.scanned == 1
    assert result.not_scanned == ("app/broken.py: syntax error while parsing AST from file",)


def test_bandit_that_passed_over_a_file() -> None:
    result = parse_bandit(json.dumps({**BANDIT, "errors": []}).encode(), ["app/main.py", "app/other.py"], "tests")
    assert result.not_scanned == ("app/other.py: bandit did not report it",)


def test_bandit_over_nothing_is_not_clean() -> None:
    empty = {"errors": [], "metrics": {"_totals": {}}, "results": []}
    assert parse_bandit(json.dumps(empty).encode(), [], "tests").not_scanned


def test_bandit_over_an_empty_package_is_not_clean() -> None:
    result = parse_bandit(json.dumps({**BANDIT, "errors": []}).encode(), [], "tests", ["shop"])
    assert result.not_scanned == ("shop: no Python file in this package",)


@pytest.mark.parametrize(("file", "shown"), [("./tests/test_a.py", False), ("tests_of/a.py", True), ("app/a.py", True)])
def test_asserts_are_no_weakness_of_a_test(file: str, shown: bool) -> None:
    found = {**BANDIT["results"][0], "test_id": "B101", "filename": file}
    result = parse_bandit(json.dumps({**BANDIT, "results": [found]}).encode(), [], "tests")
    assert bool(result.findings) is shown


def test_secrets() -> None:
    result = parse_secrets(json.dumps(SECRETS).encode(), "tests")
    keyword, aws = result.findings
    assert (keyword.confidence, aws.confidence) == (Confidence.MEDIUM, Confidence.HIGH)
    assert (aws.rule, aws.cwe, aws.line) == ("aws-access-key", 798, 5)
    assert "20 characters, fingerprint f8e02e25" in aws.why
    assert result.not_scanned == ("data/big.csv: larger than 2,097,152 bytes",)
    assert result.facts["fingerprints"][0] == {"length": 14, "digest": "76880d60"}


def test_secrets_of_an_empty_tree_are_not_clean() -> None:
    empty = {**SECRETS, "scanned": 0, "not_scanned": [], "found": []}
    assert parse_secrets(json.dumps(empty).encode(), "tests").not_scanned


@pytest.mark.parametrize("content", [b"", b"rubbish", b"[]", b"{}", b"null", b'{"results": []}', b"[" * 100_000])
def test_rubbish_is_an_error(content: bytes) -> None:
    with pytest.raises(ScannerOutputError):
        parse_bandit(content, [], "tests")
    with pytest.raises(ScannerOutputError):
        parse_secrets(content, "tests")


@pytest.mark.parametrize(
    ("kind", "file", "length", "expected"),
    [
        ("Private Key", "tests/key.pem", 30, Confidence.HIGH),
        ("Secret Keyword", "app/settings.py", 12, Confidence.MEDIUM),
        ("Secret Keyword", "tests/test_login.py", 12, Confidence.LOW),
        ("Secret Keyword", "testsuite/x.py", 12, Confidence.MEDIUM),
        ("Secret Keyword", ".env.example", 12, Confidence.LOW),
        ("Basic Auth Credentials", "README.md", 8, Confidence.LOW),
        ("Hex High Entropy String", "migrations/a.py", 12, Confidence.LOW),
        ("Hex High Entropy String", "app/a.py", 32, Confidence.MEDIUM),
    ],
)
def test_confidence(kind: str, file: str, length: int, expected: Confidence) -> None:
    assert confidence(kind, file, length, "tests") is expected


@pytest.mark.parametrize(
    "value",
    ["change-me", "your_api_key", "xxxxx", "password", "AKIAIOSFODNN7EXAMPLE", "sha512-ab==", "string", "passphrase"],
)
def test_placeholders(value: str) -> None:
    assert harmless(value)


@pytest.mark.parametrize("value", ["hunter2hunter2", "password1!", "xxxy", "testing-1234", "admin-of-the-house"])
def test_no_placeholders(value: str) -> None:
    assert not harmless(value)


def test_text_in_other_encodings_is_read() -> None:
    assert decoded("ключ".encode("utf-16")) == "ключ"
    assert decoded("\ufeffkey".encode()) == "key"
    assert decoded("clé".encode("latin-1")) == "clé"
    assert decoded(b"\x89PNG\0\0") is None


def finding(severity: Severity, certainty: Confidence) -> Finding:
    return Finding(file="a", line=1, cwe=None, severity=severity, confidence=certainty, rule="r", tool="t", why="w")


@pytest.mark.parametrize("severity", list(Severity))
@pytest.mark.parametrize("certainty", list(Confidence))
def test_gate_closes_at_medium_and_medium(severity: Severity, certainty: Confidence) -> None:
    closed = severity is not Severity.LOW and certainty is not Confidence.LOW
    assert closes_gate(finding(severity, certainty)) is closed


def test_outcomes() -> None:
    bad, noise = finding(Severity.MEDIUM, Confidence.MEDIUM), finding(Severity.LOW, Confidence.HIGH)
    assert outcome_of([noise], []) is CheckOutcome.PASSED
    assert outcome_of([noise], ["x: broken"]) is CheckOutcome.INCOMPLETE
    assert outcome_of([noise, bad], ["x: broken"]) is CheckOutcome.FAILED


@pytest.mark.parametrize(
    ("line", "is_version"),
    [
        ('"commit": "{}",', True),
        ("uses: vendor/action@{}", True),
        ("base_sha = '{}'", True),
        ("api_key = '{}'", False),
        ('"password_hash_key": "{}"', False),
        ("{}", False),
    ],
)
def test_commits_and_checksums_are_no_secrets_where_they_are_called_so(line: str, is_version: bool) -> None:
    digest = "4e854ee4" * 5
    assert names_a_version(digest, line.format(digest)) is is_version
    assert not names_a_version("x" + digest, line.format("x" + digest))
