"""Whether an OSV record speaks of a version. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from packaging.version import InvalidVersion, Version

from tools.security.lock_file import canonical
from tools.security.packages.records import PYPI

SEMVER = re.compile(r"^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([0-9A-Za-z.-]+))?(?:\+.*)?$")
Key = Any
"""Comparable with others of the same ecosystem."""


def package_key(ecosystem: str, name: str) -> str:
    return canonical(name) if ecosystem == PYPI else name


def affects(record: Mapping[str, Any], ecosystem: str, name: str, version: str) -> bool:
    """By its list of versions, or by one of its ranges. A version that cannot be compared is taken to be affected."""
    for affected in record.get("affected", ()):
        package = affected.get("package", {})
        same = package.get("ecosystem") == ecosystem and package_key(
            ecosystem, str(package.get("name"))
        ) == package_key(ecosystem, name)
        if same and (
            version in affected.get("versions", ()) or _in_ranges(affected.get("ranges", ()), ecosystem, version)
        ):
            return True
    return False


def _in_ranges(ranges: Iterable[Mapping[str, Any]], ecosystem: str, version: str) -> bool:
    key = version_key(ecosystem, version)
    usable = [r for r in ranges if r.get("type") in ("ECOSYSTEM", "SEMVER")]
    if key is None:
        return bool(usable)
    return any(_in_range(r.get("events", ()), ecosystem, key) for r in usable)


def _in_range(events: Iterable[Mapping[str, Any]], ecosystem: str, key: Key) -> bool:
    """As OSV's schema says it: events in order of version; an introduction opens, a fix closes."""
    known = []
    for event in events:
        for kind, text in event.items():
            at = None if text == "0" else version_key(ecosystem, str(text))
            if kind in ("introduced", "fixed", "last_affected") and (at is not None or text == "0"):
                known.append((kind, at))
    inside = False
    for kind, at in sorted(known, key=lambda event: (event[1] is not None, event[1])):
        reached = at is None or key >= at
        if kind == "introduced" and reached:
            inside = True
        elif (kind == "fixed" and reached) or (kind == "last_affected" and at is not None and key > at):
            inside = False
    return inside


def version_key(ecosystem: str, version: str) -> Key | None:
    """None where it is no version of that ecosystem."""
    if ecosystem == PYPI:
        try:
            return Version(version)
        except InvalidVersion:
            return None
    match = SEMVER.match(version)
    if match is None:
        return None
    numbers = tuple(int(part or 0) for part in match.groups()[:3])
    parts = tuple((0, int(p), "") if p.isdigit() else (1, 0, p) for p in match[4].split(".")) if match[4] else ()
    return numbers, not parts, parts


__all__ = ["affects", "package_key", "version_key"]
