"""Images, by docker's command line: built from a release's own Dockerfile, pushed to a registry."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from memory.private_files import write_private
from memory.records.serving import Release
from memory.secrets import redacted
from tools.deploy.interface import PlatformBroken, ReleaseRejected

BUILD_S = 1800.0
PUSH_S = 1800.0
ASK_S = 10.0
LOG_LINES = 30
DOCKER = "docker"
DOCKER_HUB = "https://index.docker.io/v1/"


class NoEngine(PlatformBroken):
    """No Docker engine answers here."""


async def push_image(release: Release, account: Mapping[str, str]) -> str:
    """The image of the commit in the account's registry, built and pushed. Can be called again.

    Raises ReleaseRejected where it has no Dockerfile or does not build, PlatformBroken.
    """
    place = f"{release.project_id}/{release.environment}"
    name = f"{account['prefix'].rstrip('/')}/sw-{release.project_id[:8].lower()}:{release.commit[:20]}"
    if not await asyncio.to_thread((release.code / "Dockerfile").is_file):
        raise ReleaseRejected("it has no Dockerfile", place=place, remedy="Add one; Softwright's templates have it")
    await engine_version()
    code, said = await _docker(["build", "--quiet", "--tag", name, str(release.code)], BUILD_S)
    if code != 0:
        raise ReleaseRejected(
            f"its image does not build: {_end(said)}", place=place, remedy="Correct its Dockerfile or what it installs"
        )
    with tempfile.TemporaryDirectory() as folder:
        await asyncio.to_thread(write_private, Path(folder) / "config.json", _config(account))
        code, said = await _docker(["--config", folder, "push", "--quiet", name], PUSH_S)
    if code != 0:
        raise PlatformBroken(
            f"{name} cannot be pushed: {redacted(_end(said), {'token': account['token']})}",
            place=f"{place}, registry",
            remedy="Set the registry's prefix, user and token: softwright platforms registry",
        )
    return name


async def engine_version() -> str:
    """Raises NoEngine."""
    code, said = await _docker(["version", "--format", "{{.Server.Version}}"], ASK_S)
    if code != 0:
        raise NoEngine(
            f"no Docker engine answers: {_end(said)}",
            place="docker",
            remedy="Install and start one, or set DOCKER_HOST; platforms that build from Git need none",
        )
    return said.strip()


def _config(account: Mapping[str, str]) -> bytes:
    """What `docker login` would write; the token stands in no command line."""
    host = account["prefix"].partition("/")[0]
    registry = host if "." in host or ":" in host else DOCKER_HUB
    auth = base64.b64encode(f"{account['user']}:{account['token']}".encode()).decode()
    return json.dumps({"auths": {registry: {"auth": auth}}}).encode()


async def _docker(words: Sequence[str], timeout_s: float) -> tuple[int, str]:
    """Exit code and what it said; 127 where the command is not there."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "DOCKER_HOST") if name in os.environ}
    try:
        process = await asyncio.create_subprocess_exec(
            DOCKER,
            *words,
            env=kept,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
    except FileNotFoundError:
        return 127, "the command docker is not installed"
    try:
        async with asyncio.timeout(timeout_s):
            said, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        return 124, f"docker {words[0]} took longer than {timeout_s:g} s"
    return process.returncode or 0, said.decode(errors="replace")


def _end(said: str) -> str:
    return "\n".join(said.strip().splitlines()[-LOG_LINES:])


__all__ = ["NoEngine", "engine_version", "push_image"]
