"""Which notes of a project a planner is shown: those that the request is about, within a number of tokens. Pure."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import median

from agents.pm.reader.names import singular
from memory.records.context import Note, NoteKind

TOKENS = 400
"""Of all notes together, four bytes each."""
LONGEST = 300
"""Characters of one note."""
BASE = {NoteKind.CONVENTION: 0.5, NoteKind.DECISION: 0.25, NoteKind.REQUEST: 0.0}
"""How a thing is done counts where it shares no word with the request, too."""
MEANING = 6.0
"""What a cosine above the usual one of the notes counts: 0.5 more, as much as one rare word."""
_WORD = re.compile(r"[^\W_]{3,}")
_SAID = {NoteKind.CONVENTION: "here", NoteKind.DECISION: "decided", NoteKind.REQUEST: "asked before"}


def remembered(
    notes: Sequence[Note], request: str, tokens: int = TOKENS, *, alike: Mapping[str, float] | None = None
) -> str:
    """A line a note, the likeliest first; `notes` newest first. `alike`: key → cosine to the request, where known."""
    near = alike or {}
    usual = median(near.values()) if near else 0.0
    said = [(note, _words(note.text)) for note in notes]
    rare = Counter(word for _, words in said for word in words)
    wanted = _words(request)

    def score(note: Note, words: set[str], age: int) -> float:
        shared = sum(math.log(1 + len(said) / rare[word]) for word in words & wanted)
        meant = MEANING * max(0.0, near.get(note.key, usual) - usual)
        return shared + meant + BASE[note.kind] - age / (10 * len(said))

    ranked = sorted(enumerate(said), key=lambda one: -score(one[1][0], one[1][1], one[0]))
    lines: list[str] = []
    left = tokens * 4
    for age, (note, words) in ranked:
        line = f"{_SAID[note.kind]}: {_short(note.text)}"
        if score(note, words, age) > 0 and len(line.encode()) + 1 <= left:
            lines.append(line)
            left -= len(line.encode()) + 1
    return "\n".join(lines)


def _words(text: str) -> set[str]:
    return {singular(word) for word in _WORD.findall(text.lower())}


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= LONGEST else f"{flat[:LONGEST]}…"


__all__ = ["TOKENS", "remembered"]
