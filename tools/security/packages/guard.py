"""Nothing is resolved or installed under a name that should be looked at first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

from memory.records.execution import InstallFailed, Resolver
from tools.security.gate import closes_gate
from tools.security.lock_file import canonical, parse_lock
from tools.security.packages.names import NameChecker
from tools.security.packages.records import PYPI, Package

DECLARED = "the project's declaration"


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
        told = await self._names.check(asked)
        refused = [finding.why for finding in told.findings if closes_gate(finding)]
        if refused:
            raise InstallFailed(
                f"{'; '.join(refused)}. Nothing was installed: correct the name, or name it in "
                "SOFTWRIGHT_TRUSTED_PACKAGES"
            )
        return await self._resolver.resolve(requirements, pins)


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


__all__ = ["CheckedResolver", "shipped_names"]
