"""A run's way to its models: recorded answers first, then within the budget, with retries and fall-backs."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from agents.models.attempt import Attempts, Reply
from agents.models.circuit import Circuit
from agents.models.failures import Failure, Remedy
from agents.models.listener import Listener, Tokens, tell
from agents.models.patience import wait_before
from agents.models.terms import RunTerms, answer_length, price_for
from agents.models.wire import Canonical, fingerprint, likely_prompt_tokens, most_prompt_tokens
from memory.records.model import Answer, Ask, BudgetSpent, NoModel, Usage
from memory.records.spending import AnsweredAlready, Call, CallState, OverBudget, Recorded, Reservation, Settlement
from memory.settings import Settings
from memory.spending import Spending

logger = logging.getLogger("softwright.models")
Result = TypeVar("Result")


class CallMismatch(Exception):
    """A key was used for two different requests: a mistake in the program, never an answer to the wrong question."""


@dataclass(frozen=True)
class _Request:
    ask: Ask
    fingerprint: str
    most_prompt: int
    likely_prompt: int


class Gateway:
    """Implements memory.records.model.ModelGateway for one run."""

    def __init__(
        self, settings: Settings, spending: Spending, endpoint: Attempts, terms: RunTerms, listener: Listener
    ) -> None:
        self._settings = settings
        self._spending = spending
        self._endpoint = endpoint
        self._terms = terms
        self._caps = terms.caps(settings)
        self._listener = listener
        self._before: tuple[Circuit, set[str]] | None = None
        self._keys: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._under_way = 0
        self._canonical = Canonical()
        self._settled = asyncio.Condition()

    async def ask(self, ask: Ask) -> Answer:
        """Raises NoModel, BudgetSpent; CallMismatch where the key belongs to another request."""
        body = self._canonical.of(ask)
        request = _Request(ask, fingerprint(body), most_prompt_tokens(ask, body), likely_prompt_tokens(body))
        async with self._keys[ask.key]:
            recorded = await self._recorded(ask.key)
            if recorded is None:
                try:
                    return await self._through_chain(request)
                except AnsweredAlready as paid:  # by another process, since this one asked what there is
                    recorded = paid.recorded
        if recorded.fingerprint != request.fingerprint:
            raise CallMismatch(f"the recorded answer of {ask.key} was given to another request")
        return recorded.answer.model_copy(update={"replayed": True})

    async def _recorded(self, key: str) -> Recorded | None:
        """Asks for the answer only where there is one: a turn of a loop has none."""
        _, answered = await self._known()
        return await self._spending.recorded(self._terms.run_id, key) if key in answered else None

    async def _through_chain(self, request: _Request) -> Answer:
        agent = request.ask.role.value
        chain = self._terms.chain(self._settings, request.ask.role)
        if not chain:
            raise NoModel("no model is set: SOFTWRIGHT_MODEL names one (see .env.example)")
        reasons: list[str] = []
        for model, following in zip(chain, (*chain[1:], None), strict=True):
            try:
                return await self._ask_model(request, model)
            except Failure as failure:
                reasons.append(f"{model}: {failure.reason}")
                logger.warning("run %s, %s: %s", self._terms.run_id, request.ask.key, reasons[-1])
                if following is not None:
                    await tell(self._listener.on_fallback(agent, model, following, failure.reason))
        raise NoModel("no model answered: " + "; ".join(reasons))

    async def _ask_model(self, request: _Request, model: str) -> Answer:
        circuit, _ = await self._known()
        circuit.check(model)
        retries, longest = self._settings.model_retries, self._settings.model_retry_wait_s
        done = 0
        while True:
            try:
                return await self._attempt(request, model)
            except Failure as failure:
                wait = wait_before(failure, done, retries=retries, longest_s=longest)
                if wait is None:
                    circuit.note(model, failure)
                    raise
                done += failure.refused_feature is None
                reason = f"{failure.reason}; asked again in {wait:.1f} s"
                await tell(self._listener.on_fallback(request.ask.role.value, model, model, reason))
                await asyncio.sleep(wait)

    async def _attempt(self, request: _Request, model: str) -> Answer:
        length = answer_length(self._settings, request.ask, model, request.likely_prompt)
        reservation = await self._reserve(request, model, length)
        try:
            try:
                reply = await self._call(request, model, length)
            except Failure as failure:
                await self._settle(reservation, _failed(failure))
                raise
            answer = _answer(reply, reservation.call, length)
            await self._settle(reservation, self._answered(reservation.call, answer))
            return answer
        finally:
            await _through(self._one_less())

    async def _call(self, request: _Request, model: str, length: int) -> Reply:
        agent = request.ask.role.value
        tokens = Tokens(agent, self._listener)
        about = {
            "project": self._terms.project_id,
            "run": self._terms.run_id,
            "agent": agent,
            "key": request.ask.key,
        }
        reply = await self._endpoint.call(request.ask, model, max_tokens=length, on_text=tokens.add, about=about)
        await tokens.flush()
        return reply

    async def _reserve(self, request: _Request, model: str, length: int) -> Reservation:
        """Waits while only calls of this run that are under way stand in the way.

        Raises BudgetSpent, Failure, AnsweredAlready.
        """
        call = Call(
            run_id=self._terms.run_id,
            key=request.ask.key,
            role=request.ask.role,
            model=model,
            fingerprint=request.fingerprint,
            most=Usage(prompt_tokens=request.most_prompt, completion_tokens=length, estimated=True),
            price=price_for(self._settings, model, self._caps),
        )
        async with self._settled:
            while True:
                try:
                    reservation = await self._spending.reserve(call, self._caps)
                except OverBudget as refusal:
                    if not (refusal.passing and self._under_way):
                        raise BudgetSpent(str(refusal)) from None
                    await self._settled.wait()
                else:
                    self._under_way += 1
                    return reservation

    async def _one_less(self) -> None:
        async with self._settled:
            self._under_way -= 1
            self._settled.notify_all()

    async def _settle(self, reservation: Reservation, settlement: Settlement) -> None:
        spend = await _through(self._spending.settle(reservation, settlement))
        if settlement.state is CallState.ANSWERED:
            (await self._known())[1].add(reservation.call.key)
        if settlement.permanent and settlement.state is CallState.ANSWERED:
            circuit, _ = await self._known()
            circuit.remember({reservation.call.model: settlement.error or ""})
        if spend is None:
            logger.warning("call %s of run %s was settled elsewhere", reservation.call.key, reservation.call.run_id)
        else:
            await tell(self._listener.on_budget(spend.usd, spend.budget_usd))

    def _answered(self, call: Call, answer: Answer) -> Settlement:
        """An endpoint that used more than it was allowed is paid, and not asked again: no cap could be kept with it."""
        usage = answer.usage
        lied = usage.prompt_tokens + usage.completion_tokens > call.tokens or (
            call.price is not None and call.price.of(usage) > call.price.of(call.most)
        )
        error = "it reported more tokens than the request allowed" if lied else None
        return Settlement(CallState.ANSWERED, usage, answer, error, permanent=lied)

    async def _known(self) -> tuple[Circuit, set[str]]:
        """Models to leave alone, and the keys that have their answer."""
        if self._before is None:
            known = await self._spending.known(self._terms.run_id)
            circuit = Circuit()
            circuit.remember(known.broken)
            self._before = self._before or (circuit, set(known.answered))
        return self._before


def _answer(reply: Reply, call: Call, length: int) -> Answer:
    usage = reply.usage
    if usage is None:
        usage = call.most.model_copy(update={"completion_tokens": min(length, reply.size)})
    return Answer(
        text=reply.text,
        tool_calls=reply.tool_calls,
        finish=reply.finish,
        model=call.model,
        usage=usage,
        usd=None if call.price is None else call.price.of(usage),
    )


def _failed(failure: Failure) -> Settlement:
    state = CallState.UNKNOWN if failure.charged and failure.usage is None else CallState.FAILED
    permanent = failure.remedy is Remedy.NEVER
    return Settlement(state, failure.usage, error=failure.reason, permanent=permanent)


async def _through(work: Coroutine[Any, Any, Result]) -> Result:
    """Finishes the work even when the caller is cancelled: what was paid is written down."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        if not task.cancelled() and (error := task.exception()):
            logger.warning("a call could not be written down: %s", error)
        raise


__all__ = ["CallMismatch", "Gateway"]
