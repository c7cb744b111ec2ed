"""Under which name a module is known, and which script of the folder it is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from posixpath import dirname, join, normpath

ENDINGS = (".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".cts", ".vue")
REQUIRED = re.compile(r"(?:\brequire\s*\(|\bimport\s*\(|\bfrom|\bimport)\s*['\"]([^'\"\n]{2,200})['\"]")
OWN_ROOTS = ("", "src", "app", "lib", "server", "client")
"""Of what begins with `@/` or `~/`, as the usual settings of compilers and bundlers have it."""


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


def required(text: str) -> list[str]:
    """What a script asks for, in the order of the text."""
    return list(dict.fromkeys(REQUIRED.findall(text)))


def resolved(importer: str, source: str, files: Mapping[str, object]) -> str | None:
    """The script of the folder that `source` stands for in `importer`."""
    if source.startswith("."):
        return _file(normpath(join(dirname(importer), source)), files)
    if source.startswith(("@/", "~/", "src/", "app/")):
        rest = source[2:] if source[1] == "/" else source
        for folder in _above(importer):
            for root in OWN_ROOTS if source[1] == "/" else ("",):
                found = _file(normpath(join(folder, root, rest)), files)
                if found is not None:
                    return found
    return None


def _above(file: str) -> Iterator[str]:
    folder = dirname(file)
    while folder:
        yield folder
        folder = dirname(folder)
    yield ""


def _file(path: str, files: Mapping[str, object]) -> str | None:
    if path in files:
        return path
    bare = re.sub(r"\.[mc]?jsx?$", "", path)
    names = [path + ending for ending in ENDINGS] + [f"{path}/index{ending}" for ending in ENDINGS]
    names += [bare + ending for ending in ENDINGS] if bare != path else []
    return next((name for name in names if name in files), None)


__all__ = ["module_name", "required", "resolved"]
