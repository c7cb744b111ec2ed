"""Which deployment went to which slot, and how it ended: one small file each."""

from __future__ import annotations

import asyncio
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from memory.records.serving import DeploymentStatus, Release
from tools.deploy.interface import PlatformBroken, UnknownDeployment
from tools.deploy.local.files import private_folder, write_private
from tools.deploy.local.slot import checked_name


class Entry(BaseModel):
    model_config = ConfigDict(frozen=True)

    deployment_id: str
    project_id: str
    environment: str
    commit: str
    status: DeploymentStatus
    """BUILDING, then HEALTHY once it has served, or FAILED; ROLLED_BACK where it served and did not stay."""
    detail: str = ""


class Ledger:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def find(self, deployment_id: str) -> Entry | None:
        return await asyncio.to_thread(self._find, deployment_id)

    async def get(self, deployment_id: str) -> Entry:
        """Raises UnknownDeployment."""
        entry = await self.find(deployment_id)
        if entry is None:
            raise UnknownDeployment(
                "no such deployment here", place=deployment_id, remedy="List the project's deployments for its id"
            )
        return entry

    async def write(self, release: Release, status: DeploymentStatus, detail: str = "") -> None:
        """On the disk when this returns. Raises OSError."""
        entry = Entry(
            deployment_id=release.deployment_id,
            project_id=release.project_id,
            environment=release.environment,
            commit=release.commit,
            status=status,
            detail=detail,
        )
        await asyncio.to_thread(self._write, entry)

    async def rewrite(self, entry: Entry, status: DeploymentStatus, detail: str) -> None:
        """On the disk when this returns. Raises OSError."""
        await asyncio.to_thread(self._write, entry.model_copy(update={"status": status, "detail": detail}))

    def _find(self, deployment_id: str) -> Entry | None:
        checked_name("deployment id", deployment_id)
        path = self._folder / f"{deployment_id}.json"
        try:
            return Entry.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValidationError) as error:
            raise PlatformBroken(
                f"the record {path} cannot be read", place=deployment_id, remedy="Remove it and deploy again"
            ) from error

    def _write(self, entry: Entry) -> None:
        write_private(private_folder(self._folder) / f"{entry.deployment_id}.json", entry.model_dump_json().encode())

    def forget(self, project_id: str) -> None:
        """Removes the project's entries. Raises OSError."""
        for path in self._folder.glob("*.json"):
            try:
                entry = Entry.model_validate_json(path.read_bytes())
            except ValidationError:
                continue
            if entry.project_id == project_id:
                path.unlink()


__all__ = ["Entry", "Ledger"]
