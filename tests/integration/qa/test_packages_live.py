"""Dependencies against services on the loopback: an OSV mirror, an npm registry, package indexes. No internet."""

from __future__ import annotations

import asyncio
import json
import shutil
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest

from memory.records.execution import InstallFailed
from memory.records.manifest import Manifest
from memory.records.report import CheckOutcome
from tools.security.interface import AuditOutcome
from tools.security.packages.guard import CheckedResolver
from tools.security.packages.names import INVENTED, LOOKALIKE, TOO_NEW, NameChecker
from tools.security.packages.npm_audit import NpmAudit
from tools.security.packages.opening import open_dependencies
from tools.security.packages.records import NPM, PYPI, Package
from tools.security.packages.registries import SIMPLE, NpmRegistry, PythonIndex

NOW = datetime(2026, 6, 1, tzinfo=UTC)
MANIFEST = Manifest(template="none", template_version="1", asgi="a:b")
HASH = " --hash=sha256:" + "0" * 64
JINJA = {
    "id": "PYSEC-2019-217",
    "modified": "2026-05-05T00:00:00Z",
    "summary": "Sandbox escape.",
    "affected": [
        {
            "package": {"name": "Jinja2", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.10.1"}]}],
        }
    ],
}
MINIMIST = """
id: GHSA-xvch-5gv4-984h
modified: 2024-02-02T00:00:00Z
summary: Prototype pollution
affected:
- package: {name: minimist, ecosystem: npm}
  ranges:
  - type: SEMVER
    events: [{introduced: 1.0.0}, {fixed: 1.2.6}]
"""
NPM_LOCK = {
    "name": "shop",
    "lockfileVersion": 3,
    "packages": {
        "": {"name": "shop", "dependencies": {"minimist": "1.2.5"}},
        "node_modules/minimist": {"version": "1.2.5", "license": "MIT", "integrity": "sha512-AAAA"},
    },
}
Reply = Callable[[str, str], tuple[int, Any]]


@contextmanager
def served(reply: Reply) -> Iterator[str]:
    """`reply`: method and path to status and JSON."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"] or 0))
            status, document = reply(self.command, self.path)
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", SIMPLE if "/simple/" in self.path else "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = answer

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def project(tmp_path: Path, *, python: str = f"jinja2==2.10{HASH}\n", minimist: str = "1.2.5") -> Path:
    folder = tmp_path / "project"
    folder.mkdir(exist_ok=True)
    (folder / "requirements.lock").write_text(python)
    lock = json.loads(json.dumps(NPM_LOCK).replace("1.2.5", minimist))
    (folder / "package-lock.json").write_text(json.dumps(lock, indent=2))
    (folder / "package.json").write_text(json.dumps({"name": "shop", "dependencies": {"minimist": minimist}}))
    return folder


def mirror(tmp_path: Path) -> Path:
    folder = tmp_path / "osv"
    (folder / "npm").mkdir(parents=True)
    (folder / "npm" / "GHSA-xvch-5gv4-984h.yaml").write_text(MINIMIST)
    with zipfile.ZipFile(folder / "all.zip", "w") as archive:
        archive.writestr("PYSEC-2019-217.json", json.dumps(JINJA))
    return folder


def index(packages: Mapping[str, datetime]) -> Reply:
    """A Python index and an npm registry in one, which know these names since then."""

    def reply(_method: str, path: str) -> tuple[int, Any]:
        name = path.rstrip("/").rpartition("/")[2]
        if name not in packages:
            return 404, {}
        since = packages[name].isoformat()
        if "/simple/" in path:
            return 200, {"versions": ["1"], "files": [{"filename": "x", "upload-time": since}]}
        return 200, {"time": {"created": since}, "versions": {"1.0.0": {}}}

    return reply


async def test_a_mirror_answers_for_both_ecosystems_without_the_internet(tmp_path: Path) -> None:
    old = {name: NOW - timedelta(days=999) for name in ("jinja2", "minimist")}
    with served(index(old)) as url:
        environ = {"PIP_INDEX_URL": f"{url}/simple", "npm_config_registry": url}
        async with open_dependencies(mirror=str(mirror(tmp_path)), environ=environ) as opened:
            found = await opened.scanner.scan(project(tmp_path), MANIFEST)
            mended = await opened.scanner.scan(
                project(tmp_path, python=f"jinja2==2.10.1{HASH}\n", minimist="1.2.6"), MANIFEST
            )
    assert found.outcome is CheckOutcome.FAILED
    assert [(f.rule, f.file, f.line) for f in found.findings] == [
        ("PYSEC-2019-217", "requirements.lock", 1),
        ("GHSA-xvch-5gv4-984h", "package-lock.json", None),
    ]
    assert found.findings[1].fix == "use 1.2.6"
    assert "OSV mirror osv, newest record of 2026-05-05" in found.summary
    assert found.evidence["licences"] == {"unknown": 1, "MIT": 1}
    assert mended.outcome is CheckOutcome.PASSED, mended.summary
    assert mended.findings == ()


async def test_a_mirror_that_is_none_is_no_pass(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for place in ("empty", "missing"):
        async with open_dependencies(mirror=str(tmp_path / place), environ={"npm_config_registry": "x"}) as opened:
            check = await opened.scanner.scan(project(tmp_path), MANIFEST)
        assert check.outcome is CheckOutcome.UNAVAILABLE
        assert "SOFTWRIGHT_OSV_MIRROR" in check.summary


@pytest.mark.parametrize("python", [True, False])
async def test_lock_files_of_other_package_managers_are_no_pass(tmp_path: Path, *, python: bool) -> None:
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "bun.lockb").write_bytes(b"\0")
    if python:
        (folder / "requirements.lock").write_text(f"jinja2==3.1.6{HASH}\n")
    async with open_dependencies(mirror=str(mirror(tmp_path)), environ={"npm_config_registry": "x"}) as opened:
        check = await opened.scanner.scan(folder, MANIFEST)
    assert check.outcome is CheckOutcome.INCOMPLETE
    assert "bun.lockb is not audited: put a package-lock.json beside it" in check.summary


ADVISORY = {
    "minimist": [
        {
            "id": 1,
            "url": "https://advisories/GHSA-1",
            "title": "Pollution",
            "severity": "high",
            "vulnerable_versions": "<1.2.6",
        }
    ]
}


@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")
@pytest.mark.parametrize(
    ("reply", "outcome", "words"),
    [
        ((200, ADVISORY), AuditOutcome.VULNERABLE, "1 advisories for 1 packages"),
        ((200, {}), AuditOutcome.CLEAN, "no advisory; 1 of 1"),
        ((405, {"message": "Method Not Allowed"}), AuditOutcome.UNAVAILABLE, "npm audit gave no answer"),
    ],
)
async def test_npm_audit(tmp_path: Path, reply: tuple[int, Any], outcome: AuditOutcome, words: str) -> None:
    def answer(method: str, path: str) -> tuple[int, Any]:
        return reply if method == "POST" and "advisories/bulk" in path else (404, {})

    with served(answer) as url:
        async with httpx.AsyncClient() as http:
            result = await NpmAudit(http, registry=url).audit(project(tmp_path), "package-lock.json")
    assert (result.outcome, [a.id for a in result.advisories]) == (outcome, ["GHSA-1"] if "1 adv" in words else [])
    assert words in result.reason


async def test_npm_audit_of_another_package_managers_lock_file(tmp_path: Path) -> None:
    """Two versions of one package, both asked for."""
    (tmp_path / "yarn.lock").write_text('minimist@^1.2.0:\n  version "1.2.5"\n\nminimist@^0.2.0:\n  version "0.2.4"\n')
    asked: list[str] = []

    def answer(method: str, path: str) -> tuple[int, Any]:
        asked.append(path)
        return (200, ADVISORY) if method == "POST" and "advisories/bulk" in path else (404, {})

    with served(answer) as url:
        async with httpx.AsyncClient() as http:
            result = await NpmAudit(http, registry=url).audit(tmp_path, "yarn.lock")
    assert (result.outcome, result.pins, result.answered) == (AuditOutcome.VULNERABLE, 2, 2)
    assert any("advisories/bulk" in path for path in asked)


async def test_an_npm_lock_that_is_none_is_no_pass(tmp_path: Path) -> None:
    folder = project(tmp_path)
    (folder / "package-lock.json").write_text("{}")
    async with httpx.AsyncClient() as http:
        result = await NpmAudit(http).audit(folder, "package-lock.json")
    assert (result.outcome, result.pins) == (AuditOutcome.UNAVAILABLE, 0)
    assert "has no `packages`" in result.reason


async def test_names_are_looked_at(tmp_path: Path) -> None:
    since = {
        "requests": NOW - timedelta(days=4000),
        "reqeusts": NOW - timedelta(days=100),
        "fresh-thing": NOW - timedelta(days=2),
        "djangos": NOW - timedelta(days=4000),
        "@acme/tools": NOW - timedelta(days=900),
    }
    asked = ["requests", "reqeusts", "fresh-thing", "djangos", "never-published", "ours"]
    packages = [Package(PYPI, name, "1", "lock", 1) for name in asked]
    packages += [Package(NPM, "@acme/tools", "1", "lock"), Package(NPM, "lodahs", "1", "lock")]
    with served(lambda m, p: index({**since, "tools": since["@acme/tools"]})(m, p.replace("@acme%2F", ""))) as url:
        async with httpx.AsyncClient() as http:
            registries = (PythonIndex(http, f"{url}/simple"), NpmRegistry(http, url))
            checker = NameChecker(registries, trusted={PYPI: frozenset({"ours"})}, now=lambda: NOW)
            result = await checker.check(packages)
    found = {f.why.split()[0]: (f.rule, f.severity.value, f.confidence.value) for f in result.findings}
    assert found == {
        "reqeusts": (LOOKALIKE, "high", "medium"),
        "fresh-thing": (TOO_NEW, "medium", "medium"),
        "djangos": (LOOKALIKE, "high", "medium"),  # one release only
        "never-published": (INVENTED, "high", "high"),
        "lodahs": (INVENTED, "high", "high"),
    }
    assert "did you mean lodash?" in next(f.why for f in result.findings if f.why.startswith("lodahs"))
    assert (result.asked, result.not_answered) == (7, ())


async def test_an_index_that_knows_nothing_calls_no_name_invented() -> None:
    packages = [Package(PYPI, "something", "1", "lock")]
    with served(lambda _m, _p: (404, {})) as url:
        async with httpx.AsyncClient() as http:
            silent = await NameChecker([PythonIndex(http, f"{url}/simple")]).check(packages)
            away = await NameChecker([PythonIndex(http, "http://127.0.0.1:9/simple")]).check(packages)
    assert (silent.findings, away.findings) == ((), ())
    assert "knows not even pip" in silent.not_answered[0]
    assert "does not answer" in away.not_answered[0]


class Resolving:
    def __init__(self) -> None:
        self.asked: list[str] = []

    async def resolve(self, requirements: list[str], pins: Mapping[str, str]) -> bytes:
        self.asked += requirements
        return b"lock"


async def test_nothing_is_resolved_under_an_invented_name() -> None:
    plain = Resolving()
    with served(index({"pip": NOW, "fastapi": NOW - timedelta(days=2000)})) as url:
        async with httpx.AsyncClient() as http:
            names = NameChecker([PythonIndex(http, f"{url}/simple")], now=lambda: NOW)
            guarded = CheckedResolver(plain, names)
            with pytest.raises(InstallFailed, match="fastapi-magic-orm is not known to the index"):
                await guarded.resolve(["fastapi>=0.1", "fastapi-magic-orm"], {})
            assert plain.asked == []
            assert await guarded.resolve(["fastapi>=0.1", "./local"], {}) == b"lock"
    assert plain.asked == ["fastapi>=0.1", "./local"]
    away = CheckedResolver(plain, NameChecker([]))
    assert await asyncio.wait_for(away.resolve(["anything"], {}), 5) == b"lock"
