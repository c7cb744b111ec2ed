"""From notices to messages to channels: made once, tried until they arrive or are given up, which is told too."""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from memory.clock import Clock
from memory.outages import SERVICE_AWAY
from memory.records.monitoring import Severity
from memory.repositories.outbox import Outbox
from memory.store import Row
from tools.monitoring.interface import ChannelRefused, NotDelivered, Sender
from tools.monitoring.messages import compose, undelivered
from tools.monitoring.tiers import STORM, may_go

CLAIM = timedelta(minutes=1)
"""Longer than a sender waits: after that whoever claimed the message is dead, and another one sends it."""
FIRST_WAIT_S = 10.0
LONGEST_WAIT_S = 900.0
MOST_ATTEMPTS = 30
"""About six hours."""
logger = logging.getLogger("softwright.monitor")

AddressOf = Callable[[str, str], Awaitable[str | None]]
"""Of a project's channel; None where it was taken away meanwhile."""
Channels = Callable[[str], Awaitable[dict[str, str]]]
"""A project's channels: id → how it is shown."""
Failed = Callable[[Row, str, bool], Awaitable[None]]
"""Tells people that a message could not be delivered; True: it is given up."""


class Composer:
    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    async def compose(self, now: datetime) -> int:
        """How many messages were made of what is due."""
        made = 0
        for group in await self._outbox.due_groups(now):
            project_id, severity = group["project_id"], group["severity"]
            told = await self._outbox.last_messages(project_id, severity, STORM)
            if may_go(Severity(severity), told, now):
                made += await self._compose(project_id, severity, [c["id"] for c in group["channels"]], now)
        return made

    async def _compose(self, project_id: str, severity: str, channels: list[str], now: datetime) -> int:
        return await self._outbox.compose(
            project_id, severity, now, lambda name, notices: compose(name, severity, notices, channels)
        )


class Delivery:
    """Sends what waits, one message a channel at a time, each channel on its own."""

    def __init__(
        self,
        outbox: Outbox,
        sender: Sender,
        clock: Clock,
        *,
        address_of: AddressOf,
        channels: Channels,
        failed: Failed,
    ) -> None:
        self._outbox = outbox
        self._sender = sender
        self._clock = clock
        self._address_of = address_of
        self._channels = channels
        self._failed = failed
        self._sending: dict[str, asyncio.Task[None]] = {}

    async def start_sending(self) -> None:
        """Begins with every message whose channel is free, and returns."""
        while True:
            now = self._clock.now()
            message = await self._outbox.claim(now, now + CLAIM, list(self._sending))
            if message is None:
                return
            channel = message["channel"]
            task = asyncio.create_task(self._send(message))
            self._sending[channel] = task
            task.add_done_callback(functools.partial(self._free, channel))

    async def settle(self) -> None:
        """Until nothing is being sent."""
        while self._sending:
            await asyncio.wait(set(self._sending.values()))
            await asyncio.sleep(0)

    def _free(self, channel: str, _: asyncio.Task[None]) -> None:
        self._sending.pop(channel, None)

    async def _send(self, message: Row) -> None:
        try:
            await self._sent_or_failed(message)
        except SERVICE_AWAY as error:
            logger.warning("what became of a message is not on record (%s); it is sent again under its key", error)

    async def _sent_or_failed(self, message: Row) -> None:
        key = message["key"]
        try:
            url = await self._address_of(message["project_id"], message["channel"])
            if url is None:
                await self._outbox.failed(key, "the channel was removed", self._clock.now(), given_up=True)
                return
            await self._sender.send(url, message["title"], message["body"], key)
        except NotDelivered as error:
            await self._not_delivered(message, str(error), given_up=message["attempts"] >= MOST_ATTEMPTS)
        except ChannelRefused as error:
            await self._not_delivered(message, str(error), given_up=True)
        else:
            await self._outbox.sent(key, self._clock.now())

    async def _not_delivered(self, message: Row, error: str, *, given_up: bool) -> None:
        now = self._clock.now()
        wait = min(FIRST_WAIT_S * 2.0 ** min(message["attempts"] - 1, 20), LONGEST_WAIT_S)
        logger.warning("a message to %s was not delivered: %s", message["channel"], error)
        await self._outbox.failed(message["key"], error, now + timedelta(seconds=wait), given_up=given_up)
        if message["attempts"] == 1 or given_up:
            await self._failed(message, error, given_up)
        if given_up:
            await self._tell_others(message, error, now)

    async def _tell_others(self, message: Row, error: str, now: datetime) -> None:
        channels = await self._channels(message["project_id"])
        broken = channels.pop(message["channel"], message["channel"])
        for channel in channels:
            told = undelivered(message, channel, broken, error)
            if message["title"] != told.title:
                await self._outbox.add(told, message["project_id"], message["severity"], now)


__all__ = ["AddressOf", "Composer", "Delivery"]
