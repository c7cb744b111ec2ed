"""Scanners that crash, hang, talk nonsense or are not there: the gate closes, and the report says why."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest
from pydantic import BaseModel

from agents.qa.agent import QaDeps, QaInput, run
from agents.qa.policy import deployable
from memory.records.execution import Environment, Limits, Mount
from memory.records.manifest import Manifest
from memory.records.report import Check, CheckOutcome, QaReport
from tools.sandbox.bubblewrap import BubblewrapSandbox
from tools.security import code_driver
from tools.security.code_scanner import CodeScanner
from tools.security.interface import Scanner
from tools.security.interpreter import SCANNER_HOME
from tools.security.secrets_scanner import SecretsScanner
from tools.testing.interface import SuiteRunner

COMMIT = "c0ffee"
PLANTED = Path("/opt/planted")
Result = TypeVar("Result", bound=BaseModel)


class GreenSuite(SuiteRunner):
    async def run(self, project: Path, manifest: Manifest) -> Check:
        return Check(name="tests", outcome=CheckOutcome.PASSED, summary="1 tests passed", evidence={"coverage": 1.0})


class Every:
    async def once(self, key: str, make: Callable[[], Awaitable[Result]], model: type[Result]) -> Result:
        return await make()


class Fine(Scanner):
    def __init__(self, name: str) -> None:
        self.name = name

    async def scan(self, project: Path, manifest: Manifest) -> Check:
        return Check(name=self.name, outcome=CheckOutcome.PASSED, summary="nothing found")


class Stuck(Fine):
    async def scan(self, project: Path, manifest: Manifest) -> Check:
        await asyncio.Event().wait()
        raise AssertionError


def planted(folder: Path, script: str) -> Environment:
    """An environment whose interpreter is this shell script; without one, it has none."""
    (folder / "bin").mkdir(parents=True)
    if script:
        (folder / "bin" / "python").write_text(f"#!/bin/sh\n{script}\n")
        (folder / "bin" / "python").chmod(0o755)
    return Environment(id="planted", path=PLANTED, bin=PLANTED / "bin", mounts=(Mount(folder, str(PLANTED)),))


async def proven(project: Path, manifest: Manifest, *scanners: Scanner, patience_s: float = 60) -> QaReport:
    made = {scanner.name: scanner for scanner in scanners}
    others = [Fine(name) for name in ("vulnerabilities", "secrets", "dependencies") if name not in made]
    deps = QaDeps(GreenSuite(), [*scanners, *others], Every(), patience_s=patience_s)
    return await run(QaInput(project, COMMIT, manifest), deps)


def closed(report: QaReport, name: str) -> str:
    """The reason that a deploy is refused for."""
    verdict = deployable(report, COMMIT, "dev", {name: "please"})
    assert not report.passed
    assert not verdict.allowed
    assert report.security_score is None or report.security_score < 1
    (reason,) = verdict.reasons
    assert name in reason
    return reason


@pytest.mark.parametrize("kind", [CodeScanner, SecretsScanner])
@pytest.mark.parametrize(
    ("script", "reason"),
    [
        pytest.param("kill -SEGV $$", "the scanner was stopped: ended by SIGSEGV", id="crashes"),
        pytest.param("echo out of memory >&2; exit 3", "the scanner ended with code 3: out of memory", id="gives up"),
        pytest.param("exec sleep 60", "the scanner was stopped: still running after 1 s", id="hangs"),
        pytest.param("echo '<html>sign in</html>'", "the scanner's answer cannot be used", id="rubbish"),
        pytest.param("echo '{}'", "the scanner's answer cannot be used", id="empty answer"),
        pytest.param("exit 0", "the scanner's answer cannot be used", id="silent"),
        pytest.param("", "the scanner ended with code", id="missing"),
    ],
)
async def test_a_scanner_that_fails_closes_the_gate(
    kind: type[CodeScanner | SecretsScanner], script: str, reason: str,
    sandbox: BubblewrapSandbox, build_tree, manifest: Manifest, tmp_path: Path,
) -> None:  # fmt: skip
    scanner = kind(
        sandbox, planted(tmp_path / "planted", script), limits=Limits(wall_s=1.0 if "sleep" in script else 60.0)
    )
    report = await proven(build_tree({}), manifest, scanner)
    assert {check.name: check.outcome for check in report.checks}[scanner.name] is CheckOutcome.UNAVAILABLE
    assert f"{scanner.name} unavailable ({reason}" in closed(report, scanner.name)


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        pytest.param("echo '[{]'", "JSONDecodeError", id="rubbish"),
        pytest.param("echo broken >&2; exit 9", "it ended with code 9: broken", id="crashes"),
    ],
)
async def test_one_engine_that_fails_is_named_and_the_others_still_find(
    script: str, reason: str, sandbox, scanner_environment: Environment, build_tree, manifest: Manifest, tmp_path: Path
) -> None:
    fake = tmp_path / "ruff"
    fake.write_text(f"#!/bin/sh\n{script}\n")
    fake.chmod(0o755)
    there = Mount(fake, str(SCANNER_HOME / "bin" / "ruff"))
    environment = replace(scanner_environment, mounts=(*scanner_environment.mounts, there))
    report = await proven(build_tree({}), manifest, CodeScanner(sandbox, environment))
    assert reason in closed(report, "vulnerabilities")
    weak = "import hashlib\n\nprint(hashlib.md5(b'x').hexdigest())\n"
    check = await CodeScanner(sandbox, environment).scan(build_tree({"app/main.py": weak}), manifest)
    assert check.outcome is CheckOutcome.FAILED
    assert "weak-hash" in {finding.rule for finding in check.findings}


def test_engines_that_hang_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    monkeypatch.chdir(tmp_path)
    told = dict(code_driver.main(patience_s=0.001)["not_scanned"])
    assert "timed out" in told["(bandit)"]
    assert "timed out" in told["(ruff)"]


async def test_a_check_that_never_ends_is_stopped(build_tree, manifest: Manifest) -> None:
    report = await proven(build_tree({}), manifest, Stuck("secrets"), patience_s=0.2)
    assert "secrets unavailable (the check was stopped: no result within 0.2 s)" in closed(report, "secrets")
