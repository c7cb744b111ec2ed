"""Python source as this interpreter can parse it: as it is, in older or newer words, or without what is broken."""

from __future__ import annotations

import ast
import threading
from dataclasses import dataclass

from tools.security.broken_python import mended
from tools.security.newer_python import older
from tools.security.old_python import translated

AGAIN = 3
FAULTS = (SyntaxError, ValueError, IndexError, RecursionError, MemoryError)
LINES_TOLD = 5
_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class Readable:
    tree: ast.Module
    text: str
    """What was parsed, line by line the same as the source."""
    left_out: str = ""
    """What of it could not be read, and why."""


def readable(source: str) -> Readable:
    """Raises what ast.parse raises on the source itself, where it cannot be made readable."""
    try:
        return Readable(_tree(source), source)
    except SyntaxError as error:
        for words in (older, translated, lambda text: older(translated(text))):
            try:
                text = words(source)
                return Readable(_tree(text), text)
            except FAULTS:
                continue
        return _rest(source, error)


def parsed(source: str) -> ast.Module:
    return readable(source).tree


def readable_if_needed(source: str) -> str | None:
    """What can be parsed, where the source itself cannot."""
    try:
        text = readable(source).text
    except FAULTS:
        return None
    return text if text != source else None


def _rest(source: str, error: SyntaxError) -> Readable:
    for words in (lambda text: text, translated):
        try:
            found = mended(words(source), _tree)
            if found is not None:
                numbers = ", ".join(map(str, found.left_out[:LINES_TOLD]))
                more = " and more" if len(found.left_out) > LINES_TOLD else ""
                told = f"{type(error).__name__} {error.msg}: not read as it stands in line {numbers}{more}"
                return Readable(_tree(found.text), found.text, told)
        except FAULTS:
            continue
    raise error


def _tree(source: str) -> ast.Module:
    """CPython 3.11 counts the depth of all threads in one place: ours wait for each other, and what a thread of someone
    else's upset is no fault of the source."""
    for again in range(AGAIN + 1):
        try:
            with _one_at_a_time:
                return ast.parse(source)
        except SystemError as error:
            if again == AGAIN:
                raise ValueError("the interpreter's parser gave up") from error
    raise AssertionError


__all__ = ["FAULTS", "Readable", "parsed", "readable", "readable_if_needed"]
