"""The check of dependencies with its connections: one for a process."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from tools.security.interface import AuditCache
from tools.security.lock_file import canonical
from tools.security.packages.names import AnswerCache, NameChecker
from tools.security.packages.records import NPM, PYPI
from tools.security.packages.registries import (
    NpmRegistry,
    PythonIndex,
    Registry,
    python_index_url,
)
from tools.security.packages.scanner import DependencyScanner, Installed
from tools.security.packages.sources import AdvisorySources


@dataclass(frozen=True)
class Dependencies:
    scanner: DependencyScanner
    names: NameChecker
    sources: AdvisorySources


@asynccontextmanager
async def open_dependencies(
    *,
    mirror: str | None = None,
    trusted: Collection[str] = (),
    audits: AuditCache | None = None,
    answers: AnswerCache | None = None,
    installed: Installed | None = None,
    environ: Mapping[str, str] = os.environ,
) -> AsyncIterator[Dependencies]:
    """`mirror`: of OSV's advisories; `trusted`: names that nobody has to ask about."""
    async with httpx.AsyncClient() as http, httpx.AsyncClient(trust_env=False) as loopback:
        npm = environ.get("npm_config_registry")
        registries: list[Registry] = [PythonIndex(http, python_index_url(environ)), NpmRegistry(http, npm)]
        known = {PYPI: frozenset(map(canonical, trusted)), NPM: frozenset(name.lower() for name in trusted)}
        names = NameChecker(registries, trusted=known, cache=answers)
        sources = AdvisorySources(loopback if mirror else http, cache=audits, mirror=mirror, npm_registry=npm)
        try:
            yield Dependencies(DependencyScanner(sources, names, installed), names, sources)
        finally:
            sources.close()


__all__ = ["Dependencies", "open_dependencies"]
