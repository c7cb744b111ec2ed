"""The platforms that the contract suite is run against: for each a fake, and how ours is made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from memory.database import Pool
from memory.records.manifest import Manifest
from memory.records.serving import Release
from memory.repositories.remote import RemoteLedger
from memory.secrets_file import FileSecrets
from tests.contract.platforms.fake_docker import FakeDocker
from tests.contract.platforms.fake_flyio import ORGANISATION, FakeFlyIo
from tests.contract.platforms.fake_provider import TOKEN, Fake
from tests.contract.platforms.fake_railway import FakeRailway
from tests.contract.platforms.fake_render import OWNER, FakeRender
from tests.contract.platforms.fake_vercel import FakeVercel
from tools.deploy.remote.calls import Calls, Patience
from tools.deploy.remote.docker import Docker
from tools.deploy.remote.flyio import FlyIo
from tools.deploy.remote.interface import Artefact, Needs, Pace, Provider
from tools.deploy.remote.platform import RemotePlatform
from tools.deploy.remote.railway import Railway
from tools.deploy.remote.render import Render
from tools.deploy.remote.vercel import Vercel

MANIFEST = Manifest(template="t", template_version="1", asgi="app.main:app", generated_secrets=("SIGNING_KEY",))
PATIENCE = Patience(attempts=4, wait_s=1.0, pause_s=0.01, timeout_s=0.25)
PACE = Pace(poll_s=0.01, deadline_s=10.0, prove_s=0.15, watch_s=0.1, again_s=0.25, busy_s=5.0)


@dataclass(frozen=True)
class Kind:
    fake: Callable[..., Fake]
    provider: Callable[[httpx.AsyncClient, str, Patience], Provider]


def _calls(http: httpx.AsyncClient, name: str, base: str, patience: Patience) -> Calls:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    return Calls(http, name, base, headers, remedy="Set its token anew", patience=patience)


def _flyio(http: httpx.AsyncClient, base: str, patience: Patience) -> Provider:
    calls = _calls(http, "flyio", base, patience)
    return FlyIo(calls, calls, ORGANISATION, address=base + "/live/{name}")


def _railway(http: httpx.AsyncClient, base: str, patience: Patience) -> Provider:
    return Railway(_calls(http, "railway", base, patience), address=base + "/live/{domain}", pace=PACE)


def _vercel(http: httpx.AsyncClient, base: str, patience: Patience) -> Provider:
    return Vercel(_calls(http, "vercel", base, patience), address=base + "/live/{name}")


def _docker(http: httpx.AsyncClient, base: str, patience: Patience) -> Provider:
    return Docker(_calls(http, "docker", base, patience), address=base + "/live/{name}", ports=range(49_000, 49_200))


KINDS = {
    "render": Kind(FakeRender, lambda http, base, patience: Render(_calls(http, "render", base, patience), OWNER)),
    "flyio": Kind(FakeFlyIo, _flyio),
    "railway": Kind(FakeRailway, _railway),
    "vercel": Kind(FakeVercel, _vercel),
    "docker": Kind(FakeDocker, _docker),
}


class TestPublisher:
    """Says that a version is where a provider can get it; whether it is, is the fake's affair."""

    async def publish(self, release: Release, needs: Sequence[Needs]) -> Artefact:
        if Needs.REPOSITORY in needs:
            repository, branch = f"https://git.example/{release.project_id}", f"softwright/{release.commit}"
            return Artefact(release.commit, release.code, repository, branch)
        return Artefact(release.commit, release.code, image=f"registry.example/app:{release.commit}")


def make_platform(
    kind: str, base: str, http: httpx.AsyncClient, pool: Pool, secrets: Path, patience: Patience = PATIENCE
) -> RemotePlatform:
    provider = KINDS[kind].provider(http, base, patience)
    return RemotePlatform(provider, RemoteLedger(pool), TestPublisher(), FileSecrets(secrets), http, pace=PACE)


__all__ = ["KINDS", "MANIFEST", "PACE", "PATIENCE", "make_platform"]
