from __future__ import annotations

import json

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

from agents.models.circuit import REST_S, Circuit
from agents.models.collected import parsed, storable
from agents.models.failures import Failure, Remedy, clean, retry_after
from agents.models.patience import wait_before
from agents.models.wire import Canonical, fingerprint, most_prompt_tokens
from memory.records.model import Ask, Role


def an_ask(*messages, **more) -> Ask:
    return Ask(key="k", role=Role.DEV, messages=messages or [HumanMessage("Hello")], **more)


def test_the_same_request_has_the_same_fingerprint_and_any_other_another():
    def of(ask: Ask) -> str:
        return fingerprint(Canonical().of(ask))

    base = of(an_ask(HumanMessage("Hello", id="1")))
    assert of(an_ask(HumanMessage("Hello", id="2"), max_tokens=9)) == base
    calls = [{"id": "c", "name": "read", "args": {"a": 1}}]
    others = [
        an_ask(HumanMessage("Hello!")),
        an_ask(AIMessage("Hello")),
        an_ask(AIMessage("Hello", tool_calls=calls)),
        an_ask(AIMessage("Hello", invalid_tool_calls=[{"id": "c", "name": "read", "args": "{", "error": ""}])),
        an_ask(ToolMessage("Hello", tool_call_id="c")),
        an_ask(tools=({"type": "function"},)),
        an_ask(answer_schema={"type": "object"}),
        Ask(key="k", role=Role.QA, messages=[HumanMessage("Hello")]),
    ]
    assert len({base, *map(of, others)}) == len(others) + 1


@given(st.text())
def test_no_tokenizer_makes_more_tokens_of_a_prompt_than_are_set_aside(text):
    ask = an_ask(HumanMessage(text))
    assert most_prompt_tokens(ask, Canonical().of(ask)) >= len(text.encode("utf-8", "surrogatepass"))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
def test_arguments_are_an_object_or_nothing(value):
    kept = parsed(json.dumps(value))
    assert (kept is not None) == isinstance(value, dict)


@pytest.mark.parametrize("raw", ["{", "[]", "null", '{"a": NaN}', '{"a": -Infinity}', "[" * 100_000, '{"a": 1} x'])
def test_what_is_no_object_is_none(raw):
    assert parsed(raw) is None


def test_no_arguments_are_an_empty_object():
    assert parsed("") == {}


@given(st.text(st.characters(codec=None)))
def test_whatever_a_model_says_can_be_stored(text):
    kept = storable(text)
    assert "\x00" not in kept
    kept.encode()
    assert storable(kept) == kept


def failure(remedy: Remedy, **more) -> Failure:
    return Failure("r", remedy, **more)


@pytest.mark.parametrize(
    ("remedy", "waits"),
    [
        (Remedy.RETRY, [0.5, 1.0, 2.0, None]),
        (Remedy.RETRY_ONCE, [0.5, None, None, None]),
        (Remedy.NEXT, [None] * 4),
        (Remedy.NEVER, [None] * 4),
    ],
)
def test_waits_double_and_end(remedy, waits):
    made = [wait_before(failure(remedy), n, retries=3, longest_s=60, jitter=lambda: 1.0) for n in range(4)]
    assert made == waits


def test_the_endpoint_s_wish_is_heeded_up_to_the_longest_wait():
    def wait(seconds: float) -> float | None:
        return wait_before(failure(Remedy.RETRY, retry_after_s=seconds), 0, retries=1, longest_s=60, jitter=lambda: 0.0)

    assert (wait(59), wait(0), wait(61)) == (59, 0, None)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "3"}, 3),
        ({"Retry-After": "Thu, 01 Jan 1970 00:01:40 GMT"}, 90),
        ({"Retry-After": "Thu, 01 Jan 1970 00:00:00 GMT"}, 0),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-3"}, None),
        ({}, None),
    ],
)
def test_retry_after(headers, seconds):
    assert retry_after(httpx.Headers(headers), now=lambda: 10.0) == seconds


def test_reasons_are_short_lines_without_secrets():
    line = clean("key sk-12345678 is\nwrong\x00 \ud800" + "x" * 999, ["sk-12345678"])
    assert line.startswith("key *** is wrong ?x")
    assert len(line) == 300


def test_a_circuit_closes_for_good_or_for_a_while():
    now = [0.0]
    circuit = Circuit(clock=lambda: now[0])
    circuit.note("bad", failure(Remedy.NEVER))
    circuit.note("busy", failure(Remedy.RETRY))
    circuit.note("long", failure(Remedy.NEXT))
    circuit.check("long")
    for model in ("bad", "busy"):
        with pytest.raises(Failure, match="not asked again: r"):
            circuit.check(model)
    now[0] = REST_S + 1
    circuit.check("busy")
    with pytest.raises(Failure):
        circuit.check("bad")
