"""What a message in a project's chat wants, by rules alone. Pure, and light to import: the API sorts with it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from memory.records.plan import Fallback


class Intent(StrEnum):
    CREATE = "create"
    MODIFY = "modify"
    DEPLOY = "deploy"
    ROLLBACK = "rollback"
    QUESTION = "question"
    HELP = "help"
    REMEMBER = "remember"
    OTHER = "other"


@dataclass(frozen=True)
class Sorted:
    intent: Intent
    sure: bool
    """False: a guess, to be said to the user before anything is done."""
    fallback: Fallback | None = None


FEWEST_WORDS = 4
"""A first message of more words is a request, whatever its form."""
_POLITE = re.compile(
    r"^(?:(?:hi|hey|hello|ok|okay|please|thanks|now|then|and|so|could you|can you|would you|will you|i want to|"
    r"i'd like to|let's|we need to|go ahead and)\b[\s,!.]*)+",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"^(?:why|what(?:'s)?|which|who|when|where|how|is|are|was|were|does|do|did|has|have|show|tell|explain|describe|"
    r"list|will it|can it|should|status|logs)\b",
    re.IGNORECASE,
)
_ORDER_TO_DO = re.compile(r"^do\s+(?!you\b|i\b|we\b|the\b|they\b|all\b|any\b|my\b)", re.IGNORECASE)
_RULES: tuple[tuple[Intent, re.Pattern[str]], ...] = tuple(
    (intent, re.compile(pattern, re.IGNORECASE))
    for intent, pattern in (
        (Intent.HELP, r"^(?:\?+$|(?:/?help|what can (?:you|i) (?:do|say)|what do you understand|"
                      r"how (?:does this work|do i use this)|commands)\b)"),
        (Intent.REMEMBER, r"^(?:remember|note|keep in mind)(?:[:,]| that\b| this:)\s*\S"),
        (Intent.ROLLBACK, r"^(?:roll(?: |-)?(?:it |that |this |everything )?back|rollback|revert|undo|go back\b|"
                          r"take (?:it|that) back|restore)\b"),
        (Intent.DEPLOY, r"^(?:(?:re)?deploy|release|ship|publish|promote|go live|bring it (?:up|live)|"
                        r"(?:put|get|make|push) (?:it|this)(?: version)? (?:live|online|out|on|to|into|in)\b)"),
        (Intent.CREATE, r"^(?:build|create|make|generate|start|develop|write)\s+(?:me\s+)?(?:an?|the|another|new)\s.*"
                        r"\b(?:api|app|application|service|backend|project|site|system|tracker|tool|website)\b"),
        (Intent.MODIFY, r"^(?:add|remove|delete|drop|rename|change|modify|replace|fix|make|let|allow|require|support|"
                        r"update|extend|turn|set|use|move|split|improve|speed up|increase|decrease|limit|validate|"
                        r"sort|hide|give|introduce|store|keep|forbid|prevent|ensure|enable|disable)\b"),
    )
)  # fmt: skip


def by_rules(message: str, *, has_application: bool) -> Sorted:
    """A create with an application in place is a modification, as one project has one."""
    text = _POLITE.sub("", message.strip())
    asks = text.endswith("?") or (_ASKS.match(text) is not None and not text.endswith("!"))
    for intent, pattern in _RULES:
        if pattern.match(text) and not (asks and text.endswith("?") and intent is Intent.MODIFY):
            return _placed(intent, has_application)
    if asks and not _ORDER_TO_DO.match(text):
        return Sorted(Intent.QUESTION, sure=True)
    words = len(text.split())
    guess = Intent.MODIFY if has_application else Intent.CREATE
    return Sorted(guess if words > 2 else Intent.OTHER, sure=not has_application and words > FEWEST_WORDS)


def _placed(intent: Intent, has_application: bool) -> Sorted:
    if has_application and intent is Intent.CREATE:
        return Sorted(Intent.MODIFY, sure=False)
    if not has_application and intent is Intent.MODIFY:
        return Sorted(Intent.CREATE, sure=False)
    return Sorted(intent, sure=True)


def remembered_in(message: str) -> str:
    """What is to be remembered, without the words that say so."""
    text = _POLITE.sub("", message.strip())
    return re.sub(r"^(?:remember|note|keep in mind)(?:[:,]| that\b| this:)\s*", "", text, flags=re.IGNORECASE)


PLATFORMS = {"fly": "flyio", "fly.io": "flyio", "flyio": "flyio", "here": "local", "locally": "local"}


def platform_in(message: str) -> str | None:
    """The platform that an order to deploy names."""
    words = r"docker|render|fly(?:\.io|io)?|railway|vercel|this machine|my machine"
    found = re.search(rf"\b(?:to|on|onto|at|with|via|using)\s+({words})\b", message, re.IGNORECASE)
    if found is None:
        return None
    word = found[1].lower()
    return "local" if word.endswith("machine") else PLATFORMS.get(word, word)


def environment_in(message: str) -> str | None:
    """The environment that a message names."""
    found = re.search(r"\b(dev|development|staging|stage|prod|production)\b", message, re.IGNORECASE)
    short = {"development": "dev", "stage": "staging", "prod": "production"}
    return None if found is None else short.get(found[1].lower(), found[1].lower())


__all__ = ["Intent", "Sorted", "by_rules", "environment_in", "platform_in", "remembered_in"]
