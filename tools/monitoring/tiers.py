"""When what is told: critical at once, high within five minutes, medium every hour, low once a day. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from memory.records.monitoring import Severity

HIGH_WAIT = timedelta(minutes=4)
"""Five minutes less what evaluation and delivery take."""
DIGEST_HOUR = 8
"""UTC."""
STORM = 3
STORM_SPAN = timedelta(minutes=1)
"""After so many critical messages of a project within this span, the next one gathers what comes."""
REPEAT = timedelta(hours=4)
"""A critical or high alert that fires on and was not acknowledged is told again."""
REPEATED = (Severity.CRITICAL, Severity.HIGH)


def due(severity: Severity, now: datetime) -> datetime:
    """When something that happens now has to be told."""
    if severity is Severity.CRITICAL:
        return now
    if severity is Severity.HIGH:
        return now + HIGH_WAIT
    hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    if severity is Severity.MEDIUM:
        return hour + timedelta(hours=1)
    today = hour.replace(hour=DIGEST_HOUR)
    return today if today > now else today + timedelta(days=1)


def may_go(severity: Severity, told: Sequence[datetime], now: datetime) -> bool:
    """Whether a due message may go now. `told`: when the last ones of its project and severity went, newest first."""
    if severity is not Severity.CRITICAL or len(told) < STORM:
        return True
    return now - told[STORM - 1] >= STORM_SPAN


__all__ = ["DIGEST_HOUR", "HIGH_WAIT", "REPEAT", "REPEATED", "STORM", "STORM_SPAN", "due", "may_go"]
