"""The platforms of providers, put together from the accounts that are set up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from memory.code import CodeStore
from memory.database import Pool
from memory.repositories.remote import RemoteLedger
from memory.scratch import scratch_folder
from memory.secrets import Secrets
from memory.settings import Settings
from tools.deploy.github import GitHub
from tools.deploy.image import push_image
from tools.deploy.interface import Platform
from tools.deploy.remote.accounts import PLATFORMS, Accounts, NotSetUp
from tools.deploy.remote.calls import Calls
from tools.deploy.remote.docker import Docker
from tools.deploy.remote.flyio import FlyIo
from tools.deploy.remote.interface import Pace, Provider
from tools.deploy.remote.platform import RemotePlatform
from tools.deploy.remote.publishing import AccountPublisher
from tools.deploy.remote.railway import Railway
from tools.deploy.remote.render import Render
from tools.deploy.remote.vercel import Vercel

Account = Mapping[str, str]
DOCKER, ENGINE_API = "docker", "v1.41"
Make = Callable[[Calls, Calls, Account, Pace], Provider]
PROVIDERS: Mapping[str, Make] = {
    "render": lambda calls, _, account, pace: Render(calls, account["owner"], account.get("region", "")),
    "flyio": lambda calls, other, account, pace: FlyIo(
        calls, other, account["organization"], region=account.get("region", "")
    ),
    "railway": lambda calls, _, account, pace: Railway(calls, workspace=account.get("workspace", ""), pace=pace),
    "vercel": lambda calls, _, account, pace: Vercel(calls, team=account.get("team", "")),
    "docker": lambda calls, _, account, pace: Docker(calls),
}
"""By name: from its API, the other host that some have, the account."""


class RemotePlatforms:
    """By name, from the account as it is now; made anew only where that has changed."""

    def __init__(self, settings: Settings, pool: Pool, secrets: Secrets, http: httpx.AsyncClient) -> None:
        self._settings = settings
        self._secrets = secrets
        self._http = http
        self._accounts = Accounts(secrets)
        self.ledger = RemoteLedger(pool)
        self._made: dict[str, tuple[Account, Platform]] = {}

    async def named(self, name: str) -> Platform:
        """Raises NotSetUp."""
        if name not in PROVIDERS:
            known = ", ".join(("local", *PROVIDERS))
            raise NotSetUp("no such platform", place=name, remedy=f"Take one of {known}")
        account = {} if name == DOCKER else await asyncio.to_thread(self._accounts.read, name)
        made = self._made.get(name)
        if made is None or made[0] != account:
            made = self._made[name] = (account, self._platform(name, account))
        return made[1]

    async def used_by(self, project_id: str) -> list[str]:
        rows = await self.ledger.services_of(project_id)
        return sorted({row["platform"] for row in rows})

    def _platform(self, name: str, account: Account) -> Platform:
        publisher = AccountPublisher(self._accounts, self._settings.repositories, self._github, push_image)
        given = self._settings
        pace = Pace(poll_s=given.platform_poll_s, deadline_s=given.platform_deadline_s, watch_s=given.deploy_watch_s)
        calls = self._engine() if name == DOCKER else self._calls(name, account, f"{name}_url")
        other = calls if name == DOCKER else self._calls(name, account, "flyio_logs_url")
        provider = PROVIDERS[name](calls, other, account, pace)
        return RemotePlatform(
            provider, self.ledger, publisher, self._secrets, self._http, pace=pace, code_of=self._checked_out
        )

    def _engine(self) -> Calls:
        """Raises NotSetUp."""
        kind, _, where = self._settings.docker_host.partition("://")
        if kind not in ("unix", "tcp"):
            remedy = "Set it to unix:///path or tcp://host:port"
            raise NotSetUp(f"DOCKER_HOST is {kind}://...", place=DOCKER, remedy=remedy)
        remedy = "Start a Docker engine that this user may ask, or set DOCKER_HOST"
        base = f"http://docker/{ENGINE_API}" if kind == "unix" else f"http://{where}/{ENGINE_API}"
        http = self._http
        if kind == "unix":
            # it has no connection until it is asked, and keeps none: nothing has to be closed
            limits = httpx.Limits(max_keepalive_connections=0)
            http = httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(uds=where, limits=limits))
        return Calls(http, DOCKER, base, {}, remedy=remedy)

    @asynccontextmanager
    async def _checked_out(self, project_id: str, commit: str) -> AsyncIterator[Path]:
        async with scratch_folder(self._settings.workspaces) as scratch:
            code = CodeStore(self._settings.repositories)
            await asyncio.to_thread(code.check_out, project_id, commit, scratch / "tree")
            yield scratch / "tree"

    def _github(self, account: Account) -> GitHub:
        return github_of(self._settings, self._http, account)

    def _calls(self, name: str, account: Account, setting: str) -> Calls:
        return _calls(self._settings, self._http, name, account, setting)


def github_of(settings: Settings, http: httpx.AsyncClient, account: Account) -> GitHub:
    organization = account.get("organization", "") not in ("", "no", "false")
    calls = _calls(settings, http, "github", account, "github_url")
    return GitHub(calls, account["owner"], account["token"], organization=organization)


def _calls(settings: Settings, http: httpx.AsyncClient, name: str, account: Account, setting: str) -> Calls:
    return Calls(
        http,
        name,
        getattr(settings, setting),
        {"Authorization": f"Bearer {account['token']}"},
        remedy=f"Set a token that may do this: softwright platforms {name}",
    )


__all__ = ["PLATFORMS", "PROVIDERS", "RemotePlatforms", "github_of"]
