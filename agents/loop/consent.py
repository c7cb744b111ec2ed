"""Calls that a person has to agree to: which of an answer's they are, and what is told of them."""

from __future__ import annotations

from agents.loop.records import Consent
from memory.records.loop import DangerousCall, ToolDecision, ToolQuestion
from memory.records.model import Answer, ToolCall
from tools.workspace.interface import Toolbox

SHOWN = 400
"""Characters of an argument that a person is shown."""


class ApprovalNeeded(Exception):
    """Somebody has to decide before anything of an answer is done."""

    def __init__(self, question: ToolQuestion) -> None:
        super().__init__("; ".join(f"it {call.reason}" for call in question.calls))
        self.question = question


def dangers_of(answer: Answer, toolbox: Toolbox) -> dict[str, str]:
    """Id of each dangerous call → why."""
    found = {call.id: toolbox.danger_of(call.name, call.arguments or {}) for call in answer.tool_calls}
    return {id: why for id, why in found.items() if why}


def ask_first(key: str, answer: Answer, dangers: dict[str, str], consent: Consent) -> None:
    """Raises ApprovalNeeded where somebody can be asked and has not decided."""
    if dangers and consent.may_ask and key not in consent.decisions:
        calls = [call for call in answer.tool_calls if call.id in dangers]
        told = (DangerousCall(tool=call.name, summary=_summary(call), reason=dangers[call.id]) for call in calls)
        raise ApprovalNeeded(ToolQuestion(key=key, calls=tuple(told)))


def refusal(why: str, decision: ToolDecision | None) -> str:
    """What the model is told instead of a result; empty where a person agreed."""
    if decision is None:
        return f"refused: it {why}, and nobody is there to agree. Find another way"
    if decision.approved:
        return ""
    said = f": {decision.comment}" if decision.comment else ""
    return f"refused: it {why}. A person was asked and said no{said}. Find another way"


def _summary(call: ToolCall) -> str:
    """A line an argument."""
    lines = (f"{name}: {_text(value)}" for name, value in (call.arguments or {}).items())
    return "\n".join(lines)


def _text(value: object) -> str:
    if isinstance(value, list):
        return "; ".join(_text(inner) for inner in value)[:SHOWN]
    if isinstance(value, dict):
        return ", ".join(f"{name} {_text(inner)}" for name, inner in value.items())[:SHOWN]
    text = str(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}… ({len(text)} characters)"


__all__ = ["ApprovalNeeded", "ask_first", "dangers_of", "refusal"]
