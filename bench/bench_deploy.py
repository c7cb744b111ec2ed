"""`make bench-deploy`: deploys, rollbacks and broken releases of a live application, with callers all the time."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.callers import WRONG_ANSWER, Asked
from bench.product import free_port
from bench.releases import BROKEN, Source, rendered
from graph.serving import keeper_command
from memory.records.serving import DeploymentStatus, Serving
from memory.secrets_file import FileSecrets
from tools.deploy.interface import ReleaseBroken
from tools.deploy.local.platform import LocalPlatform
from tools.deploy.local.slot import Settings
from tools.sandbox.bubblewrap import BubblewrapSandbox
from tools.sandbox.environments import UvEnvironments

KINDS = ("kept=5", "naive=5", "new=5", "post=5")
QUIET_S, BETWEEN_S = 10.0, 1.5
LONGEST_S = 900.0
GOAL_LIVE_S, GOAL_BACK_S, GOAL_P99, GOAL_RATE = 10.0, 10.0, 3.0, 198.0
SETTINGS = Settings(startup_s=12.0, drain_s=1.0, watch_s=2.0, linger_s=5.0)
DRAINED_S = SETTINGS.drain_s + 0.5


@dataclass
class Callers:
    """A process of its own, so that what is measured is the application and not the deploy's own work."""

    process: subprocess.Popen[str]
    asked: list[Asked] = field(default_factory=list)

    @classmethod
    def start(cls, url: str, kinds: Sequence[str] = KINDS) -> Callers:
        argv = [sys.executable, "-m", "bench.callers", url, str(LONGEST_S), *kinds]
        return cls(subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))

    def stop(self) -> None:
        said, _ = self.process.communicate("", timeout=60)
        self.asked = [Asked(*json.loads(line)) for line in said.splitlines()]

    def during(self, windows: Sequence[tuple[float, float]]) -> list[Asked]:
        return [one for one in self.asked if any(begin <= one.began < end for begin, end in windows)]


@dataclass
class Told:
    """What happened when, on the clock of the callers."""

    quiet: list[tuple[float, float]] = field(default_factory=list)
    """Before the first deploy and between two, so that what else the machine does weighs on both alike."""
    cpu_ms: float = 0.0
    """The application's processor time for a request, in the quiet."""
    deploys: list[tuple[float, float]] = field(default_factory=list)
    rollbacks: list[tuple[float, float]] = field(default_factory=list)
    good: tuple[float, float] = (0.0, 0.0)
    """From the first deploy to the last rollback."""
    broken: dict[str, tuple[float, float]] = field(default_factory=dict)
    outcomes: dict[str, str] = field(default_factory=dict)
    turned_back: list[str] = field(default_factory=list)
    """Kinds of broken releases that had callers for a while."""


class Bench:
    def __init__(self, platform: LocalPlatform, source: Source) -> None:
        self._platform = platform
        self._source = source
        self.told = Told()

    async def first(self) -> Serving:
        return await self._platform.deploy(self._source.release("first"), self._source.manifest)

    async def good(self, deploys: int, rollbacks: int, first: str) -> None:
        told = self.told
        begin, before = time.monotonic(), await self._platform.usage(first)
        await asyncio.sleep(QUIET_S)
        told.quiet, after = [(begin, time.monotonic())], await self._platform.usage(first)
        told.cpu_ms = (after.cpu_seconds - before.cpu_seconds) * 1000 / max(1, after.requests - before.requests)
        for number in range(deploys):
            release = self._source.release(f"v{number}")
            began = time.monotonic()
            await self._platform.deploy(release, self._source.manifest)
            told.deploys.append((began, time.monotonic()))
            settled = await self._platform.settle(release.deployment_id)
            if settled.status is not DeploymentStatus.HEALTHY:
                raise RuntimeError(f"a good release did not stay: {settled.detail}")
            if (number + 1) * rollbacks // deploys > len(told.rollbacks):
                began = time.monotonic()
                await self._platform.rollback(release.deployment_id, "bench")
                told.rollbacks.append((began, time.monotonic()))
                await asyncio.sleep(DRAINED_S)
            began = time.monotonic()
            await asyncio.sleep(BETWEEN_S)
            told.quiet.append((began, time.monotonic()))
        told.good = (told.deploys[0][0], time.monotonic())

    async def broken(self, kind: str) -> None:
        told, release = self.told, self._source.release(kind, BROKEN[kind])
        began = time.monotonic()
        try:
            await self._platform.deploy(release, self._source.manifest)
        except ReleaseBroken as error:
            told.outcomes[kind] = f"refused: {error.what.partition(': ')[2][:60]}"
        else:
            settled = await self._platform.settle(release.deployment_id)
            told.turned_back.append(kind)
            told.outcomes[kind] = f"{settled.status.value}: {settled.detail[:60]}"
        told.broken[kind] = (began, time.monotonic())
        await asyncio.sleep(0.5)


async def measure(folder: Path, deploys: int, rollbacks: int) -> tuple[Told, Callers]:
    home, port = folder / "home", free_port()
    secrets = home / "secrets"
    platform = LocalPlatform(
        home,
        keeper_command(secrets),
        UvEnvironments(folder / "environments", BubblewrapSandbox()),
        FileSecrets(secrets),
        settings=SETTINGS,
        ports=range(port, port + 1),
    )
    with rendered(folder) as source:
        bench = Bench(platform, source)
        served = await bench.first()
        callers = Callers.start(served.url or "")
        try:
            await bench.good(deploys, rollbacks, served.deployment_id)
            for kind in BROKEN:
                await bench.broken(kind)
        finally:
            await asyncio.to_thread(callers.stop)
            await platform.stop_all()
    return bench.told, callers


def p(asked: Sequence[Asked], share: float) -> float:
    times = sorted(one.ms for one in asked)
    return times[min(len(times) - 1, int(share * len(times)))] if times else float("nan")


def show(told: Told, callers: Callers) -> int:
    """Prints the tables and says which goals are met; 0 where all are."""
    console = Console(width=max(110, Console().width))
    good = callers.during([(told.quiet[0][0], told.good[1])])
    quiet, switching = callers.during(told.quiet), callers.during([*told.deploys, *told.rollbacks])
    table = Table("kind of caller", "requests", "failed", "p50 ms", "p99 ms", "p99 ms in a switch", "longest ms")
    for kind in (*dict.fromkeys(one.kind for one in good), ""):
        mine = [one for one in good if one.kind == kind or not kind]
        inside = [one for one in switching if one.kind == kind or not kind]
        failed = sum(bool(one.fault) for one in mine)
        figures = [f"{value:.1f}" for value in (p(mine, 0.5), p(mine, 0.99), p(inside, 0.99), max(o.ms for o in mine))]
        table.add_row(kind or "all", str(len(mine)), str(failed), *figures)
    console.print(table)
    console.print(_broken_table(told, callers))
    faults = sorted({one.fault for one in good if one.fault})
    live = [end - begin for begin, end in told.deploys]
    ratio = p(switching, 0.99) / p(quiet, 0.99)
    silent = [o for o in callers.during(list(told.broken.values())) if o.fault and not _answered_badly(o, told)]
    back = max((_back_s(kind, told, callers) for kind in told.turned_back), default=0.0)
    span = told.good[1] - told.quiet[0][0]
    answered = (
        len([one for one in callers.asked if told.quiet[0][0] <= one.began + one.ms / 1000 < told.good[1]]) / span
    )
    offered, late = len(good) / span, sorted(one.late_ms for one in good)
    console.print(
        f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}; {offered:.1f} requests a second offered,"
        f" {answered:.1f} answered; callers' own lateness p99 {late[int(0.99 * len(late))]:.1f} ms;"
        f" {told.cpu_ms:.2f} ms of processor a request"
    )
    console.print(f"{len(live)} deploys, live after {statistics.median(live):.2f} s (median)")
    if told.rollbacks:
        took = statistics.median(end - begin for begin, end in told.rollbacks)
        console.print(f"{len(told.rollbacks)} rollbacks in {took:.2f} s (median)")
    goals = (
        (answered >= GOAL_RATE, f"{answered:.1f} requests a second were answered (goal: {GOAL_RATE:g})"),
        (not faults, f"{len([o for o in good if o.fault])} of {len(good)} requests failed {faults[:3] or ''}"),
        (ratio <= GOAL_P99, f"p99 in a switch {p(switching, 0.99):.0f} ms, {ratio:.1f} times the quiet one"
                            f" ({p(quiet, 0.99):.0f} ms; goal: at most {GOAL_P99:g})"),
        (max(live) <= GOAL_LIVE_S, f"live after {max(live):.2f} s at most (goal: {GOAL_LIVE_S:g} s)"),
        (back <= GOAL_BACK_S, f"the old version serves again after {back:.2f} s at most (goal: {GOAL_BACK_S:g} s)"),
        (not silent, f"{len(silent)} requests failed while a broken release was refused (goal: 0)"),
    )  # fmt: skip
    for met, words in goals:
        console.print(f"{'met   ' if met else 'MISSED'} {words}", highlight=False)
    return 0 if all(met for met, _ in goals) else 1


def _answered_badly(one: Asked, told: Told) -> bool:
    """By a broken version that had callers until it was turned back."""
    return any(begin <= one.began < end and kind in told.turned_back for kind, (begin, end) in told.broken.items())


def _back_s(kind: str, told: Told, callers: Callers) -> float:
    """From the first request that the broken release failed until the old one served again."""
    window = told.broken[kind]
    return window[1] - min((one.began for one in callers.during([window]) if one.fault), default=window[1])


def _broken_table(told: Told, callers: Callers) -> Table:
    table = Table("broken release", "what became of it", "back after s", "requests", "failed", "no answer")
    for kind, window in told.broken.items():
        mine = callers.during([window])
        failed = [one for one in mine if one.fault]
        silent = [one for one in failed if not one.fault.startswith(WRONG_ANSWER)]
        back = f"{_back_s(kind, told, callers):.2f}" if kind in told.turned_back else "never left"
        table.add_row(kind, told.outcomes[kind], back, str(len(mine)), str(len(failed)), str(len(silent)))
    return table


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--deploys", type=int, default=30)
    options.add_argument("--rollbacks", type=int, default=10)
    chosen = options.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="softwright-bench-"))
    try:
        return show(*asyncio.run(measure(folder, chosen.deploys, chosen.rollbacks)))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
