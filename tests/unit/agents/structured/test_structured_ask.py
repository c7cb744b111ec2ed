"""Asking for a record: repaired, asked again, and at last a failure with its reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from langchain_core.messages import HumanMessage
from pydantic import BaseModel

from agents.structured.ask import Failed, FailureKind, Got, Result, ask_for
from agents.structured.fit import fit
from agents.structured.schema import answer_schema
from memory.records.model import Answer, BudgetSpent, NoModel, Role, ToolCall, Usage

SMALL = settings(deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


class Item(BaseModel):
    name: str
    count: int = 0


class Shelf(BaseModel):
    title: str
    open: bool = False
    items: list[Item] = []
    notes: list[str] = []
    owner_name: str | None = None


WHOLE = {"title": "A", "open": True, "items": [{"name": "x", "count": 2}], "notes": ["n"], "owner_name": "B"}


async def asked(gateway: Any, **options: Any) -> Result[Shelf]:
    return await ask_for(gateway, "k", Role.PM, [HumanMessage("a shelf")], Shelf, **options)


@pytest.mark.parametrize(
    "value",
    [
        WHOLE,
        {"shelf": WHOLE},
        [WHOLE],
        {**{key: WHOLE[key] for key in WHOLE if key != "owner_name"}, "ownerName": "B"},
        {"Title": "A", "OPEN": "yes", "itmes": [{"Name": "x", "count": "2"}], "note": "n", "owner-name": "B"},
        {**WHOLE, "items": {"x": {"count": 2}}, "unknown": 1},
        {**WHOLE, "items": {"name": "x", "count": 2.0}, "notes": "- n"},
    ],
)
async def test_nearly_right_is_right(value: Any, scripted: Callable[..., Any]) -> None:
    gateway = scripted(json.dumps(value))
    got = await asked(gateway)
    assert isinstance(got, Got), got
    assert got.value == Shelf.model_validate(WHOLE)
    assert got.calls == 1


async def test_asked_again_with_what_was_wrong(scripted: Callable[..., Any]) -> None:
    gateway = scripted("No.", '{"open": true, "items": [{"count": "many"}]}', json.dumps(WHOLE))
    got = await asked(gateway)
    assert isinstance(got, Got)
    assert got.calls == 3
    assert [ask.key for ask in gateway.asks] == ["k", "k/again-1", "k/again-2"]
    last = gateway.asks[2].messages
    assert len(last) == 3
    for words in ("title: Field required", "items.0.name: Field required", "items.0.count"):
        assert words in str(last[-1].content)
    assert gateway.asks[0].answer_schema == answer_schema(Shelf)


async def test_a_failure_is_typed_and_says_why(scripted: Callable[..., Any]) -> None:
    failed = await asked(scripted("a", "b", "c"))
    assert isinstance(failed, Failed)
    assert (failed.kind, failed.calls) == (FailureKind.BAD_ANSWER, 3)
    assert "no JSON object" in failed.reason
    assert (await asked(scripted(NoModel("none is set")))) == Failed(FailureKind.NO_MODEL, "none is set", 0)
    spent = await asked(scripted("a", BudgetSpent("0.10 USD are spent")))
    assert spent == Failed(FailureKind.BUDGET_SPENT, "0.10 USD are spent", 1)


async def test_the_callers_own_check_is_told(scripted: Callable[..., Any]) -> None:
    gateway = scripted(json.dumps(WHOLE), json.dumps({**WHOLE, "title": "B"}))
    got = await asked(gateway, check=lambda shelf: [] if shelf.title == "B" else ["the title must be B"])
    assert isinstance(got, Got)
    assert "the title must be B" in str(gateway.asks[1].messages[-1].content)


async def test_an_answer_that_was_cut_off_gets_more_room(
    scripted: Callable[..., Any], cut_off: Callable[[str], Answer]
) -> None:
    gateway = scripted(cut_off(json.dumps(WHOLE)), json.dumps(WHOLE))
    assert isinstance(await asked(gateway, max_tokens=100), Got)
    assert [ask.max_tokens for ask in gateway.asks] == [100, 200]


async def test_a_call_of_an_unknown_tool_is_taken_for_the_answer(scripted: Callable[..., Any]) -> None:
    call = ToolCall(id="1", name="shelf", arguments=WHOLE)
    usage = Usage(prompt_tokens=1, completion_tokens=1)
    answer = Answer(text="", tool_calls=(call,), finish="tool_calls", model="m", usage=usage, usd=None)
    assert isinstance(await asked(scripted(answer)), Got)


def test_the_schema_says_what_has_to_be_there_and_no_more() -> None:
    def objects(node: Any) -> list[dict[str, Any]]:
        parts = list(node.values()) if isinstance(node, dict) else node if isinstance(node, list) else []
        here = [node] if isinstance(node, dict) and node.get("type") == "object" else []
        return here + [found for part in parts for found in objects(part)]

    whole = answer_schema(Shelf)
    found = objects(whole)
    assert len(found) == 2
    assert [node["required"] for node in found] == [["title"], ["name"]]
    assert not {"$ref", "$defs", "default", "additionalProperties"} & keys(whole)


def keys(node: Any) -> set[str]:
    if isinstance(node, list):
        return {key for part in node for key in keys(part)}
    return set(node) | {key for part in node.values() for key in keys(part)} if isinstance(node, dict) else set()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["title", "items", "name", "notes", "x", "Open"]), inner, max_size=4)
    ),
)


@settings(SMALL, max_examples=50)
@given(JSON)
def test_fitting_never_fails_and_is_done_once(value: Any) -> None:
    once = fit(value, Shelf)
    assert fit(once, Shelf) == once


@settings(SMALL, max_examples=50)
@given(st.builds(Shelf))
def test_what_is_right_is_left_alone(shelf: Shelf) -> None:
    assert Shelf.model_validate(fit(shelf.model_dump(mode="json"), Shelf)) == shelf
