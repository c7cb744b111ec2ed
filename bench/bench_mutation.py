"""Mutation scores of generated applications, measured with cosmic-ray (`make bench-mutation`, docs/testing.md).

Each application is rendered from the sentence of a story, its suite is run once whole and then on a random sample of
cosmic-ray's mutants. cosmic-ray lies in an environment of its own: neither we nor the applications depend on it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from uv import find_uv_bin

from agents.pm.reader.reader import read_request
from tools.scaffold.copier_scaffold import CopierScaffold

ROOT = Path(__file__).resolve().parents[1]
STORIES = ROOT / "tests" / "e2e" / "stories"
USUAL = ("todos", "blog", "library", "prices")
TOOL = "cosmic-ray==8.7.0"
GOAL = 0.6
TIMEOUT_S = 120.0
CONFIGURATION = """[cosmic-ray]
module-path = "app"
timeout = {timeout}
excluded-modules = []
test-command = "{python} {forks}"

[cosmic-ray.distributor]
name = "local"
"""
SAMPLE = """
import random, sys
from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import TestOutcome, WorkerOutcome, WorkResult
with use_db(sys.argv[1], WorkDB.Mode.open) as db:
    items = sorted(db.work_items, key=lambda item: item.job_id and str(item.mutations))
    kept = {item.job_id for item in random.Random(int(sys.argv[3])).sample(items, min(int(sys.argv[2]), len(items)))}
    for item in items:
        if item.job_id not in kept:
            result = WorkResult(worker_outcome=WorkerOutcome.SKIPPED, test_outcome=TestOutcome.KILLED)
            db.set_result(item.job_id, result)
    print(len(items), len(kept))
"""


@dataclass
class Scored:
    app: str
    mutants: int = 0
    sampled: int = 0
    killed: int = 0
    seconds: float = 0.0
    survivors: list[str] = field(default_factory=list)

    @property
    def score(self) -> float:
        return self.killed / self.sampled if self.sampled else 0.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    names = ", ".join(sorted(path.stem for path in STORIES.glob("*.http")))
    parser.add_argument("stories", nargs="*", default=USUAL, help=f"of {names}")
    parser.add_argument("--mutants", type=int, default=40, help="how many of each application")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--all", action="store_true", help="every story of the e2e suite")
    parser.add_argument("--survivors", action="store_true", help="show them")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        environment = _environment(Path(folder) / "environment")
        rows = []
        for story in sorted(path.stem for path in STORIES.glob("*.http")) if asked.all else asked.stories:
            rows.append(_score(story, Path(folder) / story, environment, asked))
            print(_line(rows[-1]), flush=True)
            for survivor in rows[-1].survivors if asked.survivors else ():
                print(f"    {survivor}")
    sampled, killed = sum(row.sampled for row in rows), sum(row.killed for row in rows)
    print(f"{'all':<14}{'':>9}{sampled:>9}{killed:>8}{killed / max(1, sampled):>8.2f}   goal {GOAL}")
    return 0 if all(row.score >= GOAL for row in rows) else 1


def _environment(folder: Path) -> Path:
    """Its interpreter: what every generated application's tests need, and cosmic-ray."""
    uv, lock = find_uv_bin(), ROOT / "templates" / "rest_api" / "locks" / "accounts-dev.lock"
    python = folder / "bin" / "python"
    subprocess.run([uv, "venv", "-q", "-p", sys.executable, folder], check=True)
    subprocess.run([uv, "pip", "install", "-q", "-p", python, "--require-hashes", "-r", lock], check=True)
    subprocess.run([uv, "pip", "install", "-q", "-p", python, TOOL], check=True)
    print(f"{'application':<14}{'mutants':>9}{'sampled':>9}{'killed':>8}{'score':>8}{'seconds':>9}")
    return python


def _score(story: str, app: Path, python: Path, asked: argparse.Namespace) -> Scored:
    request = (STORIES / f"{story}.http").read_text().splitlines()[0]
    CopierScaffold(ROOT / "templates").render(read_request(request).spec, "rest_api", app)
    began, forks = time.perf_counter(), ROOT / "bench" / "mutation_suite.py"
    (app / "cr.toml").write_text(CONFIGURATION.format(timeout=TIMEOUT_S, python=python, forks=forks))
    tool = str(python.with_name("cosmic-ray"))
    _run([tool, "baseline", "cr.toml"], app)
    _run([tool, "init", "cr.toml", "cr.sqlite"], app)
    mutants, sampled = _run([str(python), "-c", SAMPLE, "cr.sqlite", str(asked.mutants), str(asked.seed)], app).split()
    _run([tool, "exec", "cr.toml", "cr.sqlite"], app)
    found = Scored(story, int(mutants), int(sampled), seconds=time.perf_counter() - began)
    for line in _run([tool, "dump", "cr.sqlite"], app).splitlines():
        _count(json.loads(line), found)
    return found


def _count(row: list[dict[str, Any]], found: Scored) -> None:
    item, result = row
    if not result or result.get("worker_outcome") == "skipped":
        return
    if result.get("test_outcome") == "killed":
        found.killed += 1
        return
    (mutation, *_) = item["mutations"]
    place = f"{mutation['module_path']}:{mutation['start_pos'][0]}"
    found.survivors.append(f"{place} {mutation['operator_name']} ({result.get('test_outcome')})")


def _run(argv: list[str], folder: Path) -> str:
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PATH": f"{Path(argv[0]).parent}:{os.environ['PATH']}"}
    done = subprocess.run(argv, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(argv)} in {folder.name}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def _line(row: Scored) -> str:
    return f"{row.app:<14}{row.mutants:>9}{row.sampled:>9}{row.killed:>8}{row.score:>8.2f}{row.seconds:>9.0f}"


if __name__ == "__main__":
    sys.exit(main())
