"""Ops goes back to the version that served before, which the platform still has: nothing is built again."""

from __future__ import annotations

import time
from dataclasses import dataclass

from agents.ops.agent import OpsDeps, OpsOutcome, OpsOutput, platform_evidence, wrong_in_public
from memory.records.serving import DeploymentStatus


@dataclass(frozen=True)
class BackInput:
    turned: str
    """Deployment that is turned away from."""
    before: str
    """Deployment that is to serve again, of the same platform."""
    commit: str
    """Of `before`."""
    health_path: str
    """Of `before`."""
    reason: str


async def run(input: BackInput, deps: OpsDeps) -> OpsOutput:
    """Called again after a crash it goes on. FAILED: the platform went back, and the old version does not answer.

    Raises DeployError where the platform cannot do it; what serves serves on then.
    """
    began = time.perf_counter()
    turned = await deps.platform.status(input.turned)
    if turned.status is DeploymentStatus.ROLLED_BACK:
        serving = await deps.platform.status(input.before)
    else:
        serving = await deps.platform.rollback(input.turned, input.reason, input.before)
    evidence = platform_evidence(serving, time.perf_counter() - began)
    evidence["rollback"] = {"by": "platform", "turned": input.turned, "serves": input.before}
    wrong = await wrong_in_public(input.health_path, deps, serving, evidence)
    if wrong:
        return OpsOutput(OpsOutcome.FAILED, f"turned back, but {wrong}", serving, evidence)
    return OpsOutput(OpsOutcome.DEPLOYED, f"{input.commit[:12]} serves again at {serving.url}", serving, evidence)


__all__ = ["BackInput", "run"]
