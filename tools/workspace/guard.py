"""Against gutting: text that stands in for code it does not repeat, and changes that lose definitions nobody named."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from tools.workspace.definitions import definitions, readable
from tools.workspace.interface import Elision, Gutting

PROSE = frozenset({".md", ".rst", ".txt", ".csv", ".json", ".lock"})
COMMENT = re.compile(
    r"(?:^|\s)(?:#+|//+|/\*+|<!--|--|;;|\{/\*|\{#)[ \t]*(?P<words>.*?)[ \t]*(?:\*/\}?|-->|#\})?[ \t]*$"
)
_THINGS = (
    r"(?:code|implementation|contents?|methods?|functions?|imports?|routes?|tests?|logic|class(?:es)?|fields?|file|lines?|"
    r"endpoints?|body|definitions?)"
)
_OTHERS = rf"(?:the |your )?(?:existing|previous|original|remaining|other|current) (?:\w+ )?{_THINGS}"
_KEPT = (
    r"(?:unchanged|omitted|untouched|not shown|(?:the )?same|(?:stays?|remains?)(?: the same| as is| unchanged)?|"
    r"as (?:is|before)|as it (?:is|was)|(?:goes |continues )?(?:here|above|below)|for brevity)"
)
_PHRASES = (
    r"(?:the )?(?:rest|remainder|everything else)(?: (?:of|in) (?:the |this |your )?\w+(?: \w+)?)?",
    rf"(?:all )?{_OTHERS}",
    rf"(?:\w+ )?{_THINGS} (?:is |are )?{_KEPT}",
    rf"keep(?: (?:as is|it|this|unchanged|all|the rest|(?:all )?{_OTHERS}))?",
    r"unchanged|same as (?:before|above|previously)|as before|no changes?(?: (?:here|needed|below|above))?",
    r"omitted|snip(?:ped)?|truncated|elided",
    r"(?:your code|implementation) (?:goes )?here",
)
PHRASES = re.compile(rf"(?i)(?:{'|'.join(_PHRASES)})(?: (?:is |are )?{_KEPT})*")
STARTS = re.compile(r"(?i)(?:the )?(?:rest|existing|remaining|other|same|keep|previous)\b")


def check_elisions(path: str, old: str, new: str) -> None:
    """Raises Elision where a line that is new is a comment that leaves code out."""
    if PurePosixPath(path).suffix.lower() in PROSE:
        return
    known = {line.strip() for line in old.splitlines()}
    found = [
        (number, line.strip())
        for number, line in enumerate(new.splitlines(), 1)
        if line.strip() not in known and _leaves_out(line)
    ]
    if found:
        lines = ", ".join(str(number) for number, _ in found[:5])
        raise Elision(
            f"refused: line {lines} of the new text stands for code that is left out. Nothing is filled in for you: "
            "write that code, or use edit_file on the lines that change",
            "\n".join(f"{number}\t{text[:160]}" for number, text in found[:5]),
        )


def _leaves_out(line: str) -> bool:
    if len(line) > 300:
        return False
    comment = COMMENT.search(line)
    if comment is None:
        return False
    words = comment["words"].strip()
    bare = words.strip("[](){}<>-–—=*").strip()
    core = bare.strip(".… ")
    dotted = bare != core and ("..." in bare or "…" in bare)
    if not core:
        return dotted
    return bool(PHRASES.fullmatch(core)) or (dotted and bool(STARTS.match(core)))


def check_definitions(path: str, old: str, new: str, drops: Sequence[str]) -> tuple[str, ...]:
    """Names that go, all of them in `drops`. Raises Gutting with those that are not."""
    by_syntax = readable(path, old) and readable(path, new)
    before = definitions(path, old, by_syntax=by_syntax)
    after = definitions(path, new, by_syntax=by_syntax)
    gone = [name for name in before if name not in after]
    emptied = [name for name, empty in before.items() if not empty and after.get(name)]
    refused = [name for name in [*gone, *emptied] if not _allowed(name, drops)]
    if refused:
        names = _outermost(refused)
        raise Gutting(
            f"refused: this would drop or empty {len(names)} definition(s) that exist in {path} (named below). "
            "Keep them in the new text, or name them in `drops` if they have to go",
            names,
            ", ".join(names[:40]),
        )
    return tuple(gone)


def _allowed(name: str, drops: Iterable[str]) -> bool:
    for drop in drops:
        asked = drop.strip().removesuffix("()")
        if name == asked or name.startswith(f"{asked}."):
            return True
        if "." not in asked and " " not in name and asked in name.split("."):
            return True
    return False


def _outermost(names: Sequence[str]) -> list[str]:
    """A class speaks for its methods."""
    return [name for name in dict.fromkeys(names) if not any(name.startswith(f"{other}.") for other in names)]


__all__ = ["check_definitions", "check_elisions"]
