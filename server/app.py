"""The API: made from settings, connected in its lifespan."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import psycopg
import redis
from fastapi import FastAPI
from kombu.exceptions import OperationalError

from graph.serving import local_platform
from memory.database import make_pool
from memory.events import Events, make_redis
from memory.services.ensure import ensure_services
from memory.settings import Settings, load_settings
from memory.store import Store
from server.auth import signing_key
from server.parts import Parts
from server.problems import add_problems
from server.routes import deployments, live, projects
from server.tasks import DRIVE, make_queue

logger = logging.getLogger("softwright.api")
SWEEP_S = 3.0


def create_app(load: Callable[[], Settings] = load_settings) -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        settings = load()
        logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s %(message)s")
        services = await asyncio.to_thread(ensure_services, settings)
        queue = make_queue(services.broker_url)
        pool = make_pool(services.database_url)
        await pool.open()
        client = make_redis(services.redis_url)

        def enqueue(project_id: str) -> None:
            try:
                queue.send_task(DRIVE, (project_id,), retry=False)
            except (OperationalError, redis.RedisError, OSError) as error:
                logger.warning("project %s waits for the next sweep: the queue does not answer (%s)", project_id, error)

        app.state.parts = Parts(
            settings=settings,
            pool=pool,
            store=Store(pool),
            events=Events(client),
            redis=client,
            platform=local_platform(settings),
            enqueue=enqueue,
            key=await asyncio.to_thread(signing_key, settings),
        )
        sweeper = asyncio.create_task(_sweep(app.state.parts))
        yield
        sweeper.cancel()
        await pool.close()
        await client.aclose()

    app = FastAPI(title="Softwright", lifespan=lifespan)
    add_problems(app)
    for routes in (live, projects, deployments):
        app.include_router(routes.router)
    return app


async def _sweep(parts: Parts) -> None:
    """Puts projects with unfinished runs on the queue again: what a dead worker or queue left, someone takes up."""
    while True:
        await asyncio.sleep(SWEEP_S)
        try:
            for project_id in await parts.store.unfinished_projects():
                await asyncio.to_thread(parts.enqueue, project_id)
        except psycopg.Error as error:
            logger.warning("sweep put off: %s", error)


__all__ = ["create_app"]
