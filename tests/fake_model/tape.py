"""Recorded answers of a model, played back over HTTP: whoever asks what was asked then gets what was said then.

A request is known by its role, its step and what it is about, not by its wording: prompts may change, a tape stays
good as long as the answers still fit. What is on no tape is refused with a text that says what was asked and what the
tape has, and is kept in `misses`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from tests.fake_model.fake_model import Act, FakeModel

TAPES = Path(__file__).resolve().parents[1] / "data" / "tapes"
OWN_WORDS = ("request", "comment", "answer", "checks")
"""Parts of a prompt that say what is asked for."""
FENCED = re.compile(r"<data (?P<mark>\w+) (?P<name>[^>\n]+)>\n(?P<text>.*?)\n</data (?P=mark)>", re.DOTALL)
TASK = re.compile(r"^\d+\. (.+)$", re.MULTILINE)
FAILED = re.compile(r"^Failed: (.+)$", re.MULTILINE)
LEFT_OUT = re.compile(r"\(Your first (\d+) answers are left out")
VARYING = re.compile(r"\b[0-9a-f]{8}-[0-9a-f-]{27}\b|\b\d{4}-\d\d-\d\d(?:T[\d:.]+Z?)?\b")


@dataclass(frozen=True)
class Asked:
    """What tells a request from the others of its run."""

    role: str
    """dev, or the name of the schema that is to be filled."""
    about: tuple[str, ...]
    """A person's words, or the tasks with what failed."""
    step: int
    """Answers before it in the same conversation."""
    results: tuple[str, ...]
    """ok or error: what became of the last answer's tool calls."""

    def __str__(self) -> str:
        after = f", after {' '.join(self.results)}" if self.results else ""
        return f"{self.role} step {self.step}{after}, about: {'; '.join(text[:60] for text in self.about)}"


def asked(request: Mapping[str, Any]) -> Asked:
    messages = request["messages"]
    first = next(str(message["content"]) for message in messages if message["role"] == "user")
    last = max((n for n, message in enumerate(messages) if message["role"] == "assistant"), default=len(messages))
    results = [str(m["content"]).partition(":")[0] for m in messages[last:] if m["role"] == "tool"]
    left_out = LEFT_OUT.search(first)
    before = sum(message["role"] == "assistant" for message in messages)
    return Asked(_role(request), tuple(_about(first)), before + int(left_out[1] if left_out else 0), tuple(results))


def _errors(request: Mapping[str, Any]) -> list[str]:
    """How the results begin that were errors: mostly it is they that differ from the recorded run."""
    results = [str(message["content"]) for message in request["messages"] if message["role"] == "tool"]
    return [f"  {text[:300]}" for text in results if text.startswith("error")]


def _role(request: Mapping[str, Any]) -> str:
    if request.get("tools"):
        return "dev"
    return str(((request.get("response_format") or {}).get("json_schema") or {}).get("name", "text"))


def _about(prompt: str) -> Iterator[str]:
    for part in FENCED.finditer(prompt):
        if part["name"] in OWN_WORDS:
            yield VARYING.sub("~", " ".join(part["text"].split()))
    yield from FAILED.findall(prompt)
    yield from TASK.findall(FENCED.sub("", prompt))


@dataclass(frozen=True)
class Row:
    asked: Asked
    reply: dict[str, Any]
    """{"content"} and/or {"tool_calls": [{"name", "arguments": object}]}"""

    def act(self) -> Act:
        calls = self.reply.get("tool_calls") or []
        named = [{"name": call["name"], "arguments": json.dumps(call["arguments"])} for call in calls]
        return Act(text=self.reply.get("content") or "", tool_calls=tuple(named))


@dataclass(frozen=True)
class Tape:
    """A whole run: the body of the request that began it, and each answer."""

    name: str
    body: dict[str, Any]
    rows: tuple[Row, ...]
    after: str = ""
    """The tape whose application it changes; empty: it makes one."""

    def named(self, name: str) -> Tape:
        """The same under another name, for a run that is told apart."""
        return replace(self, name=name)

    def find(self, wanted: Asked) -> Row | None:
        return next((row for row in self.rows if row.asked == wanted), None)

    def refusal(self, wanted: Asked) -> str:
        """What a person needs to see why there is no answer."""
        close = [row for row in self.rows if (row.asked.role, row.asked.step) == (wanted.role, wanted.step)]
        lines = [f"tape {self.name} has no answer to: {wanted}", f"  asked about: {wanted.about}"]
        lines += [f"  the tape has: {row.asked}\n  about: {row.asked.about}" for row in close or self.rows]
        return "\n".join(lines)


def load(name: str) -> Tape:
    head, *lines = (json.loads(line) for line in (TAPES / f"{name}.jsonl").read_text().splitlines())
    rows = tuple(Row(_asked_of(line["asked"]), line["reply"]) for line in lines)
    return Tape(name, head["body"], rows, head.get("after", ""))


def _asked_of(stored: dict[str, Any]) -> Asked:
    return Asked(stored["role"], tuple(stored["about"]), stored["step"], tuple(stored["results"]))


def write(
    name: str, body: dict[str, Any], pairs: Iterable[tuple[dict[str, Any], dict[str, Any]]], after: str = ""
) -> Path:
    """A tape of (request, reply) pairs as an endpoint saw them; `body`: of the request that began the run."""
    lines = [
        {"body": body, **({"after": after} if after else {})},
        *({"asked": asdict(asked(request)), "reply": reply} for request, reply in pairs),
    ]
    path = TAPES / f"{name}.jsonl"
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
    return path


class TapeModel(FakeModel):
    """Plays the tape that the request's model is named after."""

    def __init__(self, *tapes: Tape) -> None:
        super().__init__()
        self.tapes = {tape.name: tape for tape in tapes}
        self.misses: list[str] = []
        self.served: list[tuple[str, Asked]] = []
        self.gate: Callable[[str, Asked], bool] = lambda name, wanted: True
        """Called before each answer; where it says no, there is none, and nothing is charged."""

    def next_act(self, request: dict[str, Any], headers: dict[str, str]) -> Act:
        super().next_act(request, headers)
        tape, wanted = self.tapes.get(request["model"]), asked(request)
        if not self.gate(request["model"], wanted):
            return Act(status=503)
        row = tape.find(wanted) if tape else None
        if row is not None:
            self.served.append((request["model"], wanted))
            return row.act()
        miss = tape.refusal(wanted) if tape else f"no tape is named {request['model']}; it asks: {wanted}"
        self.misses.append("\n".join([miss, *_errors(request)]))
        return Act(status=400, body={"error": {"message": self.misses[-1][:500]}})

    def of(self, name: str) -> list[Asked]:
        """What the tape has answered so far."""
        return [wanted for model, wanted in self.served if model == name]


__all__ = ["TAPES", "Asked", "Row", "Tape", "TapeModel", "asked", "load", "write"]
