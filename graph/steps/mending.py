"""What a machine can mend of what QA found: commits of their own on the one that failed, before anyone is asked."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graph.steps.common import Step, branch_of, modifies
from memory.code import MAIN
from memory.records.manifest import Manifest
from memory.records.report import Check, CheckOutcome, Finding, QaReport
from memory.scratch import scratch_folder
from tools.security.gate import closes_gate
from tools.security.hardening.folder import found_in
from tools.security.hardening.interface import Outcome, Proposal, Tests
from tools.security.hardening.machine import Means, harden
from tools.security.hardening.proposing import Proposing
from tools.security.interface import VULNERABILITIES_CHECK
from tools.security.interpreter import running_environment
from tools.testing.interface import TESTS_CHECK, SuiteRunner


@dataclass(frozen=True)
class Mended:
    commit: str
    outcomes: tuple[Outcome, ...]

    def told(self) -> list[dict[str, Any]]:
        """For the run's evidence: what was done, and of the rest the exact edit."""
        return [
            {
                "file": outcome.proposal.file,
                "line": outcome.proposal.line,
                "rule": outcome.proposal.rule,
                "title": outcome.proposal.title,
                "applied": outcome.applied,
                **({} if outcome.applied else {"reason": outcome.reason, "diff": outcome.proposal.diff}),
            }
            for outcome in self.outcomes
        ]


async def mend(step: Step, commit: str, report: QaReport, suite: SuiteRunner) -> Mended | None:
    """None where there is nothing to mend, or no passed suite to prove it by. No ref is moved."""
    wanted = _wanted(report)
    if not wanted or step.state.get("intent") == "rollback":
        return None
    scanner = next(scanner for scanner in step.deps.scanners if scanner.name == VULNERABILITIES_CHECK)
    before = [finding for check in report.checks if check.name == VULNERABILITIES_CHECK for finding in check.findings]
    async with step.checked_out(commit) as (tree, manifest):
        proposing = Proposing(step.deps.executor, running_environment())
        means = Means(proposing, lambda place: found_in(place, scanner, manifest), _tests(suite, manifest))
        outcomes = await harden(tree, wanted, before, means)
    if not outcomes:
        return None
    applied = [outcome.proposal for outcome in outcomes if outcome.applied]
    return Mended(await _committed(step, commit, applied) if applied else commit, tuple(outcomes))


def _wanted(report: QaReport) -> list[Finding]:
    by_name = {check.name: check for check in report.checks}
    tests, code = by_name.get(TESTS_CHECK), by_name.get(VULNERABILITIES_CHECK)
    if tests is None or tests.outcome is not CheckOutcome.PASSED or code is None:
        return []
    if code.outcome is not CheckOutcome.FAILED:
        return []
    return [finding for finding in code.findings if _counts(finding, code)]


def _counts(finding: Finding, code: Check) -> bool:
    """By the project's policy, where that was weighed."""
    closing = code.evidence.get("closes_gate")
    return closes_gate(finding) if closing is None else finding.fingerprint in closing


def _tests(suite: SuiteRunner, manifest: Manifest) -> Tests:
    asked: list[Path] = []

    async def tests(tree: Path) -> str:
        """The tree without an edit is the commit, whose tests have passed."""
        asked.append(tree)
        if len(asked) == 1:
            return ""
        check = await suite.run(tree, manifest)
        return "" if check.outcome is CheckOutcome.PASSED else f"the tests do not pass with it: {check.summary}"

    return tests


async def _committed(step: Step, commit: str, proposals: list[Proposal]) -> str:
    """The last of the commits, one an edit; the same again where the step is repeated."""
    code, project = step.deps.code, step.project_id
    async with scratch_folder(step.deps.settings.workspaces) as scratch:
        tree = scratch / "tree"
        await asyncio.to_thread(code.check_out, project, commit, tree)
        for proposal in proposals:
            place, message = tree / proposal.file, f"{proposal.title}\n\n{proposal.rule} in {proposal.file}"
            await asyncio.to_thread(place.write_text, proposal.text, encoding="utf-8", newline="")
            written = await asyncio.to_thread(code.write_tree, project, tree)
            commit = await asyncio.to_thread(
                code.commit_tree, project, written, message, step.run["created_at"], [commit]
            )
    return commit


async def take(step: Step, commit: str) -> None:
    """The mended commit is what the run goes on with."""
    ref = branch_of(step) if modifies(step) else MAIN
    await asyncio.to_thread(step.deps.code.set_ref, step.project_id, ref, commit)


__all__ = ["Mended", "mend", "take"]
