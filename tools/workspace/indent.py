"""Giving a replacement the indentation of the place it goes to."""

from __future__ import annotations

from collections.abc import Sequence


def indent_of(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t"))]


def indent_map(asked: Sequence[str], there: Sequence[str]) -> dict[str, str]:
    """Indentation in the text that was asked for → the one in the file, of lines that belong together."""
    mapped: dict[str, str] = {}
    for line, found in zip(asked, there, strict=False):
        if line.strip() and found.strip():
            mapped.setdefault(indent_of(line), indent_of(found))
    return mapped


def reindented(lines: Sequence[str], mapped: dict[str, str]) -> list[str]:
    if all(asked == there for asked, there in mapped.items()):
        return list(lines)
    return [_moved(indent_of(line), mapped) + line.lstrip(" \t") if line.strip() else line for line in lines]


def _moved(indent: str, mapped: dict[str, str]) -> str:
    """Deeper than a known one: by as much. Shallower than all: by as much, the other way."""
    inside = [asked for asked in mapped if indent.startswith(asked)]
    if inside:
        nearest = max(inside, key=len)
        return mapped[nearest] + indent[len(nearest) :]
    outside = [asked for asked in mapped if asked.startswith(indent)]
    if not outside:
        return indent
    nearest = min(outside, key=len)
    there = mapped[nearest]
    return there.removesuffix(nearest[len(indent) :]) if there.endswith(nearest[len(indent) :]) else ""


__all__ = ["indent_map", "indent_of", "reindented"]
