"""Pagination, filters, sorting, search and CSV: found by phrase, before fields are read."""

# ruff: noqa: E501 (tables of phrases stay one a line)
from __future__ import annotations

import re
from collections.abc import Callable

from agents.pm.reader.clauses import Statement
from agents.pm.reader.draft import Draft, FeatureRequest
from agents.pm.reader.names import is_plural, slug
from agents.pm.reader.rules import number
from agents.pm.reader.spans import token_at
from agents.pm.reader.text import Ledger
from agents.pm.reader.words import FILLER, HAS_VERBS, STOP
from agents.pm.reader.wordset import word_set

_PAGE = re.compile(r"(?<![\w-])(?:pagination|paginat(?:e|ed|es|ing)|paging|paged)(?![\w-])")
_PER_PAGE = re.compile(
    r"(?<![\w.-])(?:(max(?:imum)?(?: of)?|at most|up to)\s+)?(?:default(?: of|s to)?\s+)?(\d{1,6}|five|ten|twelve|twenty|thirty|fifty|hundred)(?P<mid>(?:\s+[a-z]+){0,2}?)(?:\s+|\s*/\s*)(?:(?:per|a|each|every|on a|on each)\s+)?pages?(?:\s+by default|\s+(?P<most>max(?:imum)?|at most)(?!\s*(?:of\s+)?\d))?(?![\w-])"
)
_PAGES_OF = re.compile(
    r"(?<![\w-])(?:in\s+)?(?P<top>pages?\s+of|pagination(?:\s+of|\s+with|\s+by|\s*:)?(?=\s+\d{1,4}\s*(?:$|[.,;)\n]))|paginat[a-z]*(?:\s+(?:the|all|lists?|results|them|it|items|everything)){0,3}?\s+by)\s+(\d{1,6})(?![\w-])"
)
_PAGE_SIZE = re.compile(
    r"(?<![\w-])(?:(?:(max(?:imum)?)|default)\s+)?(?:page\s+size|pages?|page\s+limit|limit)(?:\s+of|\s+is|\s*[:=])?\s+(?:default\s+)?(\d{1,6})(?![\w-])"
)
_PAGE_MAX = re.compile(
    r"(?<![\w-])(?:(?:(?:with\s+)?(?:a\s+)?max(?:imum)?(?:\s+of)?|at most|up to|no more than|never more than)\s+(\d{1,6})|(\d{1,6})\s+(?:at (?:the )?most|max(?:imum)?|tops))(?![\w-])"
)
_BY = {
    "filter": re.compile(r"(?<![\w-])filter(?:ing|able|ed|s)?(?P<mid>(?:\s+[a-z][\w-]*){0,4}?)\s+(?:by|on)(?![\w-])"),
    "sort": re.compile(
        r"(?<![\w-])(?:sort(?:ing|able|ed|s)?|order(?:ing|ed|able)?|list(?:ed)?(?=\s+by)|(?:list|show|return|display)(?=\s+(?:the\s+|all\s+)?[a-z-]+\s+by\s[^.;\n]{2,60}(?:first|descending|ascending)))(?P<mid>(?:\s+[a-z][\w-]*){0,4}?)\s+(?:by|on)(?![\w-])"
        r"|(?<![\w-])(?:(?:list|show|display|return|see|give)(?:\s+(?:me|us))?(?:\s+[a-z]+){0,2}\s+)?in\s+(?:the\s+)?order\s+of(?![\w-])"
    ),
    "search": re.compile(
        r"(?<![\w-])(?:full[- ]?text\s+|text\s+|keyword\s+)?(?:search(?:ing|able|ed|es)?|find|look\s+up)(?P<mid>(?:\s+[a-z][\w-]*){0,4}?)\s+(?:by|in|on|over|across|through)(?![\w-])"
    ),
}
_BARE = {
    "filter": re.compile(r"(?<![\w-])(?:filter(?:ing|able|ed|s)?)(?![\w-])"),
    "sort": re.compile(r"(?<![\w-])(?:sort(?:ing|able|ed)|sort)(?![\w-])"),
    "search": re.compile(r"(?<![\w-])(?:(?:full[- ]?text|text|keyword)\s+search|search(?:ing|able|ed)?)(?![\w-])"),
}
_IN = r"(?<![a-z])(?:import(?:s|ed|ing|able)?|upload(?:s|ed|ing)?|load(?:ing|ed)?)"
_OUT = r"(?:export(?:s|ed|ing|able)?|download(?:s|ed|ing|able)?)"
_JOIN = r"(?:(?:\s+(?:from|to))?\s*(?:and|/|&|or|,)\s*(?:also\s+)?)"
_CSV = re.compile(
    rf"(?<![\w-])(?:"
    rf"(?:bulk\s+|mass\s+)?(?:{_IN}|{_OUT})(?:{_JOIN}(?:be\s+)?(?:{_IN}|{_OUT}))?(?P<mid>(?:\s+[a-z][\w-]*){{0,4}}?)\s*\(?(?:(?:as|from|to|via|in|of|into|through|using|by)\s+)?(?:an?\s+)?csv(?:\s+(?:files?|format))?\)?(?:{_JOIN}(?:{_IN}|{_OUT})(?:\s+(?:them|it|these))?(?:\s+(?:as|from|to|via|in)\s+csv)?)?"
    rf"|csv(?:\s+files?)?[\s/-]+(?:{_IN}|{_OUT})(?:{_JOIN}(?:csv\s+)?(?:{_IN}|{_OUT}))?"
    rf"|(?:bulk|mass)\s+(?:{_IN}|{_OUT})"
    rf")(?![\w-])"
)
_FIRSTS = r"(?:the )?(?:newest|latest|most recent|youngest|oldest|earliest|highest|lowest|largest|smallest|biggest|cheapest|soonest|best|nearest)(?: ones?| entries| items|(?: [a-z]+){0,2}?) (?:first|on top|at the top)"
_DIRECTION = re.compile(
    rf"(?:,?\s*(?:and\s+)?\(?\s*(?:in\s+)?(?:{_FIRSTS}|descending|desc|ascending|asc|alphabetically)(?:\s+order)?\)?(?:,?\s+by default)?|,?\s*\(?by default\)?)(?![\w-])"
)
_FALLING = re.compile(r"desc|newest|latest|recent|youngest|highest|largest|biggest|best|reverse")
_NEWEST = re.compile(
    rf"(?<![\w-])(?:(?:with |show |list |showing |listing |return |returning |give |display )?(?:me |us )?{_FIRSTS}|(?:in )?(?:reverse )?chronological(?:ly)?(?: order)?)(?![\w-])"
)
_AMONG = re.compile(r"(?:est|recent) ((?!ones?|entries|items)[a-z]+(?: [a-z]+)?) (?:first|on top|at)")
_SORT_BEFORE = re.compile(
    r"(?:(?:sort|order)(?:ed|ing)?\b|\b(?:list|show|return|display)\b[^.;\n]{2,40}\bby\b)[^.;\n]{0,60}$"
)
_CAN_BE = re.compile(r"\b(?:can|may|could) (?:also )?be\b")
_BY_ITSELF = re.compile(r"sorted|ordered")
_TAIL_RESOURCE = re.compile(r"\s+(?:of|for|on)\s+(?:all\s+|the\s+)?([a-z][\w-]*(?:\s+[a-z][\w-]*)?)")
_OF_THEM = word_set("belong have are should must come appear")
_SHOWS = word_set("list show see display return")
_WORDS = word_set(
    """
    searched filtered sort sorting sortable sorted filter filtering filterable search searching searchable pagination paginated
    paginate paging csv export exports import imports order ordering ordered authentication auth login users
    full-text bulk
    """
)


class FeatureScanner:
    def __init__(self, ledger: Ledger, draft: Draft, masked: list[bool], name_end: Callable[[int, int], int]) -> None:
        self.ledger = ledger
        self.draft = draft
        self.masked = masked
        self.name_end = name_end

    def scan(self, statement: Statement) -> None:
        """Mask and gather every feature phrase of one statement."""
        tokens = self.ledger.tokens
        span = (tokens[statement.start].start, tokens[statement.end - 1].end)
        self._csv(span)
        self._newest(span, statement)
        for kind, pattern in _BY.items():
            for found in pattern.finditer(self.ledger.low, *span):
                self._by(kind, found, statement)
        for kind, pattern in _BARE.items():
            for found in pattern.finditer(self.ledger.low, *span):
                self._bare(kind, found, statement)
        self._pages(span)

    def _take(self, start: int, end: int) -> tuple[int, int] | None:
        """Mask the tokens of a character span; None where one of them is taken already."""
        a, b = token_at(self.ledger, start), token_at(self.ledger, end)
        if a >= b or any(self.masked[a:b]):
            return None
        self._mask(a, b)
        return a, b

    def _mask(self, a: int, b: int) -> None:
        self.ledger.use(a, b)
        self.masked[a:b] = [True] * (b - a)

    def _spoken(self, span: tuple[int, int]) -> None:
        """Words inside a phrase count as used only when they turn out to name a resource."""
        if span[0] < 0 or span[1] <= span[0]:
            return
        a, b = token_at(self.ledger, span[0]), token_at(self.ledger, span[1])
        for index in range(a, b):
            self.ledger.used[index] = self.ledger.tokens[index].low in _WORDS
        self.draft.spoken.append((a, b))

    def _subject(self, a: int, b: int, statement: Statement, mid: str = "") -> str:
        """The words that may name the resource: inside the phrase, before `can be`, or after it."""
        words = [word for word in mid.split() if word not in FILLER and word not in _WORDS]
        if words:
            return " ".join(words)
        tokens, k = self.ledger.tokens, a
        while k > statement.start and tokens[k - 1].low in (
            "can",
            "be",
            "should",
            "must",
            "may",
            "are",
            "is",
            "able",
            "to",
            "also",
        ):
            k -= 1
        if k == a and k - 1 > statement.start and tokens[k - 1].text == ":" and tokens[k - 2].kind == "word":
            return tokens[k - 2].low
        if k < a and k > statement.start and tokens[k - 1].kind == "word":
            return tokens[k - 1].low
        after = _TAIL_RESOURCE.match(self.ledger.low, tokens[b - 1].end, tokens[statement.end - 1].end)
        return after[1] if after else ""

    def _by(self, kind: str, found: re.Match[str], statement: Statement) -> None:
        if any(word in ("a", "an") for word in (found["mid"] or "").split()):
            return
        a, b = token_at(self.ledger, found.start()), token_at(self.ledger, found.end())
        if found[0] == "ordered on" and (b >= statement.end or self.ledger.tokens[b].low in _NO_SORT):
            return
        fields = self._list(b, statement.end)
        if not fields or any(self.masked[a:b]):
            return
        if (
            kind == "sort"
            and found[0].startswith("order ")
            and a > statement.start
            and self.ledger.tokens[a - 1].low in ("an", "the", "each", "per")
        ):
            return
        stop = fields[-1][2]
        middle = found.span("mid")
        order = ""
        subject = self._subject(a, stop, statement, found["mid"] or "")
        before = [f for f in self.draft.features if statement.start <= f.start and f.end <= a and f.resource]
        if not subject and before and self.ledger.tokens[a - 1].low in (",", "and"):
            subject = before[-1].resource
        if kind == "sort":
            stop, order = self._order(stop, statement.end)
            asked = _CAN_BE.search(self.ledger.low, self.ledger.tokens[statement.start].start, found.start())
            default = a > statement.start and self.ledger.tokens[a - 1].low == "default"
            order = order or ("+" if default else "")
            order = order or ("+" if _BY_ITSELF.match(found[0]) and not asked else "")
        self._mask(a, stop)
        self._spoken(middle)
        self.draft.features.append(FeatureRequest(kind, a, stop, fields, subject, order))

    def _order(self, i: int, end: int) -> tuple[int, str]:
        """(end, `+` or `-`) of `descending`, `newest first` behind a sort; `by default` makes it the usual order."""
        tokens = self.ledger.tokens
        found = _DIRECTION.match(self.ledger.low, tokens[i].start, tokens[end - 1].end) if i < end else None
        if found is None or any(self.masked[i : token_at(self.ledger, found.end())]):
            return i, ""
        return token_at(self.ledger, found.end()), "-" if _FALLING.search(found[0]) else "+"

    def _newest(self, span: tuple[int, int], statement: Statement) -> None:
        """`newest first` without a field: by the time when a row was made, or by what was just to be sorted by."""
        for found in _NEWEST.finditer(self.ledger.low, *span):
            if _SORT_BEFORE.search(self.ledger.low, span[0], found.start()):
                continue
            taken = self._take(found.start(), found.end())
            if taken:
                order = "-" if _FALLING.search(found[0]) else "+"
                middle = _AMONG.search(found[0])
                if middle:
                    self._spoken((found.start() + middle.start(1), found.start() + middle.end(1)))
                subject = self._subject(*taken, statement, middle[1] if middle else "")
                lead = self.ledger.tokens[taken[0] - 1] if taken[0] == statement.start + 1 else None
                first = self.ledger.tokens[statement.start : statement.start + 2]
                if not subject and lead is not None and is_plural(lead.low):
                    subject = lead.low
                    self.draft.spoken.append((taken[0] - 1, taken[0]))
                elif not subject and len(first) == 2 and is_plural(first[0].low) and first[1].low in _OF_THEM:
                    subject = first[0].low
                self.draft.features.append(FeatureRequest("newest", *taken, [], subject, order))

    def _list(self, i: int, end: int) -> list[tuple[str, int, int]]:
        tokens, found = self.ledger.tokens, list[tuple[str, int, int]]()
        while i < end and not self.masked[i]:
            if found and _DIRECTION.match(self.ledger.low, tokens[i].start):
                break
            k = i
            while k < end and (
                tokens[k].low in (",", "and", "or", "/", "&", "by")
                or tokens[k].low in ("the", "their", "its", "a", "both", "either")
            ):
                k += 1
            if k >= end or tokens[k].low in _WORDS | _NEXT or self.masked[k]:
                break
            if tokens[k].low in _SHOWS and k + 1 < end and tokens[k + 1].low in ("those", "them", "all", "it", "in"):
                break
            if tokens[k].low == "page" and k + 1 < end and tokens[k + 1].low in ("size", "limit", "of"):
                break
            j = self._phrase_end(k, end)
            if j == k or (found and j < end and (tokens[j].low in HAS_VERBS | _TOLD or tokens[j].text in "(:")):
                break
            found.append((self.ledger.text(k, j), k, j))
            i = j
            if i < end and tokens[i].low not in (",", "and", "or", "/", "&"):
                break
        return found

    def _phrase_end(self, k: int, end: int) -> int:
        tokens, j = self.ledger.tokens, k
        if [token.low for token in tokens[k : min(end, k + 2)]] == ["assigned", "to"]:
            return k + 2
        while (
            j < end
            and j < k + 4
            and tokens[j].kind in ("word", "quoted")
            and (
                tokens[j].low not in STOP
                or (j == k and tokens[j].low in ("in", "on", "under") and j + 1 < end and tokens[j + 1].low not in STOP)
                or (j > k and tokens[j].low in ("per", "of") and j + 1 < end and tokens[j + 1].low not in STOP)
                or (j > k and tokens[j].low in ("at", "on") and tokens[j - 1].low.endswith(("ed", "ent", "old", "aid")))
            )
            and tokens[j].low not in _WORDS
            and not (j > k and _DIRECTION.match(self.ledger.low, tokens[j].start))
        ):
            j += 1
        return j

    def _bare(self, kind: str, found: re.Match[str], statement: Statement) -> None:
        a = token_at(self.ledger, found.start())
        after = self.ledger.tokens[a + 1].low if a + 1 < statement.end else ""
        if after in ("term", "terms", "query", "engine", "order", "key", "index", "volume", "history"):
            return
        if self._is_value(a, found[0]):
            return
        fields = self._list(a + 1, statement.end) if kind == "search" and a + 1 < statement.end else []
        stop = fields[-1][2] if fields else 0
        closed = stop == statement.end or (stop and self._goes_on(stop))
        plain = fields and closed and not found[0].endswith(("ed", "able"))
        if plain and not any(self.masked[a : fields[-1][2]]) and fields[0][0] not in _SEARCH_TAILS:
            self._mask(a, fields[-1][2])
            self.draft.features.append(FeatureRequest(kind, a, fields[-1][2], fields))
            return
        span = self._take(found.start(), found.end())
        if span:
            subject = self._subject(*span, statement)
            subject = subject or self._bracketed(a, statement.start)
            named = found[0].endswith("able") and a > statement.start and self.ledger.tokens[a - 1].kind == "word"
            subject = self.ledger.tokens[a - 1].low if named and not subject else subject
            self.draft.features.append(FeatureRequest(kind, *span, [], subject))

    def _goes_on(self, i: int) -> bool:
        """True at the comma, or the `and to` of `search artist and title and to export everything`."""
        tokens = self.ledger.tokens
        nxt = tokens[i + 1].low if i + 1 < len(tokens) else ""
        return tokens[i].text == "," or (tokens[i].low == "and" and (nxt == "to" or nxt in _WORDS))

    def _is_value(self, a: int, word: str) -> bool:
        """`filter` of `type (espresso, filter, latte)`: one of several words in brackets that are no wishes."""
        tokens, i, j = self.ledger.tokens, a, a
        while i > 0 and i > a - 12 and tokens[i].text not in "()":
            i -= 1
        while j + 1 < len(tokens) and j < a + 12 and tokens[j].text not in "()":
            j += 1
        if tokens[i].text != "(" or tokens[j].text != ")" or word.endswith(("able", "ed")):
            return False
        others = {token.low for token in tokens[i + 1 : j] if token.kind == "word"} - _WORDS - {"and", "or"}
        near = tokens[a - 1].text in "(,/" and tokens[a + 1].text in "),/"
        return near and bool(others)

    def _bracketed(self, a: int, start: int) -> str:
        """`title` for the word at `a` in `title (required, searchable)`."""
        tokens, k = self.ledger.tokens, a
        while k > max(start, a - 12) and tokens[k].text not in "()":
            k -= 1
        if tokens[k].text != "(":
            return ""
        i = k
        while i > max(start, k - 3) and tokens[i - 1].kind == "word" and tokens[i - 1].low not in STOP:
            i -= 1
        return self.ledger.text(i, k)

    def _csv(self, span: tuple[int, int]) -> None:
        for found in _CSV.finditer(self.ledger.low, *span):
            taken = self._take(found.start(), found.end())
            if taken is None:
                continue
            self._spoken(found.span("mid"))
            words = [w for w in (found["mid"] or "").split() if w not in FILLER]
            statement = Statement(token_at(self.ledger, span[0]), token_at(self.ledger, span[1]))
            subject = " ".join(words) or self._subject(*taken, statement) or self._told_of(statement, taken[0])
            for kind, pattern in (("csv_import", _IN), ("csv_export", _OUT)):
                if re.search(pattern, found[0]):
                    self.draft.features.append(FeatureRequest(kind, *taken, [], subject))

    def _told_of(self, statement: Statement, a: int) -> str:
        """`grades` of `Grades can be filtered by subject and exported as CSV`."""
        tokens, i = self.ledger.tokens, statement.start
        while i < a and tokens[i].low in ("the", "all"):
            i += 1
        lows = [token.low for token in tokens[i : min(a, i + 3)]]
        if (
            len(lows) < 3
            or not is_plural(lows[0])
            or lows[1] not in ("can", "should", "must", "may")
            or lows[2] != "be"
        ):
            return ""
        self.draft.spoken.append((i, i + 1))
        return lows[0]

    def _pages(self, span: tuple[int, int]) -> None:
        paged: list[tuple[int, int] | None] = []
        sized = list(_PER_PAGE.finditer(self.ledger.low, *span))
        for found in _PAGES_OF.finditer(self.ledger.low, *span):
            if self._take(found.start(), found.end()):
                self._size(int(found[2]), top=False)
                paged.append((0, 0))
        paged += [self._take(found.start(), found.end()) for found in _PAGE.finditer(self.ledger.low, *span)]
        if paged or re.search(r"\bpage (?:size|limit)\b", self.ledger.low[span[0] : span[1]]):
            sized += list(_PAGE_SIZE.finditer(self.ledger.low, *span))
        for found in sized:
            if self._take(found.start(), found.end()):
                if "mid" in found.groupdict():
                    self._spoken(found.span("mid"))
                most = "most" in found.groupdict() and found["most"]
                self._size(int(number(found[2])), top=bool(found[1] or most))
                paged.append((0, 0))
        for found in _PAGE_MAX.finditer(self.ledger.low, *span) if paged else ():
            nearby = self.ledger.low[max(span[0], found.start() - 60) : found.start()]
            if re.search(r"pag(?:e|ina|ing)", nearby) and self._take(found.start(), found.end()):
                self._size(int(number(found[1] or found[2])), top=True)
        if paged:
            self.draft.features.append(FeatureRequest("page", 0, 0))

    def _size(self, size: int, *, top: bool) -> None:
        if top:
            self.draft.max_limit = size
        else:
            self.draft.default_limit = size


_TOLD = word_set("can may must should are is")
_NEXT = word_set("listed shown get show return give have has be use see let allow support add")
"""Verbs that begin the next wish."""
_NO_SORT = word_set("default defaults today now optional required , ( .")
_SEARCH_TAILS = word_set("function functionality support capability capabilities feature option box bar endpoint too")


def field_name(phrase: str) -> str:
    return slug(phrase.strip("\"'`"))
