"""One evaluation of all rules over all targets, and what of it is to be told. Its state is in PostgreSQL only."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from memory.metrics.store import MetricStore
from memory.records.monitoring import AlertRule, AlertState, Metric, Severity, Target
from memory.repositories.alert_book import AlertBook, Changes
from memory.store import Row
from tools.monitoring.rules import is_muted
from tools.monitoring.states import STALE, TOLERANCE, Before, Kind, Seen, judged, step, value_of
from tools.monitoring.tiers import REPEAT, REPEATED, due

REPLACED = "the deployment was stopped or replaced"
RULE_GONE = "the rule was removed"
RulesOf = Callable[[str], Sequence[AlertRule]]
"""Of a project."""


@dataclass(frozen=True)
class Lookback:
    """How old a value may be and still counts: a scrape or two may be late."""

    scraped: timedelta
    checked: timedelta
    """For what is asked at every health check only."""

    def of(self, metric: str) -> timedelta:
        return self.checked if metric in (Metric.HEALTHY, Metric.HEALTH_LATENCY) else self.scraped


class Evaluator:
    def __init__(self, book: AlertBook, metrics: MetricStore, lookback: Lookback) -> None:
        self._book = book
        self._metrics = metrics
        self._lookback = lookback

    async def evaluate(self, targets: Sequence[Target], rules_of: RulesOf, now: datetime) -> Changes:
        """What changed; it is on record when this returns."""
        seen = await self._seen(targets, now)
        evaluated = await self._book.evaluated_at()
        work = _Evaluation(
            now=now,
            gap=evaluated is not None and now - evaluated > TOLERANCE,
            open={(row["deployment_id"], row["rule"]): row for row in await self._book.open_alerts()},
            silences=await self._book.silences(now),
        )
        for target in targets:
            work.target(target, rules_of(target.project_id), seen[target.deployment_id])
        work.rest({target.deployment_id for target in targets})
        work.tell()
        await self._book.apply(work.changes, now)
        return work.changes

    async def _seen(self, targets: Sequence[Target], now: datetime) -> dict[str, Seen]:
        furthest = max(self._lookback.scraped, self._lookback.checked) + STALE
        ids = [target.deployment_id for target in targets]
        latest = await self._metrics.latest(ids, now - furthest, now)
        return {deployment_id: self._of(latest.get(deployment_id, {}), now) for deployment_id in ids}

    def _of(self, latest: Mapping[str, tuple[datetime, float]], now: datetime) -> Seen:
        fresh = {metric: value for metric, (at, value) in latest.items() if now - at <= self._lookback.of(metric)}
        silent = [max(now - at - self._lookback.of(metric), timedelta(0)) for metric, (at, _) in latest.items()]
        return Seen(fresh, min(silent, default=STALE + timedelta(seconds=1)))


class _Evaluation:
    """Pure, but for the ids that it makes."""

    def __init__(self, now: datetime, gap: bool, open: dict[tuple[str, str], Row], silences: Sequence[Row]) -> None:
        self.changes = Changes()
        self._now = now
        self._gap = gap
        self._open = open
        self._silences = silences
        self._firing: dict[str, Row] = {row["id"]: row for row in open.values() if row["state"] == AlertState.FIRING}
        self._judged: set[tuple[str, str]] = set()

    def target(self, target: Target, rules: Iterable[AlertRule], seen: Seen) -> None:
        for rule in rules:
            key = (target.deployment_id, rule.name)
            self._judged.add(key)
            row = self._open.get(key)
            before = None if row is None else Before(AlertState(row["state"]), row["active_at"])
            changes = step(rule, before, judged(rule, seen), self._now, gap=self._gap)
            for change in changes:
                row = self._changed(change.kind, change.reason, row, rule, target, value_of(rule, seen))

    def rest(self, targets: set[str]) -> None:
        """What is open, and has no rule or no target any more."""
        for key, row in self._open.items():
            if key not in self._judged:
                reason = RULE_GONE if row["deployment_id"] in targets else REPLACED
                if row["state"] == AlertState.PENDING:
                    self.changes.dropped.append(row["id"])
                else:
                    self._resolved(row, reason)

    def tell(self) -> None:
        """Notices of what fires and was not told, or long ago. What is silenced or muted now waits for its end."""
        by_deployment: dict[str, set[str]] = {}
        for row in self._firing.values():
            by_deployment.setdefault(row["deployment_id"], set()).add(row["rule"])
        for row in self._firing.values():
            muted = is_muted(row["rule"], frozenset(by_deployment[row["deployment_id"]]))
            kind = self._due_notice(row)
            if kind and not muted and not self._silenced(row):
                self._notice(row, kind)
                self.changes.noticed.append(row["id"])

    def _due_notice(self, row: Row) -> str:
        if row["noticed_at"] is None:
            return "firing"
        again = row["severity"] in REPEATED and row["acknowledged_at"] is None
        return "reminder" if again and self._now - row["noticed_at"] >= REPEAT else ""

    def _changed(
        self, kind: Kind, reason: str, row: Row | None, rule: AlertRule, target: Target, value: float | None
    ) -> Row:
        if row is None:
            opened = self._opened(rule, target, value)
            self.changes.opened.append(opened)
            return opened
        if kind is Kind.AGAIN:
            self.changes.restarted.append(row["id"])
        elif kind is Kind.DROP:
            self.changes.dropped.append(row["id"])
        elif kind is Kind.FIRE:
            self.changes.fired.append({"id": row["id"], "value": value})
            self._firing[row["id"]] = row
        elif kind is Kind.RESOLVE:
            self._resolved(row, reason)
        return row

    def _opened(self, rule: AlertRule, target: Target, value: float | None) -> dict[str, Any]:
        return {
            "id": str(uuid.uuid4()),
            "project_id": target.project_id,
            "deployment_id": target.deployment_id,
            "environment": target.environment,
            "rule": rule.name,
            "metric": rule.metric.value,
            "op": rule.op,
            "threshold": rule.threshold,
            "window_s": rule.window,
            "severity": rule.severity.value,
            "state": AlertState.PENDING.value,
            "value": value,
            "active_at": self._now.isoformat(),
            "fired_at": None,
            "noticed_at": None,
            "acknowledged_at": None,
        }

    def _resolved(self, row: Row, reason: str) -> None:
        self._firing.pop(row["id"], None)
        self.changes.resolved.append({"id": row["id"], "reason": reason})
        if row["noticed_at"] is not None and not self._silenced(row):
            self._notice(row, "resolved")

    def _notice(self, row: Row, kind: str) -> None:
        at = due(Severity(row["severity"]), self._now)
        self.changes.notices.append(
            {
                "project_id": row["project_id"],
                "alert_id": row["id"],
                "severity": row["severity"],
                "kind": kind,
                "text": "",
                "created_at": self._now.isoformat(),
                "due_at": at.isoformat(),
            }
        )

    def _silenced(self, row: Row) -> bool:
        return any(
            silence["project_id"] == row["project_id"]
            and silence["rule"] in (None, row["rule"])
            and silence["deployment_id"] in (None, row["deployment_id"])
            for silence in self._silences
        )


__all__ = ["REPLACED", "RULE_GONE", "Evaluator", "Lookback", "RulesOf"]
