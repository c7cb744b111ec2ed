"""Our own description against our own API: whatever is sent, no answer is a 500, and each is one that is described."""

from __future__ import annotations

import asyncio
import re
import subprocess
from pathlib import Path

import httpx
import pytest

from memory.store import Store
from tests.integration.api.conftest import NewProject
from tests.integration.api.test_api_deployments import ONE, deployed
from tests.integration.template.conftest import SCHEMATHESIS, environment


@pytest.fixture(scope="session")
def schemathesis() -> Path:
    """In an environment of its own: its dependencies are many."""
    python = environment(SCHEMATHESIS.encode(), "install", SCHEMATHESIS)
    return python.with_name("schemathesis")


@pytest.mark.slow
async def test_schemathesis(
    client: httpx.Client,
    new_project: NewProject,
    store: Store,
    api: str,
    token: str,
    schemathesis: Path,
    tmp_path: Path,
) -> None:
    """With ids that exist, so that what lies behind them is reached. The run has ended: its events end too."""
    made = await asyncio.to_thread(new_project)
    await asyncio.to_thread(client.post, f"/api/runs/{made['run']['id']}/cancel")
    ids = {"project_id": made["project"]["id"], "run_id": made["run"]["id"]}
    ids["deployment_id"] = await deployed(store, made, ONE)
    lines = [f'"path.{name}" = "{value}"' for name, value in ids.items()]
    (tmp_path / "schemathesis.toml").write_text("\n".join(["[parameters]", *lines]))
    argv = [schemathesis, "run", f"{api}/openapi.json", "--max-examples", "8", "--generation-deterministic"]
    argv += ["--phases", "coverage,fuzzing", "--exclude-checks", "positive_data_acceptance", "--no-color"]
    argv += ["--exclude-method", "DELETE", "--exclude-path", "/ready"]
    argv += ["--header", f"Authorization: Bearer {token}"]
    done = await asyncio.to_thread(subprocess.run, argv, cwd=tmp_path, capture_output=True, text=True, timeout=250)
    assert done.returncode == 0, done.stdout[-8000:]
    generated = re.search(r"(\d+) generated", done.stdout)
    assert generated is not None
    assert int(generated[1]) > 500
