"""What `langgraph.json` names: the graph for `langgraph dev` and Studio, which bring their own checkpointer."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from weakref import WeakKeyDictionary

from graph.build import build
from graph.deps import Deps
from graph.wiring import open_deps
from memory.services.ensure import ensure_services
from memory.settings import load_settings

_opened: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Task[Deps]] = WeakKeyDictionary()
_connections = AsyncExitStack()
"""Held for the process's life: a stack that is collected closes what it opened."""


async def provide() -> Deps:
    """The parts of the running loop, connected at its first run."""
    loop = asyncio.get_running_loop()
    if loop not in _opened or (_opened[loop].done() and _opened[loop].exception()):
        _opened[loop] = loop.create_task(_open())
    return await asyncio.shield(_opened[loop])


async def _open() -> Deps:
    settings = await asyncio.to_thread(load_settings)
    services = await asyncio.to_thread(ensure_services, settings)
    return await _connections.enter_async_context(open_deps(settings, services))


graph = build(provide).compile()
