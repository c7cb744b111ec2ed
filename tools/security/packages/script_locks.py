"""The packages of yarn's, pnpm's and bun's lock files. The texts are untrusted."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import yaml

from tools.security.packages.npm_lock import LockUnreadable, parse_npm_lock
from tools.security.packages.records import NPM, Package

EXACT = re.compile(r"\d+\.\d+\.\d+[\w.+-]*$")
"""Not `0.0.0-use.local`, a path or an address: those are of the project's own or of nobody's index."""
YARN_ENTRY = re.compile(r'^"?((?:@[^@/"\s]+/)?[^@"\s]+)@[^:].*:\s*$')
YARN_FIELD = re.compile(r'^  (version|integrity) "?([^"\s]+)"?\s*$')
TRAILING_COMMA = re.compile(r",(\s*[}\]])")


def parse_script_lock(content: bytes, file: str) -> tuple[Package, ...]:
    """Each version once. Raises LockUnreadable."""
    parse = PARSERS.get(file)
    if parse is None:
        return parse_npm_lock(content, file)
    text = content.decode("utf-8", "replace")
    found = {(name, version): (digest, line) for name, version, digest, line in parse(text, file)}
    if not found and text.strip().count("\n") > SHORT:
        raise LockUnreadable(f"{file} names no package in a form that is known: make it anew with a newer version")
    return tuple(
        Package(NPM, name, version, file, line, digests=(digest,) if digest else ())
        for (name, version), (digest, line) in found.items()
    )


SHORT = 12
"""Lines of a lock file that holds nothing."""
Found = Iterator[tuple[str, str, str, int | None]]


def _yarn(text: str, file: str) -> Found:
    return _berry(text, file) if re.search(r"^__metadata:", text, re.M) else _classic(text, file)


def _classic(text: str, file: str) -> Found:
    name, version, digest, began = "", "", "", 0
    for number, line in enumerate([*text.splitlines(), "end@1:"], 1):
        if entry := YARN_ENTRY.match(line):
            if name and EXACT.match(version):
                yield name, version, digest, began
            alias = re.search(r"@npm:((?:@[^@/\"\s]+/)?[^@\"\s]+)@", line)
            own = re.search(r"@(file|link|portal|workspace):", line)
            name, version, digest, began = ("" if own else alias[1] if alias else entry[1]), "", "", number
        elif field := YARN_FIELD.match(line):
            version, digest = (field[2], digest) if field[1] == "version" else (version, field[2])


def _berry(text: str, file: str) -> Found:
    lines = _lines(text)
    for key, entry in _document(text, file).items():
        told = (
            re.match(r"((?:@[^@/]+/)?[^@]+)@npm:([^:]+)$", str(entry.get("resolution", ""))) if _is_map(entry) else None
        )
        if told and EXACT.match(told[2]):
            yield told[1], told[2], "", lines.get(str(key))


def _pnpm(text: str, file: str) -> Found:
    """`/name/1.0.0`, `/name@1.0.0(peer@2)` and `name@1.0.0`, by the version of the file."""
    lines = _lines(text)
    packages = _document(text, file).get("packages") or {}
    for key, entry in packages.items() if _is_map(packages) else ():
        told = re.match(r"/?((?:@[^@/]+/)?[^@/]+)[@/](\d[^(_]*)", str(key))
        if told and EXACT.match(told[2]):
            resolution = entry.get("resolution") if isinstance(entry, Mapping) else None
            digest = str(resolution.get("integrity", "")) if isinstance(resolution, Mapping) else ""
            yield told[1], told[2], digest, lines.get(str(key))


def _bun(text: str, file: str) -> Found:
    try:
        packages = json.loads(TRAILING_COMMA.sub(r"\1", text)).get("packages") or {}
    except (ValueError, AttributeError, RecursionError) as error:
        raise LockUnreadable(f"{file} is no lock file of bun: {error}") from error
    for entry in packages.values() if _is_map(packages) else ():
        first = entry[0] if isinstance(entry, Sequence) and entry else ""
        told = re.match(r"((?:@[^@/]+/)?[^@]+)@(.+)$", str(first))
        if told and EXACT.match(told[2]):
            digest = next((part for part in entry if isinstance(part, str) and part.startswith("sha")), "")
            yield told[1], told[2], digest, None


PARSERS: dict[str, Callable[[str, str], Found]] = {"yarn.lock": _yarn, "pnpm-lock.yaml": _pnpm, "bun.lock": _bun}


def as_npm_lock(packages: Sequence[Package]) -> bytes:
    """What npm audit reads: each version under a name of its own."""
    entries: dict[str, Any] = {"": {"name": "audited", "version": "0.0.0"}}
    for number, package in enumerate(packages):
        place = f"node_modules/{package.name}"
        entry = {"version": package.version, "resolved": "", "extraneous": True}
        if place in entries:
            place, entry = f"node_modules/audited-{number}", {**entry, "name": package.name}
        entries[place] = entry
    return json.dumps({"name": "audited", "lockfileVersion": 3, "requires": True, "packages": entries}).encode()


def _document(text: str, file: str) -> Mapping[str, Any]:
    try:
        document = yaml.load(text, yaml.CSafeLoader)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise LockUnreadable(f"{file} is no YAML: {str(error)[:200]}") from error
    if not isinstance(document, Mapping):
        raise LockUnreadable(f"{file} is no lock file")
    return document


def _is_map(value: object) -> bool:
    return isinstance(value, Mapping)


def _lines(text: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if line.rstrip().endswith(":"):
            found.setdefault(line.strip()[:-1].strip("'\""), number)
    return found


__all__ = ["PARSERS", "as_npm_lock", "parse_script_lock"]
