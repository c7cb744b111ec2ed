"""Where advisories come from: the ordinary services, or a mirror that is read and served when it is first needed."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx

from tools.security.dependency_audit import DependencyAuditor
from tools.security.interface import AuditCache
from tools.security.packages.npm_audit import NpmAudit
from tools.security.packages.osv_mirror import Mirror, MirrorUnreadable, serving


@dataclass(frozen=True)
class Auditors:
    python: DependencyAuditor
    npm: NpmAudit


class AdvisorySources:
    """`mirror`: a folder of OSV records, or the query address of a service; None: PyPI's advisories and npm audit."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        *,
        cache: AuditCache | None = None,
        mirror: str | None = None,
        npm_registry: str | None = None,
        timeout_s: float = 60.0,
    ) -> None:
        self._http, self._cache, self._mirror = http, cache, mirror
        self._npm_registry, self._timeout_s = npm_registry, timeout_s
        self._serving = ExitStack()
        self._lock = asyncio.Lock()
        self._served: tuple[str, str] | None = None

    async def auditors(self) -> Auditors:
        """Raises MirrorUnreadable."""
        url, told = await self._osv()
        return Auditors(
            DependencyAuditor(cache=self._cache, osv_url=url, told_source=told, timeout_s=self._timeout_s),
            NpmAudit(self._http, url, told, self._npm_registry, self._timeout_s),
        )

    async def _osv(self) -> tuple[str | None, str | None]:
        if self._mirror is None or "://" in self._mirror:
            return self._mirror, None
        async with self._lock:
            if self._served is None:
                self._served = await asyncio.to_thread(self._serve, self._mirror)
            return self._served

    def _serve(self, place: str) -> tuple[str, str]:
        folder = Path(place).expanduser()
        if not folder.is_dir():
            raise MirrorUnreadable(f"SOFTWRIGHT_OSV_MIRROR names {folder}, which is no folder")
        mirror = Mirror(folder)
        state = f"newest record of {mirror.newest[:10]}" if mirror.newest else "of unknown age"
        return self._serving.enter_context(serving(mirror)), f"OSV mirror {folder.name}, {state}"

    def close(self) -> None:
        self._serving.close()


__all__ = ["AdvisorySources", "Auditors"]
