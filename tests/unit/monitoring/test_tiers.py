"""When each severity is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from memory.records.monitoring import Severity
from tools.monitoring.remedies import SETTLE, following
from tools.monitoring.tiers import DIGEST_HOUR, STORM, STORM_SPAN, due, may_go

times = st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))


@given(times)
def test_each_tier_keeps_its_word(now: datetime) -> None:
    assert due(Severity.CRITICAL, now) == now
    assert timedelta(0) < due(Severity.HIGH, now) - now < timedelta(minutes=5)
    hourly = due(Severity.MEDIUM, now)
    assert timedelta(0) < hourly - now <= timedelta(hours=1)
    assert (hourly.minute, hourly.second, hourly.microsecond) == (0, 0, 0)
    daily = due(Severity.LOW, now)
    assert timedelta(0) < daily - now <= timedelta(days=1)
    assert daily.hour == DIGEST_HOUR


@given(times, times)
def test_all_of_one_hour_come_in_one_message(a: datetime, b: datetime) -> None:
    same_hour = a.replace(minute=0, second=0, microsecond=0) == b.replace(minute=0, second=0, microsecond=0)
    assert (due(Severity.MEDIUM, a) == due(Severity.MEDIUM, b)) == same_hour


def test_a_storm_of_critical_messages_is_gathered() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    last = [now - timedelta(seconds=s) for s in range(1, STORM + 1)]
    assert may_go(Severity.CRITICAL, last[: STORM - 1], now)
    assert not may_go(Severity.CRITICAL, last, now)
    assert may_go(Severity.CRITICAL, last, now + STORM_SPAN)
    assert may_go(Severity.HIGH, last, now)


def test_remedies_follow_each_other_and_end() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert following([], None, now) == "restart"
    assert following(["restart:running"], None, now) is None
    assert following(["restart:succeeded"], now, now) is None
    assert following(["restart:succeeded"], now - SETTLE, now) == "rollback"
    assert following(["restart:failed"], now, now) == "rollback"
    assert following(["restart:succeeded", "rollback:failed"], now - SETTLE * 100, now) is None
