"""The Ops agent on the real local platform: refuses, deploys, proves, and tells what it saw."""

from __future__ import annotations

import json
import secrets

from agents.ops.agent import OpsDeps, OpsInput, OpsOutcome, OpsOutput, run
from memory.records.serving import Gate
from tests.integration.deploy.deploy_place import APP, Place
from tools.deploy.tool import deployment_tools


async def ops(place: Place, *, source: str = APP, gate: Gate | None = None, **variables: str) -> OpsOutput:
    release = place.release("one", source=source)
    asked = OpsInput(
        deployment_id=f"d-{secrets.token_hex(4)}",
        project_id=release.project_id,
        environment=release.environment,
        commit=release.commit,
        code=release.code,
        manifest=place.manifest,
        gate=gate or Gate(release.commit, allowed=True),
        variables=variables,
    )
    return await run(asked, OpsDeps(place.platform, place.http))


async def test_it_deploys_and_shows_what_the_live_url_answered(place: Place) -> None:
    told = await ops(place, API_KEY="canary-0815")
    assert told.outcome is OpsOutcome.DEPLOYED
    evidence = told.evidence
    assert [(answer["status"], answer["error"]) for answer in evidence["answers"]] == [(200, ""), (200, "")]
    assert evidence["answers"][1]["paths"] >= 5
    assert evidence["url"] in told.summary
    assert evidence["restarts"] == 0
    assert "netns" in evidence["limits_active"]
    assert evidence["seconds_to_healthy"] > 0
    assert "canary-0815" not in json.dumps(evidence)


async def test_a_commit_that_qa_has_not_passed_is_refused(place: Place) -> None:
    told = await ops(place, gate=Gate("another commit", allowed=True))
    assert told.outcome is OpsOutcome.REFUSED
    assert "another commit" in told.summary
    assert not place.home.exists()


async def test_a_closed_gate_is_refused_with_its_reasons(place: Place) -> None:
    commit = place.release("one").commit
    release = place.release("one")
    asked = OpsInput("d-1", "shop", "dev", commit, release.code, place.manifest, Gate(commit, False, ("2 tests fail",)))
    told = await run(asked, OpsDeps(place.platform, place.http))
    assert (told.outcome, told.summary) == (OpsOutcome.REFUSED, "refused: 2 tests fail")
    assert not place.home.exists()


async def test_a_broken_version_is_a_failure_with_its_log(place: Place) -> None:
    told = await ops(place, source="import no_such_module\n" + APP)
    assert told.outcome is OpsOutcome.FAILED
    assert told.serving is None
    assert "no_such_module" in told.evidence["detail"]


async def test_an_application_without_its_openapi_document_is_not_proven(place: Place) -> None:
    told = await ops(place, source=APP.replace("FastAPI(", "FastAPI(openapi_url=None, "))
    assert told.outcome is OpsOutcome.FAILED
    assert "/openapi.json: answered 404" in told.summary


async def test_a_model_may_look_at_the_deployment(place: Place) -> None:
    told = await ops(place)
    assert told.serving is not None
    status, logs = deployment_tools(place.platform, told.serving.deployment_id)
    assert json.loads(await status.ainvoke({}))["status"] == "healthy"
    assert "one starts" in await logs.ainvoke({"lines": 50})
