"""Deleting a project with all that belongs to it. Whoever dies in the middle: the API's sweep goes on with it."""

from __future__ import annotations

import asyncio
import logging

from memory.secrets import SecretsError
from server.parts import Parts
from tools.deploy.interface import DeployError

logger = logging.getLogger("softwright.api")
WAIT_S = 30.0
"""For a worker to leave the project's run."""


async def delete_project(parts: Parts, project_id: str, wait_s: float = WAIT_S) -> bool:
    """Ends its run, then removes everything; from the first moment on nobody sees it.

    False where something holds it up; the reason is in the log, and the sweep tries again.
    """
    if await parts.store.mark_deleted(project_id):
        await asyncio.to_thread(parts.enqueue, project_id)
    async with parts.store.alone_with(project_id, wait_s) as alone:
        if not alone:
            logger.warning("project %s is deleted when its run has ended", project_id)
            return False
        try:
            await _remove(parts, project_id)
        except (DeployError, SecretsError, OSError) as error:
            logger.warning("project %s cannot be deleted yet: %s", project_id, error)
            return False
    return True


async def _remove(parts: Parts, project_id: str) -> None:
    """The row goes last: as long as it is there, the work is known to be unfinished."""
    await parts.platform.forget(project_id)
    await asyncio.to_thread(parts.code.forget, project_id)
    await asyncio.to_thread(parts.secrets.forget, project_id)
    await parts.events.forget(project_id)
    await parts.store.delete_project(project_id)


__all__ = ["delete_project"]
