"""`make bench-impact-speed`: first index, queries and the index after a commit, on 3,000 real files."""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from bench.impact.tasks import mirrors_folder, read_tasks
from memory.database import make_pool
from memory.migrations import migrate
from memory.repositories.code_index import CodeIndexes
from memory.services.postgres import ensure_postgres, stop_postgres
from memory.settings import load_settings
from tools.iterator.analyser import LexicalImpact
from tools.iterator.index import Index
from tools.iterator.roles import Role, role_of
from tools.iterator.sources import GitSource

COMMITS, TOUCHED, QUERIES = 300, 10, 100
FIRST_S, QUERY_P95_S, AGAIN_S = 10.0, 0.1, 1.0
"""Goals; the first for each 1,000 files."""


def make_repository(mirrors: Path, folder: Path, most: int) -> int:
    """Real sources of the mirrors, in COMMITS commits. Answers with the number of files."""
    _git(folder, "init", "-q", "-b", "main")
    found = [(place, data) for _, (place, data) in zip(range(most), _files(mirrors), strict=False)]
    for number in range(COMMITS):
        for place, data in found[number::COMMITS]:
            (folder / place).parent.mkdir(parents=True, exist_ok=True)
            (folder / place).write_bytes(data)
        names = " ".join(place.stem for place, _ in found[number::COMMITS])
        _git(folder, "add", "-A")
        _git(folder, "commit", "-q", "--allow-empty", "-m", f"Write {names}")
    return len(found)


def _files(mirrors: Path) -> Iterator[tuple[Path, bytes]]:
    for mirror in sorted(mirrors.iterdir()):
        places = (place for place in (mirror / "repo/.git", mirror / "repo") if (place / "objects").is_dir())
        if (git_dir := next(places, None)) is None:
            continue
        source = GitSource(git_dir, "HEAD", mirror.name)
        wanted = {path: blob for path, blob in source.files().items() if role_of(path) is Role.SOURCE}
        for path, data in source.contents(wanted):
            yield Path(mirror.name, path), data


def touch(folder: Path) -> None:
    paths = sorted(path for path in folder.rglob("*.py") if ".git" not in path.parts)[:TOUCHED]
    for path in paths:
        path.write_text(path.read_text(errors="replace") + "\n\ndef added_by_the_benchmark():\n    return 1\n")
    _git(folder, "commit", "-qam", "Touch ten files")


@dataclass(frozen=True)
class Took:
    """`processor`: of this process alone; it tells what is ours on a busy machine. The verdict is by `wall`."""

    wall: float
    processor: float

    def shared(self, files: int) -> Took:
        """For 1,000 files."""
        return Took(self.wall * 1000 / files, self.processor * 1000 / files)


def now() -> Took:
    return Took(time.perf_counter(), time.process_time())


def since(began: Took) -> Took:
    ended = now()
    return Took(ended.wall - began.wall, ended.processor - began.processor)


async def measure(folder: Path, home: Path, files: int, requests: list[str]) -> dict[str, tuple[Took, float]]:
    """What was measured, and its goal."""
    settings = load_settings(home=home)
    url = ensure_postgres(settings)
    try:
        await migrate(url)
        async with make_pool(url) as pool:
            index = Index(CodeIndexes(pool))
            first, source = await _indexed(index, folder)
            analyser, took = LexicalImpact(index), []
            for request in requests[:QUERIES]:
                began = now()
                await analyser.analyse(source, request)
                took.append(since(began))
            cold, _ = await _indexed(Index(CodeIndexes(pool)), folder)
            touch(folder)
            again, _ = await _indexed(index, folder)
    finally:
        stop_postgres(settings)
    return {
        "first index, for 1,000 files": (first.shared(files), FIRST_S),
        "query, p50": (_part(took, 0.5), QUERY_P95_S),
        "query, p95": (_part(took, 0.95), QUERY_P95_S),
        f"index after a commit of {TOUCHED} files": (again, AGAIN_S),
        "index read by a new process, for 1,000 files": (cold.shared(files), FIRST_S),
    }


def _part(took: list[Took], part: float) -> Took:
    place = int(len(took) * part)
    return Took(sorted(one.wall for one in took)[place], sorted(one.processor for one in took)[place])


async def _indexed(index: Index, folder: Path) -> tuple[Took, GitSource]:
    began = now()
    source = GitSource(folder / ".git", "HEAD", "bench")
    (await index.at(source)).warm_up()
    return since(began), source


def _git(folder: Path, *words: str) -> None:
    who = {"GIT_AUTHOR_NAME": "b", "GIT_AUTHOR_EMAIL": "b@b", "GIT_COMMITTER_NAME": "b", "GIT_COMMITTER_EMAIL": "b@b"}
    subprocess.run(["git", *words], cwd=folder, env={**os.environ, **who}, check=True, capture_output=True)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--files", type=int, default=3000)
    most = options.parse_args().files
    mirrors = mirrors_folder()
    requests = [task.text for task in read_tasks(mirrors)] if mirrors else []
    if mirrors is None or not requests:
        sys.stderr.write("set LOCBENCH_MIRRORS to a folder of git mirrors named owner+name/repo (docs/impact.md)\n")
        return 2
    with tempfile.TemporaryDirectory(prefix="softwright-bench-") as place:
        folder, home = Path(place, "code"), Path(place, "home")
        folder.mkdir()
        files = make_repository(mirrors, folder, most)
        reached = asyncio.run(measure(folder, home, files, requests))
    console = Console(width=100)
    console.print(f"{files} files, {COMMITS} commits")
    for name, (took, goal) in reached.items():
        verdict = "met   " if took.wall <= goal else "MISSED"
        console.print(f"{verdict}  {name}: {took.wall:.3f} s (goal {goal:g}; processor {took.processor:.3f})")
    return 0 if all(took.wall <= goal for took, goal in reached.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
