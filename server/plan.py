"""The processes of a Softwright server and what happens around them."""

from __future__ import annotations

import asyncio

from graph.serving import local_platform
from memory.migrations import migrate
from memory.services.ensure import Services
from memory.settings import Settings
from server.supervision.plan import Plan, api, monitor, worker


def server_plan(settings: Settings) -> Plan:
    return Plan(children=(worker(settings), api(), monitor()), prepare=prepare, stop_apps=stop_apps)


def prepare(settings: Settings, services: Services) -> None:
    """Schema up to date, and deployed applications back at their addresses."""
    asyncio.run(migrate(services.database_url))
    asyncio.run(local_platform(settings).reconcile())


def stop_apps(settings: Settings) -> None:
    asyncio.run(local_platform(settings).stop_all())


__all__ = ["server_plan"]
