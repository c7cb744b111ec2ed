"""A decision in words: "yes, go on", "no, because ...". What is neither clearly is none. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from memory.records.plan import Plan

APPROVE, REJECT, EDIT = "approve", "reject", "edit"
LONGEST_YES = 8
"""Words. More than these after a yes say something of their own."""
_YES = re.compile(
    r"^(?:yes|yep|yeah|yup|y|ok|okay|sure|fine|good|great|perfect|agreed|approved?|accept(?:ed)?|confirm(?:ed)?|lgtm|"
    r"go (?:on|ahead|for it)|do (?:it|that|so)|continue|proceed|carry on|looks? (?:good|fine|right)|"
    r"(?:that|this)(?:'s| is)? (?:good|fine|right|ok|okay)|build it|ship it|start|please do)\b",
    re.IGNORECASE,
)
_NO = re.compile(
    r"^(?:no|nope|nah|n|reject(?:ed)?|refuse|decline|stop|abort|cancel|wrong|wait|hold on|not (?:yet|now|so|like this)|"
    r"don'?t|do not|never)\b",
    re.IGNORECASE,
)
_EDIT = re.compile(r"^edit\b[\s:]*(?=\{)", re.IGNORECASE)
_BEFORE = r"(?:\s+(?:first|before\b[^.;!?\n]*))?"
_PLAN_FIRST = re.compile(
    rf"(?:[\s,.;:!-]*\b(?:but|and|then|please)\b)*[\s,.;:!-]*\b(?:"
    rf"(?:show|tell|give) me (?:the|a|your) plan{_BEFORE}|"
    rf"(?:let me|i want to|i'd like to) (?:see|check|approve|review|read) (?:the|your) plan{_BEFORE}|"
    r"ask me (?:first|before\b[^.;!?\n]*)|wait for my (?:approval|ok|okay|go)"
    r")(?:[\s.;!]+|$)",
    re.IGNORECASE,
)
_FILLER = re.compile(r"^[\s,.;:!-]*(?:thanks|thank you|please|and|that's it|it is|it)?[\s,.;:!-]*", re.IGNORECASE)
_BUT = re.compile(r"\b(?:but|except|only if|however|instead|first)\b[\s,:]*", re.IGNORECASE)
_BECAUSE = re.compile(r"^(?:because|since|as)\b\s*", re.IGNORECASE)
_MONEY = re.compile(r"(?:\$|usd|€)?\s*(\d+(?:[.,]\d{1,2})?)\s*(?:usd|\$|dollars?)?", re.IGNORECASE)


def plan_first(message: str) -> tuple[str, bool]:
    """The message without a wish to see the plan before anything is done, and whether there was one."""
    words, found = _PLAN_FIRST.subn(". ", message)
    words = words.strip(" \t\n.,;:-")
    return (words, True) if found and words else (message, False)


def decision_in(message: str, waiting: Mapping[str, Any]) -> dict[str, Any] | None:
    """The body of a decision (`decision`, and perhaps comment, answers, budget_usd, plan) about what a run waits for.

    None where the message decides nothing: a question, words that could mean either, `edit` without a whole plan.
    """
    text = message.strip()
    if waiting.get("what") == "plan" and (found := _EDIT.match(text)) is not None:
        return _edited(text[found.end() :])
    if text.endswith("?"):
        return None
    if (answers := _answers(text, waiting)) is not None:
        return {"decision": APPROVE, "answers": answers}
    if found := _NO.match(text):
        said = text if found.group().lower().startswith(("don", "do not", "never", "not ")) else text[found.end() :]
        comment = _BECAUSE.sub("", said.strip(" ,.;:!-\n"))
        return {"decision": REJECT, **({"comment": comment} if comment else {})}
    if found := _YES.match(text):
        return _yes(text[found.end() :], waiting)
    return None


def _edited(text: str) -> dict[str, Any] | None:
    """`edit` and the plan as JSON, as it was shown under `editable`, changed."""
    try:
        plan = Plan.model_validate_json(text)
    except ValidationError:
        return None
    return {"decision": EDIT, "plan": plan.model_dump(mode="json")}


def _yes(rest: str, waiting: Mapping[str, Any]) -> dict[str, Any] | None:
    """A yes with a condition is a refusal with a comment where PM can plan anew, and none where it cannot."""
    if (but := _BUT.search(rest)) is not None:
        comment = rest[but.end() :].strip(" ,.;:!-\n")
        return {"decision": REJECT, "comment": comment} if waiting.get("what") == "plan" and comment else None
    if waiting.get("what") == "budget" and (amount := _MONEY.search(rest)) is not None:
        return {"decision": APPROVE, "budget_usd": float(amount.group(1).replace(",", "."))}
    while (found := _YES.match(rest := _FILLER.sub("", rest))) is not None:
        rest = rest[found.end() :]
    return {"decision": APPROVE} if len(rest.split()) <= LONGEST_YES else None


def _answers(text: str, waiting: Mapping[str, Any]) -> dict[str, str] | None:
    """The one question of a plan, answered by naming one of its options."""
    questions: Sequence[Any] = (waiting.get("plan") or {}).get("questions") or ()
    if len(questions) != 1:
        return None
    for option in questions[0].get("options") or ():
        if text.strip(" .!").lower() == str(option).lower():
            return {str(questions[0]["text"]): str(option)}
    return None


__all__ = ["decision_in", "plan_first"]
