"""What is told of each tool's work: our words apart from what files say. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from tools.workspace.excerpts import clean
from tools.workspace.interface import Edited, Excerpt, Found, Hit, How, Listing, Match, ToolResult
from tools.workspace.jail import shown

DIFF_CHARS = 1_500


def listed(listing: Listing) -> ToolResult:
    """A folder a block, since whole paths cost more tokens."""
    more = f", {listing.left_out} more left out: name a folder" if listing.left_out else ""
    blocks = []
    for folder, files in groupby(listing.files, key=lambda file: file.path.rpartition("/")[0]):
        names = " ".join(f"{shown(file.path.rpartition('/')[2])}({_size(file.size)})" for file in files)
        blocks.append(f"{shown(folder)}/: {names}" if folder else names)
    return ToolResult(True, f"{len(listing.files)} files{more}", "\n".join(blocks))


def _size(size: int) -> str:
    return str(size) if size < 1000 else f"{size / 1000:.0f}k"


def excerpted(excerpt: Excerpt) -> ToolResult:
    last = excerpt.first + len(excerpt.lines) - 1
    cut = "; cut: read the rest by start and end" if excerpt.cut else ""
    text = "\n".join(f"{number}\t{line}" for number, line in enumerate(excerpt.lines, excerpt.first))
    return ToolResult(True, f"lines {excerpt.first}-{last} of {excerpt.total}{cut}", clean(text))


def found(result: Found) -> ToolResult:
    more = f", {result.left_out} more not shown" if result.left_out else ""
    unread = f"; {result.unread} files not searched (binary, large, or out of time)" if result.unread else ""
    return ToolResult(True, f"{len(result.hits)} hits{more}{unread}", clean("\n".join(_by_file(result.hits))))


def _by_file(hits: Iterable[Hit]) -> Iterable[str]:
    for path, group in groupby(hits, key=lambda hit: hit.path):
        yield shown(path)
        yield from (f" {hit.line}: {hit.text}" for hit in group)


def edited(done: Edited) -> ToolResult:
    """A place that was found by likeness is shown, so that a wrong one is noticed."""
    parts = [f"{shown(done.path)}: {done.lines} lines"]
    if done.matches:
        parts.append("edited at " + ", ".join(_place(match) for match in done.matches))
    if done.dropped:
        parts.append("dropped " + ", ".join(done.dropped))
    if done.problem:
        parts.append(f"KEPT, BUT PYTHON CANNOT READ IT: line {done.problem.line}: {done.problem.message}. Mend it")
    loose = [match.replaced[:DIFF_CHARS] for match in done.matches if match.how is How.FUZZY]
    data = [f"replaced text was:\n{text}" for text in loose] + ([done.problem.text] if done.problem else [])
    return ToolResult(done.problem is None, "; ".join(parts), clean("\n".join(filter(None, data))), (done.path,))


def _place(match: Match) -> str:
    where = f"line {match.first}" if match.first >= match.last else f"lines {match.first}-{match.last}"
    if match.how is How.EXACT:
        return where
    return f"{where} ({match.how.value}, {match.similarity:.0%} alike)"


__all__ = ["edited", "excerpted", "found", "listed"]
