"""Puts a version where a provider can take it from: a GitHub repository, an image registry, or just the files."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from memory.records.serving import Release
from tools.deploy.github import GitHub, repository_name
from tools.deploy.interface import PlatformBroken
from tools.deploy.remote.accounts import Accounts, NotSetUp
from tools.deploy.remote.interface import Artefact, Needs

Push = Callable[[Release, Mapping[str, str]], Awaitable[str]]
"""Builds an image of the release and pushes it with the registry's account; its name there."""
HELP = {
    Needs.REPOSITORY: "a GitHub account (softwright platforms github)",
    Needs.IMAGE: "an image registry and a Docker engine (softwright platforms registry)",
}


class AccountPublisher:
    def __init__(
        self,
        accounts: Accounts,
        repositories: Path,
        github: Callable[[Mapping[str, str]], GitHub],
        push: Push | None = None,
    ) -> None:
        """`repositories` holds a bare one of each project, `<id>.git`."""
        self._accounts = accounts
        self._repositories = repositories
        self._github = github
        self._push = push

    async def publish(self, release: Release, needs: Sequence[Needs]) -> Artefact:
        for need in needs:
            if need is Needs.FILES:
                return Artefact(release.commit, release.code)
            if need is Needs.REPOSITORY and await self._has("github"):
                return await self._pushed(release)
            if need is Needs.IMAGE and self._push is not None and await self._has("registry"):
                account = await asyncio.to_thread(self._accounts.read, "registry")
                return Artefact(release.commit, release.code, image=await self._push(release, account))
        raise NotSetUp(
            "nothing is set up that it could take a version from",
            place=f"{release.project_id}/{release.environment} on {release.platform}",
            remedy="Set up " + ", or ".join(HELP[need] for need in needs),
        )

    async def _pushed(self, release: Release) -> Artefact:
        account = await asyncio.to_thread(self._accounts.read, "github")
        github = self._github(account)
        repository = await github.repository(repository_name("softwright", release.project_id))
        source = self._repositories / f"{release.project_id}.git"
        if not await asyncio.to_thread(source.exists):
            raise PlatformBroken("the project has no repository here", place=str(source), remedy="Import it again")
        branch = f"softwright/{release.environment}"
        # an environment may go back to an older commit, and nobody but we move this branch
        await github.push(repository, source, release.commit, branch, force=True)
        return Artefact(release.commit, release.code, repository.html_url, branch)

    async def _has(self, name: str) -> bool:
        return await asyncio.to_thread(self._accounts.has, name)


__all__ = ["AccountPublisher", "Push"]
