"""A gateway that is asked: answers, streaming, replays, tool calls, choice of models, and what is written down."""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal

import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

from agents.models.gateway import CallMismatch
from memory.records.model import Ask, NoModel, Role
from tests.fake_model.fake_model import Act
from tests.integration.models.model_place import ModelPlace, ask

TOOL = {
    "type": "function",
    "function": {"name": "read", "description": "d", "parameters": {"type": "object", "properties": {}}},
}


async def test_an_answer_streams_and_is_settled_at_what_was_used(models: ModelPlace) -> None:
    models.fake.says("One two three.")
    gateway = await models.gateway()
    answer = await gateway.ask(ask())
    assert (answer.text, answer.finish, answer.model, answer.replayed) == ("One two three.", "stop", "first", False)
    assert "".join(text for _, text in models.heard.tokens) == "One two three."
    bill = models.fake.bill
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (bill.prompt_tokens, bill.completion_tokens)
    assert answer.usd == (Decimal(bill.prompt_tokens) + 4 * bill.completion_tokens) / 1_000_000
    (row,) = await models.rows()
    assert (row["state"], row["charged_usd"], row["charged_tokens"]) == ("answered", answer.usd, bill.tokens)
    assert row["reserved_tokens"] >= bill.tokens
    assert models.heard.budgets == [(answer.usd, Decimal(2))]
    await models.sums_agree()


async def test_a_recorded_answer_comes_back_without_a_call_even_to_another_process(models: ModelPlace) -> None:
    run_id = await models.run()
    call = {"name": "read", "arguments": '{"path": "a.py"}'}
    models.fake.says(Act(text="I read.", tool_calls=(call,)))
    first = await (await models.gateway(run_id=run_id)).ask(ask(tools=(TOOL,)))
    again = await (await models.gateway(run_id=run_id)).ask(ask(tools=(TOOL,)))
    assert again.replayed
    assert again.model_copy(update={"replayed": False}) == first
    assert again.tool_calls[0].arguments == {"path": "a.py"}
    assert models.fake.bill.calls == 1


async def test_the_same_key_asked_twice_at_once_is_paid_once(models: ModelPlace) -> None:
    gateway = await models.gateway()
    answers = await asyncio.gather(*(gateway.ask(ask()) for _ in range(5)))
    assert models.fake.bill.calls == 1
    assert sorted(answer.replayed for answer in answers) == [False, True, True, True, True]


async def test_a_key_of_another_request_is_an_error_and_no_answer(models: ModelPlace) -> None:
    gateway = await models.gateway()
    await gateway.ask(ask(words="One"))
    with pytest.raises(CallMismatch, match="dev/1"):
        await gateway.ask(ask(words="Another"))
    assert models.fake.bill.calls == 1


@pytest.mark.parametrize("arguments", ['{"path": ', "[1]", '{"x": NaN}', '{"x": 1e999}', "not JSON", '"{}"'])
@pytest.mark.parametrize("stream", [True, False])
async def test_broken_arguments_of_a_tool_call_are_handed_on_as_they_came(
    models: ModelPlace, arguments: str, stream: bool
) -> None:
    models.fake.says(Act(tool_calls=({"name": "read", "arguments": arguments, "id": "c9"},)))
    answer = await (await models.gateway(model_stream=stream)).ask(ask(tools=(TOOL,)))
    (call,) = answer.tool_calls
    assert (call.id, call.name, call.arguments) == ("c9", "read", None)
    if stream:
        assert call.raw == arguments
    assert answer.finish == "tool_calls"


async def test_tool_calls_and_results_travel_both_ways(models: ModelPlace) -> None:
    calls = tuple({"name": "read", "id": f"c{n}", "arguments": json.dumps({"n": n})} for n in range(3))
    models.fake.says(Act(tool_calls=calls), "Done.")
    gateway = await models.gateway()
    first = await gateway.ask(ask("dev/1", tools=(TOOL,)))
    assert [call.arguments for call in first.tool_calls] == [{"n": 0}, {"n": 1}, {"n": 2}]
    wanted = [{"id": c.id, "name": c.name, "args": c.arguments or {}} for c in first.tool_calls]
    results = [ToolMessage(f"result {c.id}", tool_call_id=c.id) for c in first.tool_calls]
    messages = [HumanMessage("go"), AIMessage("", tool_calls=wanted), *results]
    await gateway.ask(Ask(key="dev/2", role=Role.DEV, messages=messages, tools=(TOOL,)))
    sent = models.fake.requests[1]
    assert [message["role"] for message in sent["messages"]] == ["user", "assistant", "tool", "tool", "tool"]
    assert sent["tools"] == [TOOL]


async def test_endpoints_that_cut_tool_calls_oddly_are_understood(models: ModelPlace) -> None:
    deltas = [
        {"role": "assistant", "tool_calls": [{"id": "a", "index": 0, "function": {"name": "read", "arguments": "{"}}]},
        {"tool_calls": [{"id": "a", "index": 0, "function": {"name": "read", "arguments": '"n": 1}'}}]},
        {"tool_calls": [{"id": "b", "index": 0, "function": {"name": "read", "arguments": '{"n": 2}'}}]},
        {"tool_calls": [{"id": "c", "function": {"name": "read", "arguments": '{"n": 3}'}}]},
        {"tool_calls": [{"id": None, "index": 3, "function": {"name": "read", "arguments": None}}]},
    ]
    choices = [{"choices": [{"index": 0, "delta": delta}]} for delta in deltas]
    choices.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]})
    raw = "".join(f"data: {json.dumps({'id': 'x', 'model': 'm', **body})}\n\n" for body in choices)
    models.fake.says(Act(raw=raw + "data: [DONE]\n\n"))
    answer = await (await models.gateway()).ask(ask(tools=(TOOL,)))
    assert [call.arguments for call in answer.tool_calls] == [{"n": 1}, {"n": 2}, {"n": 3}, {}]
    assert len({call.id for call in answer.tool_calls}) == 4


async def test_characters_that_the_database_does_not_take_are_replaced_alike_now_and_later(models: ModelPlace) -> None:
    run_id = await models.run()
    models.fake.says(
        Act(text="a\x00b \ud800 c", tool_calls=({"name": "read", "arguments": '{"p": "\\u0000x\\ud83d"}'},))
    )
    first = await (await models.gateway(run_id=run_id)).ask(ask())
    again = await (await models.gateway(run_id=run_id)).ask(ask())
    assert first.text == "a\ufffdb \ufffd c"
    assert first.tool_calls[0].arguments == {"p": "\ufffdx\ufffd"}
    assert again.model_copy(update={"replayed": False}) == first


async def test_each_role_has_its_models_and_a_project_its_own(models: ModelPlace) -> None:
    free = {"prices": "*=0/0"}
    gateway = await models.gateway(model_pm="planner", **free)
    assert (await gateway.ask(ask("pm/1", role=Role.PM))).model == "planner"
    assert (await gateway.ask(ask("qa/1", role=Role.QA))).model == "first"
    own = await models.gateway(terms={"models": ("own",)}, model_pm="planner", **free)
    assert (await own.ask(ask("pm/1", role=Role.PM))).model == "own"


async def test_without_a_model_it_says_so(models: ModelPlace) -> None:
    gateway = await models.gateway(model="")
    with pytest.raises(NoModel, match="SOFTWRIGHT_MODEL"):
        await gateway.ask(ask())


async def test_limits_go_over_the_wire_under_the_name_that_the_endpoint_heeds(models: ModelPlace) -> None:
    gateway = await models.gateway(max_tokens="*=500,qa=50", context_windows="first=700")
    await gateway.ask(ask("a", max_tokens=10_000, words="x" * 1200))
    await gateway.ask(ask("b", max_tokens=10_000, role=Role.QA))
    await gateway.ask(ask("c", max_tokens=20))
    limits = [request["max_tokens"] for request in models.fake.requests]
    assert limits[0] < 400
    assert limits[1:] == [50, 20]
    assert all("max_completion_tokens" not in request for request in models.fake.requests)


async def test_features_that_an_endpoint_refuses_are_left_out_and_remembered(models: ModelPlace) -> None:
    def refusal(words: str) -> Act:
        return Act(status=400, body={"error": {"message": words}})

    models.fake.says(
        refusal("Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."),
        refusal("response_format json_schema is not supported"),
        refusal("unknown field stream_options"),
    )
    gateway = await models.gateway()
    answer = await gateway.ask(ask("1", answer_schema={"title": "plan", "type": "object"}))
    assert answer.model == "first"
    await gateway.ask(ask("2", answer_schema={"title": "plan", "type": "object"}))
    first, last = models.fake.requests[0], models.fake.requests[-1]
    assert first["response_format"]["json_schema"]["name"] == "plan"
    assert {"max_tokens", "response_format", "stream_options"} & last.keys() == set()
    assert last["max_completion_tokens"] == 100
    assert len(models.fake.requests) == 5


async def test_an_endpoint_that_cannot_stream(models: ModelPlace) -> None:
    models.fake.says("Whole.")
    answer = await (await models.gateway(model_stream=False)).ask(ask())
    assert answer.text == "Whole."
    assert answer.usage.prompt_tokens == models.fake.bill.prompt_tokens
    assert not models.fake.requests[0].get("stream")


async def test_a_listener_that_fails_costs_nothing(models: ModelPlace) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("the events' Redis has gone")

    listener = type(models.heard.listener)(broken, broken, broken)
    from agents.models.terms import RunTerms

    models.fake.says(Act(status=500), "Here.")
    gateway = models.gateways().for_run(RunTerms(await models.run(), "p"), listener)
    assert (await gateway.ask(ask())).text == "Here."
