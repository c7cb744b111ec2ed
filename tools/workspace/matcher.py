"""Finding the place that a search/replace block means: as it stands, then but for blanks, then by likeness. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from rapidfuzz import fuzz

from tools.workspace.indent import indent_map, reindented
from tools.workspace.interface import AmbiguousMatch, Block, How, Match, NoMatch, WorkspaceError

ALIKE = 0.9
"""Likeness from which a place is taken for the one that was meant."""
MARGIN = 0.05
"""By which it must be more like it than any other place."""
SHORTEST = 24
"""Characters: less is too little to go by likeness."""
CANDIDATES = 200
NEAREST_SHOWN = 2
LINES_SHOWN = 24


@dataclass(frozen=True)
class Span:
    """Lines `first` to `end` (exclusive, from 0)."""

    first: int
    end: int
    likeness: float = 1.0


def replaced(text: str, blocks: Sequence[Block]) -> tuple[str, tuple[Match, ...]]:
    """The text after all blocks, each applied to what the ones before it left. Raises NoMatch, AmbiguousMatch."""
    matches = []
    for number, block in enumerate(blocks, 1):
        try:
            text, match = replace_one(text, block)
        except WorkspaceError as error:
            if len(blocks) > 1:
                error.args = (f"edit {number} of {len(blocks)} (none was applied): {error}",)
            raise
        matches.append(match)
    return text, tuple(matches)


def replace_one(text: str, block: Block) -> tuple[str, Match]:
    if not block.old.strip():
        raise NoMatch("`old` is empty: give lines of the file, or use write_file for the whole file")
    if block.old == block.new:
        raise WorkspaceError("`old` and `new` are the same: nothing would change")
    count = text.count(block.old)
    if count == 1:
        return _exact(text, block)
    if count > 1:
        raise _ambiguous(f"`old` is in the file {count} times", _lines_of_all(text, block.old))
    return _by_lines(text, block)


def _exact(text: str, block: Block) -> tuple[str, Match]:
    at = text.index(block.old)
    first = text.count("\n", 0, at) + 1
    last = first + block.old.rstrip("\n").count("\n")
    return text[:at] + block.new + text[at + len(block.old) :], Match(first, last, How.EXACT, 1.0, block.old)


def _lines_of_all(text: str, old: str) -> list[int]:
    found, at = [], text.find(old)
    while at >= 0:
        found.append(text.count("\n", 0, at) + 1)
        at = text.find(old, at + len(old))
    return found


def _by_lines(text: str, block: Block) -> tuple[str, Match]:
    lines = text.split("\n")
    asked = block.old.strip("\n").split("\n")
    for find in (_trailing_blanks_aside, _blanks_aside):
        spans = list(find(lines, asked))
        if len(spans) > 1:
            raise _ambiguous("but for blanks, `old` is in the file more than once", [s.first + 1 for s in spans])
        if spans:
            return _put(lines, asked, block, spans[0], How.WHITESPACE)
    return _put(lines, asked, block, _alike(lines, asked, block), How.FUZZY)


def _put(lines: list[str], asked: list[str], block: Block, span: Span, how: How) -> tuple[str, Match]:
    there = lines[span.first : span.end]
    mapped = indent_map([line for line in asked if line.strip()], [line for line in there if line.strip()])
    new = reindented(block.new.strip("\n").split("\n"), mapped) if block.new.strip() else []
    match = Match(span.first + 1, span.end, how, round(span.likeness, 3), "\n".join(there))
    return "\n".join([*lines[: span.first], *new, *lines[span.end :]]), match


def _trailing_blanks_aside(lines: list[str], asked: list[str]) -> Iterator[Span]:
    wanted = [line.rstrip() for line in asked]
    bare = [line.rstrip() for line in lines]
    for first in range(len(bare) - len(wanted) + 1):
        if bare[first] == wanted[0] and bare[first : first + len(wanted)] == wanted:
            yield Span(first, first + len(wanted))


def _blanks_aside(lines: list[str], asked: list[str]) -> Iterator[Span]:
    """Indentation, runs of blanks and empty lines aside."""
    wanted = [key for key in map(_key, asked) if key]
    there = [(number, key) for number, key in enumerate(map(_key, lines)) if key]
    keys = [key for _, key in there]
    for at in range(len(keys) - len(wanted) + 1):
        if keys[at] == wanted[0] and keys[at : at + len(wanted)] == wanted:
            yield Span(there[at][0], there[at + len(wanted) - 1][0] + 1)


def _key(line: str) -> str:
    return " ".join(line.split())


def _alike(lines: list[str], asked: list[str], block: Block) -> Span:
    spans = _ranked(lines, asked)
    best = spans[0] if spans else None
    if best is None or best.likeness < ALIKE or len("".join(map(_key, asked))) < SHORTEST:
        raise _missing(lines, spans, block)
    others = [s for s in spans[1:] if (s.end <= best.first or s.first >= best.end)]
    if any(other.likeness >= ALIKE and best.likeness - other.likeness < MARGIN for other in others):
        close = [best, *(o for o in others if best.likeness - o.likeness < MARGIN)]
        raise _ambiguous(
            "`old` is not in the file as given, and several places are like it", [s.first + 1 for s in close]
        )
    return best


def _ranked(lines: list[str], asked: list[str]) -> list[Span]:
    """Places of about the same number of lines, the most alike first."""
    keys, wanted = [_key(line) for line in lines], [_key(line) for line in asked]
    text = "\n".join(wanted)
    slack = 1 if len(wanted) > 1 else 0
    spans = []
    for first in _candidates(keys, wanted):
        for size in range(max(1, len(wanted) - slack), len(wanted) + slack + 1):
            window = keys[first : first + size]
            if len(window) == size and window[0] and window[-1]:
                spans.append(Span(first, first + size, fuzz.ratio(text, "\n".join(window)) / 100))
    return sorted(spans, key=lambda span: (-span.likeness, span.first, span.end))


def _candidates(keys: list[str], wanted: list[str]) -> list[int]:
    """First lines to try. Of a long text only places that share most lines with it, for likeness costs its square."""
    if len(keys) * len(wanted) < 20_000:
        return list(range(len(keys)))
    known = Counter(key for key in wanted if key)
    shared = list(accumulate((int(key in known) for key in keys), initial=0))
    ends = [min(first + len(wanted), len(keys)) for first in range(len(keys))]
    best = sorted(range(len(keys)), key=lambda first: (shared[first] - shared[ends[first]], first))
    return sorted(best[:CANDIDATES])


def _missing(lines: list[str], spans: list[Span], block: Block) -> NoMatch:
    if block.new.strip() and block.new.strip("\n") in "\n".join(lines):
        return NoMatch("`old` is not in the file, but `new` is: this edit seems to be done already")
    nearest: list[Span] = []
    for span in spans:
        if span.likeness >= 0.4 and all(span.end <= n.first or span.first >= n.end for n in nearest):
            nearest.append(span)
        if len(nearest) == NEAREST_SHOWN:
            break
    if not nearest:
        return NoMatch("`old` is not in the file, nor anything like it: read the file first")
    words = " and ".join(f"line {span.first + 1} ({span.likeness:.0%} alike)" for span in nearest)
    shown = [_numbered(lines, span) for span in sorted(nearest, key=lambda span: span.first)]
    return NoMatch(f"`old` is not in the file; nearest: {words}. Copy the lines exactly", "\n--\n".join(shown))


def _numbered(lines: list[str], span: Span) -> str:
    first, end = max(0, span.first - 1), min(len(lines), span.end + 1, span.first + LINES_SHOWN)
    return "\n".join(f"{number + 1}\t{lines[number][:200]}" for number in range(first, end))


def _ambiguous(reason: str, numbers: Sequence[int]) -> AmbiguousMatch:
    shown = ", ".join(str(number) for number in numbers[:10]) + (", ..." if len(numbers) > 10 else "")
    return AmbiguousMatch(f"{reason} (lines {shown}): add lines around it, so that it fits one place only")


__all__ = ["ALIKE", "MARGIN", "replace_one", "replaced"]
