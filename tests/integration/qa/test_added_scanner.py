"""docs/adding-a-scanner.md, followed: ruff's security rules as one more scanner."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from agents.qa.agent import QaDeps, QaInput, run
from agents.qa.policy import deployable
from memory.records.execution import Command, Completed, Environment, Limits
from memory.records.manifest import Manifest
from memory.records.report import Check, CheckOutcome, Confidence, Finding, Severity
from memory.untrusted_files import regular_files
from tools.sandbox.bubblewrap import BubblewrapSandbox
from tools.security.code_scanner import CodeScanner
from tools.security.interface import ScannerOutputError
from tools.security.sandboxed import SandboxedScanner, ScanResult
from tools.security.secrets_scanner import SecretsScanner
from tools.testing.interface import SuiteRunner

SHELL = "import subprocess\n\nsubprocess.call('ls', shell=True)\n"
COMMIT = "c0ffee"
Result = TypeVar("Result", bound=BaseModel)


class RuffScanner(SandboxedScanner):
    name = "rules"

    def command(self, manifest: Manifest, environment: Environment) -> Command:
        options = (
            "--isolated",
            "--no-cache",
            "--ignore-noqa",
            "--select",
            "S",
            "--exit-zero",
            "--output-format",
            "json",
        )
        return Command(argv=(str(environment.bin / "python"), "-I", "-m", "ruff", "check", *options, "."))

    def read(self, completed: Completed, project: Path, manifest: Manifest) -> ScanResult:
        try:
            findings = tuple(_finding(found) for found in json.loads(completed.stdout))
        except (ValueError, KeyError, TypeError) as error:
            raise ScannerOutputError(f"ruff's JSON is malformed ({type(error).__name__})") from error
        broken = {finding.file for finding in findings if finding.rule == "invalid-syntax"}
        return ScanResult(
            findings=tuple(finding for finding in findings if finding.file not in broken),
            scanned=len(regular_files(project, ".", ".py")) - len(broken),
            not_scanned=tuple(f"{file}: it does not parse" for file in sorted(broken)),
            facts={"tool": "ruff"},
        )


def _finding(found: dict) -> Finding:
    return Finding(
        file=found["filename"].removeprefix("/work/"),
        line=found["location"]["row"],
        cwe=None,
        severity=Severity.MEDIUM,
        confidence=Confidence.MEDIUM,
        rule=found["code"],
        tool="ruff",
        why=found["message"],
    )


class GreenSuite(SuiteRunner):
    async def run(self, project: Path, manifest: Manifest) -> Check:
        return Check(name="tests", outcome=CheckOutcome.PASSED, summary="1 tests passed", evidence={"coverage": 1.0})


class Every:
    async def once(self, key: str, make: Callable[[], Awaitable[Result]], model: type[Result]) -> Result:
        return await make()


async def test_what_it_finds_closes_the_gate(sandbox, scanner_environment, build_tree, manifest: Manifest) -> None:
    check = await RuffScanner(sandbox, scanner_environment).scan(build_tree({"run.py": SHELL}), manifest)
    assert check.outcome is CheckOutcome.FAILED, check
    assert ("run.py", 3, "S602") in {(f.file, f.line, f.rule) for f in check.findings}
    assert "netns" in check.evidence["limits_active"]


async def test_what_it_cannot_read_is_no_pass(sandbox, scanner_environment, build_tree, manifest: Manifest) -> None:
    project = build_tree({"broken.py": "def f(:\n"})
    check = await RuffScanner(sandbox, scanner_environment).scan(project, manifest)
    assert check.outcome is CheckOutcome.INCOMPLETE, check
    late = RuffScanner(sandbox, scanner_environment, limits=Limits(wall_s=0.001))
    assert (await late.scan(project, manifest)).outcome is CheckOutcome.UNAVAILABLE
    no_sandbox = RuffScanner(BubblewrapSandbox(path="/nowhere"), scanner_environment)
    assert (await no_sandbox.scan(project, manifest)).outcome is CheckOutcome.UNAVAILABLE


async def test_it_takes_part_in_the_report(sandbox, scanner_environment, build_tree, manifest: Manifest) -> None:
    scanners = [
        CodeScanner(sandbox, scanner_environment),
        SecretsScanner(sandbox, scanner_environment),
        RuffScanner(sandbox, scanner_environment),
    ]
    given = QaInput(build_tree({"broken.py": "def f(:\n"}), COMMIT, manifest)
    report = await run(given, QaDeps(GreenSuite(), scanners, Every()))
    assert [check.name for check in report.checks] == ["tests", "vulnerabilities", "secrets", "rules"]
    given = QaInput(build_tree({"broken.py": "1\n", "app/main.py": SHELL}), COMMIT, manifest)
    report = await run(given, QaDeps(GreenSuite(), scanners[1:], Every()))
    assert {check.name: check.outcome.value for check in report.checks}["rules"] == "failed"
    assert not deployable(report, COMMIT, "dev", {"rules": "please"}).allowed
