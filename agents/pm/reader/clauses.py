"""The request cut into statements: sentences, lines, bullets, and which heading a bullet stands under."""

from __future__ import annotations

from dataclasses import dataclass

from agents.pm.reader.text import Token

_BULLETS = frozenset("-*•·–—+#")


@dataclass
class Statement:
    """Tokens [start, end) of one sentence, clause or bullet."""

    start: int
    end: int
    indent: int = 0
    bullet: bool = False
    heading: int | None = None
    """Index of the statement that this one stands under."""
    heads: bool = False


@dataclass
class _Line:
    tokens: list[Token]
    indent: int
    bullet: bool
    blank_before: bool


def statements(source: str, tokens: list[Token]) -> tuple[list[Token], list[Statement]]:
    """(tokens without line breaks and bullets, statements over them)."""
    kept: list[Token] = []
    found: list[Statement] = []
    for line in _joined(_lines(source, tokens)):
        start = len(kept)
        kept += line.tokens
        found += [
            Statement(a, b, line.indent, line.bullet) for a, b in _sentences(kept, start, len(kept), source) if b > a
        ]
    _place_under_headings(found, kept)
    return kept, found


def _lines(source: str, tokens: list[Token]) -> list[_Line]:
    lines: list[_Line] = []
    current: list[Token] = []
    blank = False
    line_start = 0
    for token in [*tokens, None]:
        if token is not None and token.kind != "newline":
            current.append(token)
            continue
        if current:
            indent = len(source[line_start : current[0].start].expandtabs(4))
            body, bullet = _without_bullet(current)
            if body:
                lines.append(_Line(body, indent, bullet, blank))
            blank = False
        else:
            blank = True
        current = []
        line_start = token.end if token is not None else 0
    return lines


def _without_bullet(tokens: list[Token]) -> tuple[list[Token], bool]:
    start = 0
    while start < len(tokens) and tokens[start].text in _BULLETS:
        start += 1
    if tokens[start:] and tokens[start].kind == "number" and len(tokens) > start + 1:
        mark = tokens[start + 1]
        if mark.text in (".", ")") and mark.start == tokens[start].end:
            start += 2
    return tokens[start:], start > 0


def _joined(lines: list[_Line]) -> list[_Line]:
    """Lines of wrapped prose put together again."""
    out: list[_Line] = []
    for line in lines:
        if out and not line.bullet and not line.blank_before and _goes_on(out[-1], line):
            out[-1].tokens = out[-1].tokens + line.tokens
        else:
            out.append(line)
    return out


def _goes_on(before: _Line, line: _Line) -> bool:
    last, first = before.tokens[-1], line.tokens[0]
    if last.text in (":", ".", "!", "?", ";"):
        return False
    if last.text == "," or last.low in ("and", "or", "with", "a", "the", "of", "to", "for"):
        return True
    if before.bullet:
        return line.indent > before.indent and first.text[:1].islower()
    width = last.end - before.tokens[0].start
    has_colon = any(token.text == ":" for token in (*before.tokens, *line.tokens))
    return width >= 50 and first.text[:1].islower() and not has_colon


def _sentences(tokens: list[Token], start: int, end: int, source: str) -> list[tuple[int, int]]:
    cuts: list[tuple[int, int]] = []
    depth, at = 0, start
    for index in range(start, end):
        text = tokens[index].text
        if depth == 0 and _numbered(tokens, index, end):
            cuts.append((at, index))
            at = index + 2
            continue
        depth = depth + 1 if text in "([" else max(0, depth - 1) if text in ")]" else depth
        goes_on = text == "?" and index + 1 < end and tokens[index + 1].low in _ANSWERS
        stop = (
            not goes_on
            and not (depth > 0 and text in ("!", "?"))
            and text in ("!", "?", ".")
            and (index + 1 == end or tokens[index + 1].start > tokens[index].end)
        )
        if (stop or (text == ";" and depth == 0)) and not _abbreviation(tokens, index):
            cuts.append((at, index))
            at = index + 1
            depth = 0
    cuts.append((at, end))
    return cuts


def _numbered(tokens: list[Token], index: int, end: int) -> bool:
    """`1)` in the middle of a line begins a point of a list."""
    if tokens[index].kind != "number" or index + 2 >= end or tokens[index + 1].text != ")":
        return False
    led = index == 0 or tokens[index - 1].text in ".:;,!?" or tokens[index - 1].low == "and"
    return led and tokens[index + 1].start == tokens[index].end and tokens[index + 2].named


_ANSWERS = frozenset({"default", "defaults", "(", "yes/no", "required", "optional", "and"})


def _abbreviation(tokens: list[Token], index: int) -> bool:
    if index > 1 and tokens[index - 1].low == "no":
        answer = tokens[index - 2].low in ("/", "or", "default", "defaults", "to", "is", "=", ":", "by")
        capital = index + 1 < len(tokens) and tokens[index + 1].text[:1].isupper()
        if answer or capital:
            return False
    return (
        tokens[index].text == "."
        and index > 0
        and tokens[index - 1].low in ("max", "min", "e.g", "i.e", "etc", "no", "g")
    )


def _place_under_headings(found: list[Statement], tokens: list[Token]) -> None:
    open_heads: list[int] = []
    for index, statement in enumerate(found):
        ends_colon = tokens[statement.end - 1].text == ":"
        after = found[index + 1] if index + 1 < len(found) else None
        while open_heads and not _under(found[open_heads[-1]], statement):
            open_heads.pop()
        statement.heading = open_heads[-1] if open_heads else None
        deeper = after is not None and after.bullet and (after.indent > statement.indent or not statement.bullet)
        short = statement.end - statement.start <= 2 and not statement.bullet
        deeper = deeper or (after is not None and short and after.indent > statement.indent)
        if after is not None and (deeper or (ends_colon and (after.bullet or after.indent > statement.indent))):
            statement.heads = ends_colon or statement.bullet or (statement.end - statement.start <= 3)
            if statement.heads:
                open_heads.append(index)


def _under(head: Statement, statement: Statement) -> bool:
    if statement.indent > head.indent:
        return True
    return statement.bullet and not head.bullet and statement.indent >= head.indent
