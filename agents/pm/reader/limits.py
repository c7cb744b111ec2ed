"""Limits of a field as the plan can hold them; what contradicts itself or fits the type not is reported."""

from __future__ import annotations

import re
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, InvalidOperation

from agents.pm.reader.draft import Bound, FieldDraft
from agents.pm.reader.expressions import why_unusable
from agents.pm.reader.text import Ledger
from agents.pm.reader.types import NOT_NEGATIVE
from memory.records.spec import FieldSpec, FieldType

SHORT, LONG = 200, 10_000
LONGEST = 1_000_000
LARGEST = Decimal(10) ** 15
"""Beyond it neither a JSON number nor a column of cents is exact."""
NUMBERS = (FieldType.INTEGER, FieldType.NUMBER, FieldType.MONEY)
_LENGTHS = (FieldType.TEXT, FieldType.LIST, FieldType.EMAIL, FieldType.URL)
_DATES = (FieldType.DATE, FieldType.DATETIME)
_STEPS = {FieldType.INTEGER: Decimal(1), FieldType.MONEY: Decimal("0.01")}


def lengths(field: FieldDraft, kind: FieldType, ledger: Ledger) -> tuple[int | None, int | None]:
    """(least, most) characters or items."""
    if kind not in _LENGTHS:
        return None, None
    lows, highs = _usable(field, field.lows, ledger, text=False), _usable(field, field.highs, ledger, text=False)
    low = max((int(b.value) + b.strict for b in lows), default=0)
    high = min((int(b.value) - b.strict for b in highs), default=None)
    if low > LONG or (high is not None and (high < max(low, 1) or high > LONGEST)):
        _tell(field, ledger, f"its length cannot be from {low} to {high or LONG}; the limit is left out")
        low, high = 0, None
    if kind is FieldType.TEXT:
        low = max(low, 1 if field.required else 0)
        high = max(LONG if field.long else SHORT, low) if high is None else high
    return low or None, high


def values(field: FieldDraft, kind: FieldType, ledger: Ledger) -> tuple[Decimal | str | None, Decimal | str | None]:
    """(least, most) of a number or a date, both inclusive."""
    if kind in _DATES:
        return _dates(field, ledger)
    if kind not in NUMBERS:
        if kind not in _LENGTHS and (field.lows or field.highs):
            _tell(field, ledger, f"a field of type {kind} has no limits of value; it has none")
        return None, None
    floors = [_number(b, kind, 1) for b in _usable(field, field.lows, ledger, text=False, value=True)]
    ceilings = [_number(b, kind, -1) for b in _usable(field, field.highs, ledger, text=False, value=True)]
    bottom, top = max(floors, default=None), min(ceilings, default=None)
    if bottom is not None and top is not None and bottom > top:
        _tell(field, ledger, f"it cannot be at least {bottom} and at most {top}; both limits are left out")
        return None, None
    if bottom is None and not field.signed and set(field.name.split("_")) & NOT_NEGATIVE and (top is None or top >= 0):
        bottom = Decimal(0)
    return bottom, top


def _dates(field: FieldDraft, ledger: Ledger) -> tuple[str | None, str | None]:
    lows = [iso_date(str(b.value)) for b in _usable(field, field.lows, ledger, text=True)]
    highs = [iso_date(str(b.value)) for b in _usable(field, field.highs, ledger, text=True)]
    found = [*lows, *highs]
    plain = [day for day in found if day not in (None, "today")]
    one_side = len(set(lows)) < 2 and len(set(highs)) < 2
    rising = not lows or not highs or (len(plain) == 2 and str(lows[0]) <= str(highs[0]))
    if None in found or not one_side or not rising:
        _tell(field, ledger, "its limits are no dates that can be kept together; they are left out")
        return None, None
    return (lows[0] if lows else None), (highs[0] if highs else None)


def iso_date(value: str) -> str | None:
    """The day as written in JSON, or `today`; None where it is no day."""
    if value == "today":
        return value
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        return None


def _usable(field: FieldDraft, bounds: list[Bound], ledger: Ledger, *, text: bool, value: bool = False) -> list[Bound]:
    kept = [b for b in bounds if isinstance(b.value, str) == text and not (value and b.length)]
    kept = [b for b in kept if text or abs(Decimal(b.value)) <= LARGEST]
    if len(kept) < len(bounds):
        _tell(field, ledger, "a limit does not fit the field's type or is beyond what can be kept; it is left out")
    return kept


def _number(bound: Bound, kind: FieldType, sign: int) -> Decimal:
    value = Decimal(bound.value)
    if bound.strict:
        whole = kind is not FieldType.INTEGER or value == value.to_integral_value()
        value += sign * _STEPS.get(kind, Decimal("0.000001")) if whole else 0
    if kind is FieldType.NUMBER:
        return value
    step = _STEPS[kind]
    return (value / step).to_integral_value(ROUND_CEILING if sign > 0 else ROUND_FLOOR) * step


def pattern(field: FieldDraft, kind: FieldType, least: int | None, most: int | None, ledger: Ledger) -> str | None:
    if field.pattern is None:
        return None
    reason = why_unusable(field.pattern, least or 0, most)
    if kind is not FieldType.TEXT:
        reason = f"a field of type {kind} has no pattern"
    if reason is not None:
        _tell(field, ledger, f"{reason}; the field is kept without the pattern")
        return None
    return field.pattern


def default_kept(spec: FieldSpec) -> bool:
    """True where the default, if there is one, keeps the field's own limits and pattern."""
    value = spec.default
    if value is None or isinstance(value, bool):
        return True
    if spec.type in NUMBERS:
        try:
            size = Decimal(str(value))
        except InvalidOperation:
            return False
        low, high = (Decimal(limit) if limit is not None else size for limit in (spec.minimum, spec.maximum))
        return low <= size <= high and abs(size) <= LARGEST
    if spec.type is FieldType.TEXT:
        fits = (spec.min_length or 0) <= len(str(value)) <= (spec.max_length or LONG)
        return fits and (spec.pattern is None or re.fullmatch(spec.pattern, str(value)) is not None)
    if spec.type in _DATES:
        limits = (spec.minimum, spec.maximum)
        if value in ("today", "now"):
            return all(limit in (None, "today") for limit in limits)
        inside = str(limits[0] or value) <= str(value) <= str(limits[1] or value)
        return "today" not in limits and inside
    return True


def _tell(field: FieldDraft, ledger: Ledger, reason: str) -> None:
    ledger.refuse(field.start, field.end, reason)
