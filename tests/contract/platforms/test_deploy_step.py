"""Ops' own step with a provider: a project's commit goes to GitHub, to Render, and is proven at its address."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from agents.qa.policy import CHECKS
from graph.deploy_requests import rollback_of
from graph.serving import all_platforms
from graph.steps.common import Step
from graph.steps.deploying import deploy
from memory.code import CodeStore
from memory.events import Events, make_redis
from memory.records.report import Check, CheckOutcome, QaReport
from memory.repositories.remote import RemoteLedger
from memory.secrets import Kind, Place
from memory.secrets_file import FileSecrets
from memory.settings import load_settings
from memory.store import Store
from tests.contract.platforms.fake_github import OWNER as ORGANISATION
from tests.contract.platforms.fake_github import FakeGitHub
from tests.contract.platforms.fake_provider import TOKEN, Server
from tests.contract.platforms.fake_render import OWNER, FakeRender
from tests.contract.platforms.fake_vercel import FakeVercel
from tests.contract.platforms.kinds import MANIFEST, make_platform
from tools.deploy.remote.accounts import Accounts
from tools.deploy.routing import RoutingPlatform

SECRET = "postgresql://user:very-secret-password@db.example/app"


@pytest.fixture
async def world(settings, pool, http, server: Server, tmp_path: Path):
    render = server.add(FakeRender)
    github = server.add(FakeGitHub, folder=tmp_path / "github")
    urls = {"render_url": render.base, "github_url": github.base, "platform_poll_s": 0.01, "deploy_watch_s": 0.1}
    used = {"database_url": settings.database_url, "redis_url": settings.redis_url}
    settings = load_settings(home=settings.home, **used, **urls)
    secrets = FileSecrets(settings.secrets)
    redis = make_redis(settings.redis_url)
    deps = SimpleNamespace(
        settings=settings, store=Store(pool), secrets=secrets, code=CodeStore(settings.repositories),
        platform=all_platforms(settings, pool, http), http=http, events=Events(redis),
    )  # fmt: skip
    yield SimpleNamespace(deps=deps, render=render, github=github, redis=redis, accounts=Accounts(secrets))
    await redis.aclose()


async def asked_to_deploy(deps, tmp_path: Path, **asked) -> Step:
    """A project whose commit QA has passed, and the run that deploys it."""
    about = {"name": "shop", "description": "A shop", "template": "rest_api", "run_input": {"request": "Build a shop"}}
    made, _ = await deps.store.create_project(**about)
    project = made["id"]
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "softwright.json").write_text(json.dumps(MANIFEST.model_dump()))
    (tree / "Dockerfile").write_text("FROM scratch\n")
    (tree / "requirements.lock").write_text("fastapi==1.0\n")
    (tree / "app").mkdir()
    (tree / "app" / "main.py").write_text("app = None\n")
    await asyncio.to_thread(deps.code.create, project)
    commit = await asyncio.to_thread(deps.code.commit, project, tree, "first", datetime(2030, 1, 1, tzinfo=UTC))
    checks = tuple(Check(name=name, outcome=CheckOutcome.PASSED, summary="") for name in CHECKS)
    await deps.store.save_report(project, QaReport(commit=commit, passed=True, checks=checks))
    await asyncio.to_thread(deps.secrets.change, Place(project, "staging", Kind.USER), {"DATABASE_URL": SECRET})
    run = await deps.store.create_run(project, "deploy", asked)
    return Step(deps, {"project_id": project, "run_id": run["id"], "commit": commit, "intent": "deploy"}, run)


async def another(step: Step, tmp_path: Path, number: int, **asked) -> Step:
    """A run of the same project for one more commit; with `commit` for one that is there."""
    deps, project = step.deps, step.project_id
    if "commit" not in asked:
        tree = tmp_path / "tree"
        (tree / "README.md").write_text(f"version {number}\n")
        at = datetime(2030, 1, number, tzinfo=UTC)
        asked["commit"] = await asyncio.to_thread(deps.code.commit, project, tree, f"version {number}", at)
        report = await deps.store.report(project, step.state["commit"])
        await deps.store.save_report(project, report.model_copy(update={"commit": asked["commit"]}))
    run = await deps.store.create_run(project, "deploy", asked)
    state = {"project_id": project, "run_id": run["id"], "commit": asked["commit"], "intent": "deploy"}
    return Step(deps, state, run)


async def statuses(step: Step) -> dict[str, str]:
    rows = await step.deps.store.deployments(step.project_id, 10)
    return {row["id"]: row["status"] for row in rows}


async def test_a_rollback_is_the_providers_own_where_it_still_has_the_version(world, tmp_path: Path) -> None:
    world.accounts.save("render", {"token": TOKEN, "owner": OWNER})
    world.accounts.save("github", {"token": TOKEN, "owner": ORGANISATION})
    asked = {"environment": "staging", "platform": "render"}
    one = await asked_to_deploy(world.deps, tmp_path, **asked)
    two = await another(one, tmp_path, 2, **asked)
    ids = [(await deploy(step)).update["deployment_id"] for step in (one, two)]
    store, render = world.deps.store, world.render
    begun = len(render.begun)
    back = await another(one, tmp_path, 0, **await rollback_of(store, await store.deployment(ids[1])))
    done = await deploy(back)
    assert done.update["deployment_id"] == ids[0], done
    assert done.evidence["rollback"] == {"by": "platform", "turned": ids[1], "serves": ids[0]}
    assert [answer["status"] for answer in done.evidence["answers"]] == [200, 200]
    asked_for = [exchange.path for exchange in render.exchanges if exchange.path.endswith("/rollback")]
    assert len(asked_for) == 1
    assert len(render.begun) == begun, "nothing was built again"
    assert render.apps()[render.names()[0]].version.startswith(one.state["commit"][:12])
    assert await statuses(one) == {ids[0]: "healthy", ids[1]: "rolled_back"}
    # a worker that died after it: the step is made again
    assert (await deploy(back)).update == done.update
    assert len([exchange for exchange in render.exchanges if exchange.path.endswith("/rollback")]) == 1

    # what does not serve any more cannot be turned away from: the commit is deployed, and that is said
    three = await another(one, tmp_path, 3, **asked)
    ids.append((await deploy(three)).update["deployment_id"])
    four = await another(one, tmp_path, 4, **asked)
    ids.append((await deploy(four)).update["deployment_id"])
    late = await another(one, tmp_path, 0, **await rollback_of(store, await store.deployment(ids[2])))
    anew = await deploy(late)
    assert anew.update["deployment_id"] not in ids
    assert render.apps()[render.names()[0]].version.startswith(one.state["commit"][:12])
    events = str(await world.redis.xrange(f"events:{one.project_id}"))
    assert "own way back" in events
    assert list((await statuses(one)).values()).count("healthy") == 1


async def test_an_environment_that_moves_is_taken_down_where_it_was(world, server, pool, http, tmp_path: Path) -> None:
    """Once the new one is live, and not before; where that fails it is told, and one deployment is current anyhow."""
    vercel, secrets = server.add(FakeVercel), world.deps.settings.secrets
    kinds = {"vercel": vercel, "render": world.render}
    there = {kind: make_platform(kind, fake.base, http, pool, secrets) for kind, fake in kinds.items()}
    live_at_stop = []

    async def remote(name: str):
        return there[name]

    async def stopped(deployment_id: str, stop=there["vercel"].stop):
        live_at_stop.append(bool(world.render.apps()))
        return await stop(deployment_id)

    there["vercel"].stop = stopped
    world.deps.platform = RoutingPlatform(None, remote, RemoteLedger(pool).platform_of, None)
    one = await asked_to_deploy(world.deps, tmp_path, environment="staging", platform="vercel")
    first = await deploy(one)
    assert "deployment_id" in first.update, first
    ids = [first.update["deployment_id"]]
    two = await another(one, tmp_path, 0, environment="staging", platform="render", commit=one.state["commit"])
    done = await deploy(two)
    ids.append(done.update["deployment_id"])
    assert [(left["deployment_id"], left["stopped"]) for left in done.evidence["moved"]] == [(ids[0], True)]
    assert live_at_stop == [True]
    assert [app.stopped for app in vercel.apps().values()] == [True]
    assert await statuses(one) == {ids[0]: "stopped", ids[1]: "healthy"}

    back = await another(one, tmp_path, 0, environment="staging", platform="vercel", commit=one.state["commit"])
    world.render.revoked = True
    done = await deploy(back)
    ids.append(done.update["deployment_id"])
    assert [app.stopped for app in vercel.apps().values()] == [False]
    assert [left["stopped"] for left in done.evidence["moved"]] == [False]
    assert "still stands" in (await world.deps.store.deployment(ids[1]))["detail"]
    current = (await world.deps.store.current_deployments([one.project_id]))[one.project_id]
    assert [row["id"] for row in current] == [ids[2]]


async def test_a_commit_goes_to_github_to_render_and_is_proven(world, tmp_path: Path) -> None:
    step = await asked_to_deploy(world.deps, tmp_path, environment="staging", platform="render")
    refused = await deploy(step)
    assert "softwright platforms render" in refused.evidence["detail"]
    assert world.render.names() == []
    world.accounts.save("render", {"token": TOKEN, "owner": OWNER})
    world.accounts.save("github", {"token": TOKEN, "owner": ORGANISATION})
    done = await deploy(step)
    assert "error" not in done.update, done
    assert done.update["url"].startswith(world.render.base)
    assert [answer["status"] for answer in done.evidence["answers"]] == [200, 200]
    assert world.render.variables_of(world.render.names()[0])["DATABASE_URL"] == SECRET
    row = await world.deps.store.deployment(done.update["deployment_id"])
    assert (row["platform"], row["status"], row["resources"]["memory_mb"]) == ("render", "healthy", 512)
    assert done.evidence["cost"]["platform"] == "render"
    events = await world.redis.xrange(f"events:{step.project_id}")
    told = str([*events, done.model_dump_json(), row])
    assert "ops_deployment_completed" in told
    assert SECRET not in told
    assert TOKEN not in told
    again = await deploy(step)
    assert again.update == done.update
    assert len(world.render.names()) == 1


async def test_a_project_that_is_deleted_leaves_nothing_there(world, tmp_path: Path) -> None:
    step = await asked_to_deploy(world.deps, tmp_path, environment="staging", platform="render")
    world.accounts.save("render", {"token": TOKEN, "owner": OWNER})
    world.accounts.save("github", {"token": TOKEN, "owner": ORGANISATION})
    done = await deploy(step)
    assert len(world.render.names()) == 1
    logs = await world.deps.platform.logs(done.update["deployment_id"], lines=5)
    assert "listening" in logs
    await world.deps.platform.forget(step.project_id)
    assert world.render.names() == []
