"""What is known of the commit that a change starts from: its report, or one made now, and its tests by name."""

from __future__ import annotations

import asyncio

from agents.qa import agent as qa
from agents.qa.beside import Before
from agents.qa.turned import names_of_tests
from graph.steps.common import Step, modifies
from memory.ledger import RunLedger
from memory.records.report import QaReport


async def before(step: Step) -> Before | None:
    """None for what is new."""
    if not modifies(step):
        return None
    base = (await step.deps.store.modification_of(step.run_id))["base_commit"]
    if base is None:
        return None
    report = await step.deps.store.report(step.project_id, base)
    if report is None or not _comparable(report):
        report = await _scanned(step, base)
    contents = await asyncio.to_thread(step.deps.code.contents, step.project_id, base)
    return Before(
        report, names_of_tests({path: content.decode("utf-8", "replace") for path, content in contents.items()})
    )


def _comparable(report: QaReport) -> bool:
    """Reports of older versions do not tell their findings apart, and one of a failed change has no scans."""
    made = {check.name for check in report.checks}
    known = all(finding.fingerprint for check in report.checks for finding in check.findings)
    return known and {"vulnerabilities", "secrets"} <= made


async def _scanned(step: Step, commit: str) -> QaReport:
    """Of an import, or of what people pushed: its scans, without its tests."""
    once = RunLedger(step.deps.pool, step.run_id)
    async with step.checked_out(commit) as (tree, manifest):
        deps = qa.QaDeps(step.deps.suite, step.deps.scanners, once)
        checks = await qa.scans(qa.QaInput(tree, commit, manifest), deps)
    return QaReport(commit=commit, passed=False, checks=checks)


__all__ = ["before"]
