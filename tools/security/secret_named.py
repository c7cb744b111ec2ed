"""Random texts under a secret's name, in whatever language a file is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from tools.security.secret_forms import PLACEHOLDER, Found, entropy

NAMED = "Named Secret"
"""A guess by the name and by chance."""
FOLLOWED = frozenset({".py", ".pyw", ".js", ".jsx", ".ts", ".tsx", ".mjs", ".cjs", ".vue"})
"""Whose names the code's check knows."""
PLAIN = frozenset({"", ".txt", ".md", ".rst", ".env", ".sh", ".bash", ".zsh", ".log", ".adoc"})
"""Where a value needs no quotes."""
PAIR = re.compile(
    r"(?P<name>token|secret|passw(?:or)?d|pwd|passphrase|key|access[_-]?id|credentials?)(?P<more>[_-]?(?:id|value|prod|live|\d))?"
    r"['\"\]]{0,2}\s{0,4}(?::{1,3}=|\?=|=>|:|=)\s{0,4}@?(?P<quote>[\"'`]?)(?P<value>[\w+/=.~@$!%*#^&:\-]{12,200})(?P=quote)",
    re.I,
)
BEFORE = re.compile(r"[\w.\-]{0,60}$")
HINT = re.compile(r"token|secret|passw|pwd|passphrase|key|access.?id|credential", re.I)
OTHERWISE = re.compile(
    r"(?i)(public|pub|foreign|primary|cache|sort|partition|row|next|page|sync|continuation|cursor|translation|i18n|object"
    r"|storage|query|header|cookie|config|setting|registry|hot|short|event|map|dict|field|column|index)[_.-]?(key|token|id)s?$"
)
WORDS = re.compile(r"(?:[A-Za-z]{2,}|\d{1,4})(?:[_\-.:/]+(?:[A-Za-z]{2,}|\d{1,4}))*")
UUID = re.compile(r"(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
NO_SECRET = re.compile(
    r"(?i)^(sha\d+[-:]|https?:|data:|\d{4}-\d\d-\d\d|v?\d+(\.\d+)+|[$%{<(&@]|arn:|file:|urn:)|\$\{|\{\{|\(|\.\w+\.\w+\."
)


def by_name(path: PurePosixPath, lines: list[tuple[int, str]]) -> Iterator[Found]:
    if path.suffix.lower() in FOLLOWED or re.search(r"lock|\.sum$|\.min\.|\.map$|\.svg$", path.name.lower()):
        return
    plain = path.suffix.lower() in PLAIN
    for number, line in lines:
        if len(line) > 1000 or not HINT.search(line):
            continue
        for match in PAIR.finditer(line):
            value = match["value"]
            name = (BEFORE.search(line[: match.start()]) or match)[0] + match["name"]
            if (match["quote"] or plain) and not OTHERWISE.search(name) and is_random(value):
                yield Found(NAMED, number, value)


def is_random(value: str) -> bool:
    """No word, sentence, path, date or number: letters and digits mixed, or digits of hex."""
    if PLACEHOLDER.search(value) or NO_SECRET.search(value) or WORDS.fullmatch(value):
        return False
    if UUID.fullmatch(value):
        return True
    groups = len(re.findall(r"\d+", value))
    if not re.search(r"[A-Za-z]", value) or groups < 2:
        return False
    return entropy(value) >= 3.0 and not re.search(r"([a-z0-9])\1{5}|01234567|12345678|abcdefgh", value, re.I)


__all__ = ["NAMED", "by_name", "is_random"]
