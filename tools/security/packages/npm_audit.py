"""Advisories for the packages of an npm lock file: by npm audit, or by an OSV service where a mirror is set."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from memory.untrusted_files import UntrustedFileError, read_untrusted
from tools.security.interface import Advisory, AuditOutcome, AuditResult
from tools.security.packages.npm_lock import LockUnreadable
from tools.security.packages.records import Package
from tools.security.packages.script_locks import PARSERS, as_npm_lock, parse_script_lock

LOCK_BYTES = 32 << 20
ANSWER_BYTES = 64 << 20
DESCRIPTION_CHARS = 300
AT_ONCE = 8
HANDED_DOWN = (
    *(
        "PATH",
        "LANG",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "NODE_EXTRA_CA_CERTS",
        "npm_config_registry",
        "npm_config_cafile",
    ),
    *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"),
)


@dataclass(frozen=True)
class NpmAudit:
    """How npm packages are audited."""

    http: httpx.AsyncClient
    osv_url: str | None = None
    told_source: str | None = None
    """Query address of an OSV service or mirror; npm's own registry without one."""
    registry: str | None = None
    """None: the one that npm is set to."""
    timeout_s: float = 60.0
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    @property
    def source(self) -> str:
        if self.told_source:
            return self.told_source
        return f"OSV at {self.osv_url}" if self.osv_url else f"npm audit at {self.registry or 'the registry of npm'}"

    async def audit(self, project: Path, lock: str) -> AuditResult:
        """Never raises for what the service or npm do."""
        try:
            content = await asyncio.to_thread(read_untrusted, project, lock, LOCK_BYTES)
            packages = parse_script_lock(content, lock)
        except (UntrustedFileError, LockUnreadable) as error:
            return self._result(AuditOutcome.UNAVAILABLE, str(error), (), 0)
        if not packages:
            return self._result(AuditOutcome.CLEAN, "the lock file names no package", (), 0)
        if self.osv_url:
            return await self._by_osv(packages)
        if lock in PARSERS:
            return await self._by_npm(packages, as_npm_lock(packages), b"", "package-lock.json")
        manifest = await asyncio.to_thread(_optional, project, "package.json")
        return await self._by_npm(packages, content, manifest, lock)

    async def _by_osv(self, packages: Sequence[Package]) -> AuditResult:
        gate = asyncio.Semaphore(AT_ONCE)
        answers = await asyncio.gather(*(self._ask(package, gate) for package in packages))
        found = [advisory for answer in answers if isinstance(answer, list) for advisory in answer]
        missing = [
            f"{package.label}: {answer}"
            for package, answer in zip(packages, answers, strict=True)
            if isinstance(answer, str)
        ]
        counted = len(packages) - len(missing)
        if found:
            outcome, reason = AuditOutcome.VULNERABLE, _vulnerable(found)
        elif missing:
            outcome = AuditOutcome.INCOMPLETE if counted else AuditOutcome.UNAVAILABLE
            reason = missing[0]
        else:
            outcome, reason = AuditOutcome.CLEAN, "no advisory"
        words = f"{reason}; {counted} of {len(packages)} packages answered for"
        return self._result(outcome, words, packages, counted, found, missing)

    async def _ask(self, package: Package, gate: asyncio.Semaphore) -> list[Advisory] | str:
        asked = {"package": {"name": package.name, "ecosystem": package.ecosystem}, "version": package.version}
        try:
            async with gate:
                answer = await self.http.post(str(self.osv_url), json=asked, timeout=self.timeout_s)
            if not answer.is_success:
                return f"the service answers {answer.status_code}"
            told = answer.json().get("vulns") or []
            return [_of_record(package, record) for record in told]
        except httpx.HTTPError as error:
            return f"the service does not answer: {error or type(error).__name__}"
        except (ValueError, AttributeError, KeyError, TypeError):
            return "the service's answer is not of OSV's form"

    async def _by_npm(self, packages: Sequence[Package], lock: bytes, manifest: bytes, name: str) -> AuditResult:
        npm = shutil.which("npm")
        if npm is None:
            return self._result(AuditOutcome.UNAVAILABLE, "npm is not installed", packages, 0)
        folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="npm-audit-"))
        try:
            await asyncio.to_thread((folder / name).write_bytes, lock)
            await asyncio.to_thread((folder / "package.json").write_bytes, manifest or b'{"name": "audited"}')
            told = await self._run(npm, folder)
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        return self._judged(told, packages)

    async def _run(self, npm: str, folder: Path) -> bytes | str:
        """Only the two files are there: a .npmrc of the project has no say. A string says why there is no answer."""
        environment = {name: os.environ[name] for name in HANDED_DOWN if name in os.environ}
        where = ("--registry", self.registry) if self.registry else ()
        with (folder / "out").open("w+b") as out:
            process = await asyncio.create_subprocess_exec(
                *(npm, "audit", "--json", "--package-lock-only", "--ignore-scripts", "--no-fund", *where),
                cwd=folder,
                env={
                    **environment,
                    "HOME": str(folder),
                    "NPM_CONFIG_UPDATE_NOTIFIER": "false",
                    "NPM_CONFIG_FETCH_RETRIES": "0",
                },
                stdin=asyncio.subprocess.DEVNULL,
                stdout=out,
                stderr=asyncio.subprocess.DEVNULL,
                start_new_session=True,
            )
            try:
                await asyncio.wait_for(process.wait(), self.timeout_s)
            except TimeoutError:
                return f"no answer within {self.timeout_s:g} s"
            finally:
                if process.returncode is None:
                    os.killpg(process.pid, signal.SIGKILL)
                    await process.wait()
            out.seek(0)
            return out.read(ANSWER_BYTES)

    def _judged(self, told: bytes | str, packages: Sequence[Package]) -> AuditResult:
        """npm exits 1 for "vulnerable" and for its own failures alike: only JSON with `metadata` is an answer."""
        if isinstance(told, str):
            return self._result(AuditOutcome.UNAVAILABLE, told, packages, 0)
        try:
            document = json.loads(told)
            counted = int(document["metadata"]["dependencies"]["total"])
            found = [a for name, entry in document["vulnerabilities"].items() for a in _of_npm(name, entry, packages)]
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return self._result(AuditOutcome.UNAVAILABLE, f"npm audit gave no answer: {_problem(told)}", packages, 0)
        words = f"{min(counted, len(packages))} of {len(packages)} packages answered for"
        if found:
            return self._result(AuditOutcome.VULNERABLE, f"{_vulnerable(found)}; {words}", packages, counted, found)
        whole = counted >= len(packages)
        outcome = AuditOutcome.CLEAN if whole else AuditOutcome.INCOMPLETE
        return self._result(outcome, f"no advisory; {words}", packages, counted)

    def _result(
        self,
        outcome: AuditOutcome,
        reason: str,
        packages: Sequence[Package],
        counted: int,
        advisories: Sequence[Advisory] = (),
        missing: Sequence[str] = (),
    ) -> AuditResult:
        return AuditResult(
            outcome=outcome,
            reason=reason,
            pins=len(packages),
            answered=min(counted, len(packages)),
            not_answered=tuple(missing),
            advisories=tuple(advisories),
            source=self.source,
            answered_at=self.now(),
        )


def _of_record(package: Package, record: Mapping[str, Any]) -> Advisory:
    events = [e for a in record.get("affected", ()) for r in a.get("ranges", ()) for e in r.get("events", ())]
    return Advisory(
        package=package.name,
        version=package.version,
        id=str(record["id"]),
        aliases=tuple(map(str, record.get("aliases", ()))),
        fixed_in=tuple(dict.fromkeys(str(e["fixed"]) for e in events if "fixed" in e)),
        description=str(record.get("summary") or record.get("details") or "")[:DESCRIPTION_CHARS],
    )


def _of_npm(name: str, entry: Mapping[str, Any], packages: Sequence[Package]) -> list[Advisory]:
    """Advisories of the package itself; those that it only inherits are told where they belong."""
    versions = sorted({p.version for p in packages if p.name == name}) or [str(entry.get("range", ""))]
    fix = entry.get("fixAvailable")
    fixed = (str(fix["version"]),) if isinstance(fix, Mapping) and fix.get("name") == name else ()
    return [
        Advisory(
            package=name,
            version=", ".join(versions),
            id=str(via.get("url") or via.get("source")).rpartition("/")[2],
            fixed_in=fixed,
            description=f"{via.get('title', '')} ({via.get('severity', 'unknown')}, {via.get('range', '')})"[
                :DESCRIPTION_CHARS
            ],
        )
        for via in entry.get("via", ())
        if isinstance(via, Mapping)
    ]


def _vulnerable(found: Sequence[Advisory]) -> str:
    return f"{len(found)} advisories for {len({advisory.package for advisory in found})} packages"


def _problem(told: bytes) -> str:
    try:
        document = json.loads(told)
        error = document.get("error")
        summary = error.get("summary") if isinstance(error, Mapping) else error
        return str(document.get("message") or summary or f"status {document.get('statusCode')}")[:DESCRIPTION_CHARS]
    except (ValueError, AttributeError):
        return "what it printed is no JSON"


def _optional(project: Path, name: str) -> bytes:
    try:
        return read_untrusted(project, name, LOCK_BYTES)
    except UntrustedFileError:
        return b""


__all__ = ["NpmAudit"]
