"""QA's step: the checks of a commit, and whether Dev gets another round."""

from __future__ import annotations

import asyncio
import hashlib
import json
from typing import Any

from agents.loop.stuck import VARYING
from agents.qa import agent as qa
from agents.qa import regression
from agents.qa.beside import comparison, in_words
from graph.steps.before import before
from graph.steps.common import Step, StepResult, modifies
from graph.steps.foreign import is_foreign, known_before, suite_of
from graph.steps.foreign import regression as regression_of_import
from graph.steps.generating import generate
from graph.steps.mending import mend, take
from graph.steps.recorded import answers_as_before
from memory.ledger import RunLedger
from memory.records.model import Role
from memory.records.report import Check, CheckOutcome, QaReport
from tools.testing.interface import SuiteRunner

TYPES = ("unit", "security", "secrets", "dependencies")


async def prove(step: Step) -> StepResult:
    commit = step.state["commit"]
    if modifies(step):
        await step.deps.store.update_modification(step.run_id, status="testing", commit=commit)
    await step.tell("qa_testing_started", commit, test_types=list(TYPES))
    report = await _report(step, commit)
    mended = await mend(step, commit, report, await _suite(step))
    if mended is not None and mended.commit != commit:
        commit = mended.commit
        report = await _report(step, commit)
        await take(step, commit)
    tested = await generate(step, commit, report)
    if tested is not None and tested.commit != commit:
        commit = tested.commit
        report = await _report(step, commit)
        await take(step, commit)
    await step.deps.store.save_report(step.project_id, report, stands=not modifies(step))
    findings = [finding.model_dump(mode="json") for check in report.checks for finding in check.findings]
    scores = {
        "coverage": report.coverage,
        "security_score": report.security_score,
        "performance_score": report.performance_score,
    }
    await step.tell("qa_results", commit, passed=report.passed, findings=findings, **scores)
    checks = {check.name: f"{check.outcome.value}: {check.summary}" for check in report.checks}
    told = _told(report) | ({"hardening": mended.told()} if mended is not None else {})
    told |= {"generated_tests": tested.told()} if tested is not None else {}
    if modifies(step):
        results = {"passed": report.passed, "commit": commit, "checks": checks, **scores, **told}
        await step.deps.store.update_modification(step.run_id, test_results=results)
    update = _verdict(step, report) | {"commit": commit}
    return StepResult(update=update, evidence={"checks": checks, **scores, **told})


def _told(report: QaReport) -> dict[str, Any]:
    """What changed, and what someone answers for."""
    waived = [entry.model_dump(mode="json") for entry in report.waived]
    return ({"comparison": in_words(report.comparison)} if report.comparison else {}) | (
        {"waived": waived} if waived else {}
    )


async def _report(step: Step, commit: str) -> QaReport:
    once = RunLedger(step.deps.pool, step.run_id)
    kept: tuple[Check, ...] = ()
    base = await before(step)
    if step.state.get("intent") == "modify":
        kept = (await once.once(f"qa/{commit}/{regression.CHECK}", lambda: _regression(step, commit), Check),)
        if kept[0].outcome is not CheckOutcome.PASSED:
            beside = comparison(base, kept) if base is not None else None
            return QaReport(commit=commit, passed=False, checks=kept, comparison=beside)
    async with step.checked_out(commit) as (tree, manifest):
        input = qa.QaInput(tree, commit, manifest, base, await is_foreign(step))
        report = await qa.run(input, qa.QaDeps(await _suite(step), step.deps.scanners, once))
    return report.model_copy(update={"checks": (*kept, *report.checks)})


async def _suite(step: Step) -> SuiteRunner:
    """An imported project's tests are run as they came; a change of it starts from how they ended."""
    if not modifies(step) or not await is_foreign(step):
        return step.deps.suite
    return suite_of(step, await known_before(step))


async def _regression(step: Step, commit: str) -> Check:
    """What worked before: without it, nothing else needs to be looked at."""
    foreign = await known_before(step)
    if foreign is not None:
        return await _answering(step, commit, await regression_of_import(step, commit, foreign))
    row, plan = await step.deps.store.modification_of(step.run_id), await step.deps.store.plan(step.run_id)
    input = regression.RegressionInput(
        step.project_id, plan, row["base_commit"], row["base_scaffold"], commit, row["scaffold"]
    )
    used = await asyncio.to_thread(regression.found_in_use, input, step.deps.code)
    async with step.checked_out(commit) as (tree, manifest):
        found = await asyncio.to_thread(regression.freeze, input, tree, step.deps.code)
        affected = (row["impact_analysis"] or {}).get("tests", ())
        place = tree.parent / "before"
        if (wrong := await regression.idle(input, place, manifest, found, step.deps.code, step.deps.suite)) is not None:
            return wrong
        made = await regression.run(tree, manifest, found, used, step.deps.suite, affected)
    return await _answering(step, commit, made)


async def _answering(step: Step, commit: str, made: Check) -> Check:
    return await answers_as_before(step, commit, made) if made.outcome is CheckOutcome.PASSED else made


def _verdict(step: Step, report: QaReport) -> dict[str, Any]:
    """An error ends the run; without one, what did not pass goes back to Dev."""
    if report.passed:
        return {"qa_passed": True, "error": "", "failure": ""}
    why, digest = "QA did not pass: " + _failures(report), _digest(report)
    rounds, most = step.state.get("rounds", 1), step.deps.settings.dev_rounds
    if step.gateway(Role.DEV) is None or step.state.get("intent") == "rollback":
        error = why  # what was proven once is gone back to as it was, or not at all
    elif digest == step.state.get("failure"):
        error = f"Dev goes in circles, round {rounds} failed as the one before it did. {why}"
    elif rounds >= most:
        error = f"not right after {rounds} rounds of Dev and QA. {why}"
    else:
        error = ""
    return {"qa_passed": False, "error": error, "failure": digest}


def _failures(report: QaReport) -> str:
    not_passed = [check for check in report.checks if check.outcome is not CheckOutcome.PASSED]
    return "; ".join(f"{check.name} {check.outcome.value} ({check.summary})" for check in not_passed)


def _failing(check: Check) -> list[dict[str, Any]]:
    return list(check.evidence.get("failing", ()))


def _digest(report: QaReport) -> str:
    """The same for the same failing tests, messages (times in them apart) and findings."""
    failing = [
        [check.name, sorted(VARYING.sub("~", f"{t.get('name')} {t.get('message')}") for t in _failing(check))]
        for check in report.checks
        if check.outcome is CheckOutcome.FAILED
    ]
    found = sorted(f"{f.file} {f.rule} {f.why}" for check in report.checks for f in check.findings)
    return hashlib.sha256(json.dumps([failing, found]).encode()).hexdigest()[:16]


__all__ = ["prove"]
