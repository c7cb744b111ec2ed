"""The account: every word that led to nothing, in the user's own words."""

from __future__ import annotations

from agents.pm.reader.clauses import Statement
from agents.pm.reader.text import Ledger
from agents.pm.reader.words import APP_NOUNS, FILLER
from agents.pm.reader.wordset import word_set

NO_RULE = "no rule of the reader fits these words"
_GAP = 4
_WRAPPING = (
    FILLER
    | (APP_NOUNS - {"website", "webapp", "web-app", "site", "list", "log"})
    | {"list", "lists", "possible", "online", "personal", "lightweight"}
)


_ACCOUNT_WORDS = word_set("login auth authentication accounts sign-up registration users")
_LETTING = word_set("let lets letting allow allows allowing enable enables help helps")
_COUNTED = word_set("resources entities tables models things objects collections types endpoints")


def left_over(ledger: Ledger, parts: list[Statement], names: frozenset[str]) -> list[tuple[str, str]]:
    """(verbatim text, reason), in the order of the request. `names`: of the planned resources."""
    for index, token in enumerate(ledger.tokens):
        tracked = index + 1 < len(ledger.tokens) and ledger.tokens[index + 1].low in (
            "tracking",
            "management",
            "tracker",
        )
        if not ledger.used[index] and token.low in names and (tracked or _listed(ledger, index)):
            ledger.use(index, index + 1)
    found: list[tuple[str, str]] = []
    for part in parts:
        found += _of_statement(ledger, part)
    return found


def _listed(ledger: Ledger, index: int) -> bool:
    """True between commas: `animals, species and enclosures` name what is planned."""
    around = [ledger.tokens[k].low for k in (index - 1, index + 1) if 0 <= k < len(ledger.tokens)]
    if ledger.tokens[index - 1].low in ("show", "list", "display", "return", "paginate"):
        return True
    return all(low in (",", "and", "with", "of", "for", ".", ":", "are") for low in around)


def _content(ledger: Ledger, index: int) -> bool:
    """True for a token that carries meaning and was not understood."""
    if index in ledger.reasons:
        return True
    after = ledger.tokens[index + 1].low if index + 1 < len(ledger.tokens) else ""
    if ledger.tokens[index].kind == "number" and after in _COUNTED:
        return False
    if ledger.tokens[index].low in ("no", "without") and after in (
        "login",
        "auth",
        "authentication",
        "accounts",
        "sign-up",
    ):
        return False
    if ledger.tokens[index].low in ("users", "people", "clients") and ledger.tokens[index - 1].low in _LETTING:
        return False
    if ledger.tokens[index].low == "only" and after in ("", ".", ",", ";") and index and ledger.used[index - 1]:
        return False
    if ledger.tokens[index].low == "web" and after in APP_NOUNS:
        return False
    if ledger.tokens[index].low in ("show", "display", "listed", "shown") and ledger.used[index + 1 : index + 2] == [
        True
    ]:
        return False
    return not ledger.used[index] and ledger.tokens[index].low not in _WRAPPING


def _of_statement(ledger: Ledger, part: Statement) -> list[tuple[str, str]]:
    groups: list[tuple[int, int, str]] = []
    for index in range(part.start, part.end):
        if not _content(ledger, index):
            continue
        reason = ledger.reasons.get(index, NO_RULE)
        if groups:
            start, last, before = groups[-1]
            bridge = all(not ledger.used[k] and ledger.tokens[k].text not in ",;:" for k in range(last + 1, index))
            if before == reason and index - last <= _GAP and bridge:
                groups[-1] = (start, index, reason)
                continue
        groups.append((index, index, reason))
    return [(ledger.text(_back(ledger, a, part.start), b + 1), reason) for a, b, reason in groups]


def _back(ledger: Ledger, index: int, start: int) -> int:
    """Take `not`, `only` and the like that stand directly before into the report."""
    while (
        index > start
        and not ledger.used[index - 1]
        and ledger.tokens[index - 1].low in ("not", "only", "can", "must", "should", "to", "no")
    ):
        index -= 1
    return index
