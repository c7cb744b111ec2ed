"""GitHub: a project's repository, its commits pushed, pull requests. The token stands in no address or argument."""

from __future__ import annotations

import asyncio
import base64
import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from memory.secrets import redacted
from tools.deploy.interface import PlatformBroken
from tools.deploy.remote.calls import Calls
from tools.deploy.remote.interface import Pace, once

PUSH_S = 300.0
NAME = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True)
class Repository:
    name: str
    """owner/name"""
    clone_url: str
    html_url: str
    private: bool


@dataclass(frozen=True)
class PullRequest:
    number: int
    url: str
    state: str


class GitHub:
    """All methods raise PlatformBroken or one of its kinds, and can be called again after a crash."""

    def __init__(
        self, calls: Calls, owner: str, token: str, *, organization: bool = False, pace: Pace | None = None
    ) -> None:
        self._calls = calls
        self._owner = owner
        self._token = token
        self._organization = organization
        self._pace = pace or Pace()

    async def repository(self, name: str, description: str = "") -> Repository:
        """The owner's private repository of that name, made where it is missing."""
        path = f"/orgs/{self._owner}/repos" if self._organization else "/user/repos"
        body = {"name": name, "private": True, "description": description[:350], "auto_init": False}

        async def make() -> Repository:
            return _repository(await self._calls.json("POST", path, json=body))

        repository, _ = await once(lambda: self._found(name), make, self._pace)
        return repository

    async def push(
        self, repository: Repository, source: Path, commit: str, branch: str, *, force: bool = False
    ) -> None:
        """A commit of a bare repository on this machine becomes the branch's head. Idempotent."""
        words = ["push", "--quiet", *(["--force"] if force else []), repository.clone_url]
        argv = ["git", "-C", str(source), *words, f"{commit}:refs/heads/{branch}"]
        process = await asyncio.create_subprocess_exec(
            *argv,
            env=self._environment(repository.clone_url),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            async with asyncio.timeout(PUSH_S):
                said, _ = await process.communicate()
        except TimeoutError:
            process.kill()
            await process.wait()
            raise PlatformBroken(
                f"the push took longer than {PUSH_S:g} s", place=f"github, {repository.name}", remedy="Try again later"
            ) from None
        if process.returncode != 0:
            told = redacted(said.decode(errors="replace").strip()[-400:], {"token": self._token})
            raise PlatformBroken(
                f"git push to {branch} failed: {told}",
                place=f"github, {repository.name}",
                remedy="Look whether the token may write there, and whether people have pushed to that branch",
            )

    async def pull_request(
        self, repository: Repository, *, head: str, base: str, title: str, body: str = ""
    ) -> PullRequest:
        """The open one from `head` to `base`, opened where there is none."""
        asked = {"title": title, "head": head, "base": base, "body": body}

        async def make() -> PullRequest:
            return _pull_request(await self._calls.json("POST", f"/repos/{repository.name}/pulls", json=asked))

        request, _ = await once(lambda: self._open(repository, head, base), make, self._pace)
        return request

    async def _found(self, name: str) -> Repository | None:
        answer = await self._calls.ask("GET", f"/repos/{self._owner}/{name}", accept=(404,))
        return None if answer.status_code == 404 else _repository(answer.json())

    async def _open(self, repository: Repository, head: str, base: str) -> PullRequest | None:
        params = {"head": f"{self._owner}:{head}", "base": base, "state": "open"}
        rows = await self._calls.json("GET", f"/repos/{repository.name}/pulls", params=params)
        return _pull_request(rows[0]) if rows else None

    def _environment(self, url: str) -> dict[str, str]:
        """The token goes to git in its environment, and to the repository's own host only."""
        parts = urlsplit(url)
        basic = base64.b64encode(f"x-access-token:{self._token}".encode()).decode()
        return {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "HOME": os.devnull,
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"http.{parts.scheme}://{parts.netloc}/.extraHeader",
            "GIT_CONFIG_VALUE_0": f"Authorization: Basic {basic}",
        }


def repository_name(project_name: str, project_id: str) -> str:
    """Readable, and no other project's."""
    readable = NAME.sub("-", project_name.lower()).strip("-.")[:40] or "project"
    return f"{readable}-{project_id[:8]}"


def _repository(row: dict[str, object]) -> Repository:
    return Repository(str(row["full_name"]), str(row["clone_url"]), str(row["html_url"]), bool(row["private"]))


def _pull_request(row: dict[str, object]) -> PullRequest:
    return PullRequest(int(str(row["number"])), str(row["html_url"]), str(row["state"]))


__all__ = ["GitHub", "PullRequest", "Repository", "repository_name"]
