"""From a measurement to a message on a clock that is moved: tiers over a restart, storms, dead channels, silence."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from memory.database import Pool
from memory.records.monitoring import AlertRule
from tests.integration.monitoring.monitored import START, Watch, make_project, partitions
from tools.monitoring.messages import SHOWN
from tools.monitoring.remedies import Remedies
from tools.monitoring.rules import default_rules
from tools.monitoring.states import NO_DATA

GOOD = {"UP": 1, "REQUESTS": 100, "ERRORS": 0, "CPU_USAGE": 0.1, "P50": 5, "P95": 20}


def rule(severity: str, window: str = "1m", name: str = "") -> AlertRule:
    return AlertRule.model_validate(
        {
            "name": name or f"{severity}_errors",
            "metric": "error_rate",
            "threshold": 0.05,
            "window": window,
            "severity": severity,
        }
    )


async def test_pending_firing_resolved(watch: Watch) -> None:
    watch.rules = (rule("critical", "1m"),)
    (target,) = await make_project(watch.pool)
    await watch.channels(target, "hook")
    await watch.go(60, [target], **GOOD)
    assert await watch.states(target) == {}
    bad = GOOD | {"ERRORS": 8}
    await watch.go(60, [target], **bad)
    assert await watch.states(target) == {"critical_errors": "pending"}
    assert watch.letters.sent == []
    await watch.go(15, [target], **bad)
    assert await watch.states(target) == {"critical_errors": "firing"}
    ((at, _, title, body, _),) = watch.letters.sent
    assert at == watch.clock.now()
    assert title == "[Softwright] Shop: 1 firing (critical)"
    assert "critical_errors: error_rate is 0.08 (> 0.05) in dev1" in body
    await watch.go(300, [target], **bad)
    await watch.go(15, [target], **GOOD)
    assert await watch.states(target) == {"critical_errors": "resolved"}
    assert [letter[2] for letter in watch.letters.sent[1:]] == ["[Softwright] Shop: 1 resolved (critical)"]
    assert len({letter[4] for letter in watch.letters.sent}) == 2


@pytest.mark.parametrize(
    ("severity", "latest"),
    [
        ("critical", timedelta(seconds=15)),
        ("high", timedelta(minutes=5)),
        ("medium", timedelta(hours=1)),
        ("low", timedelta(days=1)),
    ],
)
async def test_each_tier_is_told_in_its_time_over_restarts_and_once(
    watch: Watch, severity: str, latest: timedelta
) -> None:
    watch.rules = (rule(severity, "0s"),)
    (target,) = await make_project(watch.pool)
    await watch.channels(target, "hook")
    await partitions(watch.pool, START + timedelta(days=2))
    await watch.go(15, [target], **GOOD | {"ERRORS": 50})
    fired = watch.clock.now()
    while not watch.letters.sent and watch.clock.now() - fired < latest + timedelta(minutes=1):
        watch.restart()
        watch.clock.move(15 if severity != "low" else 300)
        await watch.tell()
    assert len(watch.letters.sent) == 1
    assert watch.letters.sent[0][0] - fired <= latest
    for _ in range(5):
        watch.restart()
        watch.clock.move(3600 * 5)
        await watch.tell()
    assert len(watch.letters.sent) == 1


async def test_medium_alerts_of_an_hour_and_low_ones_of_a_day_are_one_message(watch: Watch) -> None:
    watch.rules = (rule("medium", "0s"), rule("low", "0s"))
    targets = await make_project(watch.pool, 3)
    await watch.channels(targets[0], "hook")
    for number in range(1, 4):
        await watch.go(240, targets, **GOOD)
        await watch.go(240, targets[:number], **GOOD | {"ERRORS": 50})
    await watch.go(3600, targets, **GOOD)
    (medium,) = watch.letters.sent
    assert medium[0].minute == 0
    assert "(medium)" in medium[2]
    assert medium[3].count("medium_errors: ") == 6  # three, two and one of the deployments, each time anew
    watch.clock.move(86_400)
    await watch.tell()
    assert watch.letters.titles()[-1] == "[Softwright] Shop: 6 resolved (low)"


async def test_a_target_that_vanishes_goes_from_down_to_missing_without_a_moment_between(watch: Watch) -> None:
    (target,) = await make_project(watch.pool)
    await watch.go(60, [target], **GOOD)
    await watch.go(120, [target], UP=0)
    assert (await watch.states(target))["target_down"] == "firing"
    for _ in range(60):
        await watch.go(15, [target])
        assert "firing" in (await watch.states(target)).values()
    assert await watch.states(target) == {"target_down": "resolved", "target_missing": "firing"}
    (down,) = await watch.rows("SELECT reason FROM alerts WHERE rule = 'target_down'")
    assert down["reason"] == NO_DATA
    await watch.go(30, [target], **GOOD)
    assert (await watch.states(target))["target_missing"] == "resolved"


async def test_what_is_stopped_or_has_no_rule_any_more_ends(watch: Watch) -> None:
    watch.rules = (rule("high", "0s"), rule("low", "1h"))
    first, second = await make_project(watch.pool, 2)
    await watch.go(30, [first, second], **GOOD | {"ERRORS": 50})
    await watch.evaluate([second])
    watch.rules = ()
    await watch.evaluate([second])
    rows = await watch.rows("SELECT deployment_id, state, reason FROM alerts ORDER BY deployment_id")
    assert [row["state"] for row in rows] == ["resolved", "resolved"]
    assert [row["reason"] for row in rows] == ["the deployment was stopped or replaced", "the rule was removed"]


async def test_while_a_target_is_down_nothing_else_is_told_of_it(watch: Watch) -> None:
    (target,) = await make_project(watch.pool)
    await watch.channels(target, "hook")
    await watch.go(150, [target], UP=0, HEALTHY=0)
    assert {"target_down", "health_failing"} <= {r for r, s in (await watch.states(target)).items() if s == "firing"}
    assert len(watch.letters.sent) == 1
    assert "target_down" in watch.letters.sent[0][3]
    await watch.go(30, [target], UP=1, HEALTHY=0)
    assert "health_failing" in watch.letters.sent[-1][3]  # it fires on, and now says something new


async def test_a_silence_holds_messages_back_and_ends(watch: Watch) -> None:
    watch.rules = (rule("critical", "0s"),)
    target, other = await make_project(watch.pool, 2)
    await watch.channels(target, "hook")
    now = watch.clock.now()
    about = {"rule": "critical_errors", "deployment_id": target.deployment_id, "reason": "known"}
    await watch.alerts.silence(target.project_id, "admin", now, now + timedelta(minutes=5), **about)
    bad = GOOD | {"ERRORS": 50}
    await watch.go(60, [target, other], **bad)
    assert len(watch.letters.sent) == 1
    assert "dev2" in watch.letters.sent[0][3]
    rows = await watch.alerts.alerts(target.project_id, watch.clock.now(), 10)
    assert {row["environment"]: row["silenced"] for row in rows} == {"dev1": True, "dev2": False}
    await watch.go(300, [target, other], **bad)
    assert len(watch.letters.sent) == 2
    assert "dev1" in watch.letters.sent[1][3]


async def test_what_fires_on_is_told_again_until_someone_sees_to_it(watch: Watch) -> None:
    watch.rules = (rule("critical", "0s"),)
    (target,) = await make_project(watch.pool)
    await watch.channels(target, "hook")
    bad = GOOD | {"ERRORS": 50}

    async def hours(count: int) -> None:
        for _ in range(count):
            watch.clock.move(3600 - 15)
            await watch.go(15, [target], **bad)

    await watch.go(15, [target], **bad)
    await hours(5)
    assert ["still firing" in body for _, _, _, body, _ in watch.letters.sent] == [False, True]
    (row,) = await watch.alerts.alerts(target.project_id, watch.clock.now(), 10)
    assert await watch.alerts.acknowledge(row["id"], "ann", watch.clock.now())
    assert (await watch.alerts.acknowledge(row["id"], "bob", watch.clock.now()) or {})["acknowledged_by"] == "ann"
    await hours(9)
    assert len(watch.letters.sent) == 2


async def test_ten_thousand_alerts_become_a_few_messages(watch: Watch) -> None:
    watch.rules = tuple(rule(severity, "0s") for severity in ("critical", "high", "medium", "low"))
    targets = await make_project(watch.pool, 2500)
    await watch.channels(targets[0], "hook", "mail")
    watch.clock.move(15)
    await watch.measure(targets, **GOOD | {"ERRORS": 50})
    began = time.perf_counter()
    await watch.evaluate(targets)
    took = time.perf_counter() - began
    (count,) = await watch.rows("SELECT count(*) FROM alerts WHERE state = 'firing'")
    assert count["count"] == 10_000
    assert took < 30
    for seconds in [30] * 130 + [1800] * 48:
        watch.clock.move(seconds)
        await watch.tell()
    titles = [title for _, address, title, _, _ in watch.letters.sent if address == "hook"]
    assert titles == [f"[Softwright] Shop: 2500 firing ({s})" for s in ("critical", "high", "medium", "low")]
    assert len(watch.letters.sent) == 8
    body = watch.letters.sent[0][3]
    assert len(body.splitlines()) == SHOWN + 1
    assert f"and {2500 - SHOWN} more: {2500 - SHOWN} critical_errors" in body


async def test_a_storm_that_comes_bit_by_bit_is_gathered(watch: Watch) -> None:
    """400 critical alerts one after the other within five minutes."""
    watch.rules = (rule("critical", "0s"),)
    targets = await make_project(watch.pool, 400)
    await watch.channels(targets[0], "hook")
    for number in range(20, 401, 20):
        await watch.go(15, targets[:number], **GOOD | {"ERRORS": 50})
    watch.clock.move(60)
    await watch.tell()
    assert 3 <= len(watch.letters.sent) <= 3 * 6
    assert watch.letters.sent[0][0] == START + timedelta(seconds=15)
    told = sum(int(title.split()[2]) for title in watch.letters.titles())
    assert told == 400


async def test_a_dead_channel_delays_no_other_and_is_shown(watch: Watch) -> None:
    watch.rules = (rule("critical", "0s"),)
    (target,) = await make_project(watch.pool)
    await watch.channels(target, "dead", "hook")
    await watch.go(15, [target], **GOOD | {"ERRORS": 50})
    ((at, address, *_),) = watch.letters.sent
    assert (at, address) == (watch.clock.now(), "hook")
    assert watch.failures == [("nobody answers", False)]
    figures = (await watch.alerts.channel_figures(target.project_id))["dead"]
    assert (figures["waiting"], figures["last_error"]) == (1, "nobody answers")
    for _ in range(12 * 12):
        watch.clock.move(300)
        watch.restart()
        await watch.tell()
    figures = (await watch.alerts.channel_figures(target.project_id))["dead"]
    assert (figures["waiting"], figures["failed"]) == (0, 1)
    assert watch.failures == [("nobody answers", False), ("nobody answers", True)]
    assert watch.letters.titles()[1:] == ["[Softwright] a channel fails"]
    assert "nobody answers" in watch.letters.sent[1][3]


async def test_a_message_that_was_claimed_by_one_that_died_is_sent(watch: Watch) -> None:
    watch.rules = (rule("critical", "0s"),)
    (target,) = await make_project(watch.pool)
    await watch.channels(target, "hook")
    watch.clock.move(15)
    await watch.measure([target], **GOOD | {"ERRORS": 50})
    await watch.evaluate([target])
    await watch.composer.compose(watch.clock.now())
    async with watch.pool.connection() as connection:
        soon = watch.clock.now() + timedelta(minutes=1)
        await connection.execute("UPDATE alert_messages SET attempts = 1, claimed_until = %s", (soon,))
    await watch.tell()
    assert watch.letters.sent == []
    watch.clock.move(61)
    await watch.tell()
    await watch.tell()
    assert len(watch.letters.sent) == 1


async def test_after_a_long_time_without_an_evaluation_pending_begins_anew(watch: Watch) -> None:
    watch.rules = (rule("high", "10m"),)
    (target,) = await make_project(watch.pool)
    bad = GOOD | {"ERRORS": 50}
    await watch.go(570, [target], **bad)
    watch.clock.move(1200)
    await watch.go(30, [target], **bad)
    assert await watch.states(target) == {"high_errors": "pending"}
    await watch.go(600, [target], **bad)
    assert await watch.states(target) == {"high_errors": "firing"}


class Hands:
    """Actions that are put on record, and do nothing."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.broken = False

    async def restart(self, deployment_id: str) -> str:
        self.done.append("restart")
        if self.broken:
            raise KeyboardInterrupt  # as kill -9 in the middle
        return "restarted"

    async def rollback(self, deployment_id: str, key: str) -> str:
        self.done.append("rollback")
        return "rolled back"


async def test_restart_then_rollback_once_per_cause_and_never_in_a_loop(watch: Watch) -> None:
    (target,) = await make_project(watch.pool)
    hands = Hands()
    remedies = Remedies(watch.remediations, hands, watch.clock)  # type: ignore[arg-type]

    async def go(seconds: float, **values: float) -> None:
        for _ in range(round(seconds / 15)):
            await watch.go(15, [target], **values)
            await remedies.look()

    await go(90, UP=0)
    assert hands.done == ["restart"]
    await go(90, UP=0)
    assert hands.done == ["restart"]
    await go(30, UP=0)
    assert hands.done == ["restart", "rollback"]
    await go(3000, UP=0)
    assert hands.done == ["restart", "rollback"]
    # it recovers and fails again, and again: within the cool-down nothing more is done
    for _ in range(4):
        await go(60, UP=1)
        await go(200, UP=0)
    assert hands.done.count("rollback") == 1
    assert hands.done.count("restart") <= 2


async def test_a_flapping_target_is_rolled_back_and_not_restarted_for_ever(watch: Watch) -> None:
    (target,) = await make_project(watch.pool)
    hands = Hands()
    remedies = Remedies(watch.remediations, hands, watch.clock)  # type: ignore[arg-type]
    for _ in range(5):
        for value, seconds in ((0, 90), (1, 120)):
            for _ in range(seconds // 15):
                await watch.go(15, [target], UP=value)
                await remedies.look()
    assert hands.done == ["restart", "rollback"]


async def test_a_remedy_whose_monitor_died_is_finished_by_the_next(watch: Watch) -> None:
    (target,) = await make_project(watch.pool)
    hands = Hands()
    remedies = Remedies(watch.remediations, hands, watch.clock)  # type: ignore[arg-type]
    await watch.go(90, [target], UP=0)
    hands.broken = True
    with pytest.raises(KeyboardInterrupt):
        await remedies.look()
    hands.broken = False
    again = Remedies(watch.remediations, hands, watch.clock)  # type: ignore[arg-type]
    await again.look()
    assert hands.done == ["restart"]
    await again.resume()
    assert hands.done == ["restart", "restart"]
    (row,) = await watch.rows("SELECT action, outcome, detail FROM remediations")
    assert row == {"action": "restart", "outcome": "succeeded", "detail": "restarted"}


async def test_rules_of_the_customers_document_are_there() -> None:
    known = {r.name: (r.metric.value, r.threshold, r.window) for r in default_rules()}
    assert known["high_error_rate"] == ("error_rate", 0.05, 300)
    assert known["slow_response"] == ("response_time_p95", 2000, 300)
    assert known["high_cpu"] == ("cpu_usage", 0.8, 600)


async def test_two_evaluations_at_once_open_one_alert(pool: Pool, watch: Watch) -> None:
    watch.rules = (rule("critical", "1m"),)
    (target,) = await make_project(pool)
    watch.clock.move(15)
    await watch.measure([target], **GOOD | {"ERRORS": 50})
    other = Watch(pool, watch.clock, rules=watch.rules)
    await watch.evaluate([target])
    await other.evaluate([target])
    (count,) = await watch.rows("SELECT count(*) FROM alerts")
    assert count["count"] == 1
