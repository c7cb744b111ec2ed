"""JSON out of whatever a model writes around and into it."""

from __future__ import annotations

import json
import string
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.structured.extract import MAX_CHARS, NoObject, find_object

SMALL = settings(deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])

PLAIN = {"title": "Library", "tasks": [{"n": 1, "done": True, "none": None}], "words": ["it's", "a, b"]}


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(PLAIN),
        f"Sure! Here is {{the}} JSON:\n```json\n{json.dumps(PLAIN, indent=2)}\n```\nHope it helps {{smile}}.",
        f"```\n{json.dumps(PLAIN)}\n```",
        f"<think>maybe {{'title': 'no'}}</think>{json.dumps(PLAIN)}",
        "{'title': 'Library', 'tasks': [{'n': 1, 'done': True, 'none': None}], 'words': [\"it's\", 'a, b']}",
        '{"title": "Library", // name\n "tasks": [{"n": 1, "done": true, "none": null},],"words": ["it\'s","a, b",],}',
        '{title: "Library", tasks: [{n: 1, done: true, none: null}], words: ["it\'s", "a, b"]}',
        f"[{json.dumps(PLAIN)}]",
        json.dumps(PLAIN)[:-1],
        json.dumps(PLAIN)[:-2],
        f"```json\n{json.dumps(PLAIN)}",
    ],
)
def test_it_is_found(text: str) -> None:
    assert find_object(text) == PLAIN


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I cannot help with that.",
        '{"title": "Libr',
        '{"count": 12',
        '{"title": "Library", "tasks": [{"n": 1',
        "[1, 2]",
        "{}",
        "{" * 9000,
    ],
)
def test_it_is_refused(text: str) -> None:
    with pytest.raises(NoObject):
        find_object(text)


def test_a_text_too_long_is_refused() -> None:
    with pytest.raises(NoObject, match="too long"):
        find_object(json.dumps({"a": "x" * MAX_CHARS}))


VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(string.printable + "äπ“”", max_size=30),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(string.ascii_lowercase, min_size=1), inner, max_size=4)
    ),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.text(string.ascii_lowercase, min_size=1, max_size=8), VALUES, min_size=1, max_size=5)


@settings(SMALL, max_examples=50)
@given(OBJECTS, st.sampled_from(["{}", "Here you are: {}", "```json\n{}\n```", "{}\nDone!", "<think>hm</think>\n{}"]))
def test_valid_json_comes_back_as_it_is(value: dict[str, Any], around: str) -> None:
    assert find_object(around.replace("{}", json.dumps(value))) == value


@settings(SMALL, max_examples=50)
@given(OBJECTS, st.integers(0, 400))
def test_what_is_cut_never_gets_an_invented_end(value: dict[str, Any], end: int) -> None:
    """A cut answer is refused, or all of its scalars are of the whole one."""
    text = json.dumps(value)[:end]
    try:
        found = find_object(text)
    except NoObject:
        return
    assert set(map(repr, scalars(found))) <= set(map(repr, scalars(value)))


def scalars(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for part in value.values() for leaf in scalars(part)]
    return [leaf for part in value for leaf in scalars(part)] if isinstance(value, list) else [value]


@settings(SMALL, max_examples=50)
@given(st.text(alphabet="{}[]\"':,ab01 \\\n`/#tn-", max_size=80))
def test_no_text_breaks_it(text: str) -> None:
    with suppress(NoObject):
        assert find_object(text)
