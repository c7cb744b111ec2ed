"""The platform of containers against a real Docker engine. Skipped, with the reason, where there is none."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import uuid
from pathlib import Path

import pytest

from graph.remote import RemotePlatforms
from memory.records.serving import DeploymentStatus, Release
from memory.secrets_file import FileSecrets
from memory.settings import load_settings
from tests.contract.platforms.kinds import MANIFEST
from tools.deploy.image import NoEngine, engine_version
from tools.deploy.interface import ReleaseBroken

DOCKERFILE = """FROM scratch
COPY busybox /busybox
COPY www /www
HEALTHCHECK --interval=1s --retries=3 CMD ["/busybox", "wget", "-q", "-O-", "http://127.0.0.1:8000/health"]
CMD ["/busybox", "httpd", "-f", "-v", "-p", "8000", "-h", "/www"]
"""


@pytest.fixture
def busybox() -> str:
    try:
        asyncio.run(engine_version())
    except NoEngine as error:
        pytest.skip(str(error))
    found = shutil.which("busybox")
    if found is None or subprocess.run(["ldd", found], capture_output=True, check=False).returncode == 0:
        pytest.skip("there is no static busybox to make an image of (Debian: busybox-static)")
    return found


def release(folder: Path, busybox: str, project: str, version: str) -> Release:
    code = folder / version
    (code / "www").mkdir(parents=True)
    shutil.copy(busybox, code / "busybox")
    (code / "Dockerfile").write_text(DOCKERFILE)
    (code / "www" / ("health" if "bad" not in version else "nothing")).write_text(version)
    commit = (version.encode().hex() * 40)[:40]
    return Release(f"{version}-{project[:8]}", project, "staging", commit, code, platform="docker")


@pytest.mark.slow
async def test_containers_of_a_real_engine(busybox: str, settings, pool, http, tmp_path: Path) -> None:
    settings = load_settings(home=settings.home, database_url=settings.database_url, platform_poll_s=0.3)
    platform = await RemotePlatforms(settings, pool, FileSecrets(settings.secrets), http).named("docker")
    project = str(uuid.uuid4())
    one, two, bad = (release(tmp_path, busybox, project, version) for version in ("one", "two", "bad"))
    try:
        first = await platform.deploy(one, MANIFEST)
        assert first.status is DeploymentStatus.HEALTHY
        assert (await http.get(f"{first.url}/health")).text == "one"
        second = await platform.deploy(two, MANIFEST)
        assert second.url == first.url
        assert (await http.get(f"{first.url}/health")).text == "two"
        with pytest.raises(ReleaseBroken, match="unhealthy"):
            await platform.deploy(bad, MANIFEST)
        assert (await http.get(f"{first.url}/health")).text == "two"
        assert (await platform.usage(two.deployment_id)).memory_bytes > 0
        assert "response:200" in await platform.logs(two.deployment_id, lines=50)
        back = await platform.rollback(two.deployment_id, "it did worse")
        assert back.deployment_id == one.deployment_id
        assert (await http.get(f"{first.url}/health")).text == "one"
    finally:
        await platform.forget(project)
    assert "sw-staging-" not in await asyncio.to_thread(_names)


def _names() -> str:
    """Of all containers, networks and images."""
    words = (["ps", "--all"], ["network", "ls"], ["images"])
    return "".join(subprocess.run(["docker", *w], capture_output=True, text=True, check=True).stdout for w in words)
