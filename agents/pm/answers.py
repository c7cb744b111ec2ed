"""Questions about a project, answered from stored facts that are named with the answer."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage

from agents.pm.facts.fact import Fact, topics_of
from agents.pm.reader.names import singular
from agents.prompts.renderer import render, trimmed
from memory.records.model import Ask, BudgetSpent, ModelGateway, NoModel, Role
from memory.records.plan import Fallback

MAX_SHOWN = 5
FACT_CHARS = 1_200
LONGEST = 512
"""Tokens of an answer."""
TRIES = 2
_CITED = re.compile(r"\[(\d+)\]")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_STOP = frozenset(
    re.findall(
        r"\w+", "why what which who when where how is are was the a an of to it in on did do does for my our and i"
    )
)


@dataclass(frozen=True)
class ChatAnswer:
    text: str
    evidence: tuple[Fact, ...]
    """The facts that it rests on; empty where none tells."""
    fallback: Fallback | None = None


def relevant_facts(question: str, facts: Sequence[Fact]) -> tuple[Fact, ...]:
    """Those on the question's topics, in its order; without one, those that share a word with it. Pure."""
    topics = topics_of(question)
    found = [fact for about in topics for fact in facts if fact.about == about]
    if found:
        return tuple(found[:MAX_SHOWN])
    asked = _words(question)
    scored = [(len(asked & _words(fact.topic)) * 3 + len(asked & _words(fact.text)), fact) for fact in facts]
    best = sorted((pair for pair in scored if pair[0]), key=lambda pair: -pair[0])
    return tuple(fact for _, fact in best[:MAX_SHOWN])


def _words(text: str) -> set[str]:
    return {singular(word) for word in re.findall(r"[a-z]+", text.lower())} - _STOP


def answer_by_rules(question: str, facts: Sequence[Fact]) -> ChatAnswer:
    """The relevant facts themselves. Pure."""
    found = relevant_facts(question, facts)
    if not found:
        known = ", ".join(dict.fromkeys(fact.topic for fact in facts)) or "nothing yet"
        return ChatAnswer(f"Nothing that is stored answers this. Known are: {known}.", ())
    return ChatAnswer("\n".join(f"{fact.text} ({fact.source})" for fact in found), found)


async def answer(
    question: str, facts: Sequence[Fact], gateway: ModelGateway | None, *, key: str = "chat/answer"
) -> ChatAnswer:
    """In a model's words where one is set; a number that no fact holds is refused. Else by the rules."""
    plain = answer_by_rules(question, facts)
    if gateway is None or not facts:
        return plain
    chosen = relevant_facts(question, facts) or tuple(facts[: 2 * MAX_SHOWN])
    lines = "\n".join(f"[{n}] {f.topic}: {trimmed(f.text, FACT_CHARS)} ({f.source})" for n, f in enumerate(chosen, 1))
    prompt = await asyncio.to_thread(render, "chat_answer", facts=lines, question=question)
    said = await _asked(gateway, prompt, f"{question}\n{lines}", len(chosen), key)
    if isinstance(said, Fallback):
        return ChatAnswer(plain.text, plain.evidence, said)
    cited = dict.fromkeys(int(number) for number in _CITED.findall(said))
    return ChatAnswer(said, tuple(chosen[number - 1] for number in cited) or chosen)


async def _asked(gateway: ModelGateway, prompt: str, known: str, count: int, key: str) -> str | Fallback:
    """As plain text, so that it can be shown as it comes; asked once more with what was wrong."""
    messages: list[BaseMessage] = [HumanMessage(prompt)]
    ask, wrong = Ask(key, Role.PM, messages, max_tokens=LONGEST), [""]
    for number in range(1, TRIES + 1):
        try:
            given = (await gateway.ask(ask)).text.strip()
        except (NoModel, BudgetSpent) as error:
            return Fallback(agent="pm", from_="model", to="rules", reason=str(error))
        wrong = _unfounded(given, known, count)
        if not wrong:
            return given
        told = "Your answer cannot be used: " + "; ".join(wrong) + ". Answer again from the facts alone."
        ask = replace(
            ask, key=f"{key}/again-{number}", messages=[*messages, AIMessage(given or "-"), HumanMessage(told)]
        )
    return Fallback(agent="pm", from_="model", to="rules", reason=f"its answers were refused: {'; '.join(wrong)}")


def _unfounded(given: str, known: str, count: int) -> list[str]:
    cited = {int(number) for number in _CITED.findall(given)}
    wrong = [f"there is no fact [{number}]" for number in sorted(cited) if not 1 <= number <= count]
    numbers = {_plain(n) for n in _NUMBER.findall(known)}
    shares = {_plain(f"{float(n) * 100:.2f}") for n in numbers if re.fullmatch(r"0\.\d+|1", n)}
    said = _CITED.sub("", given)
    wrong += [f"{n} stands in no fact" for n in _NUMBER.findall(said) if _plain(n) not in numbers | shares]
    return wrong + ([] if given else ["the answer is empty"])


def _plain(number: str) -> str:
    text = number.replace(",", "").rstrip(".")
    return text.rstrip("0").rstrip(".") or "0" if "." in text else text


__all__ = ["ChatAnswer", "Fact", "answer", "answer_by_rules", "relevant_facts"]
