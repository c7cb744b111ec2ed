"""Usage from providers: asked seldom, in the background, told once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

from memory.records.monitoring import Target
from memory.records.serving import Usage
from server.monitoring.remote_usage import RemoteUsage
from tools.deploy.interface import PlatformBroken

START = datetime(2030, 1, 1, tzinfo=UTC)
REMOTE = Target("d1", "p", "staging", "render", "http://x", cores=0.5, memory_bytes=400_000_000)
BROKEN = Target("d2", "p", "dev", "render", "http://x")
HERE = Target("d3", "p", "dev", "local", "http://x")


class Provider:
    """Half a core is used all the time."""

    def __init__(self, clock: SimpleNamespace) -> None:
        self.clock = clock
        self.asked: list[str] = []

    async def usage(self, deployment_id: str) -> Usage:
        self.asked.append(deployment_id)
        if deployment_id == "d2":
            raise PlatformBroken("its token was refused", place="render", remedy="Set it anew")
        at = self.clock.time
        seconds = (at - START).total_seconds()
        return Usage(at, 1, 200_000_000, 0.25 * seconds, 1, 0, 0, 0, 0.0, None)


async def test_asked_seldom_and_told_once() -> None:
    clock = SimpleNamespace(time=START)
    clock.now = lambda: clock.time
    provider = Provider(clock)
    source = RemoteUsage(provider, clock, every=timedelta(minutes=5))
    told = []
    for _ in range(45):
        found = await source.usage([REMOTE, BROKEN, HERE])
        told += [found["d1"]] if "d1" in found else []
        assert found.keys() <= {"d1"}
        await asyncio.sleep(0)
        clock.time += timedelta(seconds=15)
    assert provider.asked == ["d1", "d2"] * 3
    assert [usage.cpu_cores for usage in told] == [None, 0.25, 0.25]
    assert [usage.cpu_share for usage in told] == [None, 0.5, 0.5]
    assert {usage.memory_share for usage in told} == {0.5}
    assert await source.usage([HERE]) == {}
