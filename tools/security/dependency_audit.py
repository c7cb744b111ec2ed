"""pip-audit over the pins of the lock file that the running application needs."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from memory.records.manifest import Manifest
from memory.records.report import Check, CheckOutcome, Confidence, Finding, Severity
from memory.untrusted_files import UntrustedFileError, read_untrusted
from tools.security.audit_report import Answer, judge_audit
from tools.security.interface import DEPENDENCIES_CHECK, AuditCache, AuditOutcome, AuditResult, Scanner
from tools.security.lock_file import Lock, Pin, parse_lock

LOCK_BYTES = 5 << 20
ANSWER_BYTES = 32 << 20
ERROR_CHARS = 300
NAMES_SHOWN = 100
VULNERABLE_COMPONENT = 1395
DAY_S, FEW_MINUTES_S, MINUTE_S = 86_400, 300, 60
KEEP_S = {
    AuditOutcome.CLEAN: DAY_S,
    AuditOutcome.VULNERABLE: DAY_S,
    AuditOutcome.INCOMPLETE: FEW_MINUTES_S,
    AuditOutcome.UNAVAILABLE: MINUTE_S,
}
"""A service that comes back is to be seen soon."""
CHECK_OUTCOME = {
    AuditOutcome.CLEAN: CheckOutcome.PASSED,
    AuditOutcome.VULNERABLE: CheckOutcome.FAILED,
    AuditOutcome.INCOMPLETE: CheckOutcome.INCOMPLETE,
    AuditOutcome.UNAVAILABLE: CheckOutcome.UNAVAILABLE,
}
HANDED_DOWN = (
    *("PATH", "LANG", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "PIP_CERT"),
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy"),
    *("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_CONFIG_FILE"),
)
"""What pip-audit sees of our environment: no token, no password of ours."""


class DependencyAuditor(Scanner):
    name = DEPENDENCIES_CHECK

    def __init__(
        self,
        *,
        cache: AuditCache | None = None,
        osv_url: str | None = None,
        told_source: str | None = None,
        timeout_s: float = 60.0,
        environ: Mapping[str, str] | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`osv_url`: query address of an OSV service or mirror; PyPI's own advisories without one.
        `told_source`: what is said, and kept, of the source, where its address is no name (a port of this process)."""
        self._cache = cache
        self._osv_url = osv_url
        self._told_source = told_source
        self._timeout_s = timeout_s
        self._environ = os.environ if environ is None else environ
        self._now = now

    @property
    def source(self) -> str:
        if self._told_source:
            return self._told_source
        return f"OSV at {self._osv_url}" if self._osv_url else "PyPI advisories"

    async def scan(self, project: Path, manifest: Manifest) -> Check:
        started = time.monotonic()
        try:
            content = read_untrusted(project, manifest.lock, LOCK_BYTES)
            result, cached = await self._result(content)
        except (UntrustedFileError, OSError) as error:
            return Check(
                name=self.name, outcome=CheckOutcome.UNAVAILABLE, summary=f"the audit could not be made: {error}"
            )
        return to_check(result, manifest.lock, content, cached=cached, duration_s=time.monotonic() - started)

    async def _result(self, content: bytes) -> tuple[AuditResult, bool]:
        key = audit_key(content, self.source)
        stored = await self._cache.get(key) if self._cache else None
        if stored is not None and self._fresh(stored):
            return stored, True
        result = await self.audit(content)
        if self._cache:
            await self._cache.put(key, result, KEEP_S[result.outcome])
        return result, False

    def _fresh(self, stored: AuditResult) -> bool:
        """A store that keeps too long is not believed."""
        return timedelta(0) <= self._now() - stored.answered_at < timedelta(seconds=KEEP_S[stored.outcome])

    async def audit(self, content: bytes) -> AuditResult:
        """Never raises for what the service or pip-audit do. Not cached."""
        lock = parse_lock(content.decode("utf-8", "replace"))
        folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="audit-"))
        try:
            runs = [await self._ask(group, folder / str(n)) for n, group in enumerate(groups(lock))]
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        return judge_audit(lock, tuple(runs), self.source, self._now())

    async def _ask(self, pins: list[Pin], folder: Path) -> Answer:
        await asyncio.to_thread(_write_pins, pins, folder)
        environment = {name: self._environ[name] for name in HANDED_DOWN if name in self._environ}
        with (folder / "out").open("w+b") as out, (folder / "err").open("w+b") as err:
            process = await asyncio.create_subprocess_exec(
                *audit_argv(self._osv_url, self._timeout_s),
                cwd=folder,
                env={**environment, "HOME": str(folder), "TMPDIR": str(folder)},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )
            try:
                code = await asyncio.wait_for(process.wait(), self._timeout_s)
            except TimeoutError:
                return Answer(None, b"", f"no answer within {self._timeout_s:g} s")
            finally:
                await _end(process)
            out.seek(0)
            err.seek(0)
            return _answer(code, out.read(ANSWER_BYTES), err.read(ANSWER_BYTES))


def _write_pins(pins: list[Pin], folder: Path) -> None:
    """Written anew from the pins: the lock file's own text could include other files or name other indexes."""
    folder.mkdir()
    (folder / "pins.txt").write_text("".join(f"{pin.name}=={pin.version}\n" for pin in pins))


def audit_argv(osv_url: str | None, timeout_s: float) -> tuple[str, ...]:
    """Without pip: nothing is resolved, downloaded or built. Exact pins need no resolving."""
    service = ("-s", "osv", "--osv-url", osv_url) if osv_url else ("-s", "pypi")
    fixed = ("-r", "pins.txt", "--no-deps", "--disable-pip", "-f", "json", "--progress-spinner", "off")
    patience = str(max(1, min(15, int(timeout_s / 2))))
    return (sys.executable, "-I", "-m", "pip_audit", *fixed, "--cache-dir", "cache", "--timeout", patience, *service)


def groups(lock: Lock) -> list[list[Pin]]:
    """pip-audit refuses two versions of one package in a file (markers may ask for both), so each file has one."""
    files: list[dict[str, Pin]] = []
    for pin in lock.pins:
        file = next((file for file in files if pin.name not in file), None)
        if file is None:
            files.append(file := {})
        file[pin.name] = pin
    return [list(file.values()) for file in files]


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def _answer(code: int, stdout: bytes, stderr: bytes) -> Answer:
    """Where there is no JSON, the last line of what it printed says why best."""
    if stdout.lstrip().startswith(b"{"):
        return Answer(code, stdout)
    last = stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
    return Answer(code, stdout, f"pip-audit ended with code {code} and without an answer: {last[:ERROR_CHARS]}")


def audit_key(content: bytes, source: str) -> str:
    return hashlib.sha256(source.encode() + b"\0" + content).hexdigest()


def to_check(result: AuditResult, lock_name: str, content: bytes, *, cached: bool, duration_s: float) -> Check:
    lines = {pin.name: pin.line for pin in parse_lock(content.decode("utf-8", "replace")).pins}
    evidence = result.model_dump(mode="json", exclude={"advisories", "not_answered"})
    return Check(
        name=DEPENDENCIES_CHECK,
        outcome=CHECK_OUTCOME[result.outcome],
        summary=f"{result.outcome.value}: {result.reason} (source: {result.source})",
        findings=tuple(
            Finding(
                file=lock_name,
                line=lines.get(advisory.package),
                cwe=VULNERABLE_COMPONENT,
                severity=Severity.HIGH,
                confidence=Confidence.HIGH,
                rule=advisory.id,
                tool="pip-audit",
                why=f"{advisory.package} {advisory.version}: {advisory.description}",
                fix=f"use {' or '.join(advisory.fixed_in)}" if advisory.fixed_in else "no fixed version is known",
            )
            for advisory in result.advisories
        ),
        evidence={**evidence, "not_answered": list(result.not_answered[:NAMES_SHOWN]), "cached": cached},
        duration_s=round(duration_s, 3),
    )


__all__ = ["DependencyAuditor", "audit_argv", "audit_key", "groups", "to_check"]
