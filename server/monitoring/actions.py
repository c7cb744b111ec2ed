"""What the monitor may do by itself, by the means that people have too."""

from __future__ import annotations

from memory.records.serving import DeploymentStatus
from memory.store import KeyReused, Store
from tools.deploy.interface import DeployError, Platform
from tools.monitoring.interface import Actions, MonitoringError


class PlatformActions(Actions):
    def __init__(self, store: Store, platform: Platform) -> None:
        self._store = store
        self._platform = platform

    async def restart(self, deployment_id: str) -> str:
        try:
            serving = await self._platform.restart(deployment_id)
        except DeployError as error:
            raise MonitoringError(f"it could not be restarted: {error}") from error
        if serving.status is not DeploymentStatus.HEALTHY:
            why = serving.detail.partition("\n")[0] or "no reason is known"
            raise MonitoringError(f"it was restarted and is {serving.status.value}: {why}")
        return f"it was restarted and answers at {serving.url}"

    async def rollback(self, deployment_id: str, key: str) -> str:
        """Queues a run; the API's sweep hands it to a worker. The version before had its approval when it went live."""
        row = await self._store.deployment(deployment_id)
        before = await self._store.live_before(row) if row is not None else None
        if row is None or before is None:
            raise MonitoringError("no other version was live before it, so there is nothing to turn back to")
        asked = {
            "environment": row["environment"],
            "deploy": row["environment"],
            "commit": before["commit"],
            "waivers": before["waivers"] or {},
            "rolls_back": deployment_id,
            "approved": True,
        }
        try:
            run = await self._store.create_run(row["project_id"], "deploy", asked, key=key, fingerprint=key)
        except (LookupError, KeyReused) as error:
            raise MonitoringError(f"it could not be rolled back: {error}") from error
        return f"commit {before['commit'][:12]} is being deployed again (run {run['id']})"


__all__ = ["PlatformActions"]
