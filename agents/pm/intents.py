"""What a message in a project's chat wants: by rules, and by a model where they are not sure."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from enum import StrEnum

from langchain_core.messages import HumanMessage
from pydantic import BaseModel

from agents.prompts.renderer import render
from agents.structured.ask import Failed, ask_for
from memory.records.model import ModelGateway, Role
from memory.records.plan import Fallback


class Intent(StrEnum):
    CREATE = "create"
    MODIFY = "modify"
    DEPLOY = "deploy"
    ROLLBACK = "rollback"
    QUESTION = "question"
    HELP = "help"
    OTHER = "other"


class DraftIntent(BaseModel):
    intent: Intent


@dataclass(frozen=True)
class Sorted:
    intent: Intent
    sure: bool
    """False: a guess, to be said to the user before anything is done."""
    fallback: Fallback | None = None


_POLITE = re.compile(
    r"^(?:(?:hi|hey|hello|ok|okay|please|thanks|now|then|and|so|could you|can you|would you|will you|i want to|"
    r"i'd like to|let's|we need to|please)\b[\s,!.]*)+",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"^(?:why|what|which|who|when|where|how|is|are|was|were|does|do|did|has|have|show|tell|explain|list|will it|"
    r"can it|should)\b",
    re.IGNORECASE,
)
_RULES: tuple[tuple[Intent, re.Pattern[str]], ...] = tuple(
    (intent, re.compile(pattern, re.IGNORECASE))
    for intent, pattern in (
        (Intent.HELP, r"^(?:/?help|\?+|what can (?:you|i) (?:do|say)|how does this work|commands)\b"),
        (Intent.ROLLBACK, r"^(?:roll(?: |-)?back|revert|undo|go back to|restore)\b"),
        (Intent.DEPLOY, r"^(?:(?:re)?deploy|release|ship|publish|promote|go live|put (?:it|this) (?:live|online))\b"),
        (Intent.CREATE, r"^(?:build|create|make|generate|start|develop)\s+(?:me\s+)?(?:an?|the|another|new)\s.*"
                        r"\b(?:api|app|application|service|backend|project|site|system|tracker|tool|website)\b"),
        (Intent.MODIFY, r"^(?:add|remove|delete|drop|rename|change|modify|replace|fix|make|let|allow|require|support|"
                        r"update|extend|turn|set|use|move|split|improve|speed up|increase|decrease|limit|validate)\b"),
    )
)  # fmt: skip


def by_rules(message: str, *, has_application: bool) -> Sorted:
    """Pure. A create with an application in place is a modification, as one project has one."""
    text = _POLITE.sub("", message.strip())
    asks = text.endswith("?") or (_ASKS.match(text) is not None and not text.endswith("!"))
    for intent, pattern in _RULES:
        if pattern.match(text) and not (asks and text.endswith("?") and intent is Intent.MODIFY):
            return _placed(intent, has_application)
    if asks:
        return Sorted(Intent.QUESTION, sure=True)
    guess = Intent.MODIFY if has_application else Intent.CREATE
    return Sorted(guess if len(text.split()) > 2 else Intent.OTHER, sure=not has_application and len(text.split()) > 4)


def _placed(intent: Intent, has_application: bool) -> Sorted:
    if has_application and intent is Intent.CREATE:
        return Sorted(Intent.MODIFY, sure=False)
    if not has_application and intent is Intent.MODIFY:
        return Sorted(Intent.CREATE, sure=False)
    return Sorted(intent, sure=True)


async def sort_message(
    message: str, project: str, gateway: ModelGateway | None, *, has_application: bool, key: str = "chat/intent"
) -> Sorted:
    """By the rules where they are sure or no model is set; else as a model says."""
    found = by_rules(message, has_application=has_application)
    if found.sure or gateway is None:
        return found
    prompt = await asyncio.to_thread(render, "chat_intent", project=project, message=message)
    asked = await ask_for(gateway, key, Role.PM, [HumanMessage(prompt)], DraftIntent, max_tokens=64, again=1)
    if isinstance(asked, Failed):
        return Sorted(found.intent, False, Fallback(agent="pm", from_="model", to="rules", reason=asked.reason))
    return Sorted(asked.value.intent, sure=True)


__all__ = ["Intent", "Sorted", "by_rules", "sort_message"]
