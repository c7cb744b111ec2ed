"""Questions about a project, answered from stored facts that are named with the answer."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass

from langchain_core.messages import HumanMessage
from pydantic import BaseModel

from agents.pm.reader.names import singular
from agents.prompts.renderer import render, trimmed
from agents.structured.ask import Failed, ask_for
from memory.records.model import ModelGateway, Role
from memory.records.plan import Fallback

MAX_SHOWN = 5
FACT_CHARS = 600
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_STOP = frozenset(
    re.findall(
        r"\w+", "why what which who when where how is are was the a an of to it in on did do does for my our and i"
    )
)
_SAME = {
    "cost": ("cost", "spend", "price", "usd", "bill", "expensive", "budget", "token"),
    "change": ("change", "touch", "modify", "commit", "edit", "diff", "file"),
    "test": ("test", "coverage", "cover", "uncovered", "fail"),
    "deploy": ("deploy", "live", "url", "environment", "running", "online"),
    "security": ("security", "vulnerability", "secret", "finding", "safe", "secure", "scan"),
    "slow": ("slow", "fast", "speed", "latency", "performance", "second", "duration"),
    "plan": ("plan", "assume", "assumption", "understood", "task", "missing"),
}


@dataclass(frozen=True)
class Fact:
    topic: str
    """A few words: `coverage of the last run`."""
    text: str
    source: str
    """Where it is kept, for the user to look it up: `run 12, step qa`."""


@dataclass(frozen=True)
class ChatAnswer:
    text: str
    evidence: tuple[Fact, ...]
    """The facts that it rests on; empty where none tells."""
    fallback: Fallback | None = None


class DraftAnswer(BaseModel):
    answer: str
    facts: list[int] = []


def relevant_facts(question: str, facts: Sequence[Fact]) -> tuple[Fact, ...]:
    """Those that share a word or its like with the question, best first. Pure."""
    asked = _words(question)
    scored = [(len(asked & _words(fact.topic)) * 3 + len(asked & _words(fact.text)), fact) for fact in facts]
    best = sorted((pair for pair in scored if pair[0]), key=lambda pair: -pair[0])
    return tuple(fact for _, fact in best[:MAX_SHOWN])


def _words(text: str) -> set[str]:
    words = {singular(word) for word in re.findall(r"[a-z]+", text.lower())} - _STOP
    return words | {
        f"#{group}" for group, same in _SAME.items() if any(w.startswith(s[:5]) for w in words for s in same)
    }


def answer_by_rules(question: str, facts: Sequence[Fact]) -> ChatAnswer:
    """The relevant facts themselves. Pure."""
    found = relevant_facts(question, facts)
    if not found:
        known = ", ".join(dict.fromkeys(fact.topic for fact in facts)) or "nothing yet"
        return ChatAnswer(f"Nothing that is stored answers this. Known are: {known}.", ())
    return ChatAnswer("\n".join(f"{fact.topic}: {fact.text} ({fact.source})" for fact in found), found)


async def answer(
    question: str, facts: Sequence[Fact], gateway: ModelGateway | None, *, key: str = "chat/answer"
) -> ChatAnswer:
    """In a model's words where one is set; a number that no fact holds is refused. Else by the rules."""
    plain = answer_by_rules(question, facts)
    if gateway is None or not facts:
        return plain
    chosen = relevant_facts(question, facts) or tuple(facts[: 2 * MAX_SHOWN])
    lines = [f"[{n}] {f.topic}: {trimmed(f.text, FACT_CHARS)} ({f.source})" for n, f in enumerate(chosen, start=1)]

    def problems(draft: DraftAnswer) -> list[str]:
        return _unfounded(draft, f"{question}\n" + "\n".join(lines), len(chosen))

    prompt = await asyncio.to_thread(render, "chat_answer", facts="\n".join(lines), question=question)
    messages = [HumanMessage(prompt)]
    asked = await ask_for(gateway, key, Role.PM, messages, DraftAnswer, check=problems, max_tokens=512, again=1)
    if isinstance(asked, Failed):
        fallback = Fallback(agent="pm", from_="model", to="rules", reason=asked.reason)
        return ChatAnswer(plain.text, plain.evidence, fallback)
    used = dict.fromkeys(asked.value.facts)
    return ChatAnswer(asked.value.answer.strip(), tuple(chosen[number - 1] for number in used))


def _unfounded(draft: DraftAnswer, known: str, count: int) -> list[str]:
    wrong = [f"there is no fact [{number}]" for number in draft.facts if not 1 <= number <= count]
    said = re.sub(r"\[\d+\]", "", draft.answer)
    numbers = {_plain(n) for n in _NUMBER.findall(known)}
    shares = {_plain(f"{float(n) * 100:.2f}") for n in numbers if re.fullmatch(r"0\.\d+|1", n)}
    wrong += [f"{n} stands in no fact" for n in _NUMBER.findall(said) if _plain(n) not in numbers | shares]
    return wrong + ([] if draft.answer.strip() else ["the answer is empty"])


def _plain(number: str) -> str:
    text = number.replace(",", "")
    return text.rstrip("0").rstrip(".") or "0" if "." in text else text


__all__ = ["ChatAnswer", "Fact", "answer", "answer_by_rules", "relevant_facts"]
