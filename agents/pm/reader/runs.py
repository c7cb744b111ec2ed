"""Names in a run of words without commas: `name sku price and quantity`."""

from __future__ import annotations

from agents.pm.reader.text import Token
from agents.pm.reader.types import guess
from agents.pm.reader.wordset import word_set
from memory.records.spec import FieldType

USUAL = word_set(
    """
    name title email author description body content first last phone isbn text address sku code label
    """
)

_SECONDS = word_set(
    "name number date time email phone price address url code count at on id rate type status link size level"
)


def unpunctuated(tokens: list[Token], i: int, j: int) -> list[int]:
    """Ends of the names in a run of words without commas; empty where it is one name."""
    lows = [token.low for token in tokens[i:j]]
    if len(lows) < 2 or any(token.kind != "word" for token in tokens[i:j]):
        return []
    ends: list[int] = []
    at = 0
    while at < len(lows):
        pair = at + 1 < len(lows) and lows[at + 1] in _SECONDS and lows[at] not in _ALONE
        if not pair and not _plain(lows[at]):
            return []
        at += 2 if pair else 1
        ends.append(i + at)
    sure = len(ends) >= 3 or (
        len(ends) == 2 and lows[0] in _ALONE and lows[1] in _PLAIN_NAMES and lows != ["price", "category"]
    )
    return ends if sure else []


def _plain(low: str) -> bool:
    return low in _PLAIN_NAMES or low in USUAL or guess(low).type is not FieldType.TEXT


_ALONE = word_set("name title price quantity stock amount description sku isbn email")
_PLAIN_NAMES = word_set(
    """
    name title email price quantity phone description author body isbn sku stock amount year genre status color colour
    brand make model category content pages rating website birthday
    """
)
