"""Clauses about what the whole resource can: accounts, search, filters, order, CSV, pages, rules between fields."""

# ruff: noqa: E501 (patterns stay one a line)
from __future__ import annotations

import re

from agents.pm.changes.draft import ChangeDraft, Refused
from agents.pm.changes.places import ARTICLES, Place
from agents.pm.reader.names import slug
from memory.records.spec import Comparison, FieldSpec, FieldType, ResourceSpec

_ACCOUNT_WORDS = (
    r"(?:(?:user|jwt|token|password|personal)(?:\s+|-))*"
    r"(?:accounts?|log-?\s?ins?|authentication|auth|registration|sign-?\s?(?:up|in)s?|users)"
)
_ACCOUNTS = (
    re.compile(
        rf"^(?:add|introduce|enable|support|require|set up)\s+(?:a\s+)?{_ACCOUNT_WORDS}(?:\s*(?:,|and|with)\s*{_ACCOUNT_WORDS})*$",
        re.I,
    ),
    re.compile(
        r"^(?:let\s+)?(?:users?|people|everyone|everybody)\s+(?:can\s+|must\s+|should\s+|have to\s+)?(?:register|log ?in|sign ?(?:up|in))\b.*$",
        re.I,
    ),
)
_OWN = re.compile(
    r"\b(?:users?|people|everyone|everybody|accounts?|each (?:user|account|person))\b.*\b(?:their|his|her|its)\s+own\b(?P<what>.*)$|"
    r"^make\s+(?P<made>.+?)\s+private(?:\s+(?:to|per|for)\s+.*)?$",
    re.I,
)
_SEARCH = re.compile(r"\bsearch(?:es|able|ing)?\b", re.I)
_FILTER = re.compile(r"\bfilter(?:s|able|ing|ed)?\b", re.I)
_SORT = re.compile(r"\b(?:sort(?:s|able|ing|ed)?|order(?:ed|ing)?)\b", re.I)
_FIELDS = re.compile(r"\b(?:by|on|in|over|through)\s+(?P<fields>.+)$", re.I)
_CSV = re.compile(r"\bcsv\b", re.I)
_PER_PAGE = re.compile(
    r"\b(?P<n>\d{1,4})\s+(?:\w+\s+)?(?:per|a|on each|on every)\s+page\b|\bpage size (?:to|of)\s+(?P<m>\d{1,4})\b", re.I
)
_MOST = re.compile(r"\b(?:at most|up to|maximum(?: of)?|max|no more than|not more than)\s*$", re.I)
_RULE = re.compile(
    r"^(?:add\s+(?:a\s+)?(?:rule|check|validation)\s*(?:that|:)?\s*)?(?:make sure (?:that\s+)?|ensure (?:that\s+)?|require (?:that\s+)?)?"
    r"(?P<left>.+?)\s+(?:must|should|has to|have to|needs to|can)?\s*(?:always\s+)?(?P<not>not\s+)?(?:be|is|are|lie|lies|come|comes)?\s*"
    r"(?P<op>after|later than|greater than|more than|above|bigger than|larger than|before|earlier than|less than|below|smaller than|"
    r"at least|at most|not before|not after|on or after|on or before|>=|<=|>|<)\s+(?P<right>.+)$",
    re.I,
)
_OPS = {
    **dict.fromkeys(
        ("after", "later than", "greater than", "more than", "above", "bigger than", "larger than", ">"),
        Comparison.GREATER,
    ),
    **dict.fromkeys(("before", "earlier than", "less than", "below", "smaller than", "<"), Comparison.LESS),
    **dict.fromkeys(("at least", "not before", "on or after", ">="), Comparison.GREATER_OR_EQUAL),
    **dict.fromkeys(("at most", "not after", "on or before", "<="), Comparison.LESS_OR_EQUAL),
}
_OPPOSITE = {
    Comparison.GREATER: Comparison.LESS_OR_EQUAL,
    Comparison.LESS: Comparison.GREATER_OR_EQUAL,
    Comparison.GREATER_OR_EQUAL: Comparison.LESS,
    Comparison.LESS_OR_EQUAL: Comparison.GREATER,
}
_TEXTS = (FieldType.TEXT, FieldType.EMAIL, FieldType.URL, FieldType.ENUM)


def accounts(clause: str, draft: ChangeDraft) -> bool:
    own = _OWN.search(clause)
    plain = any(pattern.match(clause) for pattern in _ACCOUNTS)
    if not own and not plain:
        return False
    if not draft.spec.accounts:
        if any(r.name in ("user", "account") for r in draft.spec.resources) and plain and not own:
            draft.assume("Those who log in are kept apart from the resource of that name.")
        draft.put_spec(accounts=True)
        draft.assume("Every request but registration and log-in needs a token from now on.")
    if own:
        words = own["what"] or own["made"] or ""
        named = draft.places.named(words)
        if (
            words.strip()
            and not named
            and slug(words) not in ("data", "rows", "records", "things", "items", "entries", "stuff")
        ):
            raise Refused(f"there is no {words.strip()}; there are: {draft.listed()}")
        _own(named or list(draft.spec.resources), draft)
    return True


def _own(resources: list[ResourceSpec], draft: ChangeDraft) -> None:
    """With what refers to it: a row that all see cannot belong to one that they do not see."""
    names = {resource.name for resource in resources}
    while more := {
        r.name
        for r in draft.spec.resources
        for f in r.fields
        if f.target in names and r.name not in names and not r.owned
    }:
        names |= more
        draft.assume(f"{', '.join(sorted(more))} refers to what is private, so it is private too.")
    draft.put_spec(
        resources=[r.model_dump() | ({"owned": True} if r.name in names else {}) for r in draft.spec.resources]
    )


def search(clause: str, draft: ChangeDraft) -> bool:
    if not _SEARCH.search(clause) or (_RULE.match(clause) and not _is_feature(clause)):
        return False
    for resource, fields in _meant(_SEARCH, clause, draft):
        texts = [f.name for f in fields or resource.fields if f.type in _TEXTS and (fields or f.type is FieldType.TEXT)]
        if not texts:
            raise Refused(f"{resource.plural} have no text that could be searched there")
        draft.put_resource(resource, search=_more(resource.search, texts))
    return True


def filters(clause: str, draft: ChangeDraft) -> bool:
    if not _FILTER.search(clause):
        return False
    for resource, fields in _meant(_FILTER, clause, draft):
        names = [f.name for f in fields or [f for f in resource.fields if f.type is not FieldType.TEXT]]
        draft.put_resource(resource, filters=_more(resource.filters, names))
    return True


def sorting(clause: str, draft: ChangeDraft) -> bool:
    newest = re.search(r"\b(?P<what>newest|latest|oldest)\b.*\bfirst\b|\bfirst\b.*\bnewest\b", clause, re.I)
    if newest and not re.match(r"^(?:add|rename|remove)\b.*\bfield\b", clause, re.I):
        order = "created_at" if (newest["what"] or "").lower() == "oldest" else "-created_at"
        for resource in draft.places.named(clause) or list(draft.spec.resources):
            sorts = resource.sorts or tuple(f.name for f in resource.fields if f.type is not FieldType.LIST)[:1]
            draft.put_resource(resource, sorts=sorts, default_sort=order)
        return True
    if not _SORT.search(clause) or re.search(r"\border\s+(?:number|date|id)\b", clause, re.I):
        return False
    down = re.search(r"\b(?:descending(?:ly)?|desc|highest first|latest first|downwards)\b", clause, re.I)
    default = re.search(r"\bby default\b|^(?:always\s+)?(?:sort|order)\b|\bare\s+(?:sorted|ordered)\b", clause, re.I)
    words = re.sub(
        r"\b(?:descending(?:ly)?|desc|ascending|asc|highest first|latest first|by default)\b", "", clause, flags=re.I
    )
    for resource, fields in _meant(_SORT, words.strip(), draft):
        chosen = fields or [f for f in resource.fields if f.type is not FieldType.LIST]
        names = _more(resource.sorts, [f.name for f in chosen])
        by = {"default_sort": ("-" if down else "") + chosen[0].name} if fields and (default or down) else {}
        draft.put_resource(resource, sorts=names, **by)
    return True


def csv(clause: str, draft: ChangeDraft) -> bool:
    if not _CSV.search(clause) or re.search(r"\bfield\b", clause, re.I):
        return False
    way = {
        "csv_import": re.search(r"import|upload", clause, re.I),
        "csv_export": re.search(r"export|download", clause, re.I),
    }
    wanted = {key: True for key, said in way.items() if said or not any(way.values())}
    for resource in draft.places.named(clause) or list(draft.spec.resources):
        draft.put_resource(resource, **wanted)
    return True


def pages(clause: str, draft: ChangeDraft) -> bool:
    match = _PER_PAGE.search(clause)
    if match is None:
        return False
    number = int(match["n"] or match["m"])
    if number < 1:
        raise Refused("a page has at least one row")
    now = draft.spec.pagination
    if _MOST.search(clause[: match.start()]):
        draft.put_spec(pagination={"default_limit": min(now.default_limit, number), "max_limit": number})
    else:
        draft.put_spec(pagination={"default_limit": number, "max_limit": max(now.max_limit, number)})
    return True


def comparison(clause: str, draft: ChangeDraft) -> bool:
    match = _RULE.match(clause)
    if match is None:
        return False
    right, left = match["right"], match["left"]
    tail = draft.places.tail(clause)
    for resource in [tail[1]] if tail else list(draft.spec.resources):
        fields = [_field(words, resource, draft) for words in (left, right)]
        if None in fields or fields[0] == fields[1]:
            continue
        first, second = (field for field in fields if field is not None)
        op = _OPS[match["op"].lower()]
        rule = {"left": first.name, "op": _OPPOSITE[op] if match["not"] else op, "right": second.name}
        kept = [c.model_dump() for c in resource.comparisons if {c.left, c.right} != {first.name, second.name}]
        draft.put_resource(resource, comparisons=[*kept, rule])
        draft.assume("Rows that do not keep the new rule stay as they are until they are changed.")
        return True
    return False


def together(clause: str, draft: ChangeDraft) -> bool:
    match = re.match(
        r"^(?:make\s+)?(?:the\s+combination\s+of\s+)?(?P<fields>.+?)\s+(?:must\s+be\s+|should\s+be\s+|are\s+|be\s+|is\s+)?"
        r"(?:unique\s+together|together\s+unique|unique\s+in\s+combination|unique\s+per\s+(?P<per>.+))$",
        clause, re.I,
    )  # fmt: skip
    if match is None:
        return False
    words = match["fields"] + (f" and {match['per']}" if match["per"] else "")
    tail = draft.places.tail(words)
    for resource in [tail[1]] if tail else list(draft.spec.resources):
        fields = draft.places.fields_in(tail[0] if tail else words, resource)
        if len(fields) > 1:
            draft.put_resource(
                resource, unique_together=[*map(list, resource.unique_together), [f.name for f in fields]]
            )
            return True
    return False


def _field(words: str, resource: ResourceSpec, draft: ChangeDraft) -> FieldSpec | None:
    found = draft.places.place(words)
    places = [found] if isinstance(found, Place) else found or []
    return next((p.field for p in places if p.field and p.resource.name == resource.name), None) or draft.places.field(
        words, resource
    )


def _is_feature(clause: str) -> bool:
    return re.match(r"^(?:add|let|allow|make|support|enable)\b", clause, re.I) is not None


def _meant(word: re.Pattern[str], clause: str, draft: ChangeDraft) -> list[tuple[ResourceSpec, list[FieldSpec]]]:
    """Resources with the fields that are named; a resource with none where only it is named. Raises Refused."""
    tail = draft.places.tail(clause)
    named = draft.places.named(clause)
    text = tail[0] if tail and _FIELDS.search(tail[0]) else clause
    spoken = word.search(text)
    match = _FIELDS.search(text[spoken.end() :]) if spoken else None
    words = match["fields"] if match else ""
    found = []
    for resource in named or list(draft.spec.resources):
        fields = draft.places.fields_in(_without(words, resource), resource) if words else []
        if fields or not words or draft.places.resource(words):
            found.append((resource, fields))
    found = [pair for pair in found if pair[1]] or found
    if not found:
        raise Refused(f"there is no {words}; there are: {draft.listed()}")
    return found


def _without(words: str, resource: ResourceSpec) -> str:
    name = f"(?:{re.escape(resource.plural)}|{re.escape(resource.name)})".replace("_", "[ _-]")
    return re.sub(rf"\s+(?:of|in|on|for|to)\s+{ARTICLES}{name}$", "", words, flags=re.I)


def _more(before: tuple[str, ...], names: list[str]) -> list[str]:
    return list(dict.fromkeys([*before, *names]))


__all__ = ["accounts", "comparison", "csv", "filters", "pages", "search", "sorting", "together"]
