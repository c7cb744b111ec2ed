"""Texts that a regular expression takes, and texts that it refuses: for the generated tests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice, product
from typing import Any

REPEATS = (0, 1, 2, 3, 4, 6, 8, 10, 12, 16, 20, 32, 64)
"""How many times more than the least a repetition is tried."""
MAX_CANDIDATES = 5000
STRANGE = ("!", "~~~", "???", "#1", "-", " ", "x", "0", "ab", "Zz9", "__", "1" * 64, "a" * 64, "\n", "é")


def matching(pattern: str, min_length: int = 0, max_length: int | None = None) -> list[str]:
    """Up to two texts of allowed length that the anchored pattern takes."""
    found: list[str] = []
    for text in islice(_texts(re._parser.parse(pattern)), MAX_CANDIDATES):  # type: ignore[attr-defined]
        fits = min_length <= len(text) <= (max_length or len(text)) and text.isprintable()
        if fits and text not in found and re.fullmatch(pattern, text):
            found.append(text)
        if len(found) == 2:
            break
    return sorted(found)


def refused(pattern: str, min_length: int = 0, max_length: int | None = None) -> str | None:
    """A text of allowed length that the anchored pattern refuses."""
    longest = max_length if max_length is not None else 64
    for start in STRANGE:
        text = (start * max(1, min_length))[: max(min_length, len(start))][:longest]
        if len(text) >= min_length and not re.fullmatch(pattern, text):
            return text
    return None


def _texts(parsed: Any) -> Iterator[str]:
    """Texts for a sequence of nodes, the plainest first."""
    choices = [list(islice(_node(str(operation), argument), 64)) for operation, argument in parsed]
    # The first parts vary quickest, so that two texts differ early.
    for parts in product(*reversed(choices)):
        yield "".join(reversed(parts))


def _node(operation: str, argument: Any) -> Iterator[str]:
    match operation:
        case "LITERAL":
            yield chr(argument)
        case "NOT_LITERAL":
            yield from (c for c in "abx1-" if c != chr(argument))
        case "ANY":
            yield from "abx1"
        case "IN":
            yield from _members(argument)
        case "BRANCH":
            for branch in argument[1]:
                yield from islice(_texts(branch), 4)
        case "SUBPATTERN":
            yield from _texts(argument[-1])
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            yield from _repeated(*argument)
        case "AT":
            yield ""
        case _:
            return


def _members(items: Any) -> Iterator[str]:
    pattern = [(str(operation), argument) for operation, argument in items]
    negated = pattern[0][0] == "NEGATE"
    for char in "abcABC123 -_.xyzXYZ789é":
        if any(_is_member(char, *item) for item in pattern if item[0] != "NEGATE") != negated:
            yield char
    if not negated:
        yield from (chr(a) for name, a in pattern if name == "LITERAL")
        yield from (chr(a[0]) for name, a in pattern if name == "RANGE")


def _is_member(char: str, operation: str, argument: Any) -> bool:
    match operation:
        case "LITERAL":
            return bool(ord(char) == argument)
        case "RANGE":
            return bool(argument[0] <= ord(char) <= argument[1])
        case "CATEGORY":
            return _in_category(char, str(argument))
        case _:
            return False


def _in_category(char: str, category: str) -> bool:
    kinds = {"DIGIT": char.isdigit(), "SPACE": char.isspace(), "WORD": char.isalnum() or char == "_"}
    name = category.rpartition("_")[2]
    return kinds.get(name, False) != ("NOT" in category)


def _repeated(least: int, most: int, parsed: Any) -> Iterator[str]:
    least, most = int(least), int(most)
    start = max(least, min(1, most))
    for count in (start + more for more in REPEATS if start + more <= most):
        for text in islice(_texts(parsed), 4):
            yield text * count
    if least == 0:
        yield ""


__all__ = ["matching", "refused"]
