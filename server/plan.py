"""The processes of a Softwright server and what happens around them."""

from __future__ import annotations

import asyncio
from pathlib import Path

from graph.serving import local_platform
from memory.migrations import migrate
from memory.services.ensure import Services
from memory.settings import Settings
from server.supervision.plan import Plan, api, monitor, worker


def server_plan(settings: Settings) -> Plan:
    return Plan(children=(worker(settings), api(), monitor()), prepare=prepare, stop_apps=stop_apps)


def prepare(settings: Settings, services: Services) -> None:
    """Schema up to date, and deployed applications back at their addresses."""
    _kept(settings).unlink(missing_ok=True)
    asyncio.run(migrate(services.database_url))
    asyncio.run(local_platform(settings).reconcile())


def keep_apps(settings: Settings) -> None:
    """Let the deployed applications serve on through the next stop of the server. Raises OSError."""
    _kept(settings).touch()


def stop_apps(settings: Settings) -> None:
    try:
        _kept(settings).unlink()
    except FileNotFoundError:
        _stopped(settings)


def _kept(settings: Settings) -> Path:
    return settings.run / "keep-apps"


def _stopped(settings: Settings) -> None:
    asyncio.run(local_platform(settings).stop_all())


__all__ = ["keep_apps", "server_plan"]
