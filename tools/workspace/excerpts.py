"""Long texts cut to what a reader needs: the start, the end, the failures. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from memory.records.execution import Completed
from memory.records.report import Check

OUTPUT_CHARS = 6_000
TESTS_SHOWN = 8
TEST_CHARS = 1_200
NAMES_SHOWN = 40
UNCOVERED_SHOWN = 12
LIBRARIES = re.compile(r"(?:/[^\s/:]+)+/site-packages/")
"""Where libraries stand: a long path that says nothing, and differs from machine to machine."""


def head_and_tail(text: str, limit: int = OUTPUT_CHARS) -> str:
    """The first third and the last two of `limit` characters, from whole lines where there are any."""
    if len(text) <= limit:
        return text
    head, tail = text[: limit // 3], text[-(limit - limit // 3) :]
    head = head[: head.rfind("\n") + 1] or head
    start = tail.find("\n") + 1
    tail = tail[start:] if 0 < start < len(tail) else tail
    left_out = text[len(head) : len(text) - len(tail)]
    return f"{head}[... {left_out.count(chr(10)) + 1} lines, {len(left_out)} characters left out ...]\n{tail}"


def clean(text: str) -> str:
    """As any store and terminal takes it: control characters of terminals and lone surrogates made visible."""
    text = LIBRARIES.sub("site-packages/", text.replace("\r\n", "\n")).encode("utf-8", "replace").decode()
    return "".join(char if char >= " " or char in "\n\t" else "�" for char in text)


def output_of(completed: Completed) -> str:
    """Both streams, the ends of which matter most."""
    streams = [clean(data.decode(errors="replace")).strip("\n") for data in (completed.stdout, completed.stderr)]
    both = [text for text in streams if text]
    return "\n".join(head_and_tail(text, OUTPUT_CHARS // len(both)) for text in both)


def failures_of(check: Check) -> str:
    """Failing tests with the ends of their tracebacks; the output where there is no report; else uncovered lines."""
    evidence = check.evidence
    failing: list[dict[str, Any]] = list(evidence.get("failing") or ())
    kinds = alike(failing)
    parts = [
        f"{first['name']}: {first['message']}\n{_last(first['excerpt'])}{_same(others)}"
        for first, *others in kinds[:TESTS_SHOWN]
    ]
    more = [str(test["name"]) for kind in kinds[TESTS_SHOWN:] for test in kind]
    parts += [f"also failing: {', '.join(more[:NAMES_SHOWN])}"] if more else []
    if not parts and check.outcome.value != "passed":
        parts.append(head_and_tail(str(evidence.get("output", ""))))
    uncovered = dict(evidence.get("uncovered") or {})
    if uncovered and not failing:
        shown = list(uncovered.items())[:UNCOVERED_SHOWN]
        parts.append("uncovered lines: " + "; ".join(f"{file} {lines}" for file, lines in shown))
    return clean("\n".join(parts))


def alike(failing: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Failing tests (name, message, excerpt) in groups of the same message at the same place: one cause, told once."""
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for test in failing:
        place = str(test.get("excerpt", "")).strip().rpartition("\n")[2]
        groups.setdefault((str(test.get("message")), place), []).append(test)
    return list(groups.values())


def _same(others: Sequence[dict[str, Any]]) -> str:
    return f"\nthe same in: {', '.join(str(test['name']) for test in others[:NAMES_SHOWN])}" if others else ""


def _last(text: str) -> str:
    return text if len(text) <= TEST_CHARS else "…\n" + text[-TEST_CHARS:].partition("\n")[2]


__all__ = ["alike", "clean", "failures_of", "head_and_tail", "output_of"]
