"""Clauses about one field: what it must be, and what may be chosen; and clauses that add fields and resources."""

# ruff: noqa: E501 (patterns stay one a line)
from __future__ import annotations

import re

from agents.pm.changes.draft import ChangeDraft, Refused
from agents.pm.changes.places import ARTICLES, NOUNS, Place
from agents.pm.changes.reading import Phrase, read_fields, read_resources, restated
from agents.pm.reader.names import is_plural, slug
from memory.records.spec import FieldSpec, FieldType, ResourceSpec

_CHOICE = (
    re.compile(
        r"^(?:add|include|allow)\s+(?:a\s+|the\s+|another\s+|new\s+)*(?:choices?|values?|options?)?\s*(?P<choice>.+?)\s+(?:to|as|in|for)\s+(?P<rest>.+)$",
        re.I,
    ),
    re.compile(r"^(?P<rest>.+?)\s+(?:can|may|should)\s+also\s+be\s+(?P<choice>.+)$", re.I),
)
_PROPERTY = (
    re.compile(
        r"^(?:make|set|turn|let)\s+(?P<field>.+?)\s+(?P<what>(?:not\s+|no longer\s+)?(?:required|optional|mandatory|obligatory|nullable|unique)|default to .+|an?\s+.+|to\s+.+|into\s+.+|at (?:most|least).+|between.+|from \S+ to .+)$",
        re.I,
    ),
    re.compile(
        r"^(?P<field>.+?)\s+(?:must|should|has to|have to|needs to|can|may)\s+(?P<not>not\s+)?be\s+(?P<what>.+)$", re.I
    ),
    re.compile(
        r"^(?P<field>.+?)\s+(?:is|are|becomes?)\s+(?P<what>(?:no longer\s+|not\s+|now\s+)?(?:required|optional|mandatory|unique)|between.+|at (?:most|least).+|(?:a|an)\s+.+)$",
        re.I,
    ),
    re.compile(r"^(?P<field>.+?)\s+(?P<what>defaults? to .+)$", re.I),
    re.compile(r"^limit\s+(?P<field>.+?)\s+to\s+(?P<what>.+)$", re.I),
    re.compile(
        r"^(?:change|turn|convert|set)\s+(?:the\s+type\s+of\s+)?(?P<field>.+?)\s+(?:in)?to\s+(?P<what>.+)$", re.I
    ),
    re.compile(
        r"^(?:set|change)\s+(?:the\s+)?default(?:\s+value)?\s+(?:of|for)\s+(?P<field>.+?)\s+to\s+(?P<default>.+)$", re.I
    ),
    re.compile(r"^(?:require|demand)\s+(?P<required>.+)$", re.I),
)
_ADD = re.compile(r"^(?:add|include|introduce|create|store|keep|record|also)\s+(?:also\s+)?(?P<what>.+)$", re.I)
_SHOULD = re.compile(
    r"^(?:(?:each|every|all|the)\s+)?(?P<resource>.+?)\s+(?:should|must|need|needs|get|gets|have|has|can have|also)\s+(?:to\s+|also\s+)*(?:have\s+|get\s+)?(?P<what>.+)$",
    re.I,
)
_GIVE = re.compile(rf"^give\s+{ARTICLES}(?P<resource>[\w-]+(?:\s[\w-]+)?)\s+(?P<what>(?:an?|the)\s+.+)$", re.I)
_NO_MORE = re.compile(r"^(?:no longer|not|not any ?more|never)\s+(?:be\s+)?", re.I)
REQUIRED, OPTIONAL = ("required", "mandatory", "obligatory"), ("optional", "nullable")


def choices(clause: str, draft: ChangeDraft) -> bool:
    for pattern in _CHOICE:
        match = pattern.match(clause)
        if match is None:
            continue
        rest = re.sub(
            r"^(?:the\s+)?(?:choices?|values?|options?|list)\s+(?:of|for|in)\s+", "", match["rest"], flags=re.I
        )
        rest = re.sub(r"\s+(?:choices?|values?|options?)$", "", rest, flags=re.I)
        place = draft.places.place(rest)
        if not isinstance(place, Place) or place.field is None or place.field.type is not FieldType.ENUM:
            continue
        names = re.sub(r"^(?:an?|the)\s+|\s+as\s+(?:an?\s+)?(?:choice|value|option)$", "", match["choice"], flags=re.I)
        added = [part.strip("\"' ") for part in re.split(r"\s*(?:,|\band\b|\bor\b)\s*", names, flags=re.I)]
        new = [choice for choice in added if choice and choice not in place.field.choices]
        if not new:
            raise Refused(f"{place.field.name} has that choice already")
        draft.put_field(place, choices=[*place.field.choices, *new])
        return True
    return False


def properties(clause: str, draft: ChangeDraft) -> bool:
    for pattern in _PROPERTY:
        match = pattern.match(clause)
        if match is None:
            continue
        words = {key: value for key, value in match.groupdict().items() if value}
        name = words.get("field") or words.get("required", "")
        if not isinstance(draft.places.place(name), Place):
            tail = draft.places.tail(words.get("what", ""))
            if tail is None or draft.places.field(name, tail[1]) is None:
                continue
            name, words["what"] = f"{name} of {tail[1].plural}", tail[0]
        place = draft.one(name)
        if place.field is None:
            continue
        if "required" in words:
            what = "required"
        else:
            what = (
                f"default {words['default']}"
                if "default" in words
                else ("not " if "not" in words else "") + words["what"]
            )
        if _set(place, place.field, what, draft):
            return True
    return False


def _set(place: Place, field: FieldSpec, what: str, draft: ChangeDraft) -> bool:
    negated = _NO_MORE.match(what) is not None
    plain = re.sub(r"^(?:to\s+be\s+|to\s+|into\s+|now\s+|a\s+|an\s+)+", "", _NO_MORE.sub("", what), flags=re.I).strip()
    words = re.split(r"\s*(?:,|\band\b)\s*", plain.lower())
    known = {
        **{word: {"required": not negated} for word in REQUIRED},
        **{word: {"required": negated} for word in OPTIONAL},
        "unique": {"unique": not negated},
    }
    if all(word in known for word in words):
        update: dict[str, object] = {}
        for word in words:
            update |= known[word]
        if update.get("required") and field.type is FieldType.TEXT and field.min_length is None:
            update["min_length"] = 1
        if update.get("required") is False and field.min_length == 1:
            update["min_length"] = None
        draft.put_field(place, **update)
        return True
    if negated and re.match(r"^empty\b|^null\b", plain, re.I):
        draft.put_field(
            place, required=True, **({"min_length": field.min_length or 1} if field.type is FieldType.TEXT else {})
        )
        return True
    if negated:
        plain = what
    plain = re.sub(r"^defaults?\s+to\s+", "default ", plain, flags=re.I)
    if re.match(r"^\d+\s+(?:characters|chars|letters)$", plain, re.I):
        plain = f"at most {plain}"
    read = restated(field, plain, place.resource, draft.spec)
    if read is None:
        return False
    update, left = read
    if left:
        raise Refused(f"of this only a part is understood, not: {'; '.join(part.text for part in left)}")
    draft.put_field(place, **_fitting(field, update))
    if {"minimum", "maximum"} & update.keys():
        draft.assume(f"Rows whose {field.name} lies outside the new limits stay as they are until they are changed.")
    return True


_SHARED = (
    ((FieldType.INTEGER, FieldType.NUMBER, FieldType.MONEY), {"minimum", "maximum", "default"}),
    ((FieldType.TEXT, FieldType.EMAIL, FieldType.URL), {"min_length", "max_length", "pattern", "default"}),
)


def _fitting(field: FieldSpec, update: dict[str, object]) -> dict[str, object]:
    """A new type leaves of the old one's rules those that make sense for both."""
    if "type" not in update or update["type"] == field.type:
        return update
    kept = {"name", "label", "required", "unique"}
    for kinds, rules in _SHARED:
        if field.type in kinds and update["type"] in kinds:
            kept |= rules
    empty = FieldSpec(name=field.name, type=FieldType.TEXT, label=field.label)
    return empty.model_dump() | field.model_dump(include=kept) | update


def add(clause: str, draft: ChangeDraft) -> bool:
    match = _GIVE.match(clause)
    if match and (resource := draft.places.resource(match["resource"])):
        return _add_fields(match["what"], resource, draft)
    match = _ADD.match(clause)
    if match is None:
        match = _SHOULD.match(clause)
        resource = draft.places.resource(match["resource"]) if match else None
        return match is not None and resource is not None and _add_fields(match["what"], resource, draft)
    what = re.sub(rf"^({ARTICLES}[\w-]+s)\s+(?:to|for)\s+(?=.*\bwith\b)", r"\1 on ", match["what"], flags=re.I)
    described = re.match(
        rf"^{ARTICLES}(?:new\s+)?(?:{NOUNS}\s+)?(?:for\s+|called\s+|named\s+)?(?P<name>[\w -]+?)(?:\s+{NOUNS})?\s*(?:with\b|:|\()",
        what,
        re.I,
    )
    tail = draft.places.tail(what)
    if tail and tail[0]:
        comes = re.match(rf"^{ARTICLES}(?P<name>[\w-]+)\s+(?:to|on|for|of)\s", what, re.I)
        several = comes is not None and is_plural(slug(comes["name"])) and re.search(r"\bwith\b|:", what)
        if not several:
            return _add_fields(tail[0], tail[1], draft)
    if (described and is_plural(slug(described["name"]))) or re.match(
        rf"^{ARTICLES}(?:new\s+)?(?:resource|table|entity)\b", what, re.I
    ):
        return _add_resources(what, draft)
    only = draft.only()
    first = re.split(r"\s*(?:,|\band\b|\bwith\b|\()\s*", re.sub(rf"^{ARTICLES}", "", what, flags=re.I))[0]
    if only is not None and _is_bare(what) and _is_guess(what, only, draft):
        raise Refused(f"if a field of that name is meant, say: add a {what} field")
    if only is not None and not (
        is_plural(slug(first)) and not re.match(r"^(?:an?|the)\s", what, re.I) and "field" not in what.lower()
    ):
        return _add_fields(what, only, draft)
    if is_plural(slug(first)) or described:
        return _add_resources(what, draft)
    raise Refused(f"say to what it belongs: add {what} to one of {', '.join(r.plural for r in draft.spec.resources)}")


_REFERENCE = re.compile(
    r"^(?P<name>.+?)[\s,(]+(?:as\s+)?(?:an?\s+)?(?:reference|link)s?\s+to\s+(?P<target>[\w -]+?)\)?$", re.I
)


def _is_bare(what: str) -> bool:
    return re.match(r"^(?:an?|the)\s", what, re.I) is None and re.search(r"[,(:]|\bfield\b", what, re.I) is None


def _is_guess(what: str, resource: ResourceSpec, draft: ChangeDraft) -> bool:
    """A text, because nothing at all is known about the word."""
    read = read_fields(what, resource, draft.spec)
    return (
        read is not None
        and len(read.fields) == 1
        and read.fields[0].type is FieldType.TEXT
        and not read.fields[0].required
    )


def _add_fields(what: str, resource: ResourceSpec, draft: ChangeDraft) -> bool:
    words = re.sub(
        r"^(?:new|another|extra|additional)\s+|^(?:an?\s+)(?:new|extra|additional)\s+", "", what.strip(" ,"), flags=re.I
    )
    target = draft.places.resource(
        re.sub(r"^(?:reference|link)s?\s+to\s+|\s+(?:reference|link)$", "", words, flags=re.I)
    )
    refers = _REFERENCE.match(words)
    named = draft.places.resource(refers["target"]) if refers else None
    if named is not None and refers is not None:
        label = re.sub(rf"^{ARTICLES}", "", refers["name"], flags=re.I)
        _put_new(resource, [_reference(slug(label), label, named)], draft)
        return True
    if target is not None:
        _put_new(resource, [_reference(target.name, target.name.replace("_", " "), target)], draft)
        return True
    read = read_fields(words, resource, draft.spec)
    if read is None or not read.fields:
        return False
    _take_new(read, draft)
    _put_new(resource, list(read.fields), draft)
    _take_rules(read, resource.name, draft)
    draft.not_understood += read.left
    for text in read.assumptions:
        draft.assume(text)
    return True


def _reference(name: str, label: str, target: ResourceSpec) -> FieldSpec:
    return FieldSpec(name=f"{name.removesuffix('_id')}_id", type=FieldType.REFERENCE, label=label, target=target.name)


def _put_new(resource: ResourceSpec, fields: list[FieldSpec], draft: ChangeDraft) -> None:
    known = {f.name for f in resource.fields}
    double = [f.name for f in fields if f.name in known]
    if double:
        raise Refused(f"{resource.plural} have {' and '.join(double)} already; say what is to change about it")
    fitting = []
    for field in fields:
        if field.target is not None:
            draft.assume(f"{resource.name}.{field.name} is optional: rows that exist have none.")
            field = field.model_copy(update={"required": False})
        fitting.append(field)
    owned = any(draft.spec.resource(f.target).owned for f in fields if f.target)
    draft.speak_of(resource, fields[-1].name)
    draft.put_resource(
        resource,
        fields=[*(f.model_dump() for f in resource.fields), *(f.model_dump() for f in fitting)],
        owned=resource.owned or owned,
    )


def _take_new(read: Phrase, draft: ChangeDraft) -> None:
    for resource in read.resources:
        if resource.name not in [r.name for r in draft.spec.resources]:
            owned = any(f.target and f.target in _owned(draft) for f in resource.fields)
            draft.add_resource(
                resource.model_copy(update={"owned": owned or (draft.spec.accounts and _all_owned(draft))})
            )


def _owned(draft: ChangeDraft) -> set[str]:
    return {r.name for r in draft.spec.resources if r.owned}


def _all_owned(draft: ChangeDraft) -> bool:
    return bool(draft.spec.resources) and all(r.owned for r in draft.spec.resources)


def _take_rules(read: Phrase, name: str, draft: ChangeDraft) -> None:
    """What was said of the new fields beside themselves: search, filters, comparisons among them."""
    if read.whole is None:
        return
    resource = draft.spec.resource(name)
    draft.put_resource(
        resource,
        search=[*resource.search, *read.whole.search],
        filters=[*resource.filters, *read.whole.filters],
        sorts=[*resource.sorts, *read.whole.sorts],
        comparisons=[c.model_dump() for c in (*resource.comparisons, *read.whole.comparisons)],
    )


def _add_resources(what: str, draft: ChangeDraft) -> bool:
    words = re.sub(
        rf"^{ARTICLES}(?:new\s+)?(?:(?:resource|table|entity)s?\s+)(?:for\s+|called\s+|named\s+)?", "", what, flags=re.I
    )
    read = read_resources(words, draft.spec)
    if read is None:
        return False
    _take_new(read, draft)
    draft.not_understood += read.left
    for text in read.assumptions:
        draft.assume(text)
    return True


__all__ = ["add", "choices", "properties"]
