"""What is said of a package, whatever its ecosystem."""

from __future__ import annotations

from dataclasses import dataclass

PYPI, NPM = "PyPI", "npm"


@dataclass(frozen=True)
class Package:
    ecosystem: str
    """As OSV names it: PyPI, npm."""
    name: str
    version: str
    file: str
    """The lock file, below the project's root."""
    line: int | None = None
    licence: str = ""
    """An SPDX expression where the package says one, else its own words; empty: unknown."""
    digests: tuple[str, ...] = ()
    """`sha256:...` or npm's integrity."""
    development: bool = False

    @property
    def label(self) -> str:
        return f"{self.name} {self.version}"


__all__ = ["NPM", "PYPI", "Package"]
