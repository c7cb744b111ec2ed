"""The one ledger of model calls: set aside before a call, settled after it, never more than the caps together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, LiteralString

import psycopg
from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from memory import spending_sql as sql
from memory.database import Pool
from memory.records.model import Answer
from memory.records.spending import (
    AnsweredAlready,
    Call,
    CallState,
    Caps,
    Known,
    OverBudget,
    Recorded,
    Reservation,
    Settlement,
    Spend,
)
from memory.settings import Settings

Row = dict[str, Any]
Connection = AsyncConnection[Row]
SETTLE_TRIES = 20
SETTLE_PAUSE_S = 0.5
"""A paid answer is worth waiting for a database that is being restarted."""


def today_utc() -> date:
    return datetime.now(UTC).date()


class Spending:
    def __init__(self, pool: Pool, run_caps: Caps, day_caps: Caps, today: Callable[[], date] = today_utc) -> None:
        """`run_caps` are those of a run that has none of its own."""
        self._pool = pool
        self.run_caps = run_caps
        self.day_caps = day_caps
        self._today = today

    async def recorded(self, run_id: str, key: str) -> Recorded | None:
        """The answer that was paid for already."""
        async with self._pool.connection() as connection:
            row = await _one(connection, sql.RECORDED, {"run_id": run_id, "key": key})
        return None if row is None else _recorded(row)

    async def reserve(self, call: Call, caps: Caps | None = None) -> Reservation:
        """Sets aside what the call can cost at most. An attempt of the same key whose process died becomes unknown.

        Nobody else may be asking the same key of the run. Raises OverBudget, AnsweredAlready.
        """
        caps, day = caps or self.run_caps, self._today()
        values = _call_row(call, day) | _caps_row(caps, self.day_caps)
        async with self._pool.connection() as connection:
            row = await _one(connection, sql.RESERVE, values)
        assert row is not None  # noqa: S101 - the function gives one row, always
        if row["answer"] is not None:
            raise AnsweredAlready(_recorded(row))
        if row["attempt"] is not None:
            return Reservation(call, row["attempt"], day)
        refusal = _refusal(call, row, caps, "run") or _refusal(call, row, self.day_caps, "day")
        assert refusal is not None  # noqa: S101 - the function compares as we do
        raise refusal

    async def settle(self, reservation: Reservation, settlement: Settlement) -> Spend | None:
        """Replaces what was set aside by what was used, and keeps the answer, in one statement.

        Returns the run's spend; None where the attempt was settled or deleted meanwhile. Waits for a database that
        has gone for some seconds. Raises psycopg.OperationalError after that.
        """
        for tried in range(1, SETTLE_TRIES + 1):
            try:
                async with self._pool.connection() as connection:
                    row = await _one(connection, sql.SETTLE, _settled_row(reservation, settlement))
            except psycopg.OperationalError:
                if tried == SETTLE_TRIES:
                    raise
                await asyncio.sleep(SETTLE_PAUSE_S)
            else:
                return None if row is None else _spend(row)
        raise AssertionError("unreachable")

    async def of_run(self, run_id: str, *, asked_usd: Decimal | None = None) -> Spend:
        """`asked_usd`: the budget that the request named; it counts until the first call writes the run's own caps."""
        async with self._pool.connection() as connection:
            row = await _one(connection, sql.OF_RUN, {"run_id": run_id})
        if row is None:
            usd = self.run_caps.usd if asked_usd is None else asked_usd
            return Spend(budget_usd=usd, budget_tokens=self.run_caps.tokens)
        return _spend(row)

    async def known(self, run_id: str) -> Known:
        """What earlier calls of the run have left, whichever process made them."""
        async with self._pool.connection() as connection:
            rows = await (await connection.execute(sql.KNOWN, {"run_id": run_id})).fetchall()
        broken: dict[str, str] = {}
        for row in rows:
            if row["permanent"]:
                broken.setdefault(row["model"], row["error"])
        return Known(frozenset(row["key"] for row in rows if row["answered"]), broken)


def make_spending(settings: Settings, pool: Pool) -> Spending:
    return Spending(
        pool,
        run_caps=Caps(settings.budget_usd, settings.budget_tokens),
        day_caps=Caps(settings.daily_budget_usd, settings.daily_budget_tokens),
    )


def _recorded(row: Row) -> Recorded:
    return Recorded(row["fingerprint"], Answer.model_validate(row["answer"]))


def _charged(call: Call, settlement: Settlement) -> tuple[int, Decimal]:
    usage = settlement.usage
    if usage is None:
        unknown = settlement.state is CallState.UNKNOWN
        return (call.tokens, call.usd or Decimal(0)) if unknown else (0, Decimal(0))
    usd = Decimal(0) if call.price is None else call.price.of(usage)
    return usage.prompt_tokens + usage.completion_tokens, usd


def _refusal(call: Call, sums: Row, caps: Caps, whose: str) -> OverBudget | None:
    for unit, cap, cost in (("tokens", caps.tokens, call.tokens), ("usd", caps.usd, call.usd)):
        if cap is None or cost is None:
            continue
        spent, held = sums[f"{whose}_spent_{unit}"], sums[f"{whose}_held_{unit}"]
        if spent + held + cost > cap:
            parts = [f"{_amount(value, unit)} {what}" for value, what in ((spent, "spent"), (held, "set aside"))]
            could = f"the next call of {call.model} can cost up to {_amount(cost, unit)}"
            reason = f"the budget of this {whose} is {_amount(cap, unit)}: {', '.join(parts)}, and {could}"
            return OverBudget(reason, passing=spent + cost <= cap)
    return None


def _amount(value: Decimal | int, unit: str) -> str:
    return f"{value:,} tokens" if unit == "tokens" else f"{value:.4f} USD"


def _spend(row: Row) -> Spend:
    return Spend(
        tokens=row["spent_tokens"],
        usd=None if row["unpriced"] else row["spent_usd"],
        held_tokens=row["held_tokens"],
        held_usd=row["held_usd"],
        budget_usd=row["budget_usd"],
        budget_tokens=row["budget_tokens"],
    )


def _caps_row(run: Caps, day: Caps) -> Row:
    return {"run_usd": run.usd, "run_tokens": run.tokens, "day_usd": day.usd, "day_tokens": day.tokens}


def _call_row(call: Call, day: date) -> Row:
    return {
        "run_id": call.run_id,
        "key": call.key,
        "role": call.role.value,
        "model": call.model,
        "fingerprint": call.fingerprint,
        "day": day,
        "prompt_tokens": call.most.prompt_tokens,
        "tokens": call.tokens,
        "usd": call.usd,
    }


def _settled_row(reservation: Reservation, settlement: Settlement) -> Row:
    usage, answer = settlement.usage, settlement.answer
    charged_tokens, charged_usd = _charged(reservation.call, settlement)
    return {
        "run_id": reservation.call.run_id,
        "key": reservation.call.key,
        "attempt": reservation.attempt,
        "day": reservation.day,
        "state": settlement.state.value,
        "prompt_tokens": usage.prompt_tokens if usage else None,
        "completion_tokens": usage.completion_tokens if usage else None,
        "estimated": usage.estimated if usage else None,
        "charged_tokens": charged_tokens,
        "charged_usd": charged_usd,
        "answer": None if answer is None else Jsonb(answer.model_dump(mode="json")),
        "error": settlement.error,
        "permanent": settlement.permanent,
    }


async def _one(connection: Connection, statement: LiteralString, values: Mapping[str, Any]) -> Row | None:
    return await (await connection.execute(statement, values)).fetchone()


__all__ = ["Spending", "make_spending", "today_utc"]
