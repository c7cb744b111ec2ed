"""The packages of a package-lock.json. The text is untrusted."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tools.security.packages.records import NPM, Package

NAMES = ("package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock")
OTHERS = ("bun.lockb",)
"""Not a text: it is not read."""


class LockUnreadable(Exception):
    """The lock file is no such file; the message says what is wrong."""


def parse_npm_lock(content: bytes, file: str) -> tuple[Package, ...]:
    """Each version once, as installed. Raises LockUnreadable."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise LockUnreadable(f"{file} is no JSON: {error}") from error
    if not isinstance(document, Mapping) or not isinstance(document.get("packages"), Mapping):
        raise LockUnreadable(f"{file} has no `packages`: make it anew with npm 7 or later")
    lines = _lines(content.decode("utf-8", "replace"))
    found = {(p.name, p.version): p for p in _packages(document["packages"], file, lines)}
    return tuple(found.values())


def _packages(entries: Mapping[str, Any], file: str, lines: Mapping[str, int]) -> Iterator[Package]:
    for path, entry in entries.items():
        if not path or not isinstance(entry, Mapping) or entry.get("link"):
            continue
        name = str(entry.get("name") or path.rpartition("node_modules/")[2])
        licence = entry.get("license", "")
        integrity = entry.get("integrity")
        yield Package(
            ecosystem=NPM,
            name=name,
            version=str(entry.get("version", "")),
            file=file,
            line=lines.get(path),
            licence=licence if isinstance(licence, str) else "",
            digests=(str(integrity),) if integrity else (),
            development=bool(entry.get("dev")),
        )


def _lines(text: str) -> dict[str, int]:
    """Key of an entry to its line."""
    found: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        key, _, rest = line.strip().partition('": {')
        if key.startswith('"') and rest == "":
            found.setdefault(key[1:], number)
    return found


__all__ = ["NAMES", "OTHERS", "LockUnreadable", "parse_npm_lock"]
