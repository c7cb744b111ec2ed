"""The request as tokens with their places in the source, and the book-keeping of which of them were understood."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

MAX_BYTES = 20_000

GOOD_REQUEST = (
    "Name what is to be stored and its fields, for example: "
    '"Build a REST API for todos with title, due date and a done flag".'
)


class RequestError(ValueError):
    """A request that cannot be read. The message names the place and the remedy; it is meant for the user."""


_TOKEN = re.compile(
    r"""
    (?P<quoted>"[^"\n]{0,200}"|“[^”\n]{0,200}”|`[^`\n]{0,200}`|(?<!\w)'[^'\n]{1,200}'(?!\w)|(?<!\w)‘[^’\n]{1,200}’(?!\w))
  | (?P<date>\d{4}-\d{2}-\d{2})(?!\w)
  | (?P<clock>(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?)(?![\w:])
  | (?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\w,])|\d+(?:\.\d+)?(?![^\W\d_])|\d+(?:\.\d+)?)
  | (?P<with>w/(?=\s|[^\W\d]))
  | (?P<word>[^\W\d]\w*(?:['’‑-][^\W_]\w*)*)
  | (?P<newline>\r\n|\n|\r)
  | (?P<arrow>->|=>|\.\.\.?|>=|<=|==|::)
  | (?P<punct>[^\s])
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Token:
    """One token: `start` and `end` are character offsets into the request; `text` is as written but for brackets."""

    text: str
    low: str
    start: int
    end: int
    kind: str
    """quoted | date | number | word | newline | arrow | punct"""

    @property
    def named(self) -> bool:
        return self.kind in ("word", "quoted")

    @property
    def value(self) -> str:
        """The text without its quotes."""
        return self.text[1:-1] if self.kind == "quoted" else self.text


def lowered(text: str) -> str:
    """Lower case with every offset kept, typographic quotes and dashes made plain."""
    swaps = {"’": "'", "‘": "'", "‑": "-", "–": "-", "—": "-", "“": '"', "”": '"', "≥": "≥", "≤": "≤"}
    out = []
    for char in text:
        low = swaps.get(char) or char.lower()
        out.append(low if len(low) == 1 else char)
    return "".join(out)


def check(text: str) -> None:
    """Refuse what cannot be a request. Raises RequestError."""
    if not text.strip():
        raise RequestError(f"The request is empty. {GOOD_REQUEST}")
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        raise RequestError(
            f"The request is not valid text: character {error.start + 1} is half of a surrogate pair. "
            "Send plain text in UTF-8."
        ) from error
    if size > MAX_BYTES:
        raise RequestError(
            f"The request has {size:,} bytes; at most {MAX_BYTES:,} can be read. "
            "Shorten it to the things to store, their fields and rules, or give an OpenAPI file."
        )
    for place, char in enumerate(text, start=1):
        if unicodedata.category(char) == "Cc" and char not in "\t\n\r\f\v":
            raise RequestError(
                f"The request holds the control character U+{ord(char):04X} at place {place}: "
                "it looks like binary data. Send plain text in UTF-8."
            )


def tokenise(text: str) -> list[Token]:
    low = lowered(text)
    found: list[Token] = []
    for m in _TOKEN.finditer(text):
        start, end = m.span()
        round_one = _ROUND.get(m.group())
        kind, plain = str(m.lastgroup), round_one or low[start:end]
        if m.group() == "IT" and not text.isupper():
            plain = "i.t."
        if m.group() == "." and found and found[-1].low in ("max", "min") and re.match(r"\s+[a-z]", text[end:]):
            continue  # `max. participants` is one name
        if kind == "with":
            kind, plain = "word", "with"
        kind = "date" if kind == "clock" else kind
        found.append(Token(round_one or m.group(), plain, start, end, kind))
    return found


_ROUND = {"{": "(", "}": ")", "[": "(", "]": ")"}
"""Curly brackets around fields mean what round ones do; patterns are read from the source itself."""


@dataclass
class Ledger:
    """Every token of the request and whether something in the plan came of it."""

    source: str
    tokens: list[Token]
    used: list[bool] = field(default_factory=list)
    reasons: dict[int, str] = field(default_factory=dict)
    """Token index → why it was not understood."""

    def __post_init__(self) -> None:
        self.low = lowered(self.source)
        self.used = [False] * len(self.tokens)

    def use(self, start: int, end: int) -> None:
        """Tokens [start, end) led to something in the plan."""
        for index in range(start, end):
            self.used[index] = True

    def refuse(self, start: int, end: int, reason: str) -> None:
        """Tokens [start, end) are reported with a reason, whatever else was made of them."""
        for index in range(start, end):
            self.reasons[index] = reason
            self.used[index] = True

    def text(self, start: int, end: int) -> str:
        return self.source[self.tokens[start].start : self.tokens[end - 1].end] if end > start else ""
