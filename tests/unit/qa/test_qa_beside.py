"""A report by the project's policy and beside the commit before, with scanners that say what they are told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import TypeVar

import pytest
from pydantic import BaseModel

from agents.qa.agent import QaDeps, QaInput, run
from agents.qa.beside import Before, in_words
from agents.qa.policy import deployable
from agents.qa.turned import names_of_tests
from memory.records.manifest import Manifest
from memory.records.report import Check, CheckOutcome, Confidence, Finding, QaReport, Severity
from tools.security.interface import Scanner
from tools.testing.interface import SuiteRunner

MANIFEST = Manifest(template="none", template_version="1", asgi="app:app")
Result = TypeVar("Result", bound=BaseModel)


class Every:
    async def once(self, key: str, make: Callable[[], Awaitable[Result]], model: type[Result]) -> Result:
        return await make()


class Suite(SuiteRunner):
    def __init__(self, *failing: str) -> None:
        self.failing = failing

    async def run(self, project: Path, manifest: Manifest) -> Check:
        outcome = CheckOutcome.FAILED if self.failing else CheckOutcome.PASSED
        failing = [{"name": name, "message": "", "excerpt": ""} for name in self.failing]
        return Check(name="tests", outcome=outcome, summary="ran", evidence={"failing": failing, "coverage": 1.0})


class Says(Scanner):
    def __init__(self, name: str, *findings: Finding) -> None:
        self.name, self.findings = name, findings

    async def scan(self, project: Path, manifest: Manifest) -> Check:
        outcome = CheckOutcome.FAILED if self.findings else CheckOutcome.PASSED
        return Check(name=self.name, outcome=outcome, summary="looked", findings=self.findings)


def weak(line: int) -> Finding:
    return Finding(
        file="a.py", line=line, cwe=328, severity=Severity.MEDIUM, confidence=Confidence.HIGH, rule="weak-hash",
        tool="t", why="md5 is broken",
    )  # fmt: skip


async def report(tree: Path, *findings: Finding, failing: tuple[str, ...] = (), **more: object) -> QaReport:
    scanners = [Says("vulnerabilities", *findings), Says("secrets"), Says("dependencies")]
    return await run(QaInput(tree, "new", MANIFEST, **more), QaDeps(Suite(*failing), scanners, Every()))


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "a.py").write_text("import hashlib\nhashlib.md5(b'a')\nhashlib.md5(b'b')\n")
    return tmp_path


async def test_generated_projects_answer_for_everything_imported_ones_for_what_is_new(tree: Path) -> None:
    before = Before(await report(tree, weak(2)), frozenset())
    assert not (await report(tree, weak(2), before=before)).passed
    assert (await report(tree, weak(2), before=before, imported=True)).passed
    assert not (await report(tree, weak(2), weak(3), before=before, imported=True)).passed
    (tree / "softwright.toml").write_text('[gate]\nscope = "all"\n')
    assert not (await report(tree, weak(2), before=before, imported=True)).passed


async def test_what_became_of_findings_and_tests_is_told(tree: Path) -> None:
    known = names_of_tests(
        {"tests/test_a.py": "def test_x(): ...\nclass TestB:\n    def test_y(self): ...\n", "a.py": "def"}
    )
    assert known == {"tests/test_a.py::test_x", "tests/test_a.py::TestB::test_y"}
    before = Before(await report(tree, weak(2), failing=("tests/test_a.py::TestB::test_y",)), known)
    red = ("tests/test_a.py::test_x[1]", "tests/test_a.py::TestB::test_y", "tests/test_new.py::test_z")
    made = await report(tree, weak(3), before=before, failing=red)
    assert made.comparison is not None
    assert [f.line for f in made.comparison.new] == [3]
    assert [f.line for f in made.comparison.fixed] == [2]
    assert made.comparison.turned_red == ("tests/test_a.py::test_x[1]",)
    assert in_words(made.comparison) == (
        "against new: 1 new findings, 1 fixed, 0 unchanged; turned red: tests/test_a.py::test_x[1]"
    )
    assert QaReport.model_validate(made.model_dump(mode="json")) == made


async def test_a_waiver_that_ends_stops_the_deploys_after_it(tree: Path) -> None:
    waiver = 'rule = "weak-hash"\nreason = "no secret"\nauthor = "ada"\nuntil = 2026-12-31\n'
    (tree / "softwright.toml").write_text(f"[[waivers]]\n{waiver}")
    made = await report(tree, weak(2), today=date(2026, 12, 31))
    assert made.passed
    assert [check.name for check in made.checks][-1] == "policy"
    assert deployable(made, "new", "dev", {}, date(2026, 12, 31)).allowed
    refused = deployable(made, "new", "dev", {}, date(2027, 1, 1))
    assert not refused.allowed
    assert refused.reasons[0].startswith("the waiver of weak-hash in a.py:2 ended on 2026-12-31")
    assert not (await report(tree, weak(2), today=date(2027, 1, 1))).passed


async def test_a_policy_that_cannot_be_used_closes_the_gate(tree: Path) -> None:
    (tree / "softwright.toml").write_text('[[waivers]]\nrule = "weak-hash"\nauthor = "ada"\nuntil = 2099-01-01\n')
    made = await report(tree)
    assert not made.passed
    assert made.checks[-1].summary == "softwright.toml, waiver 1, reason: is missing: write it"
