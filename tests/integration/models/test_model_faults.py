"""Every fault of an endpoint, for every role: what is done about it, what is said, and what it costs."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import Decimal
from email.utils import format_datetime
from typing import Any

import pytest

from memory.records.model import BudgetSpent, NoModel, Role
from tests.fake_model.fake_model import Act
from tests.integration.models.model_place import KEY, ModelPlace, ask


def error(status: int, message: str = "", *, code: str | None = None, kind: str | None = None, **headers: str) -> Act:
    body = {"error": {"message": message or f"injected {status}", "type": kind, "code": code}}
    return Act(status=status, body=body, headers=headers)


LONG = "This model's maximum context length is 4096 tokens. However, you requested 9000 tokens."
WORDS = "one two three four five six"


@dataclass(frozen=True)
class Fault:
    act: Act
    asked: int
    """Times that the first model is asked, with two retries allowed."""
    states: str
    """Of those attempts in the ledger: f(ailed) or u(nknown)."""
    says: str
    permanent: bool = False


FAULTS = {
    "429": Fault(error(429), 3, "fff", "HTTP 429"),
    "429 with Retry-After": Fault(error(429, **{"Retry-After": "0"}), 3, "fff", "HTTP 429"),
    "429 that asks for too long": Fault(error(429, **{"Retry-After": "3600"}), 1, "f", "HTTP 429"),
    "429 without credit": Fault(error(429, "Quota", code="insufficient_quota"), 1, "f", "no credit", permanent=True),
    "402": Fault(error(402), 1, "f", "no credit", permanent=True),
    "500": Fault(error(500), 3, "fff", "HTTP 500"),
    "503 as a page": Fault(Act(status=503, body="<html>busy</html>"), 3, "fff", "HTTP 503"),
    "502 of a proxy": Fault(error(502), 3, "uuu", "HTTP 502"),
    "504 of a proxy": Fault(error(504), 3, "uuu", "HTTP 504"),
    "silence": Fault(Act(hang_s=30), 2, "uu", "fell silent"),
    "cut stream": Fault(Act(text=WORDS, cut_after=3), 3, "uuu", "broke off"),
    "cut stream, no error": Fault(Act(text=WORDS, cut_after=3, cut_clean=True), 3, "uuu", "broke off"),
    "cut tool call": Fault(
        Act(tool_calls=({"name": "t", "arguments": '{"a": 1, "bbbbbbbbbb": 2}'},), cut_after=3, cut_clean=True),
        3,
        "uuu",
        "broke off",
    ),
    "cut before a word": Fault(Act(text=WORDS, cut_after=0, cut_clean=True), 2, "uu", "cannot be read"),
    "empty": Fault(Act(text=""), 3, "fff", "empty"),
    "blank": Fault(Act(text=" \n "), 3, "fff", "empty"),
    "empty, no usage": Fault(Act(text="", usage=None), 3, "uuu", "empty"),
    "all thought, no answer": Fault(Act(text="", finish="length"), 1, "f", "max_tokens"),
    "refusal": Fault(Act(refusal="I cannot help with that."), 1, "f", "I cannot help with that."),
    "content filter": Fault(Act(text="Well", finish="content_filter"), 1, "f", "refused"),
    "content filter before": Fault(error(400, "Filtered", code="content_filter"), 1, "f", "content filter"),
    "overflow, OpenAI": Fault(error(400, "Too long", code="context_length_exceeded"), 1, "f", "too long for it"),
    "overflow, vLLM": Fault(error(400, LONG, kind="BadRequestError"), 1, "f", "too long for it"),
    "overflow, llama.cpp": Fault(
        error(400, "request (131168 tokens) exceeds the available context size (131072 tokens), try increasing it"),
        1,
        "f",
        "too long for it",
    ),
    "overflow, older llama.cpp": Fault(
        error(500, "the request exceeds the available context size", kind="exceed_context_size_error"),
        1,
        "f",
        "too long for it",
    ),
    "overflow, Ollama": Fault(error(500, "input exceeds context length"), 1, "f", "too long for it"),
    "overflow in the stream": Fault(
        Act(raw='data: {"error": {"message": "the prompt is too long"}}\n\n'), 1, "u", "too long for it"
    ),
    "error in the stream": Fault(Act(raw='data: {"error": {"message": "CUDA"}}\n\n'), 3, "uuu", "CUDA"),
    "no such model": Fault(error(404, "model 'first' not found"), 1, "f", "no such model", permanent=True),
    "no such model, as 400": Fault(error(400, code="model_not_found"), 1, "f", "no such model", permanent=True),
    "wrong key": Fault(error(401, f"Incorrect API key provided: {KEY}"), 1, "f", "key is refused", permanent=True),
    "forbidden": Fault(error(403), 1, "f", "key is refused", permanent=True),
    "bad request": Fault(error(400, "messages: odd"), 1, "f", "HTTP 400"),
    "wrong JSON": Fault(Act(raw='data: {"choices": [{"del\n\n'), 2, "uu", "cannot be read"),
    "wrong shape": Fault(Act(raw='data: {"choices": [{"index": 0, "delta": 7}]}\n\n'), 2, "uu", "cannot be read"),
    "a page instead": Fault(Act(raw="<html>Sign in</html>", raw_type="text/html"), 2, "uu", "cannot be read"),
    "runaway": Fault(
        Act(
            raw="".join(
                f'data: {{"choices": [{{"index": 0, "delta": {{"content": "{"x" * 900}"}}}}]}}\n\n' for _ in range(15)
            )
        ),
        1,
        "u",
        "does not stop",
        permanent=True,
    ),
}


@pytest.mark.parametrize("name", FAULTS)
async def test_the_next_model_answers_and_the_books_agree(models: ModelPlace, name: str) -> None:
    fault = FAULTS[name]
    models.fake.says(*[fault.act] * 3, model="first")
    gateway = await models.gateway(model_timeout_s=0.15)
    answer = await gateway.ask(ask(max_tokens=100))
    assert (answer.text, answer.model) == ("Fine.", "second")
    rows = await models.rows()
    assert "".join(row["state"][0] for row in rows) == fault.states + "a"
    assert [row["model"] for row in rows] == ["first"] * fault.asked + ["second"]
    assert len(models.fake.requests) == fault.asked + 1
    to_next = models.heard.fallbacks[-1]
    assert to_next[:3] == ("dev", "first", "second")
    assert fault.says in to_next[3]
    assert [heard[:3] for heard in models.heard.fallbacks[:-1]] == [("dev", "first", "first")] * (fault.asked - 1)
    assert rows[0]["permanent"] == fault.permanent
    await models.sums_agree()
    await nothing_is_owed(models)
    await no_secret_anywhere(models)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("name", ["429", "cut stream", "refusal", "overflow, vLLM", "wrong key", "wrong JSON"])
async def test_every_role_ends_with_each_model_and_its_reason(models: ModelPlace, name: str, role: Role) -> None:
    fault = FAULTS[name]
    models.fake.always = fault.act
    gateway = await models.gateway()
    with pytest.raises(NoModel) as caught:
        await gateway.ask(ask(role=role))
    assert str(caught.value).count(fault.says) == 2
    assert "first: " in str(caught.value)
    assert "second: " in str(caught.value)
    assert KEY not in str(caught.value)
    assert {heard[0] for heard in models.heard.fallbacks} == {role.value}
    await models.sums_agree()


async def nothing_is_owed(models: ModelPlace) -> None:
    """The ledger never counts less than the provider's bill."""
    ((counted,),) = [row.values() for row in await models.rows("SELECT sum(charged_tokens) FROM model_calls")]
    assert counted >= models.fake.bill.tokens


async def no_secret_anywhere(models: ModelPlace) -> None:
    for row in await models.rows("SELECT row_to_json(c)::text AS text FROM model_calls c"):
        assert KEY not in row["text"]
    assert KEY not in str(models.heard)


@pytest.mark.parametrize("form", ["seconds", "milliseconds", "date"])
async def test_retry_after_is_heeded(models: ModelPlace, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr("agents.models.gateway.asyncio.sleep", sleep)
    soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=8)
    headers = {
        "seconds": {"Retry-After": "7"},
        "milliseconds": {"retry-after-ms": "7000", "Retry-After": "99"},
        "date": {"Retry-After": format_datetime(soon, usegmt=True)},
    }[form]
    models.fake.says(error(429, **headers), model="first")
    answer = await (await models.gateway(model_retry_wait_s=60)).ask(ask())
    assert answer.model == "first"
    assert 5 < waits[0] < 9


async def test_a_wait_that_is_asked_for_and_kept(models: ModelPlace) -> None:
    models.fake.says(error(503, **{"Retry-After": "0.2"}), "After it.")
    answer = await (await models.gateway(model_retry_wait_s=1)).ask(ask())
    assert (answer.text, answer.model) == ("After it.", "first")


async def test_a_port_where_nobody_listens(models: ModelPlace) -> None:
    gateway = await models.gateway(openai_base_url="http://user:hunter2hunter2@127.0.0.1:9/v1")
    with pytest.raises(NoModel, match="cannot be reached") as caught:
        await gateway.ask(ask())
    assert "hunter2" not in str(caught.value)
    assert [row["state"] for row in await models.rows()] == ["failed"] * 6
    assert (await models.rows("SELECT * FROM spending_days"))[0]["spent_tokens"] == 0


async def test_a_server_that_trickles_is_cut_off(models: ModelPlace) -> None:
    models.fake.says(*[Act(text="word " * 40, pieces_late_s=0.05)] * 2, model="first")
    answer = await (await models.gateway(model_call_timeout_s=0.3)).ask(ask())
    assert answer.model == "second"
    assert "fell silent" in models.heard.fallbacks[-1][3]
    models.fake.stopping.set()


async def test_a_model_that_is_broken_for_good_is_not_asked_again_even_after_a_restart(models: ModelPlace) -> None:
    run_id = await models.run()
    models.fake.says(error(401), model="first")
    gateway = await models.gateway(run_id=run_id)
    await gateway.ask(ask("1"))
    await gateway.ask(ask("2"))
    await (await models.gateway(run_id=run_id)).ask(ask("3"))
    assert [request["model"] for request in models.fake.requests] == ["first", "second", "second", "second"]
    await (await models.gateway()).ask(ask("1"))
    assert models.fake.requests[-1]["model"] == "first"


async def test_a_model_that_fails_for_now_rests_so_that_every_call_need_not_wait_for_it(models: ModelPlace) -> None:
    models.fake.says(*[error(500)] * 3, model="first")
    gateway = await models.gateway()
    await gateway.ask(ask("1"))
    await gateway.ask(ask("2"))
    assert [request["model"] for request in models.fake.requests] == ["first"] * 3 + ["second"] * 2


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings:UserWarning")  # of openai, at the wrong types
@pytest.mark.parametrize(
    "usage",
    [
        None,
        {},
        {"prompt_tokens": "many"},
        {"prompt_tokens": -5, "completion_tokens": 1},
        {"prompt_tokens": 0, "completion_tokens": 0},
        {"prompt_tokens": 1.5},
        [1],
        "x",
    ],
)
@pytest.mark.parametrize("stream", [True, False])
async def test_usage_that_cannot_be_true_is_counted_by_us_and_never_too_low(
    models: ModelPlace, usage: Any, stream: bool
) -> None:
    models.fake.says(Act(text="Fine words.", usage=usage))
    answer = await (await models.gateway(model_stream=stream)).ask(ask())
    assert answer.usage.estimated
    assert answer.usage.prompt_tokens + answer.usage.completion_tokens >= models.fake.bill.tokens
    await models.sums_agree()


async def test_usage_that_is_told_with_every_piece_is_counted_once(models: ModelPlace) -> None:
    models.fake.says(Act(text=WORDS, usage_in_each_piece=True))
    answer = await (await models.gateway()).ask(ask())
    assert answer.usage.completion_tokens == models.fake.bill.completion_tokens


async def test_an_endpoint_that_used_more_than_allowed_is_paid_and_left(models: ModelPlace) -> None:
    models.fake.says(Act(text="Much.", completion_tokens=10**6), model="first")
    gateway = await models.gateway(budget_usd=Decimal(100), budget_tokens=None)
    answer = await gateway.ask(ask("1"))
    assert answer.usage.completion_tokens == 10**6
    assert (await gateway.ask(ask("2"))).model == "second"
    assert (await gateway.ask(ask("1"))).replayed
    await models.sums_agree()


async def test_after_such_a_lie_nothing_is_spent_above_the_cap(models: ModelPlace) -> None:
    models.fake.says(Act(text="Much.", completion_tokens=10**6), model="first")
    gateway = await models.gateway()
    await gateway.ask(ask("1"))
    with pytest.raises(BudgetSpent, match=r"4\.00\d\d USD spent"):
        await gateway.ask(ask("2"))
    assert models.fake.bill.calls == 1
