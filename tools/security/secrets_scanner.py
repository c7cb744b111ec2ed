"""detect-secrets and our own rules over all text files of the tree, and over its git history where it has one."""

from __future__ import annotations

import json
import re
from pathlib import Path, PurePosixPath
from typing import Any

from memory.records.execution import Command, Completed, Environment, Executor, Limits
from memory.records.manifest import Manifest
from memory.records.report import Confidence, Finding, Severity
from tools.security.interface import SECRETS_CHECK, ScannerOutputError
from tools.security.interpreter import driver_argv, with_our_code
from tools.security.known import KnownResults
from tools.security.sandboxed import SCANNER_LIMITS, SandboxedScanner, ScanResult
from tools.security.secret_named import NAMED
from tools.security.secret_rules import CONFIG_KEY

HARD_CODED_CREDENTIALS = 798
GUESSED = frozenset(
    {
        *(
            "Secret Keyword",
            "Base64 High Entropy String",
            "Hex High Entropy String",
            "Basic Auth Credentials",
            CONFIG_KEY,
            NAMED,
        ),
        *("Connection String", "Password in an Address", "JDBC Password", "Password Hash", "Environment Secret"),
    }
)
"""Kinds known by a variable's name or by entropy, or often made up; all others are known by the issuer's own format."""
SHORT_HEX = 20
"""Migration and object ids are hex and shorter; keys are longer."""
PROSE = frozenset({".md", ".rst", ".txt"})


class SecretsScanner(SandboxedScanner):
    name = SECRETS_CHECK

    def __init__(
        self,
        executor: Executor,
        environment: Environment,
        *,
        limits: Limits = SCANNER_LIMITS,
        known: KnownResults | None = None,
    ) -> None:
        super().__init__(executor, with_our_code(environment), limits=limits, known=known)

    def command(self, manifest: Manifest, environment: Environment) -> Command:
        return Command(argv=driver_argv(environment, "tools.security.secrets_driver"))

    def read(self, completed: Completed, project: Path, manifest: Manifest) -> ScanResult:
        return parse_secrets(completed.stdout, manifest.tests)


def parse_secrets(stdout: bytes, tests: str) -> ScanResult:
    """`tests`: the folder of the suite; raises ScannerOutputError."""
    try:
        answer = json.loads(stdout)
        left = tuple(f"{file}: {why}" for file, why in answer["not_scanned"])
        scanned = int(answer["scanned"])
        findings = tuple(_finding(found, tests) for found in answer["found"])
        facts = {
            "tool": f"detect-secrets {answer['version']}",
            "binary": answer["binary"],
            "known": int(answer.get("known", 0)),
            "links": answer["links"],
            "history": str(answer.get("history", "not looked at")),
            "fingerprints": [{"length": found["length"], "digest": found["digest"]} for found in answer["found"]],
        }
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ScannerOutputError(f"the list of secrets is malformed ({type(error).__name__})") from error
    nothing = () if scanned or left else ("the tree: no text file in it",)
    return ScanResult(findings=findings, scanned=scanned, not_scanned=left or nothing, facts=facts)


def _finding(found: dict[str, Any], tests: str) -> Finding:
    kind, length = str(found["type"]), int(found["length"])
    return Finding(
        file=str(found["file"]),
        line=int(found["line"]),
        cwe=HARD_CODED_CREDENTIALS,
        severity=Severity.HIGH,
        confidence=confidence(kind, str(found["file"]), length, tests),
        rule=re.sub(r"[^a-z0-9]+", "-", kind.lower()).strip("-"),
        tool="detect-secrets",
        why=f"{kind}{_place(found)}: {length} characters, fingerprint {found['digest']}; the value is not shown",
        fix="Remove it, replace it at its issuer (history keeps it), and read it from the environment.",
    )


def _place(found: dict[str, Any]) -> str:
    return f" in commit {found['commit']}" if found.get("commit") else ""


def confidence(kind: str, file: str, length: int, tests: str) -> Confidence:
    """HIGH where the issuer's format was recognised; a guess is LOW where made-up values belong."""
    if kind not in GUESSED:
        return Confidence.HIGH
    path = PurePosixPath(file)
    made_up = path.is_relative_to(tests) or path.suffix in PROSE or ".example" in path.name or ".sample" in path.name
    short_hex = kind == "Hex High Entropy String" and length < SHORT_HEX
    return Confidence.LOW if made_up or short_hex else Confidence.MEDIUM


__all__ = ["SecretsScanner", "confidence", "parse_secrets"]
