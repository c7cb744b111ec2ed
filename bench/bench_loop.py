"""`make bench-loop`: what Dev's tool loop costs beside the model, next to mini-swe-agent: time and tokens."""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.loop_apps import Spent, minis, ours
from bench.loop_endpoint import GROUPED, MINI, OURS, Traffic, long_script
from bench.loop_mini import Mini, Unavailable
from bench.loop_product import opened

GOAL_GAP_MS, GOAL_FIXED, GOAL_SHARE, GOAL_GROWTH = 20.0, 1_000, 1 / 3, 1.25
TURNS = 120
Measured = dict[str, list[Traffic]]
SEVEN, TOGETHER, LONG, MINI_SEVEN, MINI_LONG = "seven", "grouped", "long", "mini seven", "mini long"


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=5, help="rounds of the seven-call task")
    options.add_argument("--turns", type=int, default=TURNS, help="of the long task")
    options.add_argument("--alone", action="store_true", help="without mini-swe-agent")
    options.add_argument("--only", choices=("loop", "apps"), help="one of the two tables")
    given = options.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="softwright-bench-"))
    mini, why, code = Mini(folder / "mini"), "", 0
    try:
        try:
            if given.alone:
                raise Unavailable("left out by --alone")
            mini.install()
        except Unavailable as error:
            why = str(error)
        if given.only != "apps":
            code |= asyncio.run(_loop(folder, given.rounds, given.turns, mini, why))
        if given.only != "loop":
            code |= _show_apps(ours(folder / "apps"), {} if why else minis(mini, folder))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return code


async def _loop(folder: Path, rounds: int, turns: int, mini: Mini, why: str) -> int:
    found: Measured = {}
    async with AsyncExitStack() as stack:
        product = await opened(folder / "home", stack)
        await product.loop(OURS)  # imports and caches
        for number in range(rounds):
            found.setdefault(SEVEN, []).append(await product.loop(OURS))
            found.setdefault(TOGETHER, []).append(await product.loop(GROUPED))
            if not why:
                found.setdefault(MINI_SEVEN, []).append(await asyncio.to_thread(mini.run, MINI, f"seven-{number}"))
        found[LONG] = [await product.loop(long_script(turns), turns + 1)]
        if not why:
            found[MINI_LONG] = [await asyncio.to_thread(mini.run, long_script(turns, mini=True), "long")]
    return _show(found, turns, mini.version, why)


def _show(found: Measured, turns: int, version: str, why: str) -> int:
    console = Console(width=max(110, Console().width))
    table = Table(title="The tool loop beside the model")
    for name in ("task", "gap, median ms", "p95", "first 20", "last 20", "fixed tokens", "prompts, tokens"):
        table.add_column(name, justify="left" if name == "task" else "right")
    for key, title in _titles(turns, version).items():
        if key in found:
            table.add_row(title, *_cells(found[key]))
        else:
            table.add_row(title, *["not available"] + ["-"] * 5)
    console.print(table)
    if why:
        console.print(f"mini-swe-agent could not be had: {why}")
    console.print(f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}; tokens are bytes / 4, on both sides")
    for line in _beside(found):
        console.print(f"        {line}")
    goals = _goals(found)
    for met, words in goals:
        console.print(f"{'met   ' if met else 'MISSED'}  {words}")
    return 0 if all(met for met, _ in goals) else 1


def _show_apps(found: Mapping[str, Mapping[str, Spent]], beside: Mapping[str, Spent]) -> int:
    console = Console(width=max(110, Console().width))
    table = Table(title="Tokens to a live application that passes its checks")
    for name in ("request", "by", "calls", "prompts", "answers", "together", "of mini-swe-agent's"):
        table.add_column(name, justify="left" if name in ("request", "by") else "right")
    missed = False
    for name, roles in found.items():
        whole, other = sum(roles.values(), Spent()), beside.get(name)
        for role, spent in roles.items():
            table.add_row(name, role, *_counted(spent))
        share = whole.total / other.total if other else None
        missed |= share is not None and share > GOAL_SHARE
        table.add_row("", "all", *_counted(whole), f"{share:.2f}" if share else "", end_section=other is None)
        if other:
            table.add_row("", "mini-swe-agent", *_counted(other), end_section=True)
    console.print(table)
    verdict = "MISSED" if missed else "met   " if beside else "not measured:"
    console.print(f"{verdict}  a third of mini-swe-agent's tokens")
    return 1 if missed else 0


def _counted(spent: Spent) -> list[str]:
    return [f"{spent.calls}", f"{spent.prompt:,}", f"{spent.completion:,}", f"{spent.total:,}"]


def _titles(turns: int, version: str) -> dict[str, str]:
    return {
        SEVEN: "Softwright, seven calls",
        TOGETHER: "Softwright, the same in two answers",
        LONG: f"Softwright, {turns} turns",
        MINI_SEVEN: f"mini-swe-agent {version}, seven calls",
        MINI_LONG: f"mini-swe-agent {version}, {turns} turns",
    }


def _cells(traffic: Sequence[Traffic]) -> list[str]:
    gaps = [gap for one in traffic for gap in one.gaps_ms]
    early, late = _early_late(traffic[0].gaps_ms) if len(traffic) == 1 else (None, None)
    ends = [f"{value:.1f}" if value is not None else "" for value in (early, late)]
    total = statistics.median(one.total for one in traffic)
    return [f"{statistics.median(gaps):.1f}", f"{_p95(gaps):.1f}", *ends, f"{traffic[0].fixed:,}", f"{total:,.0f}"]


def _early_late(times: Sequence[float]) -> tuple[float, float]:
    return statistics.median(times[:20]), statistics.median(times[-20:])


def _beside(found: Measured) -> Iterator[str]:
    """What a loaded machine leaves of meaning: both in the same run."""
    for own, theirs, what in ((SEVEN, MINI_SEVEN, "seven calls"), (LONG, MINI_LONG, "the long task")):
        if theirs in found:
            share = _median_gap(found[own]) / _median_gap(found[theirs])
            yield f"{share:.2f} of mini-swe-agent's gap in the same run, {what}"


def _median_gap(traffic: Sequence[Traffic]) -> float:
    return statistics.median(gap for one in traffic for gap in one.gaps_ms)


def _p95(gaps: Sequence[float]) -> float:
    return sorted(gaps)[min(len(gaps) - 1, round(0.95 * len(gaps)))]


def _goals(found: Measured) -> list[tuple[bool, str]]:
    gap = _median_gap(found[SEVEN])
    early, late = _early_late(found[LONG][0].gaps_ms)
    begins, ends = _early_late(found[LONG][0].cpu_ms)
    fixed = found[SEVEN][0].fixed
    own = f"{begins:.1f} ms of processor time in the first 20 turns, {ends:.1f} in the last 20 (goal: flat)"
    goals = [
        (gap <= GOAL_GAP_MS, f"{gap:.1f} ms between two calls (goal: at most {GOAL_GAP_MS:g})"),
        (late <= GOAL_GROWTH * early, f"{early:.1f} ms in the first 20 turns, {late:.1f} in the last 20 (goal: flat)"),
        (ends <= GOAL_GROWTH * begins, own),
        (fixed <= GOAL_FIXED, f"{fixed:,} tokens in every prompt (goal: at most {GOAL_FIXED:,})"),
    ]
    if MINI_SEVEN in found:
        for key, how in ((SEVEN, "one call an answer"), (TOGETHER, "calls together")):
            share = found[key][0].total / found[MINI_SEVEN][0].total
            goals.append((share <= GOAL_SHARE, f"{share:.2f} of mini-swe-agent's prompt tokens, {how} (goal: 0.33)"))
    return goals


if __name__ == "__main__":
    sys.exit(main())
