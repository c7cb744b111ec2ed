"""What a file is for, told by its path."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import PurePosixPath


class Role(StrEnum):
    SOURCE = "source"
    TEST = "test"
    OTHER = "other"
    """Code around the product: documentation, examples, benchmarks, build."""


LANGUAGES = {
    ".py": "python", ".pyi": "python", ".js": "javascript", ".jsx": "javascript", ".mjs": "javascript",
    ".cjs": "javascript", ".ts": "typescript", ".mts": "typescript", ".cts": "typescript", ".tsx": "tsx",
}  # fmt: skip
TEST_FOLDERS = frozenset(
    {"test", "tests", "t", "__tests__", "__mocks__", "e2e", "spec", "specs", "testsuite", "testdata"}
)
OTHER_FOLDERS = frozenset(
    {
        "docs", "doc", "docs_src", "example", "examples", "samples", "demo", "demos", "benchmark", "benchmarks",
        "bench", "perf", "node_modules", "vendor", "_vendor", "vendored", "third_party", "www", "website", "site",
        "dist", "build", ".github", "fixtures", "playground", "playgrounds", "runtime-tests", "tutorials", "gallery",
    }
)  # fmt: skip
TEST_FILE = re.compile(r"^(test_.*|.*_test|tests?|conftest)\.pyi?$|\.(test|spec|e2e|test-d)\.[cm]?[jt]sx?$")
OTHER_FILE = re.compile(
    r"^(setup|version|_version|__version__|noxfile|fabfile)\.py$|\.d\.[cm]?ts$|\.min\.js$|\.config\.[cm]?[jt]s$"
)
OTHER_TOP = frozenset({"scripts", "testing", "ci"})


def language_of(path: str) -> str | None:
    """None: not a language that is parsed."""
    return LANGUAGES.get(PurePosixPath(path).suffix)


def role_of(path: str) -> Role:
    *folders, name = path.split("/")
    lower = {folder.lower() for folder in folders}
    if TEST_FILE.search(name) or lower & TEST_FOLDERS:
        return Role.TEST
    if OTHER_FILE.search(name) or lower & OTHER_FOLDERS or (folders and folders[0].lower() in OTHER_TOP):
        return Role.OTHER
    return Role.SOURCE


__all__ = ["LANGUAGES", "Role", "language_of", "role_of"]
