"""The monitor's process: `python -m server.monitoring`. A second one waits until the first is gone."""

from __future__ import annotations

import asyncio
import logging
import signal
from contextlib import AsyncExitStack, suppress

from memory.clock import SystemClock
from memory.outages import SERVICE_AWAY
from memory.services.ensure import Services, ensure_services
from memory.settings import Settings, load_settings
from server.monitoring.leader import LeadershipLost, leading, stay
from server.monitoring.monitor import Monitor
from server.monitoring.wiring import open_monitor

WAIT_S = 2.0
logger = logging.getLogger("softwright.monitor")


async def watch(settings: Settings, services: Services) -> None:
    """Until it is cancelled; survives restarts of PostgreSQL and Redis."""
    async with AsyncExitStack() as stack:
        monitor = await stack.enter_async_context(open_monitor(settings, services, SystemClock()))
        while True:
            try:
                await _lead(services.database_url, monitor)
            except SERVICE_AWAY as error:
                logger.warning("PostgreSQL does not answer (%s)", error)
            await asyncio.sleep(WAIT_S)


async def _lead(database_url: str, monitor: Monitor) -> None:
    """Returns when another one leads, or the lock was lost."""
    async with leading(database_url) as lock:
        if lock is None:
            return
        logger.info("watching")
        work, holding = asyncio.create_task(monitor.work()), asyncio.create_task(stay(lock))
        try:
            await asyncio.wait({work, holding}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (work, holding):
                task.cancel()
            ended = await asyncio.gather(work, holding, return_exceptions=True)
        for error in ended:
            if isinstance(error, LeadershipLost):
                logger.warning("%s", error)
            elif isinstance(error, Exception):
                raise error


async def run(settings: Settings, services: Services) -> None:
    task = asyncio.create_task(watch(settings, services))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    with suppress(asyncio.CancelledError):
        await task


def main() -> None:
    settings = load_settings()
    logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)  # a line for every request
    asyncio.run(run(settings, ensure_services(settings)))


if __name__ == "__main__":
    main()
