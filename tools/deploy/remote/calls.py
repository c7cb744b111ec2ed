"""Requests to a provider's API: its limits kept, repeated only where that is safe, errors with place and remedy."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from memory.secrets import redacted
from tools.deploy.interface import PlatformBroken

REPEATABLE = frozenset({"GET", "HEAD", "PUT", "DELETE"})
LONGEST_TOLD = 400
EPOCH = 1_000_000_000
"""A larger reset is a time, a smaller one are seconds from now."""


class CallFailed(PlatformBroken):
    """A request to a provider did not do what it was for."""


class NotAllowed(CallFailed):
    """401, 403: the token is missing, wrong, or may not do this."""


class Missing(CallFailed):
    """404: what was asked about is not there."""


class Clash(CallFailed):
    """409, or a name that is taken."""


class Refused(CallFailed):
    """The provider does not want this request as it is: 400, 402, 422 and the like."""


class Throttled(CallFailed):
    """The provider wants us to wait longer than is sensible."""


class Unreachable(CallFailed):
    """It does not answer, or answers with errors of its own. Nothing was changed by the last attempt."""


class Unclear(CallFailed):
    """Whether it was done nobody knows: the answer was lost. Look before it is asked again."""


@dataclass(frozen=True)
class Patience:
    attempts: int = 5
    wait_s: float = 120.0
    """The longest single pause that a provider may ask for."""
    pause_s: float = 0.5
    """Before the first repetition; then twice as long each time."""
    timeout_s: float = 30.0


Sleep = Callable[[float], Awaitable[None]]


class Calls:
    def __init__(
        self,
        http: httpx.AsyncClient,
        provider: str,
        base_url: str,
        headers: Mapping[str, str],
        *,
        remedy: str,
        patience: Patience | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """`remedy`: what helps where the token is refused."""
        self._http = http
        self._provider = provider
        self._base = base_url.rstrip("/")
        self._headers = dict(headers)
        self.remedy = remedy
        self._patience = patience or Patience()
        self._sleep = sleep
        self._hidden = dict(headers)
        self._not_before = 0.0

    def hide(self, values: Mapping[str, str]) -> None:
        """Values that no error may show, whatever the provider says back."""
        self._hidden |= values

    async def json(self, method: str, path: str, **options: Any) -> Any:
        """The answer's document; None where it has none."""
        answer = await self.ask(method, path, **options)
        try:
            return answer.json() if answer.content else None
        except ValueError as error:
            raise Unclear(
                f"answered {answer.status_code} with what is no JSON",
                place=self._place(method, path),
                remedy="Its API may have changed, or a proxy stands between",
            ) from error

    async def lines(self, path: str, *, params: Any = None, within_s: float) -> list[str]:
        """Of an answer that may go on for ever, the lines that come in that time. Raises CallFailed."""
        found: list[str] = []
        stream = self._http.stream(
            "GET", f"{self._base}{path}", params=params, headers=self._headers, timeout=self._patience.timeout_s
        )
        try:
            async with asyncio.timeout(within_s), stream as answer:
                if answer.is_error:
                    await answer.aread()
                    raise self._refusal(answer, self._place("GET", path))
                async for line in answer.aiter_lines():
                    found += [line] if line.strip() else []
        except (TimeoutError, httpx.TimeoutException):
            return found
        except httpx.TransportError as error:
            place = self._place("GET", path)
            raise Unreachable(f"its stream broke ({type(error).__name__})", place=place, remedy="Try again") from error
        return found

    async def ask(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        content: bytes | None = None,
        params: Any = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool | None = None,
        accept: Collection[int] = (),
        timeout_s: float | None = None,
    ) -> httpx.Response:
        """`accept`: statuses that are no error here. Raises CallFailed."""
        safe = method in REPEATABLE if repeatable is None else repeatable
        request = self._http.build_request(
            method,
            f"{self._base}{path}",
            json=json,
            content=content,
            params=params,
            headers={**self._headers, **(headers or {})},
            timeout=timeout_s or self._patience.timeout_s,
        )
        place, pause = self._place(method, path), self._patience.pause_s
        for number in range(1, self._patience.attempts + 1):
            last = number == self._patience.attempts
            await self._wait_for_turn()
            answer = await self._sent(request, place, safe=safe, last=last)
            if answer is not None:
                self._mind_limits(answer)
                if answer.is_success or answer.status_code in accept:
                    return answer
                pause = max(self._judged(answer, place, safe=safe, last=last), pause)
            await self._sleep(pause * random.uniform(1.0, 1.2))  # noqa: S311 - so that not all come back at once
            pause *= 2
        raise AssertionError("the last attempt returns or raises")

    async def _sent(self, request: httpx.Request, place: str, *, safe: bool, last: bool) -> httpx.Response | None:
        """None where it may be sent again."""
        try:
            return await self._http.send(request)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            if last:
                raise Unreachable(
                    f"it cannot be reached: {error or type(error).__name__}",
                    place=place,
                    remedy="Look at this machine's network and the provider's status page, then try again",
                ) from error
        except httpx.TransportError as error:
            if not safe:
                raise self._unclear(type(error).__name__, place) from error
            if last:
                raise Unreachable(
                    f"no answer came ({type(error).__name__})", place=place, remedy="Try again later"
                ) from error
        return None

    def _judged(self, answer: httpx.Response, place: str, *, safe: bool, last: bool) -> float:
        """How long to wait before it is sent again. Raises what the answer means."""
        status = answer.status_code
        wanted = _wanted_pause(answer)
        if status == 429 or (status == 403 and wanted is not None):
            pause = wanted or 0.0
            if last or pause > self._patience.wait_s:
                raise Throttled(
                    f"its limit of requests is reached; it wants us to wait {pause:.0f} s: {self._told(answer)}",
                    place=place,
                    remedy="Wait, then deploy again: it goes on where it was",
                )
            return pause
        if status >= 500 or status == 408:
            if not safe:
                raise self._unclear(f"{status}: {self._told(answer)}", place)
            if last or (wanted or 0.0) > self._patience.wait_s:
                raise Unreachable(f"answered {status}: {self._told(answer)}", place=place, remedy="Try again later")
            return wanted or 0.0
        raise self._refusal(answer, place)

    def _refusal(self, answer: httpx.Response, place: str) -> CallFailed:
        status, told = answer.status_code, self._told(answer)
        if status in (401, 403):
            return NotAllowed(f"answered {status}: {told}", place=place, remedy=self.remedy)
        if status in (404, 410):
            return Missing(f"answered {status}: {told}", place=place, remedy="It was removed, or is another account's")
        if status == 409 or "taken" in told.lower() or "already exist" in told.lower():
            return Clash(f"answered {status}: {told}", place=place, remedy="Remove or rename what has that name")
        if status == 402:
            return Refused(
                f"answered 402: {told}", place=place, remedy="Add a way to pay there, or take a smaller plan"
            )
        return Refused(f"answered {status}: {told}", place=place, remedy="Correct what it names and deploy again")

    def _unclear(self, what: str, place: str) -> Unclear:
        return Unclear(f"its answer was lost ({what})", place=place, remedy="Deploy again: it looks what was done")

    async def _wait_for_turn(self) -> None:
        left = self._not_before - time.monotonic()
        if left > 0:
            await self._sleep(left)

    def _mind_limits(self, answer: httpx.Response) -> None:
        """Where nothing is left, the next request waits for the provider's clock, as far as that is sensible."""
        if _header(answer, "remaining") == "0":
            reset = _seconds(_header(answer, "reset"))
            self._not_before = time.monotonic() + min(reset or 0.0, self._patience.wait_s)

    def shown(self, text: str) -> str:
        """What a provider said, short and without secrets."""
        return redacted(text, self._hidden)[:LONGEST_TOLD]

    def _told(self, answer: httpx.Response) -> str:
        return self.shown(_message(answer))

    def _place(self, method: str, path: str) -> str:
        return f"{self._provider}, {method} {path}"


def _wanted_pause(answer: httpx.Response) -> float | None:
    """Seconds that the provider asks for."""
    after = answer.headers.get("retry-after")
    if after is not None:
        return _seconds(after)
    return _seconds(_header(answer, "reset")) if _header(answer, "remaining") == "0" else None


def _header(answer: httpx.Response, what: str) -> str | None:
    found: str | None = answer.headers.get(f"ratelimit-{what}", answer.headers.get(f"x-ratelimit-{what}"))
    return found


def _seconds(text: str | None) -> float | None:
    """From now: of a number of seconds, a moment in seconds or milliseconds since 1970, or a date."""
    if text is None:
        return None
    try:
        number = float(text)
    except ValueError:
        try:
            return max((parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds(), 0.0)
        except ValueError:
            return None
    if number > EPOCH * 1000:
        number /= 1000
    return max(number - time.time(), 0.0) if number > EPOCH else max(number, 0.0)


def _message(answer: httpx.Response) -> str:
    """What the provider says, in the shapes that theirs have."""
    try:
        said = answer.json()
    except ValueError:
        return answer.text.strip() or answer.reason_phrase
    error = said.get("error", said) if isinstance(said, dict) else said
    if isinstance(error, dict):
        return str(error.get("message") or error.get("code") or error)
    return str(error)


__all__ = [
    "CallFailed",
    "Calls",
    "Clash",
    "Missing",
    "NotAllowed",
    "Patience",
    "Refused",
    "Sleep",
    "Throttled",
    "Unclear",
    "Unreachable",
]
