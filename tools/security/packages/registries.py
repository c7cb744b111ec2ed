"""What a package index knows of a name: whether it is there, and since when. The ordinary interfaces of both."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import quote

import httpx
from pip._internal.models.index import PyPI

from tools.security.lock_file import canonical
from tools.security.packages.records import NPM, PYPI

SIMPLE = "application/vnd.pypi.simple.v1+json"
NOT_FOUND = 404
WAIT_S = 10.0
INDEX_VARIABLES = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL")


class RegistryUnavailable(Exception):
    """It does not answer, or not as its interface says; the message says how."""


@dataclass(frozen=True)
class Known:
    exists: bool
    first_published: datetime | None = None
    """None: it does not tell."""
    versions: int = 0


class Registry(Protocol):
    ecosystem: str

    async def look_up(self, name: str) -> Known:
        """Raises RegistryUnavailable."""
        ...


class PythonIndex:
    ecosystem = PYPI

    def __init__(self, http: httpx.AsyncClient, url: str) -> None:
        """`url`: of the simple index."""
        self._http, self._url = http, url.rstrip("/")

    async def look_up(self, name: str) -> Known:
        address = f"{self._url}/{quote(canonical(name), safe='')}/"
        document = await _json(self._http, address, {"Accept": f"{SIMPLE}, text/html;q=0.1"})
        if document is None:
            return Known(exists=False)
        files = document.get("files", ())
        times = [when for f in files if isinstance(f, Mapping) and (when := _time(f.get("upload-time"))) is not None]
        return Known(True, min(times, default=None), len(document.get("versions", ())) or len(files))


class NpmRegistry:
    ecosystem = NPM

    def __init__(self, http: httpx.AsyncClient, url: str | None = None) -> None:
        """`url`: None: npm is asked which it is set to, once, when that is first needed."""
        self._http, self._url = http, url
        self._asking = asyncio.Lock()

    async def look_up(self, name: str) -> Known:
        async with self._asking:
            if self._url is None:
                self._url = await npm_registry_url()
        if self._url is None:
            raise RegistryUnavailable("npm is not installed, so nobody knows which registry to ask")
        address = f"{self._url.rstrip('/')}/{quote(name, safe='@')}"
        document = await _json(self._http, address, {"Accept": "application/json"})
        if document is None:
            return Known(exists=False)
        times = document.get("time")
        created = _time(times.get("created")) if isinstance(times, Mapping) else None
        return Known(True, created, len(document.get("versions", ())))


def python_index_url(environ: Mapping[str, str] = os.environ) -> str:
    """As pip and uv are told, else pip's own."""
    return next((environ[name] for name in INDEX_VARIABLES if environ.get(name)), str(PyPI.simple_url))


async def npm_registry_url(environ: Mapping[str, str] = os.environ) -> str | None:
    """As npm itself says; None where there is no npm."""
    if environ.get("npm_config_registry"):
        return environ["npm_config_registry"]
    npm = shutil.which("npm")
    if npm is None:
        return None
    asked = await asyncio.create_subprocess_exec(
        npm, "config", "get", "registry", stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE
    )
    try:
        told, _ = await asyncio.wait_for(asked.communicate(), WAIT_S)
    except TimeoutError:
        asked.kill()
        return None
    return told.decode().strip() or None


async def _json(http: httpx.AsyncClient, address: str, headers: Mapping[str, str]) -> Mapping[str, Any] | None:
    """None: it knows no such thing."""
    try:
        answer = await http.get(address, headers=headers, follow_redirects=True, timeout=WAIT_S)
    except httpx.HTTPError as error:
        raise RegistryUnavailable(
            f"{httpx.URL(address).host} does not answer: {error or type(error).__name__}"
        ) from error
    if answer.status_code == NOT_FOUND:
        return None
    if not answer.is_success:
        raise RegistryUnavailable(f"{answer.url.host} answers {answer.status_code}")
    if "json" not in answer.headers.get("content-type", ""):
        return {}
    try:
        document = answer.json()
    except ValueError as error:
        raise RegistryUnavailable(f"{answer.url.host} answers what is no JSON") from error
    return document if isinstance(document, Mapping) else {}


def _time(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text).replace("Z", "+00:00")) if text else None
    except ValueError:
        return None


__all__ = [
    "Known",
    "NpmRegistry",
    "PythonIndex",
    "Registry",
    "RegistryUnavailable",
    "npm_registry_url",
    "python_index_url",
]
