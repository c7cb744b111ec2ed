"""Under which name a module is known."""

from __future__ import annotations


def module_name(source: str) -> str:
    """Of what is required: `node:fs/promises` is `fs`, files of one's own have none."""
    name = source.removeprefix("node:")
    if name.startswith((".", "/")):
        return ""
    return {
        "fs/promises": "fs",
        "fs-extra": "fs",
        "graceful-fs": "fs",
        "mz/fs": "fs",
        "mz/child_process": "child_process",
        "path/posix": "path",
        "path/win32": "path",
        "jquery": "$",
        "lodash/fp": "lodash",
        "original-fs": "fs",
    }.get(name, name)


__all__ = ["module_name"]
