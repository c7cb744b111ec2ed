"""Python that is newer than the interpreter that scans it, in words that this one can read, line by line the same.

Since 3.12 an f-string may hold the quotes that it stands in, backslashes and comments; functions, classes and aliases
have type parameters. What is written anew is for the scanners alone: nobody runs it.
"""

from __future__ import annotations

import re

STRING = re.compile(r"(?i)\b(?:[rbuft]|[rb]{2}|r[ft]|[ft]r)?(?=['\"])|(?<![\w])(?=['\"])")
PARAMETERS = re.compile(r"^([ \t]*(?:async[ \t]+def|def|class)[ \t]+\w+)\[[^\]\n]*(?:\[[^\]\n]*\][^\]\n]*)*\]", re.M)
ALIAS = re.compile(r"^([ \t]*)type[ \t]+(\w+)(?:\[[^=\n]*\])?([ \t]*=)", re.M)
EXCEPT = re.compile(r"^([ \t]*except\*?[ \t]+)(\w[\w.]*(?:[ \t]*,[ \t]*\w[\w.]*)+)([ \t]*:)", re.M)
RUNS = re.compile("'{3}|\"{3}|['\"]$")
"""Quotes that would end a string too early."""
QUOTES = ("'", '"')
DEEPEST = 3
"""Strings within strings that older syntax has quotes for."""


def older(source: str) -> str:
    """Raises IndexError where a string does not end."""
    text = _Strings(source).rewritten()
    text = PARAMETERS.sub(r"\1", text)
    return EXCEPT.sub(r"\1(\2)\3", ALIAS.sub(r"\1\2\3", text))


class _Strings:
    def __init__(self, source: str) -> None:
        self._text = source
        self._at = 0

    def rewritten(self) -> str:
        found: list[str] = []
        while self._at < len(self._text):
            found.append(self._piece(()))
        return "".join(found)

    def _piece(self, within: tuple[str, ...]) -> str:
        """A comment, a string, a name or a character. `within`: quotes of the strings that it stands in."""
        here = self._text[self._at]
        if here == "#":
            end = self._text.find("\n", self._at)
            end = len(self._text) if end < 0 else end
            comment, self._at = self._text[self._at : end], end
            return "" if within else comment
        match = STRING.match(self._text, self._at)
        if match is not None:
            self._at = match.end()
            return self._string(match[0], within)
        name = re.compile(r"\w+").match(self._text, self._at)
        taken = name[0] if name is not None else here
        self._at += len(taken)
        return "" if within and taken == "\\" else taken

    def _string(self, prefix: str, within: tuple[str, ...]) -> str:
        quote = self._text[self._at]
        quote = quote * 3 if self._text.startswith(quote * 3, self._at) else quote
        self._at += len(quote)
        formatted = "f" in prefix.lower() or "t" in prefix.lower()
        prefix = re.sub("[tT]", "f", prefix)
        own = self._quote_for(quote, within)
        text, holds = self._body(quote, (*within, own), formatted=formatted, nested=bool(within))
        if not within:
            own = own if holds and formatted else quote
        elif not formatted:
            text, own = _quoted(text)
        return f"{prefix}{own}{text}{own}" if len(within) < DEEPEST else "0"

    @staticmethod
    def _quote_for(quote: str, within: tuple[str, ...]) -> str:
        """Tripled in the outermost two, so that the third may have one of each."""
        if not within:
            return quote[0] * 3
        other = QUOTES[1 - QUOTES.index(within[-1][0])]
        return other * 3 if len(within) == 1 else other

    def _body(self, quote: str, within: tuple[str, ...], *, formatted: bool, nested: bool) -> tuple[str, bool]:
        """Up to the quotes that end it; whether there are expressions in it."""
        found: list[str] = []
        holds = False
        while not self._text.startswith(quote, self._at):
            here = self._text[self._at]
            if here == "\\":
                pair = self._text[self._at : self._at + 2]
                self._at += 2
                found.append(_unescaped(pair[1:]) if nested else pair)
            elif formatted and self._text[self._at : self._at + 2] in ("{{", "}}"):
                found.append(here * 2)
                self._at += 2
            elif formatted and here == "{":
                holds = True
                found.append(self._expression(within))
            else:
                found.append(here)
                self._at += 1
        self._at += len(quote)
        text = "".join(found)
        return (RUNS.sub("_", text) if nested and formatted else text), holds

    def _expression(self, within: tuple[str, ...]) -> str:
        """From its brace to the one that ends it, with what stands behind a colon."""
        found, depth = ["{"], 0
        self._at += 1
        while True:
            here = self._text[self._at]
            if here == "}" and depth == 0:
                self._at += 1
                return "".join([*found, "}"])
            if here == ":" and depth == 0:
                found.append(self._form(within))
                continue
            depth += (here in "([{") - (here in ")]}")
            found.append(self._piece(within))

    def _form(self, within: tuple[str, ...]) -> str:
        found = [":"]
        self._at += 1
        while (here := self._text[self._at]) != "}":
            if here == "{":
                found.append(self._expression(within))
                continue
            found.append(here)
            self._at += 1
        return "".join(found)


def _unescaped(letter: str) -> str:
    """An escape in a string in a string, which older syntax does not allow: what it stands for, or nearly."""
    return letter if letter == "\n" or letter in QUOTES else "_"


def _quoted(text: str) -> tuple[str, str]:
    """A string in tripled ones, with the quote that it does not hold itself."""
    if '"' not in text:
        return text, '"'
    return text.replace("'", "_"), "'"


__all__ = ["older"]
