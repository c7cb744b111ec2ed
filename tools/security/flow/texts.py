"""What the methods of strings make of tainted ones."""

from __future__ import annotations

import re

from tools.security.flow import tables
from tools.security.flow.machine import Arguments
from tools.security.flow.values import A_NUMBER, HOLE, Value, concatenated, constant, safe_for, union

QUOTES = frozenset({tables.SQL, tables.XPATH, tables.CODE})


def joined(separator: Value, values: Value) -> Value:
    if values.items is not None:
        parts: list[Value] = []
        for number, value in enumerate(values.items.values()):
            parts += ([separator] if number else []) + [value]
        return concatenated(parts)
    return Value(taints=values.taints | separator.taints, known=values.known, text=values.text, name="str")


def replaced(receiver: Value, old: Value, new: Value) -> Value:
    classes: frozenset[str] = frozenset()
    if isinstance(old.const, str) and isinstance(new.const, str) and old.const not in new.const:
        classes = classes | ({tables.XSS} if old.const == "<" else set())
        classes = classes | (QUOTES if old.const in {"'"} else set())
        classes = classes | ({tables.LOG, tables.HEADER} if old.const in {"\n", "\r\n"} else set())
    elif old.const == "'" and new.const == "''":
        classes = frozenset({tables.SQL})
    taints = receiver.taints | new.taints
    # What ends no quotes is no danger within them.
    text = A_NUMBER if tables.SQL in classes and receiver.text == HOLE else receiver.text
    return safe_for(Value(taints=taints, known=receiver.known and new.known, name=receiver.name, text=text), classes)


def formatted(receiver: Value, given: Arguments) -> Value:
    if not isinstance(receiver.const, str):
        return Value(taints=union([receiver, *given.all()]), text=receiver.text, name="str", known=False)
    parts: list[Value] = []
    automatic = 0
    for number, piece in enumerate(re.split(r"\{([^{}]*)\}", receiver.const)):
        if number % 2 == 0:
            parts.append(constant(piece))
            continue
        field = re.split(r"[!:.\[]", piece)[0]
        if field == "" or field.isdigit():
            index = int(field) if field else automatic
            automatic += 1
            parts.append(given.at(index) or given.rest or Value())
        else:
            parts.append(given.named.get(field) or given.spread or Value())
    return concatenated(parts)


def substituted(pattern: Value | None, subject: Value) -> Value:
    """`re.sub("[^a-z]", "", text)` leaves harmless characters only."""
    text = pattern.const if pattern is not None else None
    harmless = isinstance(text, str) and re.fullmatch(r"\[\^[\w\s\\.\-@]+\]\+?|\\W\+?|\\D\+?", text)
    if harmless and "." not in str(text):
        return Value(known=subject.known)
    result = Value(taints=subject.taints, known=subject.known, name=subject.name, text=subject.text)
    classes = frozenset({tables.SQL, tables.XSS, tables.COMMAND, tables.XPATH, tables.LDAP})
    return safe_for(result, classes) if harmless else result


__all__ = ["formatted", "joined", "replaced", "substituted"]
