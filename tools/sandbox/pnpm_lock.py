"""Versions that pnpm's lock file holds, written into the manifest: npm does not read that file."""

from __future__ import annotations

import json
import re

GROUPS = ("dependencies", "devDependencies", "optionalDependencies")
ROOT = re.compile(r"^importers:\n(?:.*\n)*?  \.:\n((?: {4}.*\n|\n)*)", re.MULTILINE)
HELD = re.compile(r"^ {6}'?(@?[^'\s:]+)'?:\n {8}specifier: .*\n {8}version: '?(\d+\.\d+\.\d+[\w.+-]*)", re.MULTILINE)


def held(manifest: bytes, lock: bytes) -> bytes:
    """The manifest with exact versions for what the lock names. Only the root's; of formats before 6 nothing is read.

    Raises ValueError where the manifest is no JSON.
    """
    document = json.loads(manifest)
    section = ROOT.search(lock.decode("utf-8", "replace"))
    pins = dict(HELD.findall(section[1])) if section is not None else {}
    for group in GROUPS if isinstance(document, dict) else ():
        wanted = document.get(group)
        if isinstance(wanted, dict):
            document[group] = {name: pins.get(name, words) for name, words in wanted.items()}
    return json.dumps(document).encode()


__all__ = ["held"]
