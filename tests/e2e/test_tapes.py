"""Whole runs with a model whose answers are on tape: over the API, through the worker, to live applications."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import pytest

from tests.conftest import NewHome
from tests.e2e.crash_server import Follower, Server
from tests.e2e.tape_checks import CHANGES, CHECKS, PLAIN
from tests.e2e.tape_runs import Killer, Runs
from tests.fake_model.fake_model import serve
from tests.fake_model.tape import TapeModel, load

COMMENT = load("auction").rows[1].asked.about[1]
SHELF = "Build a REST API for books with title, and loans with book, lent on (date) and returned on (date)"
KILLED = "killed"
"""The run of the tape `tickets` whose worker dies all the time."""
DOWN, HALFWAY = "down", "halfway"
"""Runs of `tickets` whose model never answers, and whose model answers PM and nobody after it."""
ROUNDS = ["dev", "qa", "dev/2", "qa/2", "dev/3", "qa/3"]
pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(600)]


@dataclass(frozen=True)
class AtWork:
    runs: Runs
    killer: Killer


@pytest.fixture(scope="module")
def at_work(new_home: NewHome) -> Iterator[AtWork]:
    """All runs are begun at once: what they do side by side, tests need not wait for one by one."""
    others = (load("tickets").named(name) for name in (KILLED, DOWN, HALFWAY))
    with serve(TapeModel(*map(load, [*CHECKS, *CHANGES, *PLAIN]), *others)) as model:
        endpoint = {"OPENAI_BASE_URL": model.url, "OPENAI_API_KEY": "x", "SOFTWRIGHT_PRICES": "*=1/2"}
        home = new_home()
        server = Server(home, **endpoint, SOFTWRIGHT_WORKER_CONCURRENCY="3")
        server.up()
        runs = Runs(server, model)
        runs.start("auction")
        runs.start(KILLED)
        killer = Killer(runs, KILLED)
        alive = model.gate
        model.gate = lambda name, wanted: (
            alive(name, wanted) and name != DOWN and (name, wanted.role) != (HALFWAY, "dev")
        )
        runs.start("split", approve=True)
        runs.make("shelf", SHELF)
        for name in ("library", "tickets"):
            runs.start(name)
        for name in (DOWN, HALFWAY):
            runs.start(name, deploy="none")
        try:
            yield AtWork(runs, killer)
        finally:
            server.cli("down")


@pytest.fixture
def runs(at_work: AtWork) -> Runs:
    return at_work.runs


def test_a_refused_plan_is_made_anew_with_the_comment(runs: Runs) -> None:
    first = runs.until("auction", "waiting")
    assert first["waiting"]["plan"]["editable"]["spec"]["accounts"] is False
    runs.decide("auction", decision="reject", comment=COMMENT)
    second = runs.until("auction", "waiting")
    assert second["waiting"]["plan"]["editable"]["spec"]["accounts"] is True
    runs.decide("auction", decision="approve")


def test_an_edited_plan_is_taken_as_it_is(runs: Runs) -> None:
    edited = runs.until("split", "waiting")["waiting"]["plan"]["editable"]
    edited["spec"]["title"] = "Who owes whom"
    runs.decide("split", decision="edit", plan=edited)
    runs.until("split", "succeeded")
    with closing(runs.application("split")) as app:
        assert app.get("/openapi.json")["info"]["title"] == "Who owes whom"


@pytest.mark.parametrize("name", CHECKS)
def test_a_tape_ends_in_a_live_application_that_does_what_was_asked(runs: Runs, name: str) -> None:
    run = runs.until(name, "succeeded")
    with closing(runs.application(name)) as app:
        CHECKS[name](app)
    tape = runs.model.tapes[name]
    assert runs.model.of(name) == [row.asked for row in tape.rows]
    assert [state for _, state in runs.calls(name)] == ["answered"] * len(tape.rows)
    assert run["spend"]["usd"] > 0


def test_what_qa_found_went_back_to_dev_twice(runs: Runs) -> None:
    run = runs.until("tickets", "succeeded")
    assert [step["name"] for step in run["steps"] if step["name"] in ROUNDS] == ROUNDS


def test_a_models_words_are_heard_on_the_socket_before_what_is_made_of_them(runs: Runs) -> None:
    project, run = runs.ids["library"]
    runs.until("library", "succeeded")
    events = [e for e in Follower(runs.server, project).until_finished() if e["run_id"] == run]
    planned = [event["type"] for event in events].index("pm_plan_ready")
    words = [event["text"] for event in events[:planned] if event["type"] == "model_token" and event["agent"] == "pm"]
    assert "".join(words) == load("library").rows[0].reply["content"]


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_on_tape_ends_live_and_what_worked_goes_on(runs: Runs, name: str) -> None:
    tape = runs.model.tapes[name]
    runs.until(tape.after, "succeeded")
    runs.start(name)
    runs.until(name, "succeeded")
    with closing(runs.application(name)) as app:
        CHANGES[name](app)
    assert runs.model.of(name) == [row.asked for row in tape.rows]
    assert {state for _, state in runs.calls(name)} == {"answered"}
    told = next(str(request["messages"]) for request in runs.model.requests if request["model"] == name)
    assert "built already, " in told, "who writes tests of a change knows what is there"


def test_a_plan_of_a_change_is_made_anew_with_a_comment_from_the_command_line(runs: Runs) -> None:
    runs.until("shelf", "succeeded")
    runs.start("fines")
    first = runs.until("fines", "waiting")["waiting"]["plan"]
    assert (first["planned_by"], first["changes"]) == (
        "model",
        ["loans: new field note: text, at most 10000 characters"],
    )
    runs.server.cli("reject", runs.ids["fines"][1], load("fines").rows[1].asked.about[1])
    second = runs.until("fines", "waiting")["waiting"]["plan"]
    assert "at most 10.00" in second["tasks"][0]["detail"]
    runs.server.cli("approve", runs.ids["fines"][1])
    run = runs.until("fines", "succeeded")
    with closing(runs.application("fines")) as app:
        PLAIN["fines"](app)
    assert runs.model.of("fines") == [row.asked for row in load("fines").rows]
    planned = [step["evidence"] for step in run["steps"] if step["name"].startswith("pm")]
    assert [step["touches"] for step in planned] == [["app/models/loan.py", "app/schemas/loan.py"]] * 2


def test_no_call_is_paid_twice_though_the_worker_dies_at_each_of_them_twice(at_work: AtWork) -> None:
    runs, rows = at_work.runs, load("tickets").rows
    at_work.killer.until_done()
    runs.until(KILLED, "succeeded")
    with closing(runs.application(KILLED)) as app:
        CHECKS["tickets"](app)
    assert at_work.killer.kills == 2 * len(rows)
    assert runs.model.of(KILLED) == [row.asked for row in rows], "what the endpoint answered, and charged"
    calls = runs.calls(KILLED)
    assert len({key for key, _ in calls}) == len(rows)
    assert sorted(state for _, state in calls) == ["answered"] * len(rows) + ["unknown"] * len(rows)


@pytest.mark.parametrize(("name", "agent", "to"), [(DOWN, "pm", "rules"), (HALFWAY, "dev", "template")])
def test_without_an_answer_what_templates_can_is_delivered_and_the_rest_is_named(
    runs: Runs, name: str, agent: str, to: str
) -> None:
    run = runs.until(name, "succeeded")
    project, run_id = runs.ids[name]
    assert runs.server.get(f"/api/projects/{project}")["commit"]
    events = [event for event in Follower(runs.server, project).until_finished() if event["run_id"] == run_id]
    given_up = [event for event in events if event["type"] == "fallback" and event["from"] == "model"]
    assert [(event["agent"], event["to"]) for event in given_up] == [(agent, to)]
    assert "HTTP 503" in given_up[0]["reason"]
    told = [part["text"] for step in run["steps"] for part in step["evidence"].get("not_understood") or ()]
    assert any("step is skipped" in text for text in told), told
    assert [state for _, state in runs.calls(name) if state == "answered"] == ["answered"] * (name == HALFWAY)


def test_the_ledger_is_the_endpoints_bill(runs: Runs) -> None:
    with runs.server.database() as database:
        query = "SELECT count(*), sum(charged_tokens) FROM model_calls WHERE state = 'answered'"
        charged = database.execute(query).fetchone()
    assert charged == (runs.model.bill.calls, runs.model.bill.tokens)
