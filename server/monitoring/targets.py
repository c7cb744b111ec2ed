"""What is watched: rows of deployments as targets, with the paths that their own manifests name."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

from memory.code_reading import CodeReader
from memory.records.manifest import Manifest
from memory.records.monitoring import Target
from memory.store import Row


def target_of(row: Row, code: CodeReader) -> Target:
    """Blocking the first time that a commit is asked for."""
    manifest = code.manifest(row["project_id"], row["commit"])
    fields = Manifest.model_fields
    resources = row.get("resources") or {}
    copies = resources.get("instances", 1)
    return Target(
        deployment_id=row["id"],
        project_id=row["project_id"],
        environment=row["environment"],
        platform=row["platform"],
        url=row["deployment_url"],
        health_path=manifest.health_path if manifest is not None else fields["health_path"].default,
        metrics_path=manifest.metrics_path if manifest is not None else fields["metrics_path"].default,
        cores=resources["cpus"] * copies if "cpus" in resources else None,
        memory_bytes=(resources["memory_mb"] << 20) * copies if "memory_mb" in resources else None,
    )


async def targets_of(rows: Iterable[Row], code: CodeReader) -> list[Target]:
    wanted = list(rows)
    return await asyncio.to_thread(lambda: [target_of(row, code) for row in wanted])


def slot_of_keeper(argv: Sequence[str]) -> str | None:
    """The `project/environment` of a keeper's command line (server/keeper.py)."""
    if len(argv) < 4 or tuple(argv[-4:-2]) != ("-m", "server.keeper"):
        return None
    parts = argv[-1].rstrip("/").split("/")
    return "/".join(parts[-2:]) if len(parts) >= 2 else None


__all__ = ["slot_of_keeper", "target_of", "targets_of"]
