"""A field is made of the words that name it."""

# ruff: noqa: E501 (tables of phrases stay one a line)
from __future__ import annotations

import re

from agents.pm.reader.draft import FieldDraft, ResourceDraft
from agents.pm.reader.modifiers import ModifierReader
from agents.pm.reader.names import ROW_FIELDS, singular, slug
from agents.pm.reader.split import split_type
from agents.pm.reader.types import guess
from memory.records.spec import FieldType


class FieldMaker(ModifierReader):
    def field(self, resource: ResourceDraft, i: int, j: int) -> FieldDraft | None:
        """The field named by tokens [i, j), made if it is new; None where no safe name can be made."""
        words = self.ledger.text(i, j)
        if len(words) > 1 and words[0] in "\"'`“‘":
            words = words[1:-1]
        unit = _UNIT_BEHIND.search(words)
        if unit:
            words = words[: unit.start()]
        name, stated = split_type(one_moment(slug(words)))
        if name in ("emails", "urls", "websites", "names", "titles") and stated is None:
            name = singular(name)
        name = slug(name)
        if not name:
            self.ledger.refuse(i, j, "no name can be made of it that is safe in JSON and in a database")
            return None
        if name in ROW_FIELDS:
            self.ledger.use(i, j)
            self.draft.assume(
                f"Every row has id, created_at and updated_at by itself, so {resource.name} got no field {name} of its own."
            )
            return FieldDraft(name, words, i, j)
        known = resource.find(name) or resource.find(name.removeprefix(f"{resource.name}_"))
        if known is not None and not known.assumed:
            return known
        field = FieldDraft(name, words, i, j)
        if stated is not None:
            field.type, field.item, field.long = stated.type, stated.item, stated.long
        if unit and field.type is None and guess(name).type is FieldType.TEXT:
            field.type = FieldType.NUMBER
        resource.fields.append(field)
        return field


def one_moment(name: str) -> str:
    """`end_dates`, said together with the start, is one date."""
    first, _, last = name.partition("_")
    paired = first in PAIRS or first in PAIRS.values()
    return name.removesuffix("s") if paired and last in ("dates", "times") else name


_UNIT_BEHIND = re.compile(r"\s*\((?:g|kg|mg|ml|cl|l|cm|mm|m|km|kcal|%|°C|minutes|min|hours|h|days|s|seconds)\)$")
PAIRS = {
    "first": "last", "start": "end", "starting": "ending", "min": "max", "minimum": "maximum", "opening": "closing",
    "billing": "shipping", "departure": "arrival", "home": "work", "pickup": "delivery", "begin": "end",
    "birth": "death", "arrival": "departure", "check-in": "check-out", "check-out": "return", "lower": "upper",
    "given": "family",
}  # fmt: skip
