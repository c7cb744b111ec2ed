"""The product's tool loop on its real parts: gateway, ledger, turns and trees, events, PostgreSQL and Redis."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from agents.dev.delta import system_text
from agents.loop.loop import run_loop
from agents.loop.records import LoopEnd, LoopLimits, LoopTask
from agents.models.factory import make_gateways
from bench.loop_endpoint import FILES, TASK, Endpoint, Traffic
from graph.deps import Deps
from graph.state import RunState
from graph.steps.common import Step
from graph.steps.writing import loop_deps
from graph.wiring import open_deps
from memory.migrations import migrate
from memory.records.loop import Turn
from memory.records.model import Role
from memory.records.spending import Price
from memory.scratch import scratch_folder
from memory.services.ensure import ensure_services, stop_services
from memory.settings import Settings, load_settings
from tests.fake_model.fake_model import Act, serve
from tools.workspace.commands import Means
from tools.workspace.dangers import Dangers

AT = datetime(2026, 1, 1, tzinfo=UTC)
PRICE = Price(Decimal("0.25"), Decimal(2))


@dataclass
class Product:
    """Of one home, with services of its own."""

    settings: Settings
    deps: Deps

    async def loop(self, acts: Sequence[Act], turns: int = 60) -> Traffic:
        """Raises RuntimeError where the loop did not come to its own end."""
        endpoint = Endpoint(acts)
        with serve(endpoint):
            chosen = self.settings.model_copy(update={"openai_base_url": endpoint.url, "model": ("scripted",)})
            models = make_gateways(chosen, self.deps.pool)
            deps = replace(self.deps, settings=chosen, models=models)
            try:
                times = await _looped(deps, turns)
            finally:
                await models.aclose()
        cpu = [(after - before) * 1000 for before, after in itertools.pairwise(times)]
        return replace(endpoint.traffic(), cpu_ms=cpu)


async def _looped(deps: Deps, turns: int) -> list[float]:
    """The thread's processor time in seconds after each turn."""
    times = [time.thread_time()]
    project, run = await deps.store.create_project(
        name="bench", description="", template="rest_api", run_input={"request": TASK}
    )
    async with scratch_folder(deps.settings.workspaces) as scratch:
        base = await asyncio.to_thread(_base, deps, project["id"], scratch / "source")
        state: Any = RunState(project_id=project["id"], run_id=run["id"], messages=[])
        step = Step(deps, state, run)
        gateway = step.gateway(Role.DEV)
        if gateway is None:
            raise RuntimeError("no model is set")
        limits = LoopLimits(turns=turns, tokens=100_000_000)
        system = await asyncio.to_thread(system_text)
        means = Means(deps.executor, deps.suite, deps.environments, scratch=scratch)
        parts = loop_deps(step, gateway, means, scratch, Dangers(frozenset(FILES)))

        async def watch(turn: Turn) -> None:
            await parts.watch(turn)
            times.append(time.thread_time())

        task = LoopTask("dev/1", Role.DEV, system, TASK, base, limits)
        outcome = await run_loop(task, replace(parts, watch=watch))
    if outcome.end is not LoopEnd.FINISHED:
        raise RuntimeError(f"the loop ended otherwise: {outcome.end.value}: {outcome.reason}")
    return times


def _base(deps: Deps, project_id: str, folder: Path) -> str:
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    deps.code.create(project_id)
    return deps.code.commit(project_id, folder, "Start", AT)


async def opened(home: Path, stack: AsyncExitStack) -> Product:
    settings = load_settings(home=home, prices={"*": PRICE}, budget_usd=None, daily_budget_usd=Decimal(1000))
    settings = settings.model_copy(update={"budget_tokens": None, "daily_budget_tokens": None})
    services = await asyncio.to_thread(ensure_services, settings)
    stack.callback(stop_services, settings)
    await migrate(services.database_url)
    return Product(settings, await stack.enter_async_context(open_deps(settings, services)))


__all__ = ["Product", "opened"]
