"""A version that falls at its first caller: the platform may turn it back before Ops asks for that."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import create_autospec

import httpx
import pytest

from agents.ops.agent import OpsDeps, OpsInput, OpsOutcome, run
from memory.records.manifest import Manifest
from memory.records.serving import DeploymentStatus, Gate, Serving
from tools.deploy.interface import DeployError, Platform

MANIFEST = Manifest(template="rest_api", template_version="1", asgi="app.main:app")
ASKED = OpsInput("d", "shop", "dev", "c0ffee", Path("code"), MANIFEST, Gate("c0ffee", allowed=True))
STARTING = Serving("d", DeploymentStatus.STARTING, "http://127.0.0.1:1", None, detail="exit code 3")
NOT_SERVING = DeployError("d does not serve", place="shop/dev", remedy="Deploy one")


@pytest.mark.parametrize(
    ("now", "outcome", "told"),
    [
        (DeploymentStatus.ROLLED_BACK, OpsOutcome.ROLLED_BACK, "exit code 3; the version before it serves again"),
        (DeploymentStatus.UNHEALTHY, OpsOutcome.FAILED, "going back failed as well: d does not serve"),
    ],
)
async def test_the_way_back_of_the_platform_counts(now: DeploymentStatus, outcome: OpsOutcome, told: str) -> None:
    platform = create_autospec(Platform, instance=True)
    platform.deploy.return_value = STARTING
    platform.rollback.side_effect = NOT_SERVING
    platform.status.return_value = Serving("d", now, None, None, detail="exit code 3")
    async with httpx.AsyncClient() as http:
        answer = await run(ASKED, OpsDeps(platform, http))
    assert answer.outcome is outcome
    assert told in answer.summary
