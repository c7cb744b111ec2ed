"""What a project depends on: its packages with their licences, and the list as CycloneDX."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Depends, Response

from memory.code import CodeError
from memory.records.execution import SandboxError
from memory.records.manifest import Manifest
from memory.store import Row
from server.parts import Id, Parts, PartsDep, found, signed_in
from server.problems import Problem, documented
from tools.sandbox.bubblewrap import BubblewrapSandbox
from tools.sandbox.environments import UvEnvironments
from tools.security.interface import DEPENDENCIES_CHECK, Advisory
from tools.security.packages.inventory import PLAIN, python_packages
from tools.security.packages.licences import installed_licences
from tools.security.packages.npm_lock import NAMES, LockUnreadable
from tools.security.packages.records import Package
from tools.security.packages.sbom import sbom
from tools.security.packages.script_locks import parse_script_lock

router = APIRouter(prefix="/api/projects/{project_id}", dependencies=[Depends(signed_in)], tags=["quality"])
CYCLONEDX = "application/vnd.cyclonedx+json"
DEFAULT_LOCK = Manifest.model_fields["lock"].default


@router.get("/dependencies", responses=documented(401, 404, 409))
async def dependencies(project_id: Id, parts: PartsDep) -> dict[str, Any]:
    """Packages at the project's commit with their licences, and what QA said of them."""
    project, packages = await _packages(parts, project_id)
    report = await parts.store.report(project_id, project["commit"])
    checks = [check for check in report.checks if check.name == DEPENDENCIES_CHECK] if report else []
    items = [
        {"ecosystem": p.ecosystem, "name": p.name, "version": p.version, "licence": p.licence or None, "file": p.file}
        for p in packages
    ]
    audit = checks[0].model_dump(mode="json", include={"outcome", "summary", "findings"}) if checks else None
    return {"items": items, "next": None, "commit": project["commit"], "audit": audit}


@router.get("/sbom", response_class=Response, responses=documented(401, 404, 409))
async def bill_of_materials(project_id: Id, parts: PartsDep) -> Response:
    """CycloneDX 1.6 as JSON, with the advisories that QA found."""
    project, packages = await _packages(parts, project_id)
    report = await parts.store.report(project_id, project["commit"])
    checks = [check for check in report.checks if check.name == DEPENDENCIES_CHECK] if report else []
    known = [_advisory(f.rule, f.why, f.fix) for check in checks for f in check.findings]
    text = await asyncio.to_thread(
        sbom, project["name"], project["commit"][:12], packages, datetime.now(UTC), [a for a in known if a]
    )
    return Response(text, media_type=CYCLONEDX)


def _advisory(rule: str, why: str, fix: str) -> Advisory | None:
    """A finding says `name version: description`; one about a name says something else."""
    label, _, description = why.partition(": ")
    name, _, version = label.rpartition(" ")
    if not name or " " in name:
        return None
    return Advisory(
        package=name, version=version, id=rule, description=f"{description} ({fix})" if fix else description
    )


async def _packages(parts: Parts, project_id: str) -> tuple[Row, tuple[Package, ...]]:
    """Raises Problem 404, 409."""
    project = found(await parts.store.project(project_id), "project")
    if project["commit"] is None:
        raise Problem(409, "this project has no code yet, so it depends on nothing")
    return project, await asyncio.to_thread(_read, parts, project)


def _read(parts: Parts, project: Row) -> tuple[Package, ...]:
    try:
        files = parts.code.files(project["id"], project["commit"])
    except CodeError as error:
        raise Problem(409, f"the code cannot be read: {error}") from error
    packages: tuple[Package, ...] = ()
    lock = next((name for name in (DEFAULT_LOCK, PLAIN) if files.get(name)), None)
    if lock is not None:
        content = str(files[lock]).encode()
        packages = python_packages(content, lock, _licences(parts, content))
    script = next((name for name in NAMES if files.get(name)), None)
    if script is not None:
        try:
            packages += parse_script_lock(str(files[script]).encode(), script)
        except LockUnreadable as error:
            raise Problem(409, str(error)) from error
    return packages


def _licences(parts: Parts, lock: bytes) -> dict[str, str]:
    try:
        folder = UvEnvironments(parts.settings.environments, BubblewrapSandbox()).folder_of(lock)
    except SandboxError:
        return {}
    return installed_licences(folder) if folder else {}


__all__ = ["router"]
