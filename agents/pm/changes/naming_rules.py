"""Clauses that rename and remove."""

from __future__ import annotations

import re

from agents.pm.changes.draft import ChangeDraft, Refused
from agents.pm.changes.places import ARTICLES, NOUNS
from agents.pm.reader.names import ROW_FIELDS, plural_name, singular_name, slug

_RENAME = (
    re.compile(r"^(?:rename|call)\s+(?P<old>.+?)\s+(?:to|as|into)\s+(?P<new>.+)$", re.I),
    re.compile(r"^(?:change|set)\s+the\s+name\s+of\s+(?P<old>.+?)\s+(?:to|into)\s+(?P<new>.+)$", re.I),
)
_REMOVE = re.compile(r"^(?:remove|delete|drop|get rid of)\s+(?P<what>.+)$", re.I)
_PLACE = re.compile(rf"^(?P<new>.+?)\s+(?:in|on|of|for)\s+{ARTICLES}(?P<resource>[\w ]+)$", re.I)


def rename(clause: str, draft: ChangeDraft) -> bool:
    match = next((m for pattern in _RENAME if (m := pattern.match(clause))), None)
    if match is None:
        return False
    old, new = match["old"], match["new"]
    placed = _PLACE.match(new)
    if placed and draft.places.resource(placed["resource"]):
        old, new = f"{old} of {placed['resource']}", placed["new"]
    place = draft.one(old)
    label = re.sub(rf"^{ARTICLES}", "", new.strip("\"' "), flags=re.I)
    label = re.sub(rf"\s+{NOUNS}$", "", label, flags=re.I)
    name = slug(label)
    if not name:
        raise Refused(f"{new} gives no name: use letters and digits")
    if place.field is None:
        single = singular_name(name)
        draft.rename_resource(place.resource, single, plural_name(single), label)
        draft.assume(f"Its path changes from /{_path(place.resource.plural)} to /{_path(plural_name(single))}.")
        return True
    if place.field.target and not name.endswith("_id"):
        name = f"{name}_id"
    if name in ROW_FIELDS:
        raise Refused(f"every row has a {name} already")
    draft.rename_field(place, name, label)
    return True


def remove(clause: str, draft: ChangeDraft) -> bool:
    match = _REMOVE.match(clause)
    if match is None:
        return False
    what = match["what"]
    if re.search(r"\b(?:accounts?|log ?ins?|authentication)\b", what, re.I) and draft.places.place(what) is None:
        raise Refused("accounts cannot be taken away by rules: every row would be open to everybody")
    feature = _feature(what, draft)
    if feature:
        return True
    choice = re.match(
        r"^(?:the\s+)?(?:choice\s+|value\s+|option\s+)?(?P<choice>.+?)\s+(?:from|of|as)\s+(?P<rest>.+)$", what, re.I
    )
    if choice and _remove_choice(choice["choice"], choice["rest"], draft):
        return True
    names = [part for part in re.split(r"\s*(?:,|\band\b)\s*", what) if part]
    tail = draft.places.tail(what)
    if tail and tail[0] and len(names) > 1:
        fields = draft.places.fields_in(tail[0], tail[1])
        for field in fields:
            draft.remove_field(draft.one(f"{field.name} of {tail[1].plural}"))
        if fields:
            return True
    place = draft.one(what)
    if place.field is None:
        draft.remove_resource(place.resource)
        draft.assume(f"The rows of {place.resource.plural} go with it, and cannot come back.")
    else:
        draft.remove_field(place)
        draft.assume(f"What is stored as {place.resource.name}.{place.field.name} goes with it, and cannot come back.")
    return True


def _remove_choice(choice: str, rest: str, draft: ChangeDraft) -> bool:
    words = re.sub(r"^(?:the\s+)?(?:choices?|values?|options?|list)\s+(?:of|for|in)\s+", "", rest, flags=re.I)
    words = re.sub(r"\s+(?:choices?|values?|options?)$", "", words, flags=re.I)
    place = draft.places.place(words)
    if place is None or isinstance(place, list) or place.field is None or not place.field.choices:
        return False
    plain = choice.strip("\"' ").lower()
    kept = [c for c in place.field.choices if c.lower() != plain]
    if len(kept) == len(place.field.choices):
        raise Refused(f"{place.field.name} has no choice {plain}; it has {', '.join(place.field.choices)}")
    if len(kept) < 1:
        raise Refused(f"{place.field.name} would have no choice left")
    if place.field.default is not None and place.field.default not in kept:
        draft.assume(f"{place.field.name} has no default any more.")
        draft.put_field(place, choices=kept, default=None)
    else:
        draft.put_field(place, choices=kept)
    draft.assume(f"Where rows have the {place.field.name} {plain}, nothing is changed: give them another one first.")
    return True


def _feature(what: str, draft: ChangeDraft) -> bool:
    """`the search from tasks`, `the filter by status`, `CSV export`, `the rule that end is after start`."""
    named = draft.places.named(what) or list(draft.spec.resources)
    if re.match(r"^(?:the\s+)?search\b", what, re.I):
        for resource in named:
            draft.put_resource(resource, search=[])
        return True
    if re.search(r"\bcsv\b", what, re.I):
        way = {"csv_import": re.search(r"import", what, re.I), "csv_export": re.search(r"export", what, re.I)}
        gone = {key: False for key, said in way.items() if said or not any(way.values())}
        for resource in named:
            draft.put_resource(resource, **gone)
        return True
    match = re.match(
        r"^(?:the\s+)?(?P<kind>filters?|filtering|sort|sorting)\b(?:\s+(?:by|on)\s+(?P<fields>.+))?$", what, re.I
    )
    if match is None:
        return False
    key = "filters" if match["kind"].lower().startswith("filter") else "sorts"
    for resource in named:
        words = re.sub(r"\s+(?:of|in|on|from|for)\s+.*$", "", match["fields"] or "", flags=re.I)
        names = {f.name for f in draft.places.fields_in(words, resource)} if words else set(getattr(resource, key))
        order = {"default_sort": "id"} if key == "sorts" and resource.default_sort.removeprefix("-") in names else {}
        draft.put_resource(resource, **{key: [n for n in getattr(resource, key) if n not in names]}, **order)
    return True


def _path(name: str) -> str:
    return name.replace("_", "-")


__all__ = ["remove", "rename"]
