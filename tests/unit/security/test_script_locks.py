"""Lock files of yarn, pnpm and bun: names and versions, and what is no package of an index left out."""

from __future__ import annotations

import pytest

from tools.security.packages.npm_lock import LockUnreadable
from tools.security.packages.script_locks import parse_script_lock

FILES = {
    "classic": (
        "yarn.lock",
        """# yarn lockfile v1


"@babel/core@^7.0.0", "@babel/core@^7.1.0":
  version "7.24.0"
  resolved "https://registry/x.tgz#abc"
  integrity sha512-aaa
  dependencies:
    lodash "^4.0.0"

lodash@^4.0.0:
  version "4.17.20"

old@npm:lodash@^3.0.0:
  version "3.10.1"

mine@file:../mine:
  version "0.0.0"
""",
        {("@babel/core", "7.24.0"), ("lodash", "4.17.20"), ("lodash", "3.10.1")},
    ),
    "berry": (
        "yarn.lock",
        """__metadata:
  version: 8

"@babel/core@npm:^7.0.0, @babel/core@npm:^7.1.0":
  version: 7.24.0
  resolution: "@babel/core@npm:7.24.0"
  checksum: 10/aaa

"app@workspace:.":
  version: 0.0.0-use.local
  resolution: "app@workspace:."

"lodash@npm:^4.0.0":
  version: 4.17.20
  resolution: "lodash@npm:4.17.20"
""",
        {("@babel/core", "7.24.0"), ("lodash", "4.17.20")},
    ),
    "pnpm 6": (
        "pnpm-lock.yaml",
        "lockfileVersion: 5.4\npackages:\n  /lodash/4.17.20:\n    resolution: {integrity: sha512-a}\n    dev: false\n"
        "  /@babel/core/7.24.0_x@1:\n    resolution: {integrity: sha512-b}\n",
        {("lodash", "4.17.20"), ("@babel/core", "7.24.0")},
    ),
    "pnpm 9": (
        "pnpm-lock.yaml",
        "lockfileVersion: '9.0'\npackages:\n  lodash@4.17.20:\n    resolution: {integrity: sha512-a}\n"
        "  '@babel/core@7.24.0(x@1.0.0)':\n    resolution: {integrity: sha512-b}\n"
        "  'own@file:../own':\n    resolution: {}\n",
        {("lodash", "4.17.20"), ("@babel/core", "7.24.0")},
    ),
    "bun": (
        "bun.lock",
        '{"lockfileVersion": 1, "packages": {"lodash": ["lodash@4.17.20", "", {}, "sha512-a"],'
        ' "own": ["own@workspace:packages/own"],},}',
        {("lodash", "4.17.20")},
    ),
}


@pytest.mark.parametrize("kind", FILES)
def test_packages_are_read(kind: str) -> None:
    file, text, wanted = FILES[kind]
    packages = parse_script_lock(text.encode(), file)
    assert {(package.name, package.version) for package in packages} == wanted
    assert all(package.line is None or package.name in text.splitlines()[package.line - 1] for package in packages)


@pytest.mark.parametrize("file", ["yarn.lock", "pnpm-lock.yaml", "bun.lock"])
def test_a_file_of_another_form_is_told(file: str) -> None:
    with pytest.raises(LockUnreadable, match=file.partition(".")[0]):
        parse_script_lock(b"nothing here\n" * 40, file)
