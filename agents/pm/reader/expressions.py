"""Regular expressions that people give: which of them an application can check safely."""

from __future__ import annotations

import re
from typing import Any

from memory.records.spec import FieldSpec, FieldType
from tools.scaffold.fields import checked_pattern
from tools.scaffold.interface import UnsupportedSpec
from tools.scaffold.patterns import matching

LONGEST = 300
WIDEST = 1000
DEEPEST = 3
_REPEATS = ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT")


def why_unusable(pattern: str, least: int, most: int | None) -> str | None:
    """The reason in words; None for a pattern that can be used. `least` and `most`: the text's length."""
    if len(pattern) > LONGEST:
        return f"the pattern is longer than {LONGEST} characters"
    try:
        checked_pattern(FieldSpec(name="x", type=FieldType.TEXT, label="x", pattern=pattern))
        parsed = re._parser.parse(pattern)  # type: ignore[attr-defined]
    except (UnsupportedSpec, re.error, OverflowError, RecursionError):
        return (
            f"the pattern {pattern} cannot be used: look-around, references to groups and huge counts are not supported"
        )
    if parsed.getwidth()[0] > WIDEST or _deep(parsed, 0) or _explosive(parsed):
        return f"checking the pattern {pattern} could take very long"
    if not matching(pattern, least, most):
        return f"no text was found that fits the pattern {pattern} and the length"
    return None


def _inner(argument: Any) -> list[Any]:
    """The sequences of nodes inside a node's argument."""
    if hasattr(argument, "getwidth"):
        return [argument]
    if isinstance(argument, list | tuple):
        return [sequence for part in argument for sequence in _inner(part)]
    return []


def _deep(parsed: Any, depth: int) -> bool:
    for operation, argument in parsed:
        below = depth + (str(operation) in _REPEATS)
        if below > DEEPEST or any(_deep(sequence, below) for sequence in _inner(argument)):
            return True
    return False


def _explosive(parsed: Any) -> bool:
    """True for a repetition whose body has nothing fixed in it but another repetition or a choice: `(a+)+`."""
    for operation, argument in parsed:
        sequences = _inner(argument)
        if str(operation) in _REPEATS and int(argument[1]) > 10 and any(_loose(sequence) for sequence in sequences):
            return True
        if any(_explosive(sequence) for sequence in sequences):
            return True
    return False


def _loose(sequence: Any) -> bool:
    fixed, varied = False, False
    for operation, argument in sequence:
        name = str(operation)
        if name == "SUBPATTERN":
            return _loose(argument[-1]) if len(sequence) == 1 else any(_loose(inner) for inner in _inner(argument))
        varied = varied or name == "BRANCH" or (name in _REPEATS and argument[0] != argument[1])
        fixed = fixed or name in ("LITERAL", "IN", "NOT_LITERAL")
    return varied and not fixed


__all__ = ["why_unusable"]
