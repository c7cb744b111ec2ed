"""Questions through the graph, as a worker drives them: facts, a model's words as they come, what they leave alone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from graph.deps import Deps
from graph.runner import drive
from graph.wiring import open_deps
from memory.code import MAIN
from memory.records.report import Check, CheckOutcome, QaReport
from memory.records.spending import Price
from memory.recovery import project_lock
from memory.services.ensure import Services
from memory.settings import Settings
from tests.fake_model.fake_model import Act, FakeModel, serve

UNCOVERED = {"uncovered": {"app/errors.py": "20-61", "app/main.py": "3"}, "coverage": 0.71}


@pytest.fixture
def fake_model() -> Iterator[FakeModel]:
    with serve(FakeModel()) as model:
        yield model


@pytest.fixture
async def deps(settings: Settings, services: Services) -> AsyncIterator[Deps]:
    async with open_deps(settings, _services(settings, services)) as deps:
        yield deps


@pytest.fixture
async def deps_with_model(settings: Settings, services: Services, fake_model: FakeModel) -> AsyncIterator[Deps]:
    free = {"*": Price(Decimal(0), Decimal(0))}
    given = {"model": ("talker",), "openai_base_url": fake_model.url, "prices": free, "model_retry_wait_s": 0.01}
    settings = settings.model_copy(update=given)
    async with open_deps(settings, _services(settings, services)) as deps:
        yield deps


def _services(settings: Settings, services: Services) -> Services:
    return replace(services, database_url=settings.database_url or "", redis_url=settings.redis_url or "")


async def ready_project(deps: Deps, tmp_path: Any) -> tuple[str, str]:
    """A project whose first run is over: its id and its commit."""
    project, run = await deps.store.create_project(
        name="Todos", description="", template="rest_api", run_input={"request": "Build a REST API for todos"}
    )
    tree = tmp_path / "tree"
    (tree / "tests").mkdir(parents=True)
    (tree / "tests" / "test_todos.py").write_text("def test_create(): ...\n\n\ndef test_delete(): ...\n")
    deps.code.create(project["id"])
    commit = deps.code.commit(project["id"], tree, "Skeleton", run["created_at"])
    deps.code.set_ref(project["id"], MAIN, commit)
    tests = Check(name="tests", outcome=CheckOutcome.PASSED, summary="2 tests passed", evidence=UNCOVERED)
    await deps.store.save_report(project["id"], QaReport(commit=commit, passed=True, checks=(tests,), coverage=0.71))
    await deps.store.start_run(run["id"])
    await deps.store.finish_run(run["id"], "succeeded", None)
    await deps.store.set_project_status(project["id"], "ready")
    return project["id"], commit


async def asked(deps: Deps, project_id: str, words: str, intent: str = "question", **more: Any) -> dict[str, Any]:
    """The run of a message, driven to its end."""
    run = await deps.store.create_run(project_id, intent, {"request": words, **more})
    await drive(deps, deps.settings.database_url or "", project_id)
    row = await deps.store.run(run["id"])
    assert row is not None
    return row


async def said(deps: Deps, project_id: str) -> list[tuple[str, str]]:
    return [(row["role"], row["text"]) for row in await deps.store.messages(project_id, 100)]


async def told(deps: Deps, project_id: str, run_id: str) -> list[dict[str, Any]]:
    found = []
    async for event in deps.events.follow(project_id, "0"):
        if event is None or (event["run_id"] == run_id and event["type"] == "run_finished"):
            return found
        if event["run_id"] == run_id:
            found.append(event)
    raise AssertionError


async def test_an_answer_names_its_evidence_and_touches_nothing(deps: Deps, tmp_path: Any) -> None:
    project_id, commit = await ready_project(deps, tmp_path)
    before = await deps.store.project(project_id)
    run = await asked(deps, project_id, "why is coverage 71 %?")
    assert (run["status"], run["error"], run["aside"]) == ("succeeded", None, True)
    *_, question, answer = await deps.store.messages(project_id, 10)
    assert (question["text"], question["run_id"]) == ("why is coverage 71 %?", run["id"])
    assert "No test reaches 43 lines in 2 files: app/errors.py lines 20-61; app/main.py lines 3" in answer["text"]
    assert commit[:12] in answer["evidence"][0]["source"]
    (event,) = [e for e in await told(deps, project_id, run["id"]) if e["type"] == "chat_message"]
    assert (event["text"], event["evidence"]) == (answer["text"], answer["evidence"])
    assert await deps.store.project(project_id) == before
    assert await deps.store.deployments(project_id, 10) == []


@pytest.mark.parametrize(
    ("question", "part"),
    [
        ("which tests are there?", "2 test functions in 1 files:\n- tests/test_todos.py: test_create, test_delete"),
        ("is it up?", "It is not deployed anywhere."),
        ("what will it cost?", "Models have cost 0.0000 USD (0 tokens) in one run."),
        ("why did the last run fail?", "No run of this project has failed."),
        ("what did you not understand?", "Everything of the request was understood."),
    ],
)
async def test_questions_without_a_model(deps: Deps, tmp_path: Any, question: str, part: str) -> None:
    project_id, _ = await ready_project(deps, tmp_path)
    await asked(deps, project_id, question)
    assert part in (await said(deps, project_id))[-1][1]


async def test_a_question_is_answered_while_the_work_waits_or_goes_on(deps: Deps, tmp_path: Any) -> None:
    project_id, _ = await ready_project(deps, tmp_path)
    working = await deps.store.create_run(project_id, "deploy", {"environment": "dev"})
    async with project_lock(deps.settings.database_url or "", project_id) as lock:
        assert lock is not None
        run = await asked(deps, project_id, "what are you doing?")
        assert run["status"] == "succeeded"
        still = await deps.store.run(working["id"])
        assert still is not None
        assert still["status"] == "queued"
    assert f"run {working['id']} (deploy) is queued" in (await said(deps, project_id))[-1][1]


async def test_a_failed_run_is_told_with_its_reason(deps: Deps, tmp_path: Any) -> None:
    project_id, _ = await ready_project(deps, tmp_path)
    failed = await asked(deps, project_id, "Deploy it", "deploy", environment="dev", commit="0" * 40)
    assert failed["status"] == "failed"
    assert (await said(deps, project_id))[-2:] == [("user", "Deploy it"), ("assistant", failed["error"])]
    await asked(deps, project_id, "why did the last run fail?")
    text = (await said(deps, project_id))[-1][1]
    assert failed["error"] in text
    assert f"run {failed['id']}, step ops" in text


async def test_a_model_answers_in_its_own_words_as_they_come(
    deps_with_model: Deps, fake_model: FakeModel, tmp_path: Any
) -> None:
    deps = deps_with_model
    project_id, _ = await ready_project(deps, tmp_path)
    words = "Coverage is 71 % because lines 20-61 of app/errors.py are never reached [1]."
    fake_model.says(Act(text=words, pieces_late_s=0.02))
    run = await asked(deps, project_id, "why is coverage 71 %?")
    events = await told(deps, project_id, run["id"])
    tokens = [event["text"] for event in events if event["type"] == "model_token"]
    assert len(tokens) > 3
    assert "".join(tokens) == words
    assert {event["agent"] for event in events if event["type"] == "model_token"} == {"pm"}
    *_, answer = await deps.store.messages(project_id, 10)
    assert (answer["text"], [fact["topic"] for fact in answer["evidence"]]) == (words, ["coverage"])
    assert "<data" in fake_model.requests[0]["messages"][0]["content"]


async def test_a_model_that_fails_is_replaced_by_the_rules(
    deps_with_model: Deps, fake_model: FakeModel, tmp_path: Any
) -> None:
    deps = deps_with_model
    project_id, _ = await ready_project(deps, tmp_path)
    fake_model.always = Act(status=401)
    run = await asked(deps, project_id, "why is coverage 71 %?")
    assert run["status"] == "succeeded"
    fallbacks = [e for e in await told(deps, project_id, run["id"]) if e["type"] == "fallback"]
    assert fallbacks[-1]["from"] == "model"
    assert fallbacks[-1]["to"] == "rules"
    assert "app/errors.py lines 20-61" in (await said(deps, project_id))[-1][1]


async def test_what_the_rules_do_not_know_a_model_sorts(
    deps_with_model: Deps, fake_model: FakeModel, tmp_path: Any
) -> None:
    deps = deps_with_model
    project_id, _ = await ready_project(deps, tmp_path)
    fake_model.says('{"intent": "question"}', "Coverage is 71 % [1].")
    run = await asked(deps, project_id, "I would love to hear about the coverage", "chat")
    assert (run["intent"], run["status"]) == ("question", "succeeded")
    assert (await said(deps, project_id))[-1] == ("assistant", "Coverage is 71 % [1].")
    project = await deps.store.project(project_id)
    assert project is not None
    assert project["status"] == "ready"


async def test_an_unsorted_message_is_not_acted_on_when_the_model_is_down(
    deps_with_model: Deps, fake_model: FakeModel, tmp_path: Any
) -> None:
    deps = deps_with_model
    project_id, commit = await ready_project(deps, tmp_path)
    fake_model.always = Act(status=401)
    run = await asked(deps, project_id, "the due date is ugly", "chat")
    assert (run["intent"], run["status"]) == ("question", "succeeded")
    assert "not sure" in (await said(deps, project_id))[-1][1]
    project = await deps.store.project(project_id)
    assert project is not None
    assert project["commit"] == commit
