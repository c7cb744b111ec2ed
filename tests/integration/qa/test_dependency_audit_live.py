"""The real pip-audit against services on the loopback that answer well, badly or not at all."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from memory.records.manifest import Manifest
from memory.records.report import CheckOutcome
from tools.security.dependency_audit import DependencyAuditor
from tools.security.interface import AuditOutcome, AuditResult

HASH = " --hash=sha256:" + "0" * 64
LOCK = f"jinja2==2.10{HASH}\nrequests==2.19.0 \\\n   {HASH}\n"
ADVISORY = {
    "id": "PYSEC-2019-217",
    "aliases": ["CVE-2019-10906"],
    "summary": "Sandbox escape.",
    "affected": [
        {
            "package": {"name": "jinja2", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.10.1"}]}],
        }
    ],
}
Reply = Callable[[str], tuple[int, bytes]]


@contextmanager
def service(reply: Reply) -> Iterator[tuple[str, list[str]]]:
    """An OSV service: `reply` turns a package's name into status and body. Yields its address and what was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            name = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["package"]["name"]
            asked.append(name)
            status, body = reply(name)
            with suppress(BrokenPipeError, ConnectionResetError):
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1/query", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def clean(_: str) -> tuple[int, bytes]:
    return 200, b"{}"


def vulnerable(name: str) -> tuple[int, bytes]:
    return 200, json.dumps({"vulns": [ADVISORY]} if name == "jinja2" else {}).encode()


async def audit(url: str, lock: str = LOCK, **options: float) -> AuditResult:
    return await DependencyAuditor(osv_url=url, **options).audit(lock.encode())


async def test_clean() -> None:
    with service(clean) as (url, asked):
        result = await audit(url)
    assert result.outcome is AuditOutcome.CLEAN, result
    assert (result.pins, result.answered, result.exit_code) == (2, 2, 0)
    assert sorted(asked) == ["jinja2", "requests"]


async def test_vulnerable() -> None:
    with service(vulnerable) as (url, _):
        result = await audit(url)
    assert result.outcome is AuditOutcome.VULNERABLE
    (advisory,) = result.advisories
    assert (advisory.package, advisory.version, advisory.fixed_in) == ("jinja2", "2.10", ("2.10.1",))
    assert {advisory.id, *advisory.aliases} == {"PYSEC-2019-217", "CVE-2019-10906"}


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(lambda _: (404, b"not here"), id="404"),
        pytest.param(lambda _: (500, b"sorry"), id="500"),
        pytest.param(lambda _: (200, b"<html>sign in to the network</html>"), id="a web page"),
        pytest.param(lambda _: (200, b'{"vulns": [{}]}'), id="advisory without id"),
        pytest.param(lambda _: (405, b'{"statusCode": 405}'), id="405"),
    ],
)
async def test_service_that_does_not_answer_is_unavailable(reply: Reply) -> None:
    with service(reply) as (url, _):
        result = await audit(url)
    assert result.outcome is AuditOutcome.UNAVAILABLE, result
    assert result.answered == 0


async def test_connection_refused() -> None:
    result = await audit("http://127.0.0.1:9/v1/query")
    assert result.outcome is AuditOutcome.UNAVAILABLE
    assert "refused" in result.reason


@pytest.mark.parametrize(("timeout_s", "reason"), [(2.0, "timed out|within 2 s"), (0.8, "no answer within 0.8 s")])
async def test_hanging_service_is_given_up(timeout_s: float, reason: str) -> None:
    """On a busy machine our patience may end before pip-audit's own."""
    release = threading.Event()

    def hang(_: str) -> tuple[int, bytes]:
        release.wait(30)
        return 200, b"{}"

    with service(hang) as (url, _):
        result = await audit(url, timeout_s=timeout_s)
        release.set()
    assert result.outcome is AuditOutcome.UNAVAILABLE
    assert re.search(reason, result.reason.lower())


async def test_cancelled_audit_leaves_no_process() -> None:
    release, reached = threading.Event(), threading.Event()

    def hang(_: str) -> tuple[int, bytes]:
        reached.set()
        release.wait(30)
        return 200, b"{}"

    def auditing() -> list[str]:
        commands = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
        return [c.decode() for c in commands if b"pip_audit" in c and url.encode() in c]

    with service(hang) as (url, _):
        task = asyncio.create_task(audit(url))
        assert await asyncio.to_thread(reached.wait, 30)
        assert await asyncio.to_thread(auditing)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(auditing) == []
        release.set()


@pytest.mark.parametrize(
    "line",
    [
        "flask",
        "flask>=2",
        "-e ./local",
        "flask @ https://example.invalid/flask.whl",
        "https://example.invalid/flask.whl",
        "./flask.whl",
        "-r /etc/hostname",
        "--index-url http://127.0.0.1:9/simple",
    ],
)
async def test_line_that_is_no_pin_is_named_and_not_obeyed(line: str) -> None:
    with service(clean) as (url, asked):
        result = await audit(url, f"{LOCK}{line}\n")
    assert result.outcome is AuditOutcome.INCOMPLETE
    assert result.not_answered == (f"line 4: {line}",)
    assert sorted(asked) == ["jinja2", "requests"]


async def test_two_versions_by_marker_are_both_asked_for() -> None:
    lock = f"six==1.16.0 ; python_version < '3.12'{HASH}\nsix==1.17.0 ; python_version >= '3.12'{HASH}\n"
    with service(clean) as (url, asked):
        result = await audit(url, lock)
    assert result.outcome is AuditOutcome.CLEAN
    assert (result.pins, asked) == (2, ["six", "six"])


async def test_empty_lock_is_no_pass() -> None:
    with service(clean) as (url, asked):
        result = await audit(url, "# nothing\n")
    assert result.outcome is AuditOutcome.INCOMPLETE
    assert "names no package" in result.reason
    assert asked == []


async def test_without_pip_audit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/usr/bin/false")
    result = await audit("http://127.0.0.1:9/v1/query")
    assert result.outcome is AuditOutcome.UNAVAILABLE


async def test_check_of_a_project(tmp_path: Path) -> None:
    (tmp_path / "requirements.lock").write_text(LOCK)
    manifest = Manifest(template="none", template_version="1", asgi="a:b")
    with service(vulnerable) as (url, _):
        check = await DependencyAuditor(osv_url=url).scan(tmp_path, manifest)
    assert check.outcome is CheckOutcome.FAILED
    (finding,) = check.findings
    assert (finding.file, finding.line, finding.fix) == ("requirements.lock", 1, "use 2.10.1")
    assert check.summary.startswith("vulnerable: 1 advisories for 1 packages")


async def test_lock_that_is_missing_or_a_link(tmp_path: Path) -> None:
    manifest = Manifest(template="none", template_version="1", asgi="a:b")
    missing = await DependencyAuditor().scan(tmp_path, manifest)
    assert missing.outcome is CheckOutcome.UNAVAILABLE
    (tmp_path / "requirements.lock").symlink_to("/etc/hostname")
    link = await DependencyAuditor().scan(tmp_path, manifest)
    assert link.outcome is CheckOutcome.UNAVAILABLE
    assert "cannot be read" in link.summary


class Cache:
    """Keeps everything for ever, as a careless store would."""

    def __init__(self) -> None:
        self.kept: dict[str, AuditResult] = {}
        self.seconds: list[int] = []

    async def get(self, key: str) -> AuditResult | None:
        return self.kept.get(key)

    async def put(self, key: str, result: AuditResult, keep_s: int) -> None:
        self.kept[key] = result
        self.seconds.append(keep_s)


@pytest.mark.parametrize(
    ("reply", "outcome", "kept"),
    [
        pytest.param(clean, CheckOutcome.PASSED, timedelta(hours=24), id="clean"),
        pytest.param(lambda _: (500, b""), CheckOutcome.UNAVAILABLE, timedelta(minutes=1), id="unavailable"),
    ],
)
async def test_answers_are_kept_for_their_time(
    tmp_path: Path, reply: Reply, outcome: CheckOutcome, kept: timedelta
) -> None:
    (tmp_path / "requirements.lock").write_text("six==1.17.0\n")
    manifest = Manifest(template="none", template_version="1", asgi="a:b")
    clock = [datetime(2026, 1, 1, tzinfo=UTC)]
    cache = Cache()
    with service(reply) as (url, asked):
        auditor = DependencyAuditor(osv_url=url, cache=cache, now=lambda: clock[0])
        first = await auditor.scan(tmp_path, manifest)
        calls = len(asked)
        clock[0] += kept - timedelta(seconds=1)
        second = await auditor.scan(tmp_path, manifest)
        assert len(asked) == calls
        clock[0] += timedelta(seconds=1)
        third = await auditor.scan(tmp_path, manifest)
        assert len(asked) == 2 * calls
    assert [c.outcome for c in (first, second, third)] == [outcome] * 3
    assert [c.evidence["cached"] for c in (first, second, third)] == [False, True, False]
    assert second.evidence["answered_at"] == first.evidence["answered_at"]
    assert cache.seconds == [int(kept.total_seconds())] * 2
