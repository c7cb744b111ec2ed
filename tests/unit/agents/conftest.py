"""A model that says what the test lets it say."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from memory.records.model import Answer, Ask, Usage


class Scripted:
    """Answers in order; an exception is raised, a text answered."""

    def __init__(self, answers: Sequence[str | Answer | Exception]) -> None:
        self.answers = list(answers)
        self.asks: list[Ask] = []

    async def ask(self, ask: Ask) -> Answer:
        self.asks.append(ask)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, Answer):
            return answer
        return said(answer)


def said(text: str, finish: str = "stop") -> Answer:
    usage = Usage(prompt_tokens=1, completion_tokens=1)
    return Answer(text=text, finish=finish, model="scripted", usage=usage, usd=None)


@pytest.fixture
def scripted() -> Callable[..., Scripted]:
    return lambda *answers: Scripted(answers)


@pytest.fixture
def cut_off() -> Callable[[str], Answer]:
    return lambda text: said(text, "length")
