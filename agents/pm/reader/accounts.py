"""Accounts and whose rows are whose: `users log in and see only their own notes`."""

# ruff: noqa: E501 (tables of phrases stay one a line)
from __future__ import annotations

import re

from agents.pm.reader.clauses import Statement
from agents.pm.reader.draft import Draft, resource_name
from agents.pm.reader.spans import token_at
from agents.pm.reader.text import Ledger
from agents.pm.reader.words import WELL_KNOWN
from agents.pm.reader.wordset import word_set

_WHO = r"(?:(?:each |every |the |all )?(?:registered |logged[- ]in |signed[- ]in )?(?:users?|people|everyone|everybody|they|members|visitors|person|accounts?|customers?|one))"
_LOGIN = r"(?:register|sign[- ]?up|sign[- ]?in|log[- ]?in|log[- ]?on|log[- ]?out|logs[- ]in|signs[- ]in|signs[- ]up|registers|login|logout|authenticate|create (?:an )?accounts?)"
_ACCOUNTS = re.compile(
    rf"(?<![\w-])(?:"
    rf"(?:where |only )?{_WHO} (?:who )?(?:can |must |should |have to |has to |need to |needs to |first |will |to |be able to |are able to ){{0,4}}(?:{_LOGIN}s?|authenticated)(?:(?: |, | and | or |, and )(?:then )?{_LOGIN}){{0,4}}(?: first)?(?: (?:with|via|using|by) (?:an? |their )?(?:e-?mail|username|jwt|password|token)s?(?: (?:and|/|\+|&) (?:an? |their )?(?:password|token))?)?(?! for (?!an? account|free))"
    rf"|(?:where )?(?P<who>[a-z]{{3,20}}s|staff|personnel|coaches) (?:can |must |should |have to |need to ){{0,2}}(?:log[- ]?in|sign[- ]?in|sign[- ]?up|log[- ]?on|authenticate|register and (?:log|sign)[- ]?in)(?: with [a-z-]+(?: (?:and|\+|&|plus) [a-z]+)?)?(?! (?:for|at) (?!an? account|free))"
    rf"|(?:users?|people|they|clients?|nobody|visitors) (?:do not|don't|does not|need not|needn't) (?:(?:need|have) to )?(?:{_LOGIN})"
    rf"|users? (?:have|has|need|needs|get) (?:an |their own |own )?accounts?"
    rf"|only (?:registered|authenticated|known|signed[- ]in|logged[- ]in) (?:users|people|members|clients) (?:can|may) (?:use|access|see|call|reach) (?:the |this )?(?:api|it|service|app|application|system|data)"
    rf"|(?:where )?(?:each|every|an?) (?P<one>[a-z]{{3,20}}(?: [a-z]{{3,20}})?) (?:logs|signs)[- ](?:in|on|up)(?! (?:for|at) )"
    rf"|(?:who |and |they )?(?:must|have to|need to|should|has to) (?:first )?be (?:logged|signed)[- ]in(?: first)?"
    rf"|(?:only )?after (?:they |having )?(?:login|logged in|log[- ]?in|logging in|signing in|sign[- ]?in|authentication|registration|registering)"
    rf"|for (?:several|multiple|many|different) (?:users|people|accounts)"
    rf"|(?:with |using |via )?(?:jwt|token|bearer|password)(?:[- ]based|[- ]protected|[- ]token)?(?: (?:user )?(?:auth(?:entication)?|accounts?|tokens?|login|auth))?(?: for users)?"
    rf"|(?:user |basic )?(?:authentication|auth|authorisation|authorization)(?: (?:is )?required)?"
    rf"|user (?:accounts?|login|registration|sign[- ]?up|logins|management)(?: (?:and|with|/) (?:login|passwords?|registration|sign[- ]?up|jwt|authentication))?"
    rf"|(?:{_LOGIN}) (?:via|with|by|using) e-?mail(?: address)?(?: ?(?:\+|and|&|/) ?password)?"
    rf"|(?:sign[- ]?up|sign[- ]?in|log[- ]?in|registration)(?:(?:,| and| or|/|, and| /|&) ?(?:log[- ]?in|sign[- ]?in|log[- ]?out|registration|sign[- ]?up|logout))*(?: (?:is )?required)?(?! for (?!an? account|free))"
    rf"|(?:only )?logged[- ]in users?(?: (?:can|may))?|multi-?user|multi-?tenant|password[- ]protected|(?:with|w/) accounts|accounts"
    rf")(?![\w-])"
)
_NONE = re.compile(r"(?:(?:^|[^\w])no|without|not need|not require|n't need|n't require)(?: any| a)?(?: user)?\s+$")
_NOT_FIELDS = re.compile(r"(?:last|first|failed|number of|bank|savings|for|manage|track|of|their)\s+$")
_ROW_OF = re.compile(r"s?\s+(?:belongs?|has|have|references?|links?)\s(?!to log)|s?\s+per\s|s\s*[:(]|s\s+-\s")
"""`a sign-up belongs to a ride` speaks of rows."""
_VERB = r"(?:(?:have|has|get|gets) access to|access to|see|view|access|manage|edit|read|change|delete|modify|update|have|has|get|own|keep|list|sees|manages|owns|create|work with|look at|touch)"
_OWN = re.compile(
    rf"(?<![\w-])(?:"
    rf"(?:where |so that |so |that |and |but |, )?(?:{_WHO} )?(?:who )?(?:can |may |should |must |to |will |with ){{0,4}}(?:only |just )?(?:be able to )?(?:{_VERB}(?:(?:,| and| or|, and|/) ?{_VERB}){{0,4}} )?(?:only |just )?(?:(?:their|his|her|his or her|my|its) own|(?<=see )own(?= [a-z])|(?<=sees )own(?= [a-z])|(?<=view )own(?= [a-z])|(?<=manage )own(?= [a-z])|(?<=keep )own(?= [a-z])|(?<=manages )own(?= [a-z])|(?<=edit )own(?= [a-z])|(?<=only )own(?= [a-z]))"
    rf"|(?:where |so that |so |that |and |but )?(?:{_WHO} )?(?:can |may |should |must |to |will ){{0,4}}(?:only {_VERB}(?:(?:,| and| or|, and|/) ?{_VERB}){{0,4}}|{_VERB}(?:(?:,| and| or|, and|/) ?{_VERB}){{0,4}} only) (?:their|his|her|its|the ones|the)(?= )"
    rf"|(?:each |every |the |a )user (?:has|keeps|manages|maintains|owns) (?:a |an |their |his |her )?(?:own |private |personal )?(?:list|collection|set|log|library) of"
    rf"|(?:each |every )(?:user|person) (?:has|keeps|records|logs|tracks|enters|stores|manages|owns|maintains|saves) (?=[a-z]+(?: [a-z]+)?s(?: ?[:(]| (?:with|which|that) ))"
    rf"|(?:each |every )user has (?:a |an |their |many |several )*(?:private |separate |personal )"
    rf")(?:(?<= )|(?![\w-]))"
)
_PRIVATE = re.compile(
    rf"(?<![\w-])(?:"
    rf"(?:which |that )?(?:is |are |be |should be |must be |kept )*private(?: (?:to|per|for) (?:each |the |every |its |their |a |one )?(?:users?|owners?|accounts?|creator)(?: who (?:created|made|owns|wrote) (?:it|them))?)?"
    rf"|only (?:the |its |their )?(?:owners?|creators?|authors?|user who (?:created|made) (?:it|them)) (?:can|may|should|must|is allowed to|are allowed to) (?:be able to )?{_VERB}(?:(?:,| and| or|, and|/) ?{_VERB}){{0,4}}(?: (?:it|them|their))?"
    rf"|only (?:i|me|we) (?:should |can |may |must |am |are |to ){{0,3}}(?:be able to |able to )?{_VERB} (?:my|our|them|it)"
    rf"|belongs? to (?:the |a |an )?(?:logged[- ]in|signed[- ]in|current|authenticated) (?:user|account)s?"
    rf"|(?:are |is )?(?:visible|accessible|available) only (?:to|for|by) (?:the |its |their )?(?:owner|creator|user|author)s?"
    rf"|(?:are |is )?owned by (?:a |an |the |one |each |their |its )?users?|per[- ]user|for each user|(?:scoped|specific) to (?:a |the |each )?user"
    rf")(?![\w-])"
)
_SHARED = re.compile(
    r"(?<![\w-])(?:are|is) (?:shared|common|visible|public) (?:by|between|among|with|to|for) (?:everybody|everyone|all(?: of the| the)?(?: users| accounts| people| members)?)(?![\w-])"
)
_LOGS_IN = re.compile(r"(?:log|sign)[- ]?(?:in|up)\b|\bregister\b|\baccounts\b")
_THEY = re.compile(
    rf"(?<![\w-])(?:{_WHO} )?(?:who )?(?:can |may |should |must ){{0,2}}(?:only )?{_VERB}(?:(?:,| and| or|, and|/) ?{_VERB}){{0,4}} (?:only )?(?:the |those )?([a-z]+(?: [a-z]+)?) (?:that )?(?:they|he or she|he|she) (?:have |has |had )?(?:themselves )?(?:created?|made|owns?|wrote|written|added|entered|posted|saved)(?: themselves)?(?![\w-])"
)
_OTHERS = re.compile(
    rf"(?<![\w-])(?:and |but )?(?:(?:nobody|no one|no user|none) (?:can|may|should|must) (?:ever )?|(?:{_WHO} )?(?:can ?not|cannot|can't|must not|may not|should not) )(?:be able to )?{_VERB}(?:(?:,| and| or|/) ?{_VERB}){{0,3}} (?:(?:the )?(?:somebody|someone|anybody|anyone|each|other people|others|other users|another user) ?(?:else|other)?(?:'s|')? ?([a-z]+)|(?:the )?([a-z]+) of (?:others|other users|other people|someone else|somebody else))(?![\w-])"
)
_ACTORS = word_set("members member customers customer visitors")
_ALL = word_set("values data items things stuff records content ones entries own information")


class AccountScanner:
    def __init__(self, ledger: Ledger, draft: Draft, masked: list[bool], expected: set[int]) -> None:
        self.ledger = ledger
        self.draft = draft
        self.masked = masked
        self.expected = expected
        """Tokens where a resource begins although nothing visible leads to it."""

    def scan(self, statement: Statement) -> None:
        tokens = self.ledger.tokens
        start, end = tokens[statement.start].start, tokens[statement.end - 1].end
        for found in _SHARED.finditer(self.ledger.low, start, end):
            if (taken := self._mask(found)) is not None and taken[0] > statement.start:
                self.draft.shared.append(tokens[taken[0] - 1].low)
        for found in _OWN.finditer(self.ledger.low, start, end):
            self._own(found, statement)
        for found in _THEY.finditer(self.ledger.low, start, end):
            taken = self._mask(found)
            if taken is not None:
                self.draft.accounts = True
                self._named(found, 1)
        for found in _OTHERS.finditer(self.ledger.low, start, end):
            taken = self._mask(found)
            if taken is not None:
                self.draft.accounts = True
                self._named(found, 1 if found[1] else 2)
        for found in _PRIVATE.finditer(self.ledger.low, start, end):
            self._private(found, statement)
        for found in _ACCOUNTS.finditer(self.ledger.low, start, end):
            before = self.ledger.low[max(start, found.start() - 16) : found.start()]
            if _NOT_FIELDS.search(before) or (found[0] in ("accounts", "registration") and not self._alone(found)):
                continue
            if _ROW_OF.match(self.ledger.low, found.end()):
                continue
            none = _NONE.search(before) or re.search(r"\bnot\b|n't\b", found[0])
            if self._mask(found) is not None and none is None:
                self.draft.accounts = True
                who = found["who"] or found["one"] or ""
                for word in (who, *found[0].split()[:2]):
                    if word == who or word in _ACTORS:
                        self.draft.actors.add(resource_name(word))

    def _alone(self, found: re.Match[str]) -> bool:
        """`accounts` is a resource of a bank and `registration` a field of a car, unless nothing is said of them."""
        return re.match(r"\s*(?:[.;,]|$|\n)", self.ledger.low[found.end() :][:3]) is not None and found[0] != "accounts"

    def _mask(self, found: re.Match[str]) -> tuple[int, int] | None:
        a, b = token_at(self.ledger, found.start()), token_at(self.ledger, found.end())
        if a >= b or any(self.masked[a:b]):
            return None
        self.ledger.use(a, b)
        self.masked[a:b] = [True] * (b - a)
        return a, b

    def _own(self, found: re.Match[str], statement: Statement) -> None:
        if not re.search(r"own|only|user|person", found[0]):
            return
        plain = re.fullmatch(r"(?:each|every) (?:user|person) (?:has|keeps) ?", found[0])
        if plain and not _LOGS_IN.search(self.ledger.low):
            return
        span = self._mask(found)
        if span is None:
            return
        self.draft.accounts = True
        tokens, i = self.ledger.tokens, span[1]
        stop = i
        while stop < statement.end and tokens[stop].kind == "word" and stop < i + 3 and tokens[stop].low not in _ENDS:
            stop += 1
        if stop == i or tokens[i].low in _ALL:
            self.draft.owned.append(("", span[0], span[1]))
            stop = min(stop, i + 1)
            self.ledger.use(i, stop)
            self.masked[i:stop] = [True] * (stop - i)
            return
        self.draft.owned.append((self.ledger.text(i, stop), i, stop))
        known = resource_name(tokens[stop - 1].low) in WELL_KNOWN or re.search(
            r"\b(?:has|have|manages?|keep|owns|create)\b", found[0]
        )
        if known or (stop < statement.end and tokens[stop].low in ("with", "(", ":", "having")):
            self.expected.add(i)
        again = stop
        while (
            again + 1 < statement.end
            and tokens[again].low in ("and", ",")
            and tokens[again + 1].kind == "word"
            and (
                again + 2 >= statement.end
                or tokens[again + 2].text in ",.;"
                or tokens[again + 2].low in ("and", "with")
            )
        ):
            self.draft.owned.append((tokens[again + 1].text, again + 1, again + 2))
            again += 2

    def _named(self, found: re.Match[str], group: int) -> None:
        """The words for what is owned count as used only when they turn out to name a resource."""
        a, b = token_at(self.ledger, found.start(group)), token_at(self.ledger, found.end(group))
        phrase = "" if found[group] in _ALL else found[group]
        self.ledger.used[a:b] = [not phrase] * (b - a)
        self.draft.owned.append((phrase, a, b))

    def _private(self, found: re.Match[str], statement: Statement) -> None:
        if re.search(r"\bonce\s*$", self.ledger.low[: found.start()][-8:]):
            return
        before, after = self.ledger.low[: found.start()][-12:], self.ledger.low[found.end() :][:12]
        listed = re.search(r"\ba\s*$", before) and not self.draft.accounts and not _LOGS_IN.search(self.ledger.low)
        if found[0] == "private" and not listed and re.search(r"\ba\s*$", before):
            before = ""
        if found[0] == "private" and (re.match(r"\s*(?:flag|\()", after) or re.search(r"(?:,|is_|a|or|/)\s*$", before)):
            return
        span = self._mask(found)
        if span is None:
            return
        self.draft.accounts = True
        self.draft.owned.append(("?", statement.start, statement.end))


_ENDS = word_set(
    """
    and or with that which who by in on at to when after where for but have has having can may should must is are
    only so from
    """
)
