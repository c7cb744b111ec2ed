"""What a request's messages become, once a message; the canonical form is the same whoever asked before."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage

from agents.models.pieces import MOST, Pieces
from agents.models.wire import Canonical
from memory.records.model import Ask, Role

CALL = {"name": "read", "args": {"path": "ä.py"}, "id": "c1", "type": "tool_call"}
MESSAGES: list[BaseMessage] = [
    SystemMessage("Rules."),
    HumanMessage("Tâche"),
    AIMessage("", tool_calls=[CALL]),
    ToolMessage("ok", tool_call_id="c1"),
]


def test_a_message_is_converted_once_and_a_new_one_beside_it() -> None:
    made: list[str] = []

    def convert(new: Sequence[BaseMessage]) -> list[bytes]:
        made.extend(str(message.content) for message in new)
        return [str(message.content).encode() for message in new]

    pieces = Pieces()
    assert pieces.of(MESSAGES[:2], convert) == [b"Rules.", "Tâche".encode()]
    assert pieces.of([MESSAGES[0], HumanMessage("Tâche"), MESSAGES[3]], convert)[2] == b"ok"
    assert made == ["Rules.", "Tâche", "Tâche", "ok"], "another object is another message, whatever it says"
    for _ in range(MOST + 1):
        pieces.of([HumanMessage("x")], convert)
    assert pieces.of(MESSAGES[:1], convert) == [b"Rules."]


def test_the_canonical_form_is_plain_json_with_sorted_keys_and_stays_the_same() -> None:
    canonical = Canonical()
    for count in (2, 4, 3):
        ask = Ask("dev/1", Role.DEV, MESSAGES[:count], [{"b": 1, "a": 2}], {"title": "t"})
        body: dict[str, Any] = json.loads(canonical.of(ask))
        assert json.dumps(body, ensure_ascii=False, sort_keys=True).encode() == canonical.of(ask) == Canonical().of(ask)
        assert (body["role"], len(body["messages"]), body["tools"]) == ("dev", count, [{"a": 2, "b": 1}])
