"""Asks models in forked processes and kills them: arguments at the end of this file.

Each round is a run: three processes ask at once, each killed after some milliseconds or not at all; then one process
asks all of it again, as after a restart. Prints a JSON object a round.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from agents.models.factory import make_gateways
from agents.models.terms import RunTerms
from memory.database import make_pool
from memory.records.model import ModelError
from memory.settings import load_settings
from tests.integration.models.model_place import SETTINGS, ask

PROCESSES, CALLS, LATEST_S = 3, 4, 0.15
WORDS = ("a", "Write a test.", "word " * 60)
Asked = tuple[str, str, int]
"""Key, words, max_tokens."""


@dataclass(frozen=True)
class Place:
    database_url: str
    fixed: dict[str, Any]

    async def work(self, run_id: str, calls: Sequence[Asked]) -> None:
        settings = load_settings(**{**SETTINGS, **self.fixed, "model": ("first",)})
        async with make_pool(self.database_url, largest=2) as pool:
            gateways = make_gateways(settings, pool)
            gateway = gateways.for_run(RunTerms(run_id, "p"))
            asks = (gateway.ask(ask(key, words, max_tokens=most)) for key, words, most in calls)
            for ended in await asyncio.gather(*asks, return_exceptions=True):
                if isinstance(ended, BaseException) and not isinstance(ended, ModelError):
                    raise ended
            await gateways.aclose()

    def forked(self, run_id: str, calls: Sequence[Asked]) -> int:
        child = os.fork()
        if child == 0:
            asyncio.run(self.work(run_id, calls))
            os._exit(0)
        return child

    def new_run(self) -> str:
        run_id, project_id = str(uuid.uuid4()), str(uuid.uuid4())
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            connection.execute("INSERT INTO projects (id, name) VALUES (%s, 'p')", (project_id,))
            query = "INSERT INTO runs (id, project_id, intent, input) VALUES (%s, %s, 'create', '{}')"
            connection.execute(query, (run_id, project_id))
        return run_id


def ended(child: int) -> bool:
    """Whether it was killed. Raises SystemExit where it failed by itself."""
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return True
    if os.waitstatus_to_exitcode(status) != 0:
        raise SystemExit("a process failed by itself")
    return False


def killed(children: Sequence[int], after_s: Sequence[float | None]) -> int:
    """How many of them were still at work when their time came."""
    started = time.monotonic()
    for child, when in sorted(zip(children, after_s, strict=True), key=lambda pair: pair[1] or 0.0):
        if when is not None:
            time.sleep(max(0.0, started + when - time.monotonic()))
            os.kill(child, signal.SIGKILL)
    return sum(ended(child) for child in children)


def main(place: Place, chance: random.Random, rounds: int) -> None:
    for _ in range(rounds):
        run_id = place.new_run()
        shares = [
            [(f"dev/{p}/{n}", chance.choice(WORDS), chance.randint(1, 300)) for n in range(CALLS)]
            for p in range(PROCESSES)
        ]
        children = [place.forked(run_id, calls) for calls in shares]
        died = killed(children, [chance.choice((None, *[chance.uniform(0, LATEST_S)] * 3)) for _ in children])
        for _ in range(2):  # the second time, all that was answered is
            ended(place.forked(run_id, [call for calls in shares for call in calls]))
        print(json.dumps({"run": run_id, "killed": died}), flush=True)


if __name__ == "__main__":
    url, model, home, seed, rounds, run_usd, day_usd = sys.argv[1:]
    fixed = {"openai_base_url": model, "openai_api_key": "x", "home": home}
    fixed |= {"budget_usd": run_usd, "daily_budget_usd": day_usd}
    main(Place(url, fixed), random.Random(int(seed)), int(rounds))
