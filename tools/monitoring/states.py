"""Pending, firing, resolved, as in Prometheus: what one evaluation of one rule changes. Pure."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from memory.records.monitoring import ABSENT, RATIOS, AlertRule, AlertState

STALE = timedelta(minutes=5)
"""After so long without any value, beyond the look-back, an alert that fires ends: nothing is known any more."""
TOLERANCE = timedelta(minutes=5)
"""After a longer time without an evaluation, what is pending begins anew."""
NO_DATA = "no data for five minutes"

COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
}


@dataclass(frozen=True)
class Seen:
    """What is known of one target at one evaluation."""

    values: Mapping[str, float]
    """By metric, those that are fresh. Without any the target is silent."""
    silent_for: timedelta
    """Since its last value, beyond the look-back."""


class Verdict(StrEnum):
    HOLDS = "holds"
    NOT = "not"
    UNKNOWN = "unknown"
    """The target is silent, but not for long."""
    STALE = "stale"


class Kind(StrEnum):
    OPEN = "open"
    """It holds, for the first time."""
    AGAIN = "again"
    """Pending, and its time begins anew."""
    FIRE = "fire"
    DROP = "drop"
    """It was pending and held no more."""
    RESOLVE = "resolve"


@dataclass(frozen=True)
class Change:
    kind: Kind
    reason: str = ""


@dataclass(frozen=True)
class Before:
    """An alert that is pending or firing."""

    state: AlertState
    active_at: datetime


def value_of(rule: AlertRule, seen: Seen) -> float | None:
    if rule.metric in RATIOS:
        above, below, factor = RATIOS[rule.metric]
        whole = seen.values.get(below)
        return factor * seen.values.get(above, 0.0) / whole if whole else None
    return seen.values.get(rule.metric)


def judged(rule: AlertRule, seen: Seen) -> Verdict:
    """A target that has values, but none of this metric, has had no requests: the rule does not hold."""
    value = value_of(rule, seen)
    if rule.op == ABSENT:
        return Verdict.HOLDS if value is None else Verdict.NOT
    if value is not None:
        return Verdict.HOLDS if COMPARE[rule.op](value, rule.threshold) else Verdict.NOT
    if seen.values:
        return Verdict.NOT
    return Verdict.STALE if seen.silent_for > STALE else Verdict.UNKNOWN


def step(rule: AlertRule, before: Before | None, verdict: Verdict, now: datetime, *, gap: bool) -> tuple[Change, ...]:
    """What changes, in this order. `gap`: the evaluation before was too long ago to say that it held since."""
    if before is None:
        return _opened(rule) if verdict is Verdict.HOLDS else ()
    if before.state is AlertState.FIRING:
        if verdict is Verdict.NOT:
            return (Change(Kind.RESOLVE),)
        return (Change(Kind.RESOLVE, NO_DATA),) if verdict is Verdict.STALE else ()
    if verdict is not Verdict.HOLDS:
        return (Change(Kind.DROP),)
    if gap:
        return (Change(Kind.AGAIN),)
    return (Change(Kind.FIRE),) if now - before.active_at >= timedelta(seconds=rule.window) else ()


def _opened(rule: AlertRule) -> tuple[Change, ...]:
    opened = Change(Kind.OPEN)
    return (opened, Change(Kind.FIRE)) if rule.window == 0 else (opened,)


__all__ = [
    "COMPARE",
    "NO_DATA",
    "STALE",
    "TOLERANCE",
    "Before",
    "Change",
    "Kind",
    "Seen",
    "Verdict",
    "judged",
    "step",
    "value_of",
]
