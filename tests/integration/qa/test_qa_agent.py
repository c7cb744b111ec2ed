"""The whole of QA over one tree: side by side, once, and honest about what it could not do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest
from pydantic import BaseModel

from agents.qa.agent import QaDeps, QaInput, run
from agents.qa.policy import deployable
from memory.records.execution import Environment, ExecutionCancelled
from memory.records.manifest import Manifest
from memory.records.report import Check, CheckOutcome
from tools.sandbox.bubblewrap import BubblewrapSandbox
from tools.sandbox.environments import UvEnvironments
from tools.security.code_scanner import CodeScanner
from tools.security.dependency_audit import DependencyAuditor
from tools.security.interface import Scanner
from tools.security.secrets_scanner import SecretsScanner
from tools.testing.pytest_runner import PytestRunner

GREEN = "from app.main import double\n\n\ndef test_double():\n    assert double(2) == 4\n"
AWS_KEY = "AKIA" + "Z7QX3RVD6LMK2NWP"
COMMIT = "c0ffee"
Result = TypeVar("Result", bound=BaseModel)


class Ledger:
    """Once, kept as JSON as a database would."""

    def __init__(self) -> None:
        self.rows: dict[str, str] = {}
        self.made: list[str] = []

    async def once(self, key: str, make: Callable[[], Awaitable[Result]], model: type[Result]) -> Result:
        if key not in self.rows:
            self.rows[key] = (await make()).model_dump_json()
            self.made.append(key)
        return model.model_validate_json(self.rows[key])


class Broken(Scanner):
    name = "dependencies"

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def scan(self, project: Path, manifest: Manifest) -> Check:
        raise self._error


@pytest.fixture
def suite(sandbox: BubblewrapSandbox, environments: UvEnvironments) -> PytestRunner:
    return PytestRunner(sandbox, environments)


@pytest.fixture
def scanners(sandbox: BubblewrapSandbox, scanner_environment: Environment) -> list[Scanner]:
    # Port 9 is closed: the audit cannot be made, on any machine.
    auditor = DependencyAuditor(osv_url="http://127.0.0.1:9/v1/query")
    return [CodeScanner(sandbox, scanner_environment), SecretsScanner(sandbox, scanner_environment), auditor]


async def test_good_commit(suite, scanners, build_tree, manifest: Manifest) -> None:
    ledger = Ledger()
    given = QaInput(build_tree({"tests/test_app.py": GREEN}), COMMIT, manifest)
    report = await run(given, QaDeps(suite, scanners, ledger))

    outcomes = {check.name: check.outcome for check in report.checks}
    assert outcomes == {
        "tests": CheckOutcome.PASSED,
        "vulnerabilities": CheckOutcome.PASSED,
        "secrets": CheckOutcome.PASSED,
        "dependencies": CheckOutcome.UNAVAILABLE,
    }
    assert report.passed
    assert report.coverage == 1.0
    assert report.security_score == 0.9
    assert deployable(report, COMMIT, "dev", {}).allowed
    assert not deployable(report, COMMIT, "production", {}).allowed
    assert sorted(ledger.made) == [f"qa/{COMMIT}/{name}" for name in sorted(outcomes)]

    assert await run(given, QaDeps(suite, scanners, ledger)) == report
    assert len(ledger.made) == 4, "nothing was made a second time"


async def test_after_a_crash_only_what_is_missing_is_made(suite, scanners, build_tree, manifest: Manifest) -> None:
    ledger = Ledger()
    done = Check(name="tests", outcome=CheckOutcome.PASSED, summary="before the crash", evidence={"coverage": 0.5})
    ledger.rows[f"qa/{COMMIT}/tests"] = done.model_dump_json()
    given = QaInput(build_tree({"tests/test_app.py": "def test_x():\n    assert False\n"}), COMMIT, manifest)
    report = await run(given, QaDeps(suite, scanners, ledger))
    assert report.checks[0] == done
    assert report.coverage == 0.5
    assert len(ledger.made) == 3


async def test_bad_commit_and_no_secret_in_the_report(suite, scanners, build_tree, manifest: Manifest) -> None:
    files = {
        "app/keys.py": f'KEY = "{AWS_KEY}"\n',
        "tests/test_app.py": "from app.keys import KEY\n\ndef test_key():\n    assert KEY == 'x'\n",
    }
    report = await run(QaInput(build_tree(files), COMMIT, manifest), QaDeps(suite, scanners, Ledger()))
    assert not report.passed
    outcomes = {check.name: check.outcome for check in report.checks}
    assert outcomes["tests"] is CheckOutcome.FAILED
    assert outcomes["secrets"] is CheckOutcome.FAILED
    assert AWS_KEY not in report.model_dump_json()
    assert not deployable(report, COMMIT, "dev", {"tests": "please", "secrets": "please"}).allowed


async def test_broken_check_is_not_a_pass_and_stops_no_other(suite, scanners, build_tree, manifest: Manifest) -> None:
    broken = [*scanners[:2], Broken(RuntimeError("burst"))]
    given = QaInput(build_tree({"tests/test_app.py": GREEN}), COMMIT, manifest)
    report = await run(given, QaDeps(suite, broken, Ledger()))
    assert report.checks[-1].outcome is CheckOutcome.UNAVAILABLE
    assert report.checks[-1].summary == "the check broke: RuntimeError: burst"
    assert report.passed


async def test_cancelled_is_no_result(suite, build_tree, manifest: Manifest) -> None:
    ledger = Ledger()
    given = QaInput(build_tree({"tests/test_app.py": GREEN}), COMMIT, manifest)
    with pytest.raises(ExecutionCancelled):
        await run(given, QaDeps(suite, [Broken(ExecutionCancelled("stopped"))], ledger))
    assert "qa/c0ffee/dependencies" not in ledger.rows
