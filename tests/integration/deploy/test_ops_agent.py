"""The Ops agent on the real local platform: refuses, deploys, proves, and tells what it saw."""

from __future__ import annotations

import asyncio
import json
import secrets

from agents.ops.agent import OpsDeps, OpsInput, OpsOutcome, OpsOutput, run
from memory.records.serving import Gate
from tests.integration.deploy.deploy_place import APP, Place, gone
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


async def test_a_version_that_fails_its_public_proof_does_not_stay(place: Place) -> None:
    silent = APP.replace("FastAPI(", "FastAPI(openapi_url=None, ")
    told = await ops(place, source=silent)
    assert told.summary.endswith("; it was stopped")
    assert await asyncio.to_thread(gone, place.keepers())
    good = await ops(place)
    assert good.serving is not None
    back = await ops(place, source=silent)
    assert back.outcome is OpsOutcome.ROLLED_BACK
    assert back.evidence["rollback"] == {"serves": good.serving.deployment_id, "status": "healthy"}
    assert "the version before it serves again" in back.summary
    assert (await place.http.get(f"{good.serving.url}/openapi.json")).status_code == 200


FAILS_LATER = (
    APP.replace("def health():", "def health(request: Request):")
    .replace("FastAPI, Response", "FastAPI, Request, Response")
    .replace(
        'return {"status": "ok"}',
        "asked.append(1) if request.client is None else None\n"
        "    return Response(status_code=200 if request.client or len(asked) < 2 else 503)",
    )
    + "\nasked = []\n"
)


async def test_a_version_that_is_turned_back_is_told_with_its_log(place: Place) -> None:
    good = await ops(place)
    told = await ops(place, source=FAILS_LATER)
    assert told.outcome is OpsOutcome.ROLLED_BACK, told.summary
    assert "answered 503" in told.evidence["turned_back"]["reason"]
    assert "one starts" in told.evidence["turned_back"]["log_end"]
    assert good.serving is not None
    assert await place.version(good.serving) == "one"
