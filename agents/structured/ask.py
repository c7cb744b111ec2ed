"""Ask a model for a record, ask again with what was wrong, and then say that it failed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Generic, TypeVar

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from pydantic import BaseModel, ValidationError

from agents.prompts.renderer import render
from agents.structured.extract import NoObject, find_object
from agents.structured.fit import fit
from agents.structured.schema import answer_schema
from memory.records.model import Answer, Ask, BudgetSpent, ModelGateway, NoModel, Role

MAX_AGAIN = 2
MAX_ERRORS = 8
MAX_SHOWN = 6_000
"""Characters of a wrong answer that are sent back with its errors."""
R = TypeVar("R", bound=BaseModel)


class FailureKind(StrEnum):
    NO_MODEL = "no_model"
    BUDGET_SPENT = "budget_spent"
    BAD_ANSWER = "bad_answer"


@dataclass(frozen=True)
class Got(Generic[R]):
    value: R
    calls: int
    """Answers that it took, recorded ones included."""


@dataclass(frozen=True)
class Failed:
    kind: FailureKind
    reason: str
    """For a person."""
    calls: int = 0


Result = Got[R] | Failed


async def ask_for(
    gateway: ModelGateway,
    key: str,
    role: Role,
    messages: Sequence[BaseMessage],
    model: type[R],
    *,
    check: Callable[[R], Sequence[str]] | None = None,
    max_tokens: int = 4096,
    again: int = MAX_AGAIN,
) -> Result[R]:
    """A valid record, or a typed failure; never raises for what a model says.

    `check` names what is wrong with a record that is valid by itself. `key` is the first call's, then
    comes `key/again-1`.
    """
    ask = Ask(key, role, messages, answer_schema=answer_schema(model), max_tokens=max_tokens)
    errors: list[str] = []
    for attempt in range(again + 1):
        try:
            answer = await gateway.ask(ask)
        except NoModel as error:
            return Failed(FailureKind.NO_MODEL, str(error), attempt)
        except BudgetSpent as error:
            return Failed(FailureKind.BUDGET_SPENT, str(error), attempt)
        value, errors = await asyncio.to_thread(_read, answer, model, check)
        if value is not None:
            return Got(value, attempt + 1)
        ask = await asyncio.to_thread(_again, ask, messages, answer, errors, f"{key}/again-{attempt + 1}")
    return Failed(FailureKind.BAD_ANSWER, f"{again + 1} answers could not be used: {'; '.join(errors)}", again + 1)


def _read(answer: Answer, model: type[R], check: Callable[[R], Sequence[str]] | None) -> tuple[R | None, list[str]]:
    if answer.finish == "length":
        return None, ["the answer was cut off because it was too long: write less"]
    try:
        found = _object(answer)
        fitted = fit(found, model)
        if found and fitted == {}:
            return None, [f"no key of the object is one of {', '.join(model.model_fields)}"]
        value = model.model_validate(fitted)
    except NoObject as error:
        return None, [str(error)]
    except ValidationError as error:
        return None, _told(error)
    wrong = list(check(value))[:MAX_ERRORS] if check else []
    return (None, wrong) if wrong else (value, [])


def _object(answer: Answer) -> object:
    """Some models answer with a call of a tool that nobody offered."""
    if not answer.text.strip():
        for call in answer.tool_calls:
            return call.arguments if call.arguments is not None else find_object(call.raw)
    return find_object(answer.text)


def _told(error: ValidationError) -> list[str]:
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    told = [f"{'.'.join(map(str, p['loc'])) or 'answer'}: {p['msg']}" for p in problems[:MAX_ERRORS]]
    return told + ([f"and {len(problems) - MAX_ERRORS} more"] if len(problems) > MAX_ERRORS else [])


def _again(ask: Ask, first: Sequence[BaseMessage], answer: Answer, errors: Sequence[str], key: str) -> Ask:
    """Only the latest wrong answer is sent back: the prompt does not grow with each try."""
    said = answer.text.strip() or "(empty)"
    shown = said if len(said) <= MAX_SHOWN else said[:MAX_SHOWN] + "…"
    messages = [*first, AIMessage(shown), HumanMessage(render("again", errors=list(errors)))]
    roomier = ask.max_tokens * 2 if answer.finish == "length" else ask.max_tokens
    return replace(ask, key=key, messages=messages, max_tokens=roomier)


__all__ = ["Failed", "FailureKind", "Got", "Result", "ask_for"]
