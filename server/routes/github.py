"""A project's code on GitHub: pushed, and proposed as a pull request."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from graph.github import NothingToPush, ProjectOnGitHub, Wanted
from server.parts import Id, Parts, PartsDep, Text, found, signed_in
from server.problems import Problem, documented
from tools.deploy.interface import DeployError

router = APIRouter(prefix="/api/projects/{project_id}/github", dependencies=[Depends(signed_in)], tags=["github"])
MAIN_BRANCH = "main"


def _branch(value: str) -> str:
    """As git has it: `git check-ref-format`, as far as it matters here."""
    parts = value.split("/")
    wrong = ".." in value or "@{" in value or value.endswith(".") or any(p.startswith(".") for p in parts)
    if wrong or any(not part or part.endswith(".lock") for part in parts):
        raise ValueError("it is no name of a branch")
    return value


Branch = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/@-]{0,199}$"), AfterValidator(_branch)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
Commit = Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]


class Push(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    branch: Branch = MAIN_BRANCH
    commit: Commit | None = None
    """Where nothing is named: the project's own, which QA has passed."""
    name: Name | None = None
    """Of the repository; where nothing is named, the one that providers take the code from."""
    force: bool = False
    """Whether what others have pushed to the branch may be lost."""


class PullRequest(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    base: Branch = MAIN_BRANCH
    commit: Commit | None = None
    name: Name | None = None
    title: Annotated[Text, Field(min_length=1, max_length=200)] | None = None
    """Where nothing is named: what the change was asked for."""
    body: Annotated[Text, Field(max_length=20_000)] | None = None


@router.post("/push", responses=documented(400, 401, 404, 409, 413, 422))
async def push(project_id: Id, body: Push, parts: PartsDep) -> dict[str, Any]:
    """Makes the private repository where it is missing, and the commit the branch's head. Safe to repeat."""
    wanted = await _wanted(parts, project_id, body)
    try:
        return await _github(parts).push(wanted, body.branch, force=body.force)
    except (NothingToPush, DeployError) as error:
        raise Problem(409, str(error)) from error


@router.post("/pull-request", responses=documented(400, 401, 404, 409, 413, 422))
async def pull_request(project_id: Id, body: PullRequest, parts: PartsDep) -> dict[str, Any]:
    """Pushes the commit to a branch of its own and proposes it; where such a one is open already, that one."""
    wanted = await _wanted(parts, project_id, body)
    try:
        return await _github(parts).propose(wanted, body.base, body.title, body.body)
    except (NothingToPush, DeployError) as error:
        raise Problem(409, str(error)) from error


async def _wanted(parts: Parts, project_id: str, body: Push | PullRequest) -> Wanted:
    return Wanted(found(await parts.store.project(project_id), "project"), body.commit, body.name)


def _github(parts: Parts) -> ProjectOnGitHub:
    return ProjectOnGitHub(parts.settings, parts.secrets, parts.http, parts.store)


__all__ = ["router"]
