"""The check `vulnerabilities`: every engine of code_driver.py over the whole tree, in the sandbox."""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath

from memory.records.execution import Command, Completed, Environment, Executor, Limits
from memory.records.manifest import Manifest
from memory.records.report import Finding
from memory.untrusted_files import regular_files, relative_parts
from tools.security.interface import VULNERABILITIES_CHECK, ScannerOutputError
from tools.security.interpreter import driver_argv, with_our_code
from tools.security.known import KnownResults
from tools.security.sandboxed import SandboxedScanner, ScanResult

CODE_LIMITS = Limits(wall_s=90.0, cpu_s=180, output_bytes=32 << 20)
ENGINE_SHARE = 0.8
"""Of the time limit is what one engine may take, so that a slow one is named and the others' findings are told."""
IN_TESTS = frozenset({"B101", "S101", "weak-random", "hard-coded-secret", "jwt-unsigned", "jwt-not-verified"})
"""What a test is made of."""


class CodeScanner(SandboxedScanner):
    name = VULNERABILITIES_CHECK

    def __init__(
        self,
        executor: Executor,
        environment: Environment,
        *,
        limits: Limits = CODE_LIMITS,
        known: KnownResults | None = None,
    ) -> None:
        super().__init__(executor, with_our_code(environment), limits=limits, known=known)

    def command(self, manifest: Manifest, environment: Environment) -> Command:
        for package in manifest.packages:
            relative_parts(package)
        patience = str(round(self._limits.wall_s * ENGINE_SHARE, 1))
        return Command(argv=driver_argv(environment, "tools.security.code_driver", patience))

    def read(self, completed: Completed, project: Path, manifest: Manifest) -> ScanResult:
        empty = [package for package in manifest.packages if not regular_files(project, package, ".py")]
        return parse_code_scan(completed.stdout, manifest.tests, empty)


def parse_code_scan(stdout: bytes, tests: str, empty: list[str]) -> ScanResult:
    """`empty`: packages of the manifest without a Python file. Raises ScannerOutputError."""
    try:
        answer = json.loads(stdout)
        findings = tuple(Finding.model_validate(entry) for entry in answer["findings"])
        left = [f"{file}: {why}" for file, why in answer["not_scanned"]]
        scanned = int(answer["scanned"])
        facts = {"engines": dict(answer["engines"]), "proved_harmless": int(answer["proved_harmless"])}
        facts["known"] = int(answer.get("known", 0))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ScannerOutputError(f"the engines' JSON is malformed ({type(error).__name__})") from error
    left += [f"{package}: no Python file in this package" for package in empty]
    kept = tuple(finding for finding in findings if not _belongs_to_test(finding, tests))
    return ScanResult(findings=kept, scanned=scanned, not_scanned=tuple(left), facts=facts)


def _belongs_to_test(finding: Finding, tests: str) -> bool:
    return finding.rule in IN_TESTS and PurePosixPath(finding.file).is_relative_to(tests)


__all__ = ["CODE_LIMITS", "CodeScanner", "parse_code_scan"]
