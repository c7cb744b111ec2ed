"""Projects that exist elsewhere: taken in from an archive or a git URL."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import tempfile
from pathlib import Path, PurePath
from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.datastructures import UploadFile

from memory.store import KeyReused
from memory.uploads import Uploads
from server.documents import Document, project_document
from server.parts import Id, Parts, PartsDep, UserDep, found, signed_in
from server.problems import Problem, documented
from server.starting import OnceDep, queued, reused
from tools.importing.archive import unpack
from tools.importing.git_source import address_of
from tools.importing.interface import ImportRefused

router = APIRouter(prefix="/api", dependencies=[Depends(signed_in)], tags=["projects"])
TEMPLATE = "imported"


class GitImport(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    git_url: str = Field(min_length=1, max_length=2000)


class Asked(BaseModel):
    """The run's input: no secret in it."""

    kind: str
    source: str
    digest: str


@router.post("/projects/import", status_code=202, responses=documented(400, 401, 409, 413, 422))
async def import_project(
    request: Request, parts: PartsDep, user: UserDep, once: OnceDep, response: Response
) -> dict[str, Any]:
    """JSON {git_url}, or multipart/form-data with the zip or tar.gz as its field `file`."""
    multipart = request.headers.get("content-type", "").startswith("multipart/form-data")
    try:
        asked, upload = await (_archive(request, parts) if multipart else _url(request, parts))
    except ImportRefused as error:
        raise Problem(422, str(error)) from error
    uploads = Uploads(parts.settings.uploads)
    try:
        project, run = await parts.store.create_project(
            name=PurePath(asked.source).name.removesuffix(".git")[:100] or "imported",
            description=f"Imported from {asked.source}",
            template=TEMPLATE,
            run_input={**asked.model_dump(), "upload": upload, "deploy": "none"},
            owner_id=user,
            intent="import",
            **once.of(asked),
        )
    except (KeyReused, LookupError) as error:
        await asyncio.to_thread(uploads.forget, upload)
        raise reused() from error
    if run["input"].get("upload") != upload:
        await asyncio.to_thread(uploads.forget, upload)
    return {"project": await project_document(parts, project), "run": await queued(parts, run, response)}


@router.get("/projects/{project_id}/import", responses=documented(401, 404))
async def read_import(project_id: Id, parts: PartsDep) -> Document:
    """Stack, dependencies, baseline test by test, and the overview."""
    return dict(found(await parts.store.import_of(project_id), "import of this project"))


async def _url(request: Request, parts: Parts) -> tuple[Asked, str]:
    try:
        given = GitImport.model_validate_json(await request.body()).git_url
    except ValidationError as error:
        raise Problem(422, 'the body is {"git_url": "https://..."}, or multipart with a zip or tar.gz') from error
    address = address_of(given, parts.settings.import_protocols)
    upload = await asyncio.to_thread(Uploads(parts.settings.uploads).keep_url, given)
    return Asked(kind="git", source=address.url, digest=""), upload


async def _archive(request: Request, parts: Parts) -> tuple[Asked, str]:
    """Judged before anything is made of it."""
    async with request.form(max_files=1, max_fields=1) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise Problem(422, "file: the archive is missing")
        return await asyncio.to_thread(_judged, file, parts)


def _judged(file: UploadFile, parts: Parts) -> tuple[Asked, str]:
    parts.settings.workspaces.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=parts.settings.workspaces))
    try:
        archive = scratch / "archive"
        with archive.open("wb") as target:
            shutil.copyfileobj(file.file, target)
        unpack(archive, scratch / "tree")
        with archive.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        name = "".join(c for c in PurePath(file.filename or "archive").name if c.isprintable())[:200]
        return Asked(kind="archive", source=name, digest=digest), Uploads(parts.settings.uploads).keep_archive(archive)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


__all__ = ["router"]
