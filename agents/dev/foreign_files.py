"""What is shown of the files of a project that nobody here made: whole where they are short, else their outline."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

LIMIT = 24_000
"""Characters of all files together."""
WHOLE = 12_000
"""Of one file; a longer one is shown by its outline."""
OUTLINE = 4_000
PROSE, BEGINNING = (".rst", ".md", ".txt"), 1_500
"""Of a text for people, the beginning: a changelog's newest part."""
AROUND = 40
"""Lines of a definition that the request names."""
TREE = 4_000
DEFINITION = re.compile(
    r"^\s*(?:(?:async\s+)?def|class)\s+(\w+)|^\s*(?:export\s+)?(?:default\s+)?(?:async\s+)?(?:function\*?|class)\s+(\w+)"
)
NOT_CODE = (".lock", ".json", ".svg", ".po", ".pot", ".mo", ".csv")


def shown(
    files: Mapping[str, str], paths: Sequence[str], words: str, limit: int = LIMIT
) -> tuple[tuple[str, str], ...]:
    """(path, text) of those that are there, as many as fit; `words`: what the change is about. Pure."""
    chosen: list[tuple[str, str]] = []
    for path in dict.fromkeys(paths):
        text = files.get(path, "")
        if not text.strip():
            continue
        part = _part(path, text, words, min(WHOLE, limit))
        if len(part) <= limit:
            chosen.append((path, part))
            limit -= len(part)
    return tuple(chosen)


def _part(path: str, text: str, words: str, limit: int) -> str:
    if path.endswith(PROSE) and len(text) > BEGINNING:
        return f"{text[:BEGINNING].rpartition(chr(10))[0]}\n… ({len(text.splitlines())} lines)"
    return text if len(text) <= limit else outline(text, words)


def outline(text: str, words: str) -> str:
    """Definitions with the numbers of their lines; of those that the words name, the beginning itself."""
    lines, named = text.splitlines(), set(re.findall(r"[A-Za-z_]\w{2,}", words))
    out, room, skip = [f"(an outline: {len(text.splitlines())} lines; read what you need by number)"], OUTLINE, 0
    for number, name in _definitions(lines):
        if number < skip:
            continue
        more = name in named
        part = lines[number - 1 : number - 1 + (AROUND if more else 1)]
        told = [f"{number + index}\t{line[:200]}" for index, line in enumerate(part)]
        room -= sum(map(len, told)) if not more else 0
        if room < 0:
            out.append("…")
            break
        out += told
        skip = number + len(part)
    return "\n".join(out)[:WHOLE]


def _definitions(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(lines, start=1):
        if found := DEFINITION.match(line):
            yield number, found[1] or found[2]


def tree(files: Mapping[str, str]) -> str:
    """A line a folder; what nobody edits by hand is left out."""
    folders: dict[str, list[str]] = {}
    for path in sorted(files):
        place = PurePosixPath(path)
        if not any(part.startswith(".") for part in place.parts) and place.suffix not in NOT_CODE:
            folders.setdefault(str(place.parent), []).append(place.name)
    text = "\n".join(f"{folder}/: {' '.join(names)}" for folder, names in folders.items())
    return text if len(text) <= TREE else f"{text[:TREE].rpartition(chr(10))[0]}\n… (list_files has the rest)"


__all__ = ["outline", "shown", "tree"]
