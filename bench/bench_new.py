"""`make bench-new`: how long a sentence takes to a live URL, by phase, and what part of it no tool could save."""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.checkpoints import checkpoint_ms
from bench.floor import Floor, measure
from bench.product import Job, server

GOAL_S, GOAL_RATIO, GOAL_STEP_MS = 10.0, 2.0, 10.0


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=5, help="warm runs, of which the table shows the median")
    rounds = options.parse_args().rounds
    home = Path(tempfile.mkdtemp(prefix="softwright-bench-"))
    try:
        with server(home) as running:
            cold = running.job()
            measure(home, cold.project_id, cold.commit)  # the disk's cache is filled for the floor as for the job
            warm, floors = [], []
            for _ in range(rounds):
                warm.append(running.job())
                floors.append(measure(home, warm[-1].project_id, warm[-1].commit))
            steps = checkpoint_ms(home)
        return show(running.started_s, cold, warm, floors, steps)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def show(started_s: float, cold: Job, warm: list[Job], floors: list[Floor], steps: list[float]) -> int:
    """Prints the table and says which goals are met; 0 where all are."""
    console = Console(width=max(100, Console().width))
    console.print(_table(started_s, cold, warm, floors))
    total = statistics.median(job.total for job in warm)
    ratios = [job.total / floor.total for job, floor in zip(warm, floors, strict=True)]
    loads = " ".join(f"{job.load:.1f}" for job in warm)
    console.print(f"{os.cpu_count()} cores; load average when each warm run began: {loads}")
    ratio, step_ms = statistics.median(ratios), statistics.median(steps)
    goals = (
        (total <= GOAL_S, f"warm {total:.2f} s (goal: at most {GOAL_S:g} s)"),
        (
            ratio <= GOAL_RATIO,
            f"{ratio:.2f} times the floor, {min(ratios):.2f} to {max(ratios):.2f} (goal: at most {GOAL_RATIO:g})",
        ),
        (
            step_ms <= GOAL_STEP_MS,
            f"{step_ms:.1f} ms of a graph's step in checkpoints, fastest {min(steps):.1f} (goal: at most "
            f"{GOAL_STEP_MS:g})",
        ),
    )
    for met, words in goals:
        console.print(f"{'met   ' if met else 'MISSED'}  {words}")
    return 0 if all(met for met, _ in goals) else 1


def _table(started_s: float, cold: Job, warm: list[Job], floors: list[Floor]) -> Table:
    table = Table(title="One sentence to a live URL, in seconds")
    table.add_column("phase")
    for name in ("cold", "warm", "min", "max"):
        table.add_column(name, justify="right")
    table.add_row("service start", f"{started_s:.2f}", "", "", "")
    for phase in cold.phases:
        _row(table, phase, f"{cold.phases[phase]:.2f}", [job.phases[phase] for job in warm])
    table.add_section()
    _row(table, "floor: the application's tests", "", [floor.tests_s for floor in floors])
    _row(table, "floor: its start until it answers", "", [floor.start_s for floor in floors])
    _row(table, "floor", "", [floor.total for floor in floors])
    return table


def _row(table: Table, name: str, cold: str, values: Sequence[float]) -> None:
    table.add_row(name, cold, *(f"{value:.2f}" for value in (statistics.median(values), min(values), max(values))))


if __name__ == "__main__":
    sys.exit(main())
