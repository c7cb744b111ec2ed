"""Cloning from a URL that anybody may have given: no checkout, submodule, hook, filter, or environment of ours."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import re
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from tools.importing.interface import BOUNDS, Bounds, ImportRefused

PROTOCOLS = ("https", "http", "git")
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
POLL_S = 0.2
SAID = 400


@dataclass(frozen=True)
class GitAddress:
    url: str
    """Without credentials: what may be shown."""
    credentials: str = ""
    """`user:password`, or empty."""


def address_of(given: str, protocols: tuple[str, ...] = PROTOCOLS) -> GitAddress:
    """Raises ImportRefused, in words that never hold the URL's credentials."""
    url = given.strip()
    scheme = url.partition("://")[0].lower() if "://" in url else ""
    if scheme not in protocols:
        raise ImportRefused(f"a git URL begins with {', '.join(f'{name}://' for name in protocols)}")
    if not url.isprintable() or " " in url or "\\" in url:
        raise ImportRefused("the git URL holds a space, backslash or control character")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ImportRefused("the git URL cannot be read") from error
    if scheme == "file":
        return GitAddress(url)
    host = parts.hostname or ""
    if not re.fullmatch(r"[A-Za-z0-9:][A-Za-z0-9.:-]*", host):
        raise ImportRefused("the git URL names no host")
    if parts.query or parts.fragment:
        raise ImportRefused("the git URL has a query or fragment: leave out what follows ? or #")
    shown = f"[{host}]" if ":" in host else host
    plain = SplitResult(scheme, shown + (f":{port}" if port else ""), parts.path, "", "").geturl()
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if (user or password) and scheme == "git":
        raise ImportRefused("the git protocol takes no credentials: use https")
    return GitAddress(plain, f"{user}:{password}" if user or password else "")


async def clone(address: GitAddress, target: Path, bounds: Bounds = BOUNDS, *, home: Path) -> None:
    """The source's default branch with its history as a bare repository. Raises ImportRefused."""
    scheme = address.url.partition("://")[0]
    settings = {
        "protocol.allow": "never",
        f"protocol.{scheme}.allow": "always",
        "core.hooksPath": os.devnull,
        "transfer.fsckObjects": "true",
        "credential.helper": "",
        "http.followRedirects": "false" if address.credentials else "initial",
        "http.lowSpeedLimit": "100",
        "http.lowSpeedTime": "30",
    }
    words = ["git", *(word for name, value in settings.items() for word in ("-c", f"{name}={value}"))]
    words += ["clone", "--quiet", "--bare", "--single-branch", "--no-tags", "--no-local", "--template="]
    words += [f"--depth={bounds.commits}", "--", address.url, str(target)]
    process = await asyncio.create_subprocess_exec(
        *words,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env=_environment(address, home, os.environ),
        cwd=home,
        start_new_session=True,
    )
    reading = asyncio.create_task(process.stderr.read(1 << 16)) if process.stderr else None
    try:
        await _bounded(process, target, bounds)
        said = (await reading).decode(errors="replace") if reading else ""
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
        if reading:
            reading.cancel()
    if process.returncode:
        raise ImportRefused(f"{address.url} could not be cloned: {_shown(said, address)}")


async def _bounded(process: asyncio.subprocess.Process, target: Path, bounds: Bounds) -> None:
    try:
        async with asyncio.timeout(bounds.clone_s):
            while process.returncode is None:
                if await asyncio.to_thread(_size, target) > bounds.total_bytes:
                    raise ImportRefused(f"the repository is larger than {bounds.total_bytes:,} bytes")
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(asyncio.shield(process.wait()), POLL_S)
    except TimeoutError as error:
        raise ImportRefused(f"cloning took longer than {bounds.clone_s:g} s") from error
    if await asyncio.to_thread(_size, target) > bounds.total_bytes:
        raise ImportRefused(f"the repository is larger than {bounds.total_bytes:,} bytes")


def _environment(address: GitAddress, home: Path, host: Mapping[str, str]) -> dict[str, str]:
    """Credentials go in here: other users see a command line, not an environment."""
    own = {
        "PATH": host.get("PATH", "/usr/bin:/bin"),
        "HOME": str(home),
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "/bin/false",
        "GIT_LFS_SKIP_SMUDGE": "1",
    }
    own |= {name: value for name, value in host.items() if name.lower() in PROXIES}
    if address.credentials:
        basic = base64.b64encode(address.credentials.encode()).decode()
        header = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": f"http.{address.url}.extraHeader"}
        own |= {**header, "GIT_CONFIG_VALUE_0": f"Authorization: Basic {basic}"}
    return own


def _shown(said: str, address: GitAddress) -> str:
    secrets = [part for part in (address.credentials, *address.credentials.split(":")) if len(part) > 2]
    for secret in sorted(secrets, key=len, reverse=True):
        said = said.replace(secret, "***")
    return re.sub(r"//[^/@\s]*@", "//***@", " ".join(said.split()))[:SAID] or "git gave no reason"


def _size(folder: Path) -> int:
    total = 0
    for path, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(FileNotFoundError):  # git renames its packs meanwhile
                total += Path(path, name).lstat().st_size
    return total


__all__ = ["PROTOCOLS", "GitAddress", "address_of", "clone"]
