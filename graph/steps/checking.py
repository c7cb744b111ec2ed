"""The scanners' look at the commit that a project stands at, made anew; what else QA found of it stays."""

from __future__ import annotations

import asyncio

from agents.qa import agent as qa
from graph.steps.common import Step, StepResult, failed
from memory.ledger import RunLedger
from memory.records.report import CheckOutcome
from memory.scratch import scratch_folder
from tools.security.folder import manifest_of

CHECK = "check"
"""The intent."""


async def look_again(step: Step) -> StepResult:
    deps, commit = step.deps, step.state["commit"]
    await step.tell("qa_testing_started", commit, test_types=["security", "secrets", "dependencies"])
    async with scratch_folder(deps.settings.workspaces) as scratch:
        tree = scratch / "tree"
        await asyncio.to_thread(deps.code.check_out, step.project_id, commit, tree)
        manifest = await asyncio.to_thread(manifest_of, tree)
        imported = await deps.store.import_of(step.project_id) is not None
        input = qa.QaInput(tree, commit, manifest, imported=imported)
        scans = await qa.scans(input, qa.QaDeps(deps.suite, deps.scanners, RunLedger(deps.pool, step.run_id)))
        old = await deps.store.report(step.project_id, commit)
        report = await qa.renewed(input, old, scans)
    await deps.store.save_report(step.project_id, report)
    findings = [finding.model_dump(mode="json") for check in report.checks for finding in check.findings]
    scores = {"coverage": report.coverage, "security_score": report.security_score}
    await step.tell("qa_results", commit, passed=report.passed, findings=findings, **scores)
    told = {check.name: f"{check.outcome.value}: {check.summary}" for check in report.checks}
    closed = [check for check in report.checks if check.outcome is CheckOutcome.FAILED]
    if closed:
        reasons = "; ".join(f"{check.name}: {check.summary}" for check in closed)
        return failed(f"the gate is closed: {reasons}", checks=told, **scores)
    return StepResult(update={"qa_passed": True, "error": ""}, evidence={"checks": told, **scores})


__all__ = ["CHECK", "look_again"]
