"""The check of dependencies: advisories for Python and npm, names that nobody should install unseen, licences."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from memory.records.execution import SandboxError
from memory.records.manifest import Manifest
from memory.records.report import Check, CheckOutcome, Finding
from memory.untrusted_files import UntrustedFileError, read_untrusted
from tools.security.dependency_audit import to_check
from tools.security.gate import closes_gate
from tools.security.interface import DEPENDENCIES_CHECK, AuditResult, Scanner
from tools.security.packages.inventory import (
    LOCK_BYTES,
    npm_lock,
    project_packages,
    python_lock,
    with_licences,
)
from tools.security.packages.licences import installed_licences
from tools.security.packages.names import NameChecker, NamesResult
from tools.security.packages.npm_lock import OTHERS
from tools.security.packages.osv_mirror import MirrorUnreadable
from tools.security.packages.records import Package
from tools.security.packages.sources import AdvisorySources

WORST = (CheckOutcome.FAILED, CheckOutcome.UNAVAILABLE, CheckOutcome.INCOMPLETE, CheckOutcome.PASSED)
SHOWN = 100


class Installed(Protocol):
    """Where a lock file's environment lies, if it was made already."""

    def folder_of(self, lock: bytes) -> Path | None: ...


class DependencyScanner(Scanner):
    name = DEPENDENCIES_CHECK

    def __init__(
        self,
        sources: AdvisorySources,
        names: NameChecker | None = None,
        installed: Installed | None = None,
    ) -> None:
        self._sources, self._names, self._installed = sources, names, installed

    async def scan(self, project: Path, manifest: Manifest) -> Check:
        began = time.monotonic()
        try:
            auditors = await self._sources.auditors()
        except MirrorUnreadable as error:
            return Check(name=self.name, outcome=CheckOutcome.UNAVAILABLE, summary=str(error))
        lock, script = await asyncio.to_thread(lambda: (python_lock(project, manifest), npm_lock(project)))
        checks: list[Check] = []
        others = await asyncio.to_thread(_not_read, project, script)
        if lock is not None or (script is None and not others):
            checks.append(
                await auditors.python.scan(project, manifest.model_copy(update={"lock": lock or manifest.lock}))
            )
        if script is not None:
            checks.append(_npm_check(await auditors.npm.audit(project, script), script, time.monotonic() - began))
        checks += others
        packages = await asyncio.to_thread(self._packages, project, manifest, lock)
        names = await self._names.check(packages) if self._names else None
        return _together(checks, packages, names, time.monotonic() - began)

    def _packages(self, project: Path, manifest: Manifest, lock: str | None) -> tuple[Package, ...]:
        packages = project_packages(project, manifest)
        if lock is None or self._installed is None:
            return packages
        try:
            folder = self._installed.folder_of(read_untrusted(project, lock, LOCK_BYTES))
        except (UntrustedFileError, SandboxError):
            return packages
        return with_licences(packages, installed_licences(folder)) if folder else packages


def _not_read(project: Path, script: str | None) -> list[Check]:
    """Lock files of other package managers, where npm's own does not stand beside them."""
    found = [name for name in OTHERS if script is None and (project / name).is_file()]
    told = "is not audited: put a package-lock.json beside it (npm install --package-lock-only --ignore-scripts)"
    return [
        Check(
            name=DEPENDENCIES_CHECK,
            outcome=CheckOutcome.INCOMPLETE,
            summary=f"{name} {told}",
            evidence={"not_answered": [name]},
        )
        for name in found
    ]


def _npm_check(result: AuditResult, lock: str, duration_s: float) -> Check:
    check = to_check(result, lock, b"", cached=False, duration_s=duration_s)
    tool = "osv" if result.source.startswith("OSV") else "npm audit"
    return check.model_copy(update={"findings": tuple(f.model_copy(update={"tool": tool}) for f in check.findings)})


def _together(
    checks: Sequence[Check], packages: Sequence[Package], names: NamesResult | None, duration_s: float
) -> Check:
    outcome = min((check.outcome for check in checks), key=WORST.index)
    findings: list[Finding] = [finding for check in checks for finding in check.findings]
    words = [check.summary for check in checks]
    evidence: dict[str, Any] = dict(checks[0].evidence)
    if len(checks) > 1:
        evidence["npm"] = checks[1].evidence
    evidence |= {"not_audited": [c.summary for c in checks if c.summary.startswith(OTHERS)]}
    if names is not None:
        findings += names.findings
        if any(closes_gate(finding) for finding in names.findings):
            outcome = CheckOutcome.FAILED
        elif names.not_answered and outcome is CheckOutcome.PASSED:
            outcome = CheckOutcome.INCOMPLETE
        words += _names_words(names)
        evidence["names"] = {
            "asked": names.asked,
            "not_answered": list(names.not_answered[:SHOWN]),
            "age_unknown": list(names.age_unknown[:SHOWN]),
        }
    evidence["licences"] = dict(Counter(p.licence or "unknown" for p in packages).most_common())
    return Check(
        name=DEPENDENCIES_CHECK,
        outcome=outcome,
        summary="; ".join(words),
        findings=tuple(findings),
        evidence=evidence,
        duration_s=round(duration_s, 3),
    )


def _names_words(names: NamesResult) -> list[str]:
    if names.findings:
        return [f"{len(names.findings)} names to look at: {names.findings[0].why}"]
    return (
        [f"{len(names.not_answered)} names could not be looked up: {names.not_answered[0]}"]
        if names.not_answered
        else []
    )


__all__ = ["DependencyScanner", "Installed"]
