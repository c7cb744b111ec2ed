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
    """A file with git's diff3 marks without them; None where a hunk is more than two additions, or would not parse."""
    hunks = list(_HUNK.finditer(text))
    if not hunks or any(hunk["base"].strip() or not _apart(hunk["ours"], hunk["theirs"]) for hunk in hunks):
        return None
    whole = _HUNK.sub(lambda hunk: hunk["theirs"] + hunk["ours"], text)
    try:
        ast.parse(whole)
    except SyntaxError:
        return None
    return whole


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
