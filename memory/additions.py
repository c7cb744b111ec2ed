"""Python statements that two sides added at the same place: both are kept where neither can mean the other's."""

from __future__ import annotations

import ast
import re

_HUNK = re.compile(
    r"^<{7} [^\n]*\n(?P<ours>.*?)^\|{7} [^\n]*\n(?P<base>.*?)^={7}\n(?P<theirs>.*?)^>{7} [^\n]*\n",
    re.MULTILINE | re.DOTALL,
)
_NAMED = re.compile(r"^\s*(?:(?:async\s+)?def|class)\s+(\w+)|^\s*(\w+)\s*(?::[^=\n]+)?=|^\s*(\w+)\s*:", re.MULTILINE)


def both_added(text: str) -> str | None:
    """A file with git's diff3 marks without them; None where a hunk is more than additions, or would not parse.

    Lines that one side added beside lines that the other one changed are additions too.
    """
    hunks = list(_HUNK.finditer(text))
    solved = [_solved(hunk["ours"], hunk["base"], hunk["theirs"]) for hunk in hunks]
    if not hunks or None in solved:
        return None
    parts = iter(solved)
    whole = _HUNK.sub(lambda hunk: next(parts) or "", text)
    try:
        ast.parse(whole)
    except SyntaxError:
        return None
    return whole


def _solved(ours: str, base: str, theirs: str) -> str | None:
    if not base.strip():
        return theirs + ours if _apart(ours, theirs) else None
    for added, other in ((ours, theirs), (theirs, ours)):
        if added.startswith(base) and _apart(added[len(base) :], other):
            return other + added[len(base) :]
        if added.endswith(base) and _apart(added[: -len(base)], other):
            return added[: -len(base)] + other
    return None


def _apart(ours: str, theirs: str) -> bool:
    """Each side whole statements, and no name on both."""
    names = [{next(filter(None, found)) for found in _NAMED.findall(side)} for side in (ours, theirs)]
    return not names[0] & names[1] and _parses(ours) and _parses(theirs)


def _parses(part: str) -> bool:
    lines = [line for line in part.splitlines() if line.strip()]
    indent = min((len(line) - len(line.lstrip()) for line in lines), default=0)
    try:
        ast.parse("\n".join(line[indent:] for line in part.splitlines()))
    except SyntaxError:
        return False
    return True


__all__ = ["both_added"]
