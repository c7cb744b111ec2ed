"""npm packages of a project: installed in the sandbox from a registry, once, by the lock file, and no script is run."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from memory.records.execution import Environment, InstallFailed
from memory.records.imported import Baseline, BaselineState
from tests.integration.sandbox.npm_registry import Registry, npm_registry
from tools.importing.stack import read_stack
from tools.sandbox.bubblewrap import BubblewrapSandbox
from tools.sandbox.npm import NpmEnvironments
from tools.testing.baseline import BaselineRunner

pytestmark = pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")
TYPED = {
    "src/total.ts": 'import { cents } from "cents-of";\n\nexport function total(prices: number[]): number {\n'
    "  return cents(prices.reduce((sum, price) => sum + price, 0)) / 100;\n}\n",
    "test/total.test.ts": 'import { describe, test } from "node:test";\nimport assert from "node:assert";\n'
    'import { total } from "../src/total.ts";\n\ndescribe("total", () => {\n'
    '  test("is rounded", () => assert.equal(total([0.1, 0.2]), 0.3));\n'
    '  test("is wrong", () => assert.equal(total([1]), 2));\n});\n',
}


@pytest.fixture
def registry() -> Iterator[Registry]:
    with npm_registry() as registry:
        yield registry


@pytest.fixture
def packages(registry: Registry, sandbox: BubblewrapSandbox, tmp_path: Path) -> NpmEnvironments:
    return NpmEnvironments(tmp_path / "npm", sandbox, host={"npm_config_registry": registry.url})


def project(root: Path, **manifest: Any) -> Path:
    scripts = {"test": "tsc --noEmit && node --import plain-hook --test"}
    manifest = {"name": "shop", "version": "1.0.0", "type": "module", "scripts": scripts} | manifest
    for name, text in TYPED.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    (root / "package.json").write_text(json.dumps(manifest))
    return root


BOTH = {"dependencies": {"cents-of": "^1.0.0"}, "devDependencies": {"plain-hook": "~1.1.0"}}


def version(made: Environment, name: str) -> str:
    found: str = json.loads((made.path / "node_modules" / name / "package.json").read_text())["version"]
    return found


async def test_installed_once_by_its_lock_file_and_no_script_is_run(
    registry: Registry, packages: NpmEnvironments, tmp_path: Path
) -> None:
    shop = project(tmp_path / "shop", **BOTH)
    made = await packages.provide(shop)
    assert (version(made, "cents-of"), version(made, "plain-hook")) == ("1.2.0", "1.1.0")
    assert not list((made.path / "node_modules" / "cents-of").glob("run-by-npm"))
    asked = len(registry.asked)
    assert (await packages.provide(shop), len(registry.asked)) == (made, asked)

    lock = json.loads((made.path / "package-lock.json").read_text())
    entry = lock["packages"]["node_modules/cents-of"]
    other = {key: str(value).replace("1.2.0", "1.0.0") for key, value in entry.items() if key != "integrity"}
    lock["packages"]["node_modules/cents-of"] = other
    (shop / "package-lock.json").write_text(json.dumps(lock))
    held = await packages.provide(shop)
    assert (held.id == made.id, version(held, "cents-of")) == (False, "1.0.0")

    lock["packages"]["node_modules/cents-of"] = other | {"integrity": "sha512-" + "A" * 86 + "=="}
    (shop / "package-lock.json").write_text(json.dumps(lock))
    with pytest.raises(InstallFailed, match="not the one that was locked"):
        await packages.provide(shop)


async def test_a_typescript_project_is_tested_by_its_own_words(
    packages: NpmEnvironments, sandbox: BubblewrapSandbox, tmp_path: Path
) -> None:
    async def baseline(root: Path) -> Baseline:
        runner = BaselineRunner(sandbox, Never(), Never(), packages)
        return await runner.run(root, read_stack(root))

    made = await baseline(project(tmp_path / "shop", **BOTH))
    assert made.state is BaselineState.RAN, made
    assert {name: how.value for name, how in made.tests.items()} == {
        "test/total.test.ts::total::is rounded": "passed",
        "test/total.test.ts::total::is wrong": "failed",
    }
    unknown = await baseline(project(tmp_path / "other", dependencies={"never-to-be-had": "1"}))
    assert (unknown.state, "never-to-be-had could not be installed" in unknown.summary) == (
        BaselineState.NOT_INSTALLED,
        True,
    ), unknown.summary


class Never:
    """What Python's tests would need."""

    async def provide(self, lock: bytes) -> Environment:
        raise AssertionError("not for JavaScript")

    async def resolve(self, requirements: object, pins: object) -> bytes:
        raise AssertionError("not for JavaScript")
