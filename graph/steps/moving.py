"""An environment that has moved to another platform: what served it before is taken down, once the new one is live."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from graph.steps.common import Step
from memory.store import Row
from tools.deploy.interface import DeployError, UnknownDeployment

KEPT = "files that it wrote, rows of SQLite among them, stay there and did not come along"


async def take_down_elsewhere(step: Step, environment: str, platform: str) -> list[dict[str, Any]]:
    """What became of each, for the evidence. Called again after a crash it goes on."""
    rows = await step.deps.store.left_elsewhere(step.project_id, environment, platform)
    return [await _taken_down(step, row, platform) for row in rows]


async def _taken_down(step: Step, row: Row, platform: str) -> dict[str, Any]:
    about = {"deployment_id": row["id"], "from": row["platform"], "url": row["deployment_url"]}
    try:
        await step.deps.platform.stop(row["id"])
    except UnknownDeployment:
        pass  # nothing of it is left there
    except DeployError as error:
        why = f"moved to {platform}, but it still stands: {error}. DELETE /api/deployments/{row['id']} stops it"
        await step.deps.store.moved_but_stands(row["id"], why)
        return {**about, "stopped": False, "error": str(error)}
    await step.deps.store.stop_deployment(row["id"])
    return {**about, "stopped": True, "note": KEPT}


def told(moved: Sequence[Mapping[str, Any]]) -> list[str]:
    """Sentences for a person."""
    return [
        f"it was on {one['from']} before: {KEPT}"
        if one["stopped"]
        else f"it could not be stopped on {one['from']}: {one['error']}"
        for one in moved
    ]


__all__ = ["take_down_elsewhere", "told"]
