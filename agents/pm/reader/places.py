"""What a name in a sentence stands for: a resource, a field of one, or the topic of the whole."""

# ruff: noqa: E501 (tables of phrases stay one a line)
from __future__ import annotations

import re

from agents.pm.reader.clauses import Statement
from agents.pm.reader.draft import Draft, FieldDraft, Relation, ResourceDraft, resource_name
from agents.pm.reader.fields import FieldReader
from agents.pm.reader.names import RESERVED_RESOURCES, is_plural, plural_name, singular, singular_name, slug
from agents.pm.reader.rules import match_rule
from agents.pm.reader.runs import USUAL
from agents.pm.reader.split import split_type
from agents.pm.reader.text import Ledger
from agents.pm.reader.types import guess
from agents.pm.reader.words import (
    APP_ADJECTIVES,
    APP_NOUNS,
    DETERMINERS,
    RESOURCE_LEADS,
    WELL_KNOWN,
)
from agents.pm.reader.wordset import word_set
from memory.records.spec import FieldType

_ACTORS = word_set("user users people person everyone anyone client clients admin admins")
MANY = re.compile(
    r"(?:can |may |must |will )?(?:have|has|contains?|includes?|owns?|holds?|[a-z]{2,15}\s+(?:in|to|on|at|by)(?=\s+(?:many|multiple|several|one or more))|[a-z]{3,15}(?=\s+(?:many|multiple|several|one or more)\s))\s+(?:many|multiple|several|one or more|zero or more|any number of|a (?:list|programme|program|selection|series|line-?up|playlist|collection|set) of|lots of|a number of|numerous)\s+(?:different\s+)?"
)
_TOGETHER = re.compile(
    r"(?:an?|each|every|one) ([a-z][\w-]*) (?:(?:can|may|must|should|has|have|is|allowed|to|only|just|at most|no more than|make|write|hold|own|get|gets|give|gives|takes|needs|receives) ){1,5}one ([a-z][\w-]*) (?:per|at|for|on|in) (?:each |every |the same |any |an? )?([a-z][\w -]{0,40}?)(?=$|[.;,)\n])"
    r"|(?:(?:there )?(?:can|may|must|should|is) ?(?:only )?(?:be )?)?(?:only|at most|no more than|not more than|exactly)?\s*one ([a-z][\w-]*(?: [a-z][\w-]*)?) (?:per|for each|for every|for the same) (?:each )?([a-z][\w -]{0,80}?(?:(?:, [a-z][\w -]{0,30}){1,3},? and [a-z][\w -]{0,30}?)?)(?=$|[.;,)\n]| is | are | can | with )"
    r"|(?:are |is |must be )unique (?:per|by|for each|within an?) (?:each )?([a-z][\w-]*(?: [\w-]+)? and (?:each )?[a-z][\w-]*(?: [\w-]+)?)(?=$|[.;,)\n])"
    r"|(?:each |every |the )?([a-z][\w -]{0,30} and [a-z][\w -]{0,30}?) (?:combination|pair)s? (?:must be|is|should be|are) unique"
    r"|(?:the )?(?:combination|pair) of ([a-z][\w ,-]{0,80}?) (?:must be|is|should be|are) unique"
    r"|((?:(?<=; )[a-z][\w -]{0,30}, )?[a-z][\w +&-]{0,60}?) (?:must be |are |is |should be )?(?:unique together|together unique|unique in combination|must be unique together|together (?:must be|should be|are|is) unique)"
    r"|(?<=[.;\n] )unique: ([a-z][\w &+-]{0,60})(?=$|[.;\n])|unique together:? ?\(?([a-z][\w ,-]{0,80})\)?"
    r"|(?:and |but )?(?:each|every|an?|the same|same|one|the) ([a-z][\w-]*(?: (?!only|can|may|must|should|is|at|just|once)[a-z-]+)?) (?:(?:can|may|must|should|is|only|be|been|in|out|up|sold|taken|given|lent|held|bought|sent|made|done|[a-z]+ed|appear|appears|added|assigned|registered|booked|enrolled|used|vote|votes|rate|join|enrol|book|apply|register|attend|attends|visit|borrow|play|submit|order|rent|review|check in|sign up) ){0,5}(?:only |at most |just )?(?:once|one time)(?: only)? (?:per|in (?:each|every|an?|the same)|for (?:each|every|an?|the same)|to (?:each|every|an?|the same)|within (?:an?|each|the same)) (?:each )?([a-z][\w-]*(?: [a-z][\w-]*(?=\s*(?:$|[.;,)\n])))?(?: and [a-z][\w-]*(?: [a-z][\w-]*(?=\s*(?:$|[.;,)\n])))?)?)"
    r"|(?:and |but )?(?:each|every|an?|the same|one|the) ([a-z][\w-]*(?: (?!only|can|may|must|should|is|at|just|once)[a-z-]+)?) (?:(?:can|may|must|should) (?:only )?)?[a-z]+ (?:(?:in|for|to|at|into|on|up|with) ){0,2}(?:an?|each|every|the same|one) ([a-z][\w-]*) (?:only once|at most once|just once|once only|once)"
    r"|(?:and |but )?(?:an?|each|every|no|the same) ([a-z][\w-]*) (?:can ?not|cannot|can't|must not|may not|can|may) (?:be )?[a-z]+ (?:(?:in|for|to|at|into|on|up) ){0,2}the same ([a-z][\w-]*) (?:twice|more than once|again)"
    r"|(?:and |but )?(?:an?|each|every|no|the same|one) ([a-z][\w-]*) (?:can ?not|cannot|can't|must not|mustn't|may not|should not|can never) (?:be |have )(?:two|more than one|several|multiple|any two) ([a-z][\w-]*) (?:at|on|for|in|with) the same ([a-z][\w -]{0,40}?)(?=$|[.;,)\n])"
    r"|(?:and |but )?(?:an?|each|every|no|the same|one) ([a-z][\w-]*(?: (?!can)[a-z]+)?) (?:can ?not|cannot|can't|must not|mustn't|may not|can|may) (?:be )?[a-z]+ (?:twice|more than once|again|two times) (?:for|on|at|in|within|during) (?:the same |one )?([a-z][\w -]{0,60}?)(?=$|[.;,)\n])"
    r"|(?:no )?duplicate(?:s of (?:the |an? )?| )([a-z][\w -]{0,40}?) (?:are |is )?(?:not |never )?(?:allowed|permitted|possible)"
    r"|no two ([a-z][\w-]*) (?:can |may |must |should )?(?:have|share|with) the same ([a-z][\w ,-]{0,80}?)(?=$|[.;)\n])"
    r"|(?:an?|each|every|one) ([a-z][\w-]*) (?:can ?not|cannot|can't|must not|mustn't|may not|should not|can only|may only) [a-z]+ (?:more than )?one (?:copy|piece|unit|instance) of (?:the same|each|every|an?) ([a-z][\w-]*)(?=$|[.;,)\n])"
)
_GENERIC_HEADS = word_set(
    """
    fields field attributes properties columns resources resource entities entity models model data tables
    requirements features rules notes it objects types collections things
    """
)


class Places:
    """Resolves names to resources, fields and topic."""

    def __init__(self, ledger: Ledger, draft: Draft, masked: list[bool], expected: set[int]) -> None:
        self.ledger = ledger
        self.draft = draft
        self.masked = masked
        self.expected = expected
        self.fields = FieldReader(ledger, draft, masked)
        self.fields.stops = expected
        self.current: ResourceDraft | None = None
        self.described = set(
            re.findall(
                r"(?<![\w-])([a-z][\w-]{0,40})\s{0,3}(?:has|have|belongs?|must have|should have|with|:|\(|(?:are|is) (?:for|on|about|made for|part of) an? [a-z]+ and ha"
                r"|(?:are|is) [a-z]+ (?:by|in|to|at|on|from) (?:an?|one|exactly|the)\b)",
                ledger.low,
            )
        )
        self.obliged = -1
        """Token of the `have` in `must have`."""
        self.allowed = -1
        """Token of the `have` in `can have`."""
        self.heads: dict[int, ResourceDraft | None] = {}

    def _one_of(self, resource: ResourceDraft, k: int, end: int) -> int:
        """`every order has a customer`: one thing of its own kind, so a reference."""
        tokens, at = self.ledger.tokens, k + 1
        if at >= end or tokens[at].low not in ("a", "an", "one", "exactly"):
            return 0
        while at < end and tokens[at].low in ("a", "an", "one", "exactly"):
            at += 1
        j = self.fields.name_end(at, end)
        name = resource_name(self.ledger.text(at, j)) if j > at else ""
        ended = j >= end or tokens[j].text in ".;"
        if name in self.draft.resources or (
            ended and name in WELL_KNOWN and guess(name).type is FieldType.TEXT and name not in _WORDY
        ):
            self.draft.relations.append(Relation(resource.name, name, at, j, required=self.allowed != k))
            self.ledger.use(k + 1, j)
            return j
        return 0

    def _is_topic(self, i: int, j: int, at: int, end: int, *, app: bool = False) -> bool:
        """A library with books and members: what follows are things to store, not fields."""
        name = slug(self.ledger.text(i, j))
        ahead = self.fields.name_end(at, end)
        listed = ahead > at and ahead < end and self.ledger.tokens[ahead].low in (",", "and")
        if app and listed and slug(self.ledger.text(at, ahead)) in self.described:
            return True
        if not name or is_plural(name.rpartition("_")[2]) or self.draft.lookup(name) is not None:
            return not name
        first = self.fields.name_end(at, end)
        ruled = first < end and match_rule(self.ledger, first, end, typed=False)
        if first == at or self._holds(i, j, first, end) or (ruled and ruled.kind in ("range", "min", "max")):
            return False
        if self.fields.starts_resource(at, end):
            return True
        several = slug(self.ledger.text(at, first)).rpartition("_")[2]
        if app and is_plural(several) and (_is_thing(several) or several in self.described):
            return True
        item = slug(self.ledger.text(at, first))
        last = item.rpartition("_")[2]
        described = last in self.described or singular(last) in self.described
        plural = (is_plural(last) or last in ("species", "series")) and (described or singular(last) in WELL_KNOWN)
        if not plural or item in _LIST_FIELDS or split_type(item)[1] is not None:
            return False
        return described or name not in WELL_KNOWN

    def _only_topic(self, i: int, j: int, at: int, end: int) -> bool:
        """`kinds of plants: plant (..)`, and `a backend for dog walkers: dogs (..), walks (..)`."""
        tokens = self.ledger.tokens
        same = singular(tokens[at].low) == singular(tokens[j - 1].low) and j - i > 1
        return same or (i > 0 and tokens[i - 1].low == "for" and self._two_things(at, end))

    def _two_things(self, at: int, end: int) -> bool:
        """`dogs (name, age), walks (dog, date)`: things, each with its fields."""
        stop = self.fields.name_end(at, end)
        if stop >= end or self.ledger.tokens[stop].text != "(" or not self.fields.starts_resource(at, end):
            return False
        second = self.fields.closing(stop, end) + 2
        return second < end and self.fields.starts_resource(second, end)

    def _holds(self, i: int, j: int, first: int, end: int) -> bool:
        """`An exam has questions`, one thing that has one kind of others: it is stored, not only the topic."""
        tokens = self.ledger.tokens
        told = i > 0 and tokens[i - 1].low in ("a", "an", "each", "every") and tokens[j].low in ("has", "have")
        alone = first >= end or tokens[first].text == "." or [t.low for t in tokens[first : first + 2]] == [",", "and"]
        return told and alone and singular(tokens[first - 1].low) in self.described

    def _plausible(self, i: int, j: int, k: int, end: int, low: str) -> bool:
        """True where a bare noun may be something to store."""
        tokens = self.ledger.tokens
        name = slug(self.ledger.text(i, j))
        if not name and not any(char.isalnum() for char in self.ledger.text(i, j)):
            return False
        last = name.rpartition("_")[2]
        if low in ("can", "may", "should", "must", "is", "are", "will", "who"):
            return self.draft.lookup(name) is None and is_plural(last) and singular(last) in WELL_KNOWN
        known = is_plural(last) or singular(last) in WELL_KNOWN
        if low in ("for", "of") and not known:
            return False
        if i == 0 and not known:
            return False
        lead = tokens[i - 1].low if i > 0 else ""
        return known or (lead in RESOURCE_LEADS and j - i <= 4)

    def _trim(self, i: int, j: int) -> int:
        """Without the words that name the software: `todo api` → `todo`."""
        tokens, stop = self.ledger.tokens, j
        if j - i > 1 and resource_name(self.ledger.text(i, j)) in self.draft.resources:
            return j
        if (
            j - i == 2
            and tokens[i].low in ("shopping", "grocery", "wish", "packing", "reading", "watch", "price")
            and tokens[j - 1].low == "list"
        ):
            return j
        if (
            j - i == 2
            and tokens[j - 1].low == "book"
            and tokens[i].low in ("contact", "address", "recipe", "guest", "phone")
        ):
            self.ledger.use(j - 1, j)
            return i + 1
        if self.draft.resources and tokens[i - 1].text in ".;" and j < len(tokens) and tokens[j].text == ":":
            return j
        if (
            stop > i + 1
            and i == 0
            and [t.low for t in tokens[stop - 1 : j]] == ["inventory"]
            and tokens[stop - 2].low not in ("dealership", "shop", "store", "warehouse")
            and tokens[j : j + 1]
            and tokens[j].text == ":"
        ):
            return stop - 1
        while stop > i + 1 and tokens[stop - 1].low in APP_NOUNS and tokens[stop - 1].low not in _MANY_APPS:
            stop -= 1
        return stop

    def _use_app_nouns(self, stop: int, k: int) -> None:
        for index in range(stop, k):
            if self.ledger.tokens[index].low in APP_NOUNS | {"inventory"}:
                self.ledger.use(index, index + 1)

    def _topic(self, i: int, j: int, k: int) -> None:
        if self.draft.topic and self.ledger.tokens[i - 1].low in ("a", "an"):
            self.ledger.use(i, j)
            self.draft.assume(f"{self.ledger.text(i, j)} is what the app is for; nothing of that name is stored.")
        if not self.draft.topic and slug(self.ledger.text(i, j)):
            self.draft.topic = self.ledger.text(i, j)
            self.ledger.use(i, j)
            self._use_app_nouns(j, k)

    def _field_place(self, i: int, j: int, end: int) -> tuple[ResourceDraft, FieldDraft, int] | None:
        """(resource, field, end of the words) of `price`, `book title`, `price of a product`."""
        tokens, name = self.ledger.tokens, slug(self.ledger.text(i, j))
        order = list(([self.current] if self.current else []) + list(self.draft.resources.values()))
        if j + 1 < end and tokens[j].low in ("of", "for"):
            k = j + 1
            while k < end and tokens[k].low in DETERMINERS:
                k += 1
            stop = self.fields.name_end(k, end)
            owner = self.draft.lookup(self.ledger.text(k, stop)) if stop > k else None
            field = owner.find(name) if owner else None
            if owner and field:
                return owner, field, stop
        for resource in order:
            field = resource.find(split_type(name)[0]) or resource.find(singular(name))
            if field is not None:
                return resource, field, j
        for resource in order:
            for prefix in (f"{resource.name}_", f"{resource.plural}_"):
                rest = name.removeprefix(prefix)
                if rest != name and (field := resource.find(rest) or resource.find(singular_name(rest))) is not None:
                    return resource, field, j
        return None

    def resource(self, i: int, j: int) -> ResourceDraft | None:
        """The resource named by tokens [i, j), made if it is new; None where no safe name can be made."""
        while j - i > 1 and self.ledger.tokens[i].low in APP_ADJECTIVES:
            self.ledger.use(i, i + 1)
            i += 1
        while (
            j - i > 2 and self.ledger.tokens[i].low in ("list", "collection") and self.ledger.tokens[i + 1].low == "of"
        ):
            i += 2
        per = next((k for k in range(i + 1, j - 1) if self.ledger.tokens[k].low == "per"), j)
        if per < j:
            said = self.ledger.text(per, j)
            self.draft.assume(f"{said!r} says where or what it is for; nothing of that name is stored.")
            self.ledger.use(per, j)
            j = per
        words = self.ledger.text(i, j).strip("\"'`“”")
        booked = j < len(self.ledger.tokens) and self.ledger.tokens[j].low == "book"
        words = "contact" if booked and words.lower() in ("phone", "address") else words
        name = resource_name(words)
        if not name:
            self.ledger.refuse(i, j, "no name can be made of it that is safe in a path and in a database")
            return None
        if name in RESERVED_RESOURCES:
            self.draft.assume(
                f"{words!r} would collide with a path that every app has, so the resource is called {name}_item."
            )
            name = f"{name}_item"
        self.ledger.use(i, j)
        found = self.draft.lookup(name)
        if found is None:
            found = self.draft.resources[name] = ResourceDraft(name, words, i, j)
            theirs = (
                i > 1 and self.ledger.tokens[i - 1].low in ("their", "its") and self.ledger.tokens[i - 2].low == "and"
            )
            others = [known for known in self.draft.resources if known != name]
            if theirs and others:
                self.draft.theirs.append((name, others[-1], i, j))
            if not words.isascii() or slug(words).replace("_", "") != re.sub(r"[\s_-]", "", words.lower()):
                self.draft.assume(f"{words!r} is called {name} in paths and JSON.")
        elif found.name != name and not found.fields and self._is_headline(found):
            self._rename(found, name)
        self.current = found
        return found

    def _is_headline(self, resource: ResourceDraft) -> bool:
        """`Meeting room bookings:` whose bookings are described behind it by that shorter name."""
        names = {resource.name}
        spoken = any({relation.left, relation.right} & names for relation in self.draft.relations)
        return not spoken and next(iter(self.draft.resources)) == resource.name

    def _rename(self, resource: ResourceDraft, name: str) -> None:
        del self.draft.resources[resource.name]
        self.draft.topic = self.draft.topic or resource.label
        self.draft.assume(f"{resource.label} are called {plural_name(name)} in paths and JSON.")
        resource.name, resource.label = name, name.replace("_", " ")
        self.draft.resources = {name: resource, **self.draft.resources}

    def _together(self, statement: Statement) -> None:
        tokens = self.ledger.tokens
        for found in _TOGETHER.finditer(self.ledger.low, tokens[statement.start].start, tokens[statement.end - 1].end):
            a = next(
                (k for k in range(statement.start, statement.end) if tokens[k].start >= found.start()), statement.end
            )
            b = next((k for k in range(a, statement.end) if tokens[k].start >= found.end()), statement.end)
            groups = found.groups()
            owner, phrase = _together_parts(groups)
            parts = [
                re.sub(r"^(?:the|a|an|each|same|same the|of) ", "", part.strip())
                for part in re.split(r",|\band\b|\+|&|\bper\b", phrase)
                if part.strip()
            ]
            if not parts or any(self.masked[a:b]):
                continue
            target = owner or ""
            self.pending_together.append((target, parts, a, b, self.current.name if self.current else ""))
            self.ledger.use(a, b)
            self.masked[a:b] = [True] * (b - a)

    @property
    def pending_together(self) -> list[tuple[str, list[str], int, int, str]]:
        return self.draft.together


def _together_parts(groups: tuple[str | None, ...]) -> tuple[str, str]:
    """(owner, fields) of a match of `_TOGETHER`."""
    (
        who1,
        what1,
        where1,
        first,
        first_fields,
        per,
        combined,
        pair,
        listed,
        colon,
        named,
        a1,
        b1,
        a2,
        b2,
        a3,
        b3,
        who,
        what,
        when,
        busy,
        slot,
        again,
        two,
        shared,
        a5,
        b5,
    ) = groups
    if who1 and what1 and where1:
        return what1, f"{who1}, {where1}"
    if who and what and when:
        return what, f"{who}, {when}"
    once = next(((a, b) for a, b in ((a1, b1), (a2, b2), (a3, b3), (a5, b5), (busy, slot)) if a and b), None)
    if once is not None:
        return "", f"{once[0]}, {once[1]}"
    return (
        first or two or "",
        first_fields or per or combined or pair or listed or colon or named or shared or again or "",
    )


_WORDY = word_set("note class file address page photo account link item entry")


def _is_thing(many: str) -> bool:
    """True for a plural that looks like something to store, not like a field."""
    one = singular(many)
    plain = guess(one).type is FieldType.TEXT and guess(many).type is not FieldType.LIST
    return plain and one not in USUAL and many not in _LIST_FIELDS


_MANY_APPS = word_set("applications services boards lists systems logs registers collections catalogues directories")

_LIST_FIELDS = word_set(
    """
    tags notes comments links addresses photos ingredients steps documents files categories
    """
)
