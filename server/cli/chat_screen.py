"""What a conversation looks like on the terminal: answers on stdout, all else on stderr."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from server.cli.client import Document
from server.cli.screen import clean, result, say
from server.cli.story import line_of

SHORT = 60
"""Characters of a fact that is shown beside its source."""


@dataclass
class Shown:
    """One message's events so far."""

    streams: bool
    """Whether a model's words are shown as they come."""
    text: str = ""
    evidence: list[dict[str, Any]] = field(default_factory=list)
    asks: list[str] = field(default_factory=list)
    """What is to be decided."""
    streamed: str = ""

    def add(self, event: Document, *, tokens: bool) -> None:
        if event["type"] == "chat_message":
            self.text, self.evidence = str(event["text"]), list(event.get("evidence") or ())
        elif event["type"] == "model_token" and tokens and self.streams:
            self.streamed += str(event["text"])
            sys.stdout.write(clean(event["text"]))
            sys.stdout.flush()
        elif event["type"] != "run_finished" and (line := line_of(event)) is not None:
            say(line)

    def end(self) -> None:
        """The answer, where it was not shown as it came, and what it rests on."""
        if self.streamed:
            result("")
        if self.text and self.streamed.strip() != self.text.strip():
            result(self.text)
        for line in self.asks:
            result(line)
        for fact in self.evidence:
            if fact["source"] not in self.text and fact["text"] not in self.text:
                short = f" {fact['text']}" if len(fact["text"]) <= SHORT else ""
                say(f"     {fact['topic']}{short} ({fact['source']})")


def show_history(newest_first: Sequence[Document]) -> None:
    for message in reversed(newest_first):
        who = ">" if message["role"] == "user" else " "
        for line in str(message["text"]).splitlines() or [""]:
            say(f"{who} {line}", "dim")


__all__ = ["Shown", "show_history"]
