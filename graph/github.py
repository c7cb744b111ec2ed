"""A project's code on GitHub, by the account that is set up: pushed, and proposed as a pull request."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from graph.remote import github_of
from memory.code import CodeError, CodeStore
from memory.secrets import Secrets
from memory.settings import Settings
from memory.store import Row, Store
from tools.deploy.github import GitHub, Repository, repository_name
from tools.deploy.remote.accounts import Accounts

CHANGES_LOOKED_AT = 200
TITLE_CHARACTERS = 200
FILES_SHOWN = 50


class NothingToPush(Exception):
    """The text says why and what would help."""


@dataclass(frozen=True)
class Wanted:
    project: Row
    commit: str | None = None
    """None: the project's own."""
    name: str | None = None
    """Of the repository; None: the one that providers take the project's code from."""


class ProjectOnGitHub:
    """Both methods may be called again, and raise NothingToPush, DeployError, SecretsError."""

    def __init__(self, settings: Settings, secrets: Secrets, http: httpx.AsyncClient, store: Store) -> None:
        self._settings = settings
        self._accounts = Accounts(secrets)
        self._http = http
        self._code = CodeStore(settings.repositories)
        self._store = store

    async def push(self, wanted: Wanted, branch: str, *, force: bool = False) -> dict[str, Any]:
        """The commit becomes the branch's head; the private repository is made where it is missing."""
        github, commit = await self._begun(wanted)
        repository = await self._pushed(github, wanted, commit, branch, force=force)
        return _document(repository, branch, commit)

    async def propose(self, wanted: Wanted, base: str, title: str | None, text: str | None) -> dict[str, Any]:
        """Pushes the commit to a branch of its own, and opens a pull request from there, or answers the open one."""
        github, commit = await self._begun(wanted)
        head = f"softwright/change-{commit[:12]}"
        change = await self._change(wanted.project["id"], commit)
        title = title or (change["request"] if change else f"{wanted.project['name']}: {commit[:12]}")
        repository = await self._pushed(github, wanted, commit, head, force=False)
        request = await github.pull_request(
            repository, head=head, base=base, title=_line(title), body=text if text is not None else _told(change)
        )
        found = {"number": request.number, "url": request.url, "state": request.state, "base": base}
        return {**_document(repository, head, commit), "pull_request": found}

    async def _begun(self, wanted: Wanted) -> tuple[GitHub, str]:
        account = await asyncio.to_thread(self._accounts.read, "github")
        asked = wanted.commit or wanted.project["commit"]
        if asked is None:
            raise NothingToPush("this project has no commit that QA has passed yet")
        try:
            commit = await asyncio.to_thread(self._code.resolve, wanted.project["id"], f"{asked}^{{commit}}")
        except CodeError as error:
            raise NothingToPush(f"the project's repository cannot be read: {error}") from error
        if commit is None:
            raise NothingToPush(f"this project has no commit {asked}")
        return github_of(self._settings, self._http, account), commit

    async def _pushed(self, github: GitHub, wanted: Wanted, commit: str, branch: str, *, force: bool) -> Repository:
        project = wanted.project
        name = wanted.name or repository_name("softwright", project["id"])
        repository = await github.repository(name, project["description"] or "")
        source = self._settings.repositories / f"{project['id']}.git"
        await github.push(repository, source, commit, branch, force=force)
        return repository

    async def _change(self, project_id: str, commit: str) -> Row | None:
        rows = await self._store.modifications(project_id, CHANGES_LOOKED_AT)
        return next((row for row in rows if row["commit"] == commit), None)


def _document(repository: Repository, branch: str, commit: str) -> dict[str, Any]:
    shown = {"name": repository.name, "url": repository.html_url, "private": repository.private}
    return {"repository": shown, "branch": branch, "commit": commit}


def _line(title: str) -> str:
    return " ".join(title.split())[:TITLE_CHARACTERS]


def _told(change: Row | None) -> str:
    if change is None:
        return "Made by Softwright."
    files: Sequence[str] = sorted(change["touched_files"] or ())
    listed = [f"- `{path}`" for path in files[:FILES_SHOWN]]
    more = [f"- and {len(files) - FILES_SHOWN} more"] if len(files) > FILES_SHOWN else []
    return "\n".join([f"> {change['request']}", "", "Made by Softwright; its tests have passed.", "", *listed, *more])


__all__ = ["NothingToPush", "ProjectOnGitHub", "Wanted"]
