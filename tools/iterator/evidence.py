"""What a reader needs to judge a likely file without opening it: its words, symbols, matching lines, past changes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from memory.records.impact import Candidate, Impact
from tools.iterator.codebase import Codebase
from tools.iterator.request import Request
from tools.iterator.signals import Evidence
from tools.iterator.words import line_terms

MOST_NAMES, MOST_LINES, MOST_CHANGES = 8, 4, 3
LONGEST = 140
"""Characters of a line."""
COVERED = 0.3
"""What a term counts that a chosen line has already."""
BEFORE = re.compile(r"""\A(?:\s*(?:#!.*|#.*coding.*|from\s+__future__.*|['"]use \w+['"];?))*\s*""")
OPENING = re.compile(r"""(?s:[rRuU]?\"{3}(.*?)\"{3}|[rRuU]?'{3}(.*?)'{3}|/\*(.*?)\*/)|((?:(?://|\#).*\n)+)""")


def candidates_of(
    code: Codebase, request: Request, evidence: Evidence, impact: Impact, texts: Mapping[str, str]
) -> tuple[Candidate, ...]:
    """Of the impact's files that have a text, in its order."""
    return tuple(
        Candidate(
            path=file.path,
            about=about(texts[file.path]),
            names=_names(code, evidence, file.path, [symbol.name for symbol in file.symbols]),
            lines=_lines(code, request, texts[file.path]),
            changes=_changes(code, evidence, file.path),
        )
        for file in impact.files
        if file.path in texts
    )


def about(text: str) -> str:
    """The first line with several words of the text that a file begins with: a module's bare name says nothing."""
    before = BEFORE.match(text)
    opening = OPENING.match(text, before.end() if before else 0)
    said = next(filter(None, opening.groups()), "") if opening else ""
    lines = (line.strip(" */#\r\t") for line in said.split("\n"))
    return next((line[:LONGEST] for line in lines if " " in line), "")


def _names(code: Codebase, evidence: Evidence, path: str, best: Sequence[str]) -> tuple[str, ...]:
    """The likeliest symbols, then those that match, then as they stand in the file."""
    symbols = code.files[path].symbols
    by_match = sorted(range(len(symbols)), key=lambda number: -evidence.chunks.get((path, number), 0.0))
    names = dict.fromkeys([*best, *(symbols[number].name for number in by_match)])
    return tuple(names)[:MOST_NAMES]


def _lines(code: Codebase, request: Request, text: str) -> tuple[tuple[int, str], ...]:
    """Those that have most of the request's terms between them, by number."""
    worth = {term: weight * code.whole.idf(term) for term, weight in request.weights.items()}
    have = {
        number: terms & worth.keys()
        for number, line in enumerate(text.split("\n"), 1)
        if line.strip() and (terms := set(line_terms(line)))
    }
    have = {number: terms for number, terms in have.items() if terms}
    lines = text.split("\n")
    chosen: list[int] = []
    while have and len(chosen) < MOST_LINES:
        best = max(have, key=lambda number: (sum(worth[term] for term in have[number]), -number))
        chosen.append(best)
        for term in have.pop(best):
            worth[term] *= COVERED
    return tuple((number, lines[number - 1].strip()[:LONGEST]) for number in sorted(chosen))


def _changes(code: Codebase, evidence: Evidence, path: str) -> tuple[str, ...]:
    """Titles of the past changes that are most like the request, of those that touched the file."""
    alike = (code.changes[number] for number, _ in evidence.similar)
    titles = dict.fromkeys(change.message.partition("\n")[0][:LONGEST] for change in alike if path in change.files)
    return tuple(titles)[:MOST_CHANGES]


__all__ = ["about", "candidates_of"]
