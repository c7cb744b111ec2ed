"""What was left unsaid of fields: their types by name and place, and which one names a row."""

from __future__ import annotations

from agents.pm.reader.draft import Draft, FieldDraft, ResourceDraft
from agents.pm.reader.moments import in_place
from agents.pm.reader.types import NOT_NEGATIVE, Stated, guess
from agents.pm.reader.wordset import word_set
from memory.records.spec import FieldType

_IN_ORDER = word_set(
    """
    option question card column slide step chapter lesson section image photo track task
    stage answer page line stop layer block module topic menu_item list_item
    """
)
_MOVED = word_set("trip journey ride route flight transfer connection shipment transport transit letter message")
MEASURED = frozenset({"measurement", "reading", "metric", "observation", "sample"})
NAMING = ("name", "title", "label", "subject", "question", "number", "code")


def complete_fields(draft: Draft) -> None:
    for resource in draft.resources.values():
        for field in resource.fields:
            _type(draft, resource, field)
        _naming(draft, resource)


def _type(draft: Draft, resource: ResourceDraft, field: FieldDraft) -> None:
    if field.type is None:
        stated = in_place(resource, field) or guess(field.name)
        if field.name in ("start", "end", "begin", "finish") and not field.highs:
            stated = Stated(FieldType.DATETIME)
        if field.name in ("from", "to") and resource.name.rpartition("_")[2] in _MOVED:
            stated = Stated(FieldType.TEXT)
        elif (
            field.name in ("from", "to") and not field.highs and any(f.name in ("from", "to") for f in resource.fields)
        ):
            dated = any(f.name != field.name and guess(f.name).type is FieldType.DATE for f in resource.fields)
            stated = Stated(FieldType.TIME if dated else FieldType.DATE)
        if field.name in ("amount", "quantity") and resource.find("unit") is not None:
            stated = Stated(FieldType.NUMBER)
        if field.name == "position" and resource.name in _IN_ORDER:
            stated = Stated(FieldType.INTEGER)
        if field.name == "value" and set(resource.name.split("_")) & MEASURED:
            stated = Stated(FieldType.NUMBER)
        if isinstance(field.default, bool):
            field.type = FieldType.FLAG
        else:
            field.type, field.item = stated.type, stated.item
            if field.type in (FieldType.DATE, FieldType.TIME) and _counted(field):
                field.type = FieldType.INTEGER
            if field.type is FieldType.INTEGER and _fractional(field):
                field.type = FieldType.NUMBER
        field.long = stated.long
        if field.pattern is not None or (
            any(bound.length for bound in (*field.lows, *field.highs)) and field.type is not FieldType.LIST
        ):
            if field.type not in (FieldType.EMAIL, FieldType.URL):
                field.type = FieldType.TEXT
        elif field.type is FieldType.TEXT and _numeric(field):
            field.type = _number_type(field)
        elif field.type is FieldType.FLAG and isinstance(field.default, str):
            field.type = FieldType.TEXT
    elif field.type is FieldType.TEXT and not field.long:
        field.long = guess(field.name).long
    if (
        field.type in (FieldType.INTEGER, FieldType.NUMBER, FieldType.MONEY)
        and not field.lows
        and not field.signed
        and set(field.name.split("_")) & NOT_NEGATIVE
    ):
        draft.assume(f"{resource.name}.{field.name} is 0 or more.")


def _numeric(field: FieldDraft) -> bool:
    values = [bound.value for bound in (*field.lows, *field.highs)]
    if any(isinstance(value, str) for value in values):
        return False
    low_only = bool(field.lows) and not field.long
    return low_only or (isinstance(field.default, int | float) and not field.highs)


def _counted(field: FieldDraft) -> bool:
    """`billing day (1-31)`: a number, whatever the name suggests."""
    bounds = (*field.lows, *field.highs)
    return bool(bounds) and all(not isinstance(b.value, str) and not b.length for b in bounds)


def _fractional(field: FieldDraft) -> bool:
    values = [bound.value for bound in (*field.lows, *field.highs) if not isinstance(bound.value, str)]
    return isinstance(field.default, float) or any(int(value.as_tuple().exponent) < 0 for value in values)


def _number_type(field: FieldDraft) -> FieldType:
    values = [bound.value for bound in (*field.lows, *field.highs)]
    whole = (
        not _fractional(field) and all(value == int(value) for value in values) and not isinstance(field.default, float)
    )
    return FieldType.INTEGER if whole else FieldType.NUMBER


def _naming(draft: Draft, resource: ResourceDraft) -> None:
    fields = {field.name: field for field in resource.fields}
    naming = next((fields[name] for name in NAMING if name in fields), None)
    if naming is None and resource.fields and resource.fields[0].type is FieldType.TEXT:
        naming = resource.fields[0]
    if naming is not None and naming.required is None and naming.default is None:
        naming.required = True
        draft.assume(f"{resource.name}.{naming.name} is required.")
