"""Requests to providers: what is repeated, how long is waited, what errors say; and changes of tables elsewhere."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import httpx
import pytest

from memory.records.manifest import Manifest
from memory.records.serving import Release, SchemaMove
from memory.repositories.remote import Slot
from tools.deploy.interface import MigrationRefused
from tools.deploy.remote.calls import (
    Calls,
    Clash,
    Missing,
    NotAllowed,
    Patience,
    Refused,
    Throttled,
    Unclear,
    Unreachable,
)
from tools.deploy.remote.checking import judge_tables

SECRET = "a-token-that-nobody-sees"
Answer = httpx.Response | Exception


def calls(*answers: Answer) -> tuple[Calls, list[str], list[float]]:
    """Each answer once, the last one again and again; what was asked, and how long was slept."""
    asked: list[str] = []
    slept: list[float] = []
    left = list(answers)

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(f"{request.method} {request.url.path}")
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    http = httpx.AsyncClient(transport=httpx.MockTransport(handle))
    made = Calls(
        http, "acme", "https://api.example/v1", {"Authorization": SECRET}, remedy="Set it anew",
        patience=Patience(attempts=3, wait_s=60, pause_s=0.5), sleep=sleep,
    )  # fmt: skip
    return made, asked, slept


def status(code: int, text: str = "no", **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(code, json={"message": text}, headers=named)


def in_seconds(seconds: float) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


FINE = httpx.Response(200, json={"id": 1})


@pytest.mark.parametrize(
    ("answer", "at_least", "at_most"),
    [
        (lambda: status(429, retry_after="7"), 7, 9),
        (lambda: status(429, ratelimit_remaining="0", ratelimit_reset="5"), 5, 12),
        (lambda: status(429, x_ratelimit_remaining="0", x_ratelimit_reset=str(int(time.time()) + 20)), 18, 25),
        (
            lambda: status(429, retry_after=format_datetime(datetime.now(UTC) + timedelta(seconds=9), usegmt=True)),
            7,
            12,
        ),
        (lambda: status(403, x_ratelimit_remaining="0", x_ratelimit_reset="4"), 4, 10),
        (lambda: status(503, retry_after="3"), 3, 4),
    ],
)
async def test_the_provider_says_how_long_to_wait(
    answer: Callable[[], Answer], at_least: float, at_most: float
) -> None:
    made, asked, slept = calls(answer(), FINE)
    assert await made.json("GET", "/x") == {"id": 1}
    assert len(asked) == 2
    assert at_least <= max(slept) <= at_most


@pytest.mark.parametrize(
    ("method", "answer", "error", "times"),
    [
        ("GET", httpx.ReadTimeout("slow"), Unreachable, 3),
        ("GET", status(500), Unreachable, 3),
        ("DELETE", status(502), Unreachable, 3),
        ("POST", httpx.ConnectError("down"), Unreachable, 3),
        ("POST", httpx.ReadTimeout("slow"), Unclear, 1),
        ("POST", httpx.RemoteProtocolError("cut"), Unclear, 1),
        ("POST", status(500), Unclear, 1),
        ("PATCH", status(503), Unclear, 1),
        ("POST", status(429), Throttled, 3),
        ("POST", status(429, retry_after="3600"), Throttled, 1),
        ("GET", status(401), NotAllowed, 1),
        ("GET", status(404), Missing, 1),
        ("POST", status(409), Clash, 1),
        ("POST", status(422, "Name has already been taken"), Clash, 1),
        ("POST", status(422, f"the header {SECRET} is wrong"), Refused, 1),
        ("POST", status(402), Refused, 1),
    ],
)
async def test_only_what_is_safe_is_repeated(method: str, answer: Answer, error: type[Exception], times: int) -> None:
    made, asked, _ = calls(answer)
    with pytest.raises(error) as caught:
        await made.ask(method, "/services")
    assert len(asked) == times
    assert f"acme, {method} /services" in str(caught.value)
    assert SECRET not in str(caught.value)


OLD = {
    "app/models.py": "class Note(Base):\n    __tablename__ = 'notes'\n    title = mapped_column(String())\n",
    "migrations/versions/1.py": "revision = '1'\ndown_revision = None\n\ndef upgrade():\n    pass\n",
}
DROPS = "revision = '2'\ndown_revision = '1'\n\ndef upgrade():\n    op.drop_column('notes', 'title')\n"


async def test_a_change_that_breaks_the_old_version_is_refused_elsewhere_too(tmp_path: Path) -> None:
    for name, files in (("old", OLD), ("new", OLD | {"migrations/versions/2.py": DROPS})):
        for path, text in files.items():
            (tmp_path / name / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name / path).write_text(text)

    @asynccontextmanager
    async def code_of(project: str, commit: str) -> AsyncIterator[Path]:
        yield tmp_path / commit

    manifest = Manifest(template="t", template_version="1", asgi="app.main:app")
    slot = Slot("p", "staging", "render")

    def release(*, downtime: bool) -> Release:
        move = SchemaMove("1", "2", back=False)
        return Release("d", "p", "staging", "new", tmp_path / "new", downtime=downtime, schema=move)

    with pytest.raises(MigrationRefused, match=r"drops the column notes\.title"):
        await judge_tables(slot, release(downtime=False), manifest, "old", code_of)
    await judge_tables(slot, release(downtime=True), manifest, "old", code_of)
