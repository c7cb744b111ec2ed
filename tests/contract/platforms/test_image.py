"""Images by a real Docker engine, pushed to a registry of ours. Skipped, with the reason, where no engine answers."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from memory.records.serving import Release
from tests.contract.platforms.fake_provider import TOKEN, Server
from tests.contract.platforms.fake_registry import FakeRegistry
from tools.deploy import image
from tools.deploy.image import NoEngine, engine_version, push_image
from tools.deploy.interface import PlatformBroken, ReleaseRejected

COMMIT = "abcdef0123456789" * 2 + "abcdef01"


@pytest.fixture
async def engine() -> str:
    try:
        return await engine_version()
    except NoEngine as error:
        pytest.skip(str(error))


@pytest.fixture
def release(tmp_path: Path) -> Release:
    (tmp_path / "Dockerfile").write_text('FROM scratch\nCOPY hello /hello\nCMD ["/hello"]\n')
    (tmp_path / "hello").write_text("hello\n")
    return Release("d", "0f0f0f0f-1111-2222", "staging", COMMIT, tmp_path, platform="flyio")


@pytest.fixture
def account(server: Server) -> Iterator[dict[str, str]]:
    server.registry = server.add(FakeRegistry)
    prefix = f"127.0.0.1:{server.server_port}/acme"
    yield {"prefix": prefix, "user": "acme", "token": TOKEN}
    if shutil.which("docker"):
        name = f"{prefix}/sw-0f0f0f0f:{COMMIT[:20]}"
        subprocess.run(["docker", "rmi", "--force", name], capture_output=True, check=False)


async def test_an_image_is_built_and_pushed(engine: str, release: Release, account, server: Server) -> None:
    name = await push_image(release, account)
    assert name == f"{account['prefix']}/sw-0f0f0f0f:{COMMIT[:20]}" == await push_image(release, account)
    ((pushed, manifest),) = server.registry.manifests.items()
    assert pushed == f"acme/sw-0f0f0f0f:{COMMIT[:20]}"
    layers = [layer["digest"] for layer in json.loads(manifest)["layers"]]
    assert layers
    assert set(layers) <= server.registry.blobs.keys()


async def test_what_goes_wrong_is_told_without_the_token(engine: str, release: Release, account) -> None:
    with pytest.raises(PlatformBroken, match="softwright platforms registry") as refused:
        await push_image(release, account | {"token": "wrong-token-of-the-registry"})
    assert "wrong-token" not in str(refused.value)
    (release.code / "Dockerfile").write_text("FROM scratch\nCOPY nothing /nothing\n")
    with pytest.raises(ReleaseRejected, match=r"(?s)does not build.*nothing"):
        await push_image(release, account)


async def test_without_an_engine_or_a_dockerfile(release: Release, account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image, "DOCKER", "docker-that-is-not-there")
    with pytest.raises(NoEngine, match=r"not installed.*DOCKER_HOST"):
        await push_image(release, account)
    (release.code / "Dockerfile").unlink()
    with pytest.raises(ReleaseRejected, match="it has no Dockerfile"):
        await push_image(release, account)
