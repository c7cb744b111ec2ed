"""Python 2 in words that Python 3 can parse, line by line the same. For the scanners alone: nobody runs it."""

from __future__ import annotations

import re
from collections.abc import Callable

START = r"(?P<start>^[ \t]*|[;:][ \t]*)"
PRINT = re.compile(START + r"print[ \t]*(?P<target>>>)?[ \t]*(?=[^\s(=.,)\]:;>]|(?<=>)\()", re.M)
"""What is printed becomes a value of no use, so that its end need not be found."""
EXEC = re.compile(
    START + r"exec[ \t]+(?P<code>[^\s(=.][^\n#]*?)(?:[ \t]+in[ \t]+(?P<names>[^\n#]+?))?(?=[ \t]*(?:#|$))", re.M
)
RAISE = re.compile(r"^([ \t]*raise[ \t]+[\w.]+)[ \t]*,[ \t]*", re.M)
OCTAL = re.compile(r"(?<![\w.])0+([0-7]+)(?![\w.])")
LONG = re.compile(r"(?<![\w.])(0[xX][\da-fA-F]+|\d+)[lL]\b")
UNEQUAL = re.compile(r"<>")
REPR = re.compile(r"`([^`\n]+)`")
RAW = re.compile(r"\b[uU]([rR])(?=['\"])")
HEAD = re.compile(r"^[ \t]*(?:async[ \t]+)?def[ \t]+\w+\(.*|\blambda\b.*", re.M)
TUPLE = re.compile(
    r"(?P<before>[(,]|\blambda)(?P<gap>[ \t]*)\((?P<names>\w+(?:[ \t]*,[ \t]*\w+)*),?[ \t]*\)(?=[ \t]*[,):=])"
)


def translated(source: str) -> str:
    text = source.expandtabs(8)
    text = _outside(UNEQUAL, lambda _: "!=", text)
    text = _outside(REPR, lambda found: f"repr({found[1]})", text)
    text = _outside(LONG, lambda found: found[1], text)
    text = _outside(OCTAL, lambda found: f"0o{found[1]}", text)
    text = RAW.sub(r"\1", text)
    text = HEAD.sub(lambda head: TUPLE.sub(_one_name, head[0]), text)
    text = EXEC.sub(_called, text)
    text = RAISE.sub(r"\1; _ = ", text)
    return PRINT.sub(r"\g<start>_ = ", text)


def _outside(pattern: re.Pattern[str], made: Callable[[re.Match[str]], str], text: str) -> str:
    """Of strings and comments, as far as a line tells it."""

    def one(found: re.Match[str]) -> str:
        before = text[text.rfind("\n", 0, found.start()) + 1 : found.start()]
        inside = "#" in before or before.count('"') % 2 or before.count("'") % 2
        return found[0] if inside else made(found)

    return pattern.sub(one, text)


def _one_name(found: re.Match[str]) -> str:
    names = re.findall(r"\w+", found["names"])
    return f"{found['before']}{found['gap'] or ' '}{'_'.join(names)}"


def _called(found: re.Match[str]) -> str:
    within = f", {found['names']}" if found["names"] else ""
    return f"{found['start']}exec({found['code']}{within})"


__all__ = ["translated"]
