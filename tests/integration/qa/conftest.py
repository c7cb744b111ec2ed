from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from memory.records.execution import Environment
from memory.records.manifest import Manifest
from tools.sandbox.bubblewrap import BubblewrapSandbox
from tools.sandbox.environments import UvEnvironments
from tools.security.interpreter import running_environment

ROOT = Path(__file__).resolve().parents[3]
SUITE_NEEDS = ("coverage", "iniconfig", "packaging", "pluggy", "pygments", "pytest")
MANIFEST = Manifest(template="none", template_version="1", asgi="app.main:app")
BuildTree = Callable[[dict[str, str]], Path]


def excerpt_of_lock(names: tuple[str, ...]) -> str:
    """The pins of `names`, with their hashes, out of this repository's own lock file."""
    blocks = re.split(r"\n(?=[a-z0-9])", (ROOT / "requirements-dev.lock").read_text())
    return "\n".join(block for block in blocks if block.split("==")[0] in names) + "\n"


@pytest.fixture(scope="session")
def suite_lock() -> str:
    return excerpt_of_lock(SUITE_NEEDS)


@pytest.fixture(scope="session")
def sandbox() -> BubblewrapSandbox:
    return BubblewrapSandbox()


@pytest.fixture(scope="session")
def environments(sandbox: BubblewrapSandbox, shared_environments: Path) -> UvEnvironments:
    return UvEnvironments(shared_environments, sandbox)


@pytest.fixture(scope="session")
def scanner_environment() -> Environment:
    return running_environment()


@pytest.fixture
def manifest() -> Manifest:
    return MANIFEST


@pytest.fixture
def build_tree(tmp_path: Path, suite_lock: str) -> BuildTree:
    """A project from path → text, with a package `app`, a test suite and a lock file unless given."""

    def build(files: dict[str, str]) -> Path:
        project = tmp_path / "project"
        whole = {
            "app/__init__.py": "",
            "app/main.py": "def double(n: int) -> int:\n    return 2 * n\n",
            "requirements-dev.lock": suite_lock,
            "requirements.lock": suite_lock,
            **files,
        }
        for name, text in whole.items():
            path = project / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text))
        return project

    return build
