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
    Call,
    CallState,
    Caps,
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
        return None if row is None else Recorded(row["fingerprint"], Answer.model_validate(row["answer"]))

    async def reserve(self, call: Call, caps: Caps | None = None) -> Reservation:
        """Sets aside what the call can cost at most. An attempt of the same key whose process died becomes unknown.

        Nobody else may be asking the same key of the run. Raises OverBudget.
        """
        caps = caps or self.run_caps
        async with self._pool.connection() as connection, connection.transaction():
            run = await _one(connection, sql.LOCK_RUN, _run_row(call, caps))
            if await self._give_up_abandoned(connection, call):
                run = await _one(connection, sql.OF_RUN, {"run_id": call.run_id})
            day = await _one(connection, sql.LOCK_DAY, {"day": self._today()})
            assert run is not None  # noqa: S101 - both statements give their row, always
            assert day is not None  # noqa: S101
            refusal = _refusal(call, run, caps, "this run") or _refusal(call, day, self.day_caps, "this day")
            if refusal is None:
                return await _set_aside(connection, call, day["day"])
        raise refusal

    async def settle(self, reservation: Reservation, settlement: Settlement) -> Spend | None:
        """Replaces what was set aside by what was used, and keeps the answer, in one transaction.

        Returns the run's spend; None where the attempt was settled or deleted meanwhile. Waits for a database that
        has gone for some seconds. Raises psycopg.OperationalError after that.
        """
        for tried in range(1, SETTLE_TRIES + 1):
            try:
                async with self._pool.connection() as connection, connection.transaction():
                    return await _settle(connection, reservation, settlement)
            except psycopg.OperationalError:
                if tried == SETTLE_TRIES:
                    raise
                await asyncio.sleep(SETTLE_PAUSE_S)
        raise AssertionError("unreachable")

    async def of_run(self, run_id: str, *, asked_usd: Decimal | None = None) -> Spend:
        """`asked_usd`: the budget that the request named; it counts until the first call writes the run's own caps."""
        async with self._pool.connection() as connection:
            row = await _one(connection, sql.OF_RUN, {"run_id": run_id})
        if row is None:
            usd = self.run_caps.usd if asked_usd is None else asked_usd
            return Spend(budget_usd=usd, budget_tokens=self.run_caps.tokens)
        return _spend(row)

    async def broken_models(self, run_id: str) -> dict[str, str]:
        """Models that this run must not ask again, with the reason."""
        async with self._pool.connection() as connection:
            rows = await (await connection.execute(sql.BROKEN, {"run_id": run_id})).fetchall()
        return {row["model"]: row["error"] for row in rows}

    async def _give_up_abandoned(self, connection: Connection, call: Call) -> bool:
        rows = await (await connection.execute(sql.ABANDONED, {"run_id": call.run_id, "key": call.key})).fetchall()
        for row in sorted(rows, key=lambda row: str(row["day"])):
            change = _change(call.run_id, row["day"], held=(-row["tokens"], -row["usd"]), spent=_pair(row))
            await connection.execute(sql.MOVE_RUN, change)
            await connection.execute(sql.MOVE_DAY, change)
        return bool(rows)


def make_spending(settings: Settings, pool: Pool) -> Spending:
    return Spending(
        pool,
        run_caps=Caps(settings.budget_usd, settings.budget_tokens),
        day_caps=Caps(settings.daily_budget_usd, settings.daily_budget_tokens),
    )


async def _set_aside(connection: Connection, call: Call, day: date) -> Reservation:
    held = (call.tokens, call.usd or Decimal(0))
    change = _change(call.run_id, day, held=held, spent=(0, Decimal(0)), unpriced=call.usd is None)
    row = await _one(connection, sql.RESERVE_CALL, change | _call_row(call, day))
    assert row is not None  # noqa: S101 - an aggregate gives one row, always
    return Reservation(call, row["attempt"], day)


async def _settle(connection: Connection, reservation: Reservation, settlement: Settlement) -> Spend | None:
    call = reservation.call
    charged = _charged(call, settlement)
    await connection.execute(sql.HOLD_RUN, {"run_id": call.run_id})
    await connection.execute(sql.HOLD_DAY, {"day": reservation.day})
    held = (-call.tokens, -(call.usd or Decimal(0)))
    change = _change(call.run_id, reservation.day, held=held, spent=charged)
    row = await _one(connection, sql.SETTLE_CALL, change | _settled_row(reservation, settlement))
    return None if row is None else _spend(row)


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
        spent, held = sums[f"spent_{unit}"], sums[f"held_{unit}"]
        if spent + held + cost > cap:
            parts = [f"{_amount(value, unit)} {what}" for value, what in ((spent, "spent"), (held, "set aside"))]
            could = f"the next call of {call.model} can cost up to {_amount(cost, unit)}"
            reason = f"the budget of {whose} is {_amount(cap, unit)}: {', '.join(parts)}, and {could}"
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


def _run_row(call: Call, caps: Caps) -> Row:
    return {"run_id": call.run_id, "budget_usd": caps.usd, "budget_tokens": caps.tokens}


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
    return {
        "run_id": reservation.call.run_id,
        "key": reservation.call.key,
        "attempt": reservation.attempt,
        "state": settlement.state.value,
        "prompt_tokens": usage.prompt_tokens if usage else None,
        "completion_tokens": usage.completion_tokens if usage else None,
        "estimated": usage.estimated if usage else None,
        "answer": None if answer is None else Jsonb(answer.model_dump(mode="json")),
        "error": settlement.error,
        "permanent": settlement.permanent,
    }


def _pair(row: Row) -> tuple[int, Decimal]:
    return row["tokens"], row["usd"]


def _change(
    run_id: str, day: date, *, held: tuple[int, Decimal], spent: tuple[int, Decimal], unpriced: bool = False
) -> Row:
    amounts = {"held_tokens": held[0], "held_usd": held[1], "spent_tokens": spent[0], "spent_usd": spent[1]}
    return {"run_id": run_id, "day": day, "unpriced": unpriced, **amounts}


async def _one(connection: Connection, statement: LiteralString, values: Mapping[str, Any]) -> Row | None:
    return await (await connection.execute(statement, values)).fetchone()


__all__ = ["Spending", "make_spending", "today_utc"]
