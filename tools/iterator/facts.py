"""What is known of one file by itself. It depends on its content and language alone, so it is kept by blob."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Symbol:
    """A function, class, method or type."""

    name: str
    """Qualified: `Class.method`."""
    kind: str
    """function | class"""
    start: int
    """First line, from 1; decorators included."""
    end: int
    words: dict[str, int]
    """Terms of its own lines: a class is counted without its methods."""


@dataclass(frozen=True)
class FileFacts:
    language: str
    lines: int
    words: dict[str, int]
    pairs: dict[str, int] = field(default_factory=dict)
    """Neighbouring terms, within a line."""
    symbols: tuple[Symbol, ...] = ()
    imports: tuple[str, ...] = ()
    """As written: `.models`, `app.db:Session` (from app.db import Session), `./router`."""
    routes: tuple[tuple[str, str], ...] = ()
    """(`GET /todos/{id}`, name of the handler), where a decorator or a call says so."""
    parts: dict[str, dict[str, int]] = field(default_factory=dict)
    """Terms by where they stand, see `parts.py`."""


def to_document(facts: FileFacts) -> list[object]:
    """JSON, and small: thousands are read at once."""
    symbols = [[s.name, s.kind, s.start, s.end, s.words] for s in facts.symbols]
    return [facts.language, facts.lines, facts.words, facts.pairs, symbols, facts.imports, facts.routes, facts.parts]


def from_document(document: list) -> FileFacts:  # type: ignore[type-arg]
    language, lines, words, pairs, symbols, imports, routes, parts = document
    return FileFacts(
        language,
        lines,
        words,
        pairs,
        tuple(Symbol(*s) for s in symbols),
        tuple(imports),
        tuple((r, n) for r, n in routes),
        parts,
    )


__all__ = ["FileFacts", "Symbol", "from_document", "to_document"]
