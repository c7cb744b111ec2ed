"""An endpoint that answers what a request asks: a handler for each model's name, over real HTTP."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from tests.fake_model.fake_model import Act, FakeModel
from tests.fake_model.tape import Asked, asked

Handler = Callable[[Asked, str], Act]
"""What is asked, and the text of the first prompt."""


class ThinkingModel(FakeModel):
    def __init__(self, handlers: Mapping[str, Handler]) -> None:
        super().__init__()
        self._handlers = handlers

    def next_act(self, request: dict[str, Any], headers: dict[str, str]) -> Act:
        super().next_act(request, headers)
        prompt = next(str(message["content"]) for message in request["messages"] if message["role"] == "user")
        return self._handlers[request["model"]](asked(request), prompt)


def calls(*given: tuple[str, dict[str, Any]]) -> Act:
    return Act(tool_calls=tuple({"name": name, "arguments": json.dumps(arguments)} for name, arguments in given))


def shown(prompt: str, path: str) -> str:
    """A file as the prompt shows it."""
    found = re.search(rf"<data (\w+) {re.escape(path)}>\n(.*?)\n</data \1>", prompt, re.DOTALL)
    assert found is not None, f"{path} is not shown"
    return found[2] + "\n"


__all__ = ["ThinkingModel", "calls", "shown"]
