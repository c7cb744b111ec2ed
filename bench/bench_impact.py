"""`make bench-impact`: how well impact analysis finds what past changes touched, beside plain BM25 in the same run."""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.impact.score import MEASURES, SLICES, Answer, measures
from bench.impact.tasks import Task, mirror, mirrors_folder, read_tasks
from memory.database import make_pool
from memory.migrations import migrate
from memory.repositories.code_index import CodeIndexes
from memory.services.postgres import ensure_postgres, stop_postgres
from memory.settings import load_settings
from tools.iterator.analyser import impact_of
from tools.iterator.codebase import Codebase
from tools.iterator.index import Index
from tools.iterator.request import read_request
from tools.iterator.sources import GitSource

GOALS = {"acc@5": 0.74, "acc@10": 0.85, "hit@1": 0.68, "MRR": 0.79, "fnR@10": 0.58}
PRODUCT, FILES, CHUNKS, NO_HISTORY = "product", "BM25, whole files", "BM25, function chunks", "product, no history"
QUERY_P95_S = 0.1


async def run(mirrors: Path, tasks: list[Task]) -> tuple[dict[str, list[Answer]], list[float]]:
    """Answers by method, and seconds of indexing by snapshot."""
    answers: dict[str, list[Answer]] = {name: [] for name in (FILES, CHUNKS, NO_HISTORY, PRODUCT)}
    indexing = []
    with tempfile.TemporaryDirectory(prefix="softwright-bench-") as folder:
        settings = load_settings(home=Path(folder))
        url = ensure_postgres(settings)
        try:
            await migrate(url)
            async with make_pool(url) as pool:
                for (repository, snapshot), group in groupby(tasks, key=lambda task: (task.repository, task.snapshot)):
                    git_dir = mirror(mirrors, repository)
                    assert git_dir is not None
                    began = time.perf_counter()
                    code = await Index(CodeIndexes(pool)).at(GitSource(git_dir, snapshot, f"{repository}/{snapshot}"))
                    code.warm_up()
                    indexing.append(time.perf_counter() - began)
                    bare = Codebase(code.files, [])
                    for task in group:
                        for name, answer in _answers(code, bare, task):
                            answers[name].append(answer)
        finally:
            stop_postgres(settings)
    return answers, indexing


def _answers(code: Codebase, bare: Codebase, task: Task) -> Iterator[tuple[str, Answer]]:
    request = read_request(task.text)
    whole = code.whole.scores(request.weights)
    yield FILES, Answer(task, tuple(sorted(whole, key=lambda path: (-whole[path], path))), None, 0)
    chunks = code.chunks.scores(request.weights)
    places = sorted(chunks, key=lambda place: (-chunks[place], place))
    functions = tuple(f"{path}::{code.symbol((path, number)).name}" for path, number in places[:10])
    yield CHUNKS, Answer(task, tuple(dict.fromkeys(path for path, _ in places)), functions, 0)
    for name, base in ((NO_HISTORY, bare), (PRODUCT, code)):
        began = time.perf_counter()
        impact = impact_of(base, "", task.text)
        seconds = time.perf_counter() - began
        hits = sorted(((s.score, f"{f.path}::{s.name}") for f in impact.files for s in f.symbols), reverse=True)
        yield name, Answer(task, tuple(f.path for f in impact.files), tuple(hit for _, hit in hits), seconds)


def show(answers: dict[str, list[Answer]], indexing: list[float]) -> int:
    console = Console(width=max(110, Console().width))
    for title, belongs in SLICES.items():
        part = {name: [answer for answer in given if belongs(answer.task)] for name, given in answers.items()}
        if not part[PRODUCT]:
            continue
        table = Table(title=f"{title}: {len(part[PRODUCT])} requests")
        for column in ("", *MEASURES):
            table.add_column(column)
        for name, given in part.items():
            table.add_row(name, *("" if value is None else f"{value:.3f}" for value in measures(given).values()))
        console.print(table)
    seconds = sorted(answer.seconds for answer in answers[PRODUCT])
    p95 = seconds[int(len(seconds) * 0.95)]
    console.print(f"first index: mean {statistics.mean(indexing):.2f} s, most {max(indexing):.2f} s")
    console.print(f"query: p50 {1000 * statistics.median(seconds):.1f} ms, p95 {1000 * p95:.1f} ms")
    reached = measures(answers[PRODUCT])
    goals = [
        ((reached[name] or 0) >= goal, f"{name} {reached[name]:.3f} (goal {goal})") for name, goal in GOALS.items()
    ]
    goals.append((p95 <= QUERY_P95_S, f"query p95 {1000 * p95:.1f} ms (goal {1000 * QUERY_P95_S:.0f})"))
    for met, words in goals:
        console.print(f"{'met   ' if met else 'MISSED'}  {words}")
    return 0 if all(met for met, _ in goals) else 1


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--repository", help="only this one: owner/name")
    only = options.parse_args().repository
    mirrors = mirrors_folder()
    tasks = [task for task in read_tasks(mirrors) if only in (None, task.repository)] if mirrors else []
    if not tasks or mirrors is None:
        sys.stderr.write("set LOCBENCH_MIRRORS to a folder of git mirrors named owner+name/repo (docs/impact.md)\n")
        return 2
    return show(*asyncio.run(run(mirrors, tasks)))


if __name__ == "__main__":
    sys.exit(main())
