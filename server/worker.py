"""The worker's process: `python -m server.worker`. Takes projects from the queue and drives their runs."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from contextlib import AsyncExitStack
from typing import Any

import redis
from celery import Celery
from celery.signals import worker_process_init

from agents.models.factory import load_clients
from graph.deps import Deps
from graph.runner import drive
from graph.wiring import open_deps
from memory.ledger import StepSuperseded
from memory.outages import SERVICE_AWAY, service_of
from memory.services.ensure import Services, ensure_services
from memory.settings import Settings, load_settings
from server.tasks import ALIVE, ALIVE_S, DRIVE, make_queue

logger = logging.getLogger("softwright.worker")


class Process:
    """What one pool process keeps for its life: an event loop in a thread, and the parts connected on it."""

    def __init__(self, settings: Settings, services: Services) -> None:
        self._settings = settings
        self._services = services
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True, name="runs").start()
        self._deps: Deps = self._call(self._open())

    def drive(self, project_id: str) -> int:
        ended: int = self._call(drive(self._deps, self._services.database_url, project_id))
        return ended

    async def _open(self) -> Deps:
        self._stack = AsyncExitStack()
        return await self._stack.enter_async_context(open_deps(self._settings, self._services))

    def _call(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


def make_worker(settings: Settings, services: Services) -> Celery:
    queue = make_queue(services.broker_url)
    processes: list[Process] = []

    def connect(**_: Any) -> None:
        processes.append(Process(settings, services))

    worker_process_init.connect(connect, weak=False)

    @queue.task(name=DRIVE)  # type: ignore[untyped-decorator]  # celery has no types
    def drive_project(project_id: str) -> None:
        try:
            logger.info("project %s: %d runs ended", project_id, processes[0].drive(project_id))
        except SERVICE_AWAY as error:
            logger.warning("project %s: %s has gone, the next sweep goes on (%s)", project_id, service_of(error), error)
        except StepSuperseded as error:
            logger.warning("project %s: %s", project_id, error)

    return queue


def stay_known(redis_url: str) -> None:
    """Keeps the key by which `/ready` knows that a worker is up."""
    client = redis.Redis.from_url(redis_url)
    while True:
        try:
            client.set(ALIVE, "1", ex=ALIVE_S)
        except redis.RedisError as error:
            logger.warning("Redis does not answer: %s", error)
        time.sleep(1)


def main() -> None:
    settings = load_settings()
    logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s %(message)s")
    load_clients(settings)
    services = ensure_services(settings)
    worker = make_worker(settings, services)
    threading.Thread(target=stay_known, args=(services.redis_url,), daemon=True).start()
    count = f"--concurrency={settings.worker_concurrency}"
    worker.worker_main(["worker", "--pool=prefork", count, "--without-gossip", "--without-mingle", "--loglevel=INFO"])


if __name__ == "__main__":
    main()
