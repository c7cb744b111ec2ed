"""The state machine against the words of Prometheus' own manual, on histories that nobody thought of."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from memory.records.monitoring import AlertRule, AlertState, Metric
from tools.monitoring.rules import default_rules
from tools.monitoring.states import NO_DATA, STALE, TOLERANCE, Before, Kind, Seen, Verdict, judged, step

START = datetime(2026, 1, 1, tzinfo=UTC)
SILENT = timedelta(0)


def rule(window: float = 60.0, **more) -> AlertRule:
    fields = {"name": "r", "metric": "error_rate", "threshold": 0.05, "severity": "high"} | more
    return AlertRule.model_validate(fields | {"window": window})


class Follower:
    """Keeps what a row of the table keeps, and nothing else."""

    def __init__(self, followed: AlertRule) -> None:
        self.rule = followed
        self.state: Before | None = None
        self.told: list[Kind] = []
        self.evaluated: datetime | None = None

    def evaluate(self, now: datetime, verdict: Verdict) -> None:
        gap = self.evaluated is not None and now - self.evaluated > TOLERANCE
        self.evaluated = now
        for change in step(self.rule, self.state, verdict, now, gap=gap):
            self.told.append(change.kind)
            if change.kind in (Kind.OPEN, Kind.AGAIN):
                self.state = Before(AlertState.PENDING, now)
            elif change.kind is Kind.FIRE:
                assert self.state is not None
                self.state = Before(AlertState.FIRING, self.state.active_at)
            else:
                self.state = None


def expected(window: float, history: list[tuple[datetime, Verdict]]) -> AlertState | None:
    """From the whole history: it fires when it held at every evaluation for the window, until it is said to be over."""
    firing, since, before = False, None, None
    for now, verdict in history:
        if firing:
            firing = verdict not in (Verdict.NOT, Verdict.STALE)
            since = since if firing else None
        elif verdict is not Verdict.HOLDS:
            since = None
        else:
            if since is None or (before is not None and now - before > TOLERANCE):
                since = now
            firing = now - since >= timedelta(seconds=window)
        before = now
    return AlertState.FIRING if firing else AlertState.PENDING if since is not None else None


steps = st.lists(st.tuples(st.integers(1, 400), st.sampled_from(Verdict)), max_size=60)


@settings(max_examples=300)
@given(st.sampled_from([0.0, 15.0, 60.0, 300.0]), steps)
def test_every_history_ends_in_the_state_that_its_words_say(window: float, moves: list[tuple[int, Verdict]]) -> None:
    follower, now, history = Follower(rule(window)), START, []
    for seconds, verdict in moves:
        now += timedelta(seconds=seconds)
        history.append((now, verdict))
        follower.evaluate(now, verdict)
        state = None if follower.state is None else follower.state.state
        assert state == expected(window, history)


@given(steps)
def test_fires_and_ends_take_turns(moves: list[tuple[int, Verdict]]) -> None:
    follower, now = Follower(rule(30.0)), START
    for seconds, verdict in moves:
        now += timedelta(seconds=seconds)
        follower.evaluate(now, verdict)
    loud = [kind for kind in follower.told if kind in (Kind.FIRE, Kind.RESOLVE)]
    assert all(a is not b for a, b in itertools.pairwise(loud))
    assert not loud or loud[0] is Kind.FIRE


def test_one_gap_resets_a_pending_alert() -> None:
    follower = Follower(rule(60.0))
    for second in range(0, 60, 15):
        follower.evaluate(START + timedelta(seconds=second), Verdict.HOLDS)
    follower.evaluate(START + timedelta(seconds=60), Verdict.NOT)
    for second in range(75, 135, 15):
        follower.evaluate(START + timedelta(seconds=second), Verdict.HOLDS)
        assert Kind.FIRE not in follower.told
    follower.evaluate(START + timedelta(seconds=135), Verdict.HOLDS)
    assert follower.told == [Kind.OPEN, Kind.DROP, Kind.OPEN, Kind.FIRE]


def test_a_silent_target_keeps_what_fires_and_resets_what_is_pending() -> None:
    firing, pending = Before(AlertState.FIRING, START), Before(AlertState.PENDING, START)
    assert step(rule(), firing, Verdict.UNKNOWN, START, gap=False) == ()
    (over,) = step(rule(), firing, Verdict.STALE, START, gap=False)
    assert (over.kind, over.reason) == (Kind.RESOLVE, NO_DATA)
    (dropped,) = step(rule(), pending, Verdict.UNKNOWN, START, gap=False)
    assert dropped.kind is Kind.DROP


@pytest.mark.parametrize(
    ("values", "silent", "verdict"),
    [
        ({Metric.REQUESTS: 100, Metric.ERRORS: 6}, SILENT, Verdict.HOLDS),
        ({Metric.REQUESTS: 100, Metric.ERRORS: 5}, SILENT, Verdict.NOT),
        ({Metric.REQUESTS: 100}, SILENT, Verdict.NOT),
        ({Metric.REQUESTS: 0, Metric.UP: 1}, SILENT, Verdict.NOT),  # 0/0 is no number, and no alert
        ({}, timedelta(seconds=10), Verdict.UNKNOWN),
        ({}, STALE + timedelta(seconds=1), Verdict.STALE),
    ],
)
def test_judged(values: dict[str, float], silent: timedelta, verdict: Verdict) -> None:
    assert judged(rule(), Seen(values, silent)) is verdict


def test_a_target_that_vanished_is_absent_and_not_down() -> None:
    rules = {r.name: r for r in default_rules()}
    vanished = Seen({}, timedelta(seconds=30))
    assert judged(rules["target_down"], vanished) is Verdict.UNKNOWN
    assert judged(rules["target_missing"], vanished) is Verdict.HOLDS
    # it fires before what is known last grows stale: in between nothing would say that all is not well
    assert rules["target_missing"].window < STALE.total_seconds()


@pytest.mark.parametrize(
    "wrong",
    [
        {"window": "soon"},
        {"window": "8d"},
        {"window": True},
        {"metric": "happiness"},
        {"op": "~"},
        {"threshold": float("nan")},
        {"severity": "urgent"},
        {"name": "High Error"},
        {"unknown": 1},
    ],
)
def test_rules_that_mean_nothing_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        rule(**wrong)


def test_windows_are_times() -> None:
    assert [rule(window=w).window for w in ("90s", "5m", "1.5h", 30, "0s")] == [90, 300, 5400, 30, 0]
    assert rule(metric="response_time").metric is Metric.P95
