"""What is looked at before a provider is asked, and at the address afterwards."""

from __future__ import annotations

import asyncio
import hashlib
import re
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from pathlib import Path

import httpx

from memory.records.manifest import Manifest
from memory.records.serving import HealthProbe, Release
from memory.repositories.remote import Slot
from tools.deploy import migrations
from tools.deploy.interface import MigrationRefused, ReleaseRejected

PROBE_S = 10.0
NAME = re.compile(r"[a-z0-9]+")
HEALTH_PATH = re.compile(r"/[\x21-\x7e]*")
PRODUCTION = "production"
CodeOf = Callable[[str, str], AbstractAsyncContextManager[Path]]
"""A checked-out tree of a project's commit."""


def service_name(slot: Slot) -> str:
    """At the provider: short, of letters that all of them take, and the same for ever."""
    digest = hashlib.sha256(str(slot).encode()).hexdigest()[:10]
    readable = "-".join(NAME.findall(slot.environment.lower()))[:12]
    return f"sw-{readable}-{digest}"


def check(slot: Slot, release: Release, manifest: Manifest, *, keeps_files: bool, writes_files: bool = True) -> None:
    """Raises ReleaseRejected, MigrationRefused."""
    if HEALTH_PATH.fullmatch(manifest.health_path) is None:
        raise ReleaseRejected(
            f"health_path {manifest.health_path!r} is no path", place=str(slot), remedy="It begins with a slash"
        )
    if release.schema is not None and release.schema.back:
        raise MigrationRefused(
            "its tables are older than those that serve there",
            place=str(slot),
            remedy="Lead the database back by hand (alembic downgrade), or deploy the commit as it is now",
        )
    why = _lost(slot, release, manifest, keeps_files=keeps_files, writes_files=writes_files)
    if why:
        name = manifest.database_variable
        place = f"PUT /api/projects/{slot.project_id}/environments/{slot.environment}/vars"
        remedy = f"Set {name} of {slot.environment} to a database that is served elsewhere ({place})"
        raise ReleaseRejected(f"{name} is not set: {why}", place=str(slot), remedy=remedy)


def _lost(slot: Slot, release: Release, manifest: Manifest, *, keeps_files: bool, writes_files: bool) -> str:
    """Why it cannot do without a database that is served elsewhere; empty where it can."""
    name = manifest.database_variable
    if name is None or name in release.variables or keeps_files:
        return ""
    if not writes_files:
        return f"{slot.platform} has no disk that an application may write to, so it has nowhere to keep its rows"
    if release.environment == PRODUCTION:
        return f"{slot.platform} keeps no files from one deploy to the next, so its rows would be lost"
    if release.resources.instances > 1:
        return "each of its copies would have rows of its own"
    return ""


async def judge_tables(slot: Slot, release: Release, manifest: Manifest, serving: str, code_of: CodeOf) -> None:
    """Old and new work on one database for a while. Raises MigrationRefused where the old could not."""
    if release.schema is None or release.downtime or serving == release.commit:
        return
    async with code_of(release.project_id, serving) as old:
        found = await asyncio.to_thread(migrations.compared, old, release.code, manifest.packages)
    if found.breaking:
        raise MigrationRefused(
            "its change of the database would break the version that runs: " + "; ".join(map(str, found.breaking)),
            place=str(slot),
            remedy=migrations.plan(found),
        )


def warning(manifest: Manifest, variables: Mapping[str, str], *, keeps_files: bool) -> str:
    name = manifest.database_variable
    if name is None or name in variables or keeps_files:
        return ""
    return f"{name} is not set: what it stores is lost with its next deploy or restart"


async def probe(http: httpx.AsyncClient, url: str) -> HealthProbe:
    began, now = time.perf_counter(), datetime.now(UTC)
    try:
        answer = await http.get(url, timeout=PROBE_S, follow_redirects=False)
    except httpx.HTTPError as error:
        return HealthProbe(False, None, None, str(error) or type(error).__name__, now)
    latency = (time.perf_counter() - began) * 1000
    error_text = "" if answer.status_code == 200 else f"it answered {answer.status_code}"
    return HealthProbe(not error_text, answer.status_code, latency, error_text, now)


__all__ = ["CodeOf", "check", "judge_tables", "probe", "service_name", "warning"]
