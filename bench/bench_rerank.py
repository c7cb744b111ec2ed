"""`make bench-rerank`: what a model that orders the first twenty files wins, on a sample of bench-impact's requests."""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from agents.models.outside import OutsideRuns, outside_runs
from agents.pm.reranking import MOST, rerank
from bench.impact.score import MEASURES, SLICES, Answer, measures
from bench.impact.tasks import Task, is_source, mirror, mirrors_folder, read_tasks
from memory.database import make_pool
from memory.migrations import migrate
from memory.records.impact import Impact
from memory.repositories.code_index import CodeIndexes
from memory.services.postgres import ensure_postgres, stop_postgres
from memory.settings import load_settings
from tools.iterator.analyser import LexicalImpact
from tools.iterator.index import Index
from tools.iterator.interface import Source
from tools.iterator.sources import GitSource

GOAL = 0.78
AT_ONCE = 12
WITHOUT, WITH = "product", "product, a model's order"


async def run(mirrors: Path, tasks: list[Task]) -> tuple[dict[str, list[Answer]], list[str]]:
    """Answers by method, and why a model gave none."""
    with tempfile.TemporaryDirectory(prefix="softwright-bench-") as folder:
        settings = load_settings(home=Path(folder))
        url = ensure_postgres(settings)
        try:
            await migrate(url)
            async with make_pool(url) as pool, outside_runs(settings) as gateway:
                analyser, gate = LexicalImpact(Index(CodeIndexes(pool))), asyncio.Semaphore(AT_ONCE)
                failures: list[str] = []

                async def one(number: int, task: Task) -> tuple[Answer, Answer]:
                    async with gate:
                        git_dir = mirror(mirrors, task.repository)
                        assert git_dir is not None
                        source = GitSource(git_dir, task.snapshot, f"{task.repository}/{task.snapshot}")
                        before = await analyser.analyse(source, task.text)
                        after, failure = await _reranked(analyser, source, task, before, gateway, number)
                        failures.extend(filter(None, [failure]))
                        return _answer(task, before), _answer(task, after)

                pairs = await asyncio.gather(*(one(number, task) for number, task in enumerate(tasks)))
        finally:
            stop_postgres(settings)
    return {WITHOUT: [pair[0] for pair in pairs], WITH: [pair[1] for pair in pairs]}, failures


async def _reranked(
    analyser: LexicalImpact, source: Source, task: Task, before: Impact, gateway: OutsideRuns, number: int
) -> tuple[Impact, str]:
    shown = await analyser.candidates(source, task.text, before, MOST)
    told = await rerank(task.text, shown, gateway, key=f"bench/{number}")
    return await analyser.reordered(source, before, told.order), told.fallback.reason if told.fallback else ""


def _answer(task: Task, impact: Impact) -> Answer:
    hits = sorted(((s.score, f"{f.path}::{s.name}") for f in impact.files for s in f.symbols), reverse=True)
    return Answer(task, tuple(f.path for f in impact.files), tuple(hit for _, hit in hits), impact.took_ms / 1000)


def show(answers: dict[str, list[Answer]], failures: list[str]) -> int:
    console = Console(width=110)
    for title, belongs in SLICES.items():
        part = {name: [answer for answer in given if belongs(answer.task)] for name, given in answers.items()}
        if not part[WITH]:
            continue
        table = Table(title=f"{title}: {len(part[WITH])} requests")
        for column in ("", *MEASURES):
            table.add_column(column)
        for name, given in part.items():
            table.add_row(name, *("" if value is None else f"{value:.3f}" for value in measures(given).values()))
        console.print(table)
    within = [set(filter(is_source, a.files[:MOST])) & set(a.task.gold) for a in answers[WITHOUT]]
    console.print(f"an answer is among the first {MOST}: {sum(map(bool, within)) / len(within):.3f}")
    console.print(f"calls without an order: {len(failures)} {failures[:3]}")
    reached = measures(answers[WITH])["hit@1"] or 0.0
    console.print(f"{'met   ' if reached >= GOAL else 'MISSED'}  hit@1 {reached:.3f} (goal {GOAL})")
    return 0 if reached >= GOAL else 1


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--sample", type=int, default=156)
    options.add_argument("--seed", type=int, default=4)
    asked = options.parse_args()
    mirrors = mirrors_folder()
    tasks = read_tasks(mirrors) if mirrors else []
    if not tasks or mirrors is None or not load_settings().model:
        sys.stderr.write("set LOCBENCH_MIRRORS (docs/impact.md) and a model (.env.example)\n")
        return 2
    sample = random.Random(asked.seed).sample(tasks, min(asked.sample, len(tasks)))
    return show(*asyncio.run(run(mirrors, sample)))


if __name__ == "__main__":
    sys.exit(main())
