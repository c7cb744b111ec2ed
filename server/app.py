"""The API: made from settings, connected in its lifespan."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
import redis
from fastapi import FastAPI
from kombu.exceptions import OperationalError

from graph.serving import all_platforms
from memory.code_reading import CodeReader
from memory.database import make_pool
from memory.events import Events, make_redis
from memory.outages import SERVICE_AWAY, service_of
from memory.recovery import Recovery
from memory.repositories.code_index import CodeIndexes
from memory.repositories.code_vectors import CodeVectors
from memory.secrets_file import FileSecrets
from memory.services.ensure import ensure_services
from memory.settings import Settings, load_settings
from memory.spending import make_spending
from memory.store import Store
from server.deletion import delete_project
from server.git_http import GitHttp
from server.limits import BodyLimit
from server.local_token import signing_key
from server.outages import add_outages
from server.parts import Parts
from server.problems import add_problems, describe_problems
from server.routes import (
    alerts,
    chat,
    costs,
    dependencies,
    deployments,
    environments,
    github,
    impact,
    imports,
    live,
    memory,
    modifications,
    monitoring,
    performance,
    platforms,
    projects,
    runs,
    security,
    stages,
    templates,
)
from server.tasks import DRIVE, QUEUE, make_queue
from tools.iterator.analyser import LexicalImpact
from tools.iterator.index import Index
from tools.iterator.meaning import make_meaning

logger = logging.getLogger("softwright.api")
SWEEP_S = 1.0
DELETIONS_S = 3.0
PATIENCE_S = 5.0
"""How long a request waits for PostgreSQL before it is answered 503."""


def create_app(load: Callable[[], Settings] = load_settings) -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        settings = load()
        logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s %(message)s")
        services = await asyncio.to_thread(ensure_services, settings)
        queue = make_queue(services.broker_url)
        pool = make_pool(services.database_url, wait_s=PATIENCE_S)
        await pool.open()
        client = make_redis(services.redis_url, attempts=6)
        http = httpx.AsyncClient(trust_env=False)

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
            platform=all_platforms(settings, pool, http),
            code=CodeReader(settings.repositories),
            secrets=FileSecrets(settings.secrets),
            spending=make_spending(settings, pool),
            impact=LexicalImpact(Index(CodeIndexes(pool)), make_meaning(settings, CodeVectors(pool))),
            http=http,
            enqueue=enqueue,
            key=await asyncio.to_thread(signing_key, settings),
        )
        watchers = [asyncio.create_task(watch(app.state.parts)) for watch in (_sweep, _finish_deletions)]
        yield
        for watcher in watchers:
            watcher.cancel()
        await http.aclose()
        await pool.close()
        await client.aclose()

    app = FastAPI(title="Softwright", lifespan=lifespan)
    app.add_middleware(BodyLimit)
    watching = (monitoring, alerts, costs, performance, security, dependencies)
    changing = (modifications, impact)
    of_projects = (imports, projects, *changing, runs, chat, memory, templates)
    serving = (deployments, environments, stages, platforms, github)
    routers = [part.router for part in (live, *of_projects, *serving, *watching)]
    add_problems(app, routers)
    add_outages(app)
    for router in routers:
        app.include_router(router)
    app.mount("/git", GitHttp())
    describe_problems(app)
    return app


async def _sweep(parts: Parts) -> None:
    """Puts forsaken projects on the queue again: what a dead worker or a lost job left, someone takes up.

    While jobs wait, workers are busy; then nothing is added, for it may be among them.
    """
    recovery = Recovery(parts.pool)
    while True:
        await asyncio.sleep(SWEEP_S)
        try:
            if await parts.redis.llen(QUEUE):
                continue
            for project_id in await recovery.forsaken():
                await asyncio.to_thread(parts.enqueue, project_id)
        except SERVICE_AWAY as error:
            logger.warning("sweep put off: %s does not answer (%s)", service_of(error), error)


async def _finish_deletions(parts: Parts) -> None:
    """Of projects whose run took long to end, or where the API died in the middle."""
    while True:
        await asyncio.sleep(DELETIONS_S)
        try:
            for project_id in await parts.store.deleted_projects():
                await delete_project(parts, project_id, wait_s=0)
        except SERVICE_AWAY as error:
            logger.warning("deletions put off: %s does not answer (%s)", service_of(error), error)


__all__ = ["create_app"]
