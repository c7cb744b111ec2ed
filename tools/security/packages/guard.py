"""Nothing is resolved or installed under a name that should be looked at first."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

from memory.records.execution import Environment, InstallFailed, Resolver, ScriptPackages
from memory.untrusted_files import UntrustedFileError, read_untrusted
from tools.security.gate import closes_gate
from tools.security.lock_file import canonical, parse_lock
from tools.security.packages.names import NameChecker
from tools.security.packages.records import NPM, PYPI, Package

DECLARED = "the project's declaration"
MANIFEST, MANIFEST_BYTES = "package.json", 4 << 20
GROUPS = ("dependencies", "devDependencies", "optionalDependencies")
ELSEWHERE = ("file:", "link:", "workspace:", "git", "http", "npm:")
"""Ranges that name no package of the registry."""


class CheckedResolver:
    """A Resolver that asks about the names before it hands them on."""

    def __init__(self, resolver: Resolver, names: NameChecker) -> None:
        self._resolver, self._names = resolver, names

    async def resolve(self, requirements: Sequence[str], pins: Mapping[str, str]) -> bytes:
        """Raises InstallFailed for a name that is unknown, just published or looks like another; a registry that does
        not answer stops nothing here, for without it nothing new is installed."""
        asked = [
            Package(PYPI, name, pins.get(name, ""), DECLARED) for name in sorted(set(map(_name, requirements)) - {""})
        ]
        await _checked(self._names, asked)
        return await self._resolver.resolve(requirements, pins)


class CheckedPackages:
    """ScriptPackages whose names are asked about first: those that the manifest declares."""

    def __init__(self, packages: ScriptPackages, names: NameChecker) -> None:
        self._packages, self._names = packages, names

    async def provide(self, project: Path) -> Environment:
        """Raises InstallFailed, as CheckedResolver does, and SandboxError."""
        await _checked(self._names, await asyncio.to_thread(_declared, project))
        return await self._packages.provide(project)


async def _checked(names: NameChecker, packages: Sequence[Package]) -> None:
    """Raises InstallFailed."""
    told = await names.check(packages)
    refused = [finding.why for finding in told.findings if closes_gate(finding)]
    if refused:
        raise InstallFailed(
            f"{'; '.join(refused)}. Nothing was installed: correct the name, or name it in SOFTWRIGHT_TRUSTED_PACKAGES"
        )


def _declared(project: Path) -> list[Package]:
    """Blocking. Raises InstallFailed."""
    try:
        manifest = json.loads(read_untrusted(project, MANIFEST, MANIFEST_BYTES))
    except (UntrustedFileError, ValueError) as error:
        raise InstallFailed(f"{MANIFEST} cannot be read: {error}") from error
    groups = [manifest.get(group) for group in GROUPS] if isinstance(manifest, dict) else []
    wanted = {name: str(words) for group in groups if isinstance(group, dict) for name, words in group.items()}
    return [Package(NPM, name, "", MANIFEST) for name, words in wanted.items() if not words.startswith(ELSEWHERE)]


def _name(requirement: str) -> str:
    """Empty for what is no named requirement."""
    try:
        return canonical(Requirement(requirement).name)
    except InvalidRequirement:
        return ""


def shipped_names(templates: Path) -> frozenset[str]:
    """Of packages that our own templates pin by hash. Blocking."""
    locks = templates.glob("*/locks/*.lock")
    return frozenset(pin.name for lock in locks for pin in parse_lock(lock.read_text()).pins)


__all__ = ["CheckedPackages", "CheckedResolver", "shipped_names"]
