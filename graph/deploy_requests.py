"""What a run with the intent `deploy` is asked for: to deploy, promote or roll back. For routes and for the chat."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from memory.store import Row, Store

Asked = dict[str, Any]
"""The run's input: environment, deploy (the same), commit, waivers; perhaps resources, strategy, downtime, approved,
`rolls_back` (id of the deployment that is turned away from), `promotes` ({from, deployment_id, artefact})."""


class NotPossible(Exception):
    """The text says why and what would help."""


async def deployment_of(
    store: Store, project: Row, environment: str, commit: str | None, options: Mapping[str, Any]
) -> Asked:
    """Raises NotPossible."""
    wanted = commit or project["commit"]
    if wanted is None or await store.report(project["id"], wanted) is None:
        raise NotPossible(f"QA has not looked at commit {wanted or '(none)'} of this project")
    return {**options, "environment": environment, "deploy": environment, "commit": wanted}


async def promotion_of(store: Store, project: Row, source: str, target: str, options: Mapping[str, Any]) -> Asked:
    """The commit and the artefact that serve in `source`, for `target`. Raises NotPossible."""
    if source == target:
        raise NotPossible(f"{source} cannot be promoted to itself")
    serving = await serving_in(store, project["id"], source)
    if serving is None:
        raise NotPossible(f"nothing serves in {source}; deploy there first")
    asked = await deployment_of(store, project, target, serving["commit"], options)
    return asked | {"promotes": {"from": source, "deployment_id": serving["id"], "artefact": serving["artefact"]}}


async def rollback_of(store: Store, deployment: Row) -> Asked:
    """The version that was live before this one in its environment. Raises NotPossible."""
    if deployment["deployed_at"] is None:
        raise NotPossible("this deployment never went live, so there is nothing to turn back")
    before = await store.live_before(deployment)
    if before is None:
        raise NotPossible(f"no other version was live in {deployment['environment']} before this one")
    return {
        "environment": deployment["environment"],
        "deploy": deployment["environment"],
        "commit": before["commit"],
        "waivers": before["waivers"] or {},
        "rolls_back": deployment["id"],
    }


async def serving_in(store: Store, project_id: str, environment: str) -> Row | None:
    """The deployment that serves there."""
    rows = (await store.current_deployments([project_id]))[project_id]
    return next((row for row in rows if row["environment"] == environment and row["status"] == "healthy"), None)


__all__ = ["Asked", "NotPossible", "deployment_of", "promotion_of", "rollback_of", "serving_in"]
