"""Noticing that a model goes in circles. A pure fold over the turns: a continued loop comes to the same verdict."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from enum import Enum

from memory.records.loop import ToolOutcome, Turn

REPEATS = 3
"""Times of the same until the model is told."""
REPEATS_AFTER = 2
"""Times of the same after that, until the loop ends."""
WRITES = frozenset({"edit_file", "write_file"})
RUNS = frozenset({"run_tests", "run_command"})
VARYING = re.compile(
    r"0x[0-9a-fA-F]+|\b\d+(?:\.\d+)?\s?(?:m?s|sec(?:onds)?)\b|\b\d{4}-\d\d-\d\d[T ][\d:.,]+\S*"
    r"|\b[0-9a-f]{8}-[0-9a-f-]{27}\b|/tmp/\S+|\bport \d+"
)


class Verdict(Enum):
    GOES_ON = "goes on"
    NUDGE = "nudge"
    STUCK = "stuck"


class StuckDetector:
    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._looked: Counter[str] = Counter()
        self._tree = ""
        self.nudged = False
        self.what = ""
        """What was repeated, when it was."""

    def add(self, turn: Turn) -> Verdict:
        if turn.tree != self._tree:
            self._looked.clear()
        self._tree = turn.tree
        for result in turn.results:
            if result.ok and result.name in RUNS:
                self._forget(f"fail {result.name} ")
        self._counts.update(set(_steps(turn)))
        self._looked.update(set(_looks(turn)))
        return self._judge()

    def _judge(self) -> Verdict:
        worst, times = max([*self._counts.items(), *self._looked.items()], key=lambda pair: pair[1], default=("", 0))
        if times < (REPEATS_AFTER if self.nudged else REPEATS):
            return Verdict.GOES_ON
        self.what = worst.rsplit(" ", 1)[0]
        if self.nudged:
            return Verdict.STUCK
        self.nudged = True
        self._counts.clear()
        self._looked.clear()
        return Verdict.NUDGE

    def _forget(self, prefix: str) -> None:
        for key in [key for key in self._counts if key.startswith(prefix)]:
            del self._counts[key]


def _steps(turn: Turn) -> Iterator[str]:
    """Edits by what they would do; failures by what was said, without what differs from run to run."""
    for call, result in zip(turn.answer.tool_calls, turn.results, strict=False):
        if call.name in WRITES:
            yield f"edit {call.name} {_digest(json.dumps(call.arguments, sort_keys=True, default=str))}"
        if not result.ok:
            yield f"fail {result.name} {_digest(_told(result))}"
    if turn.remark and not turn.results:
        yield "answer without a tool call -"


def _looks(turn: Turn) -> Iterator[str]:
    """The same call with the same result, while nothing was changed."""
    for call, result in zip(turn.answer.tool_calls, turn.results, strict=False):
        arguments = json.dumps(call.arguments, sort_keys=True, default=str)
        yield f"call {call.name} {_digest(f'{arguments} {_told(result)}')}"


def _told(result: ToolOutcome) -> str:
    return VARYING.sub("~", f"{result.status}\n{result.data}")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


__all__ = ["REPEATS", "REPEATS_AFTER", "VARYING", "StuckDetector", "Verdict"]
