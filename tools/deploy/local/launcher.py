"""Runs inside the sandbox, with nothing but what the application has installed: serves it on handed-down sockets.

    python launcher.py APPLICATION CODE LISTENER PROBE CHANNEL GRACE_S NICE

LISTENER, PROBE and CHANNEL are numbers of open descriptors: the TCP listener that all versions of the application
share, this one's own unix listener, over which the keeper asks for its health, and the line on which the keeper says

    accept         take requests from the shared listener (again); answered by `accepting`
    drain SECONDS  leave it, end each connection with its next answer, and after that time those that are idle;
                   answered by `drained`
    linger SECONDS wait until WebSockets and slow requests have ended by themselves; answered by `lingered`
    counts         answered by `counts REQUESTS ERRORS SECONDS`, of callers only
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import time
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

import uvicorn

Message = MutableMapping[str, Any]
CLOSE = (b"connection", b"close")
SETTLING_S = 0.02
PRIORITY = Path("/proc/self/autogroup")
"""Of this session among others, where the kernel groups by session; it may be raised again without any right."""
USUAL = "0"


class Counted:
    """The application, with its callers' requests counted; the keeper's own come over a socket without addresses."""

    def __init__(self, application: Any) -> None:
        self._application = application
        self.requests = 0
        self.errors = 0
        self.seconds = 0.0

    async def __call__(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        if scope["type"] != "http" or scope.get("client") is None:
            await self._application(scope, receive, send)
            return
        status = 0

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
            await send(message)

        began = time.perf_counter()
        try:
            await self._application(scope, receive, noting)
        except Exception:
            status = 500
            raise
        finally:
            self.requests += 1
            self.errors += status >= 500
            self.seconds += time.perf_counter() - began


class HandedServer(uvicorn.Server):
    """Serves the probe socket at once, the shared listener only when told to."""

    def __init__(
        self, config: uvicorn.Config, listener: socket.socket, probe: socket.socket, channel: socket.socket
    ) -> None:
        super().__init__(config)
        self._listener = listener
        self._probe = probe
        self._channel = channel
        self._counted: Counted
        self._shared: asyncio.Server | None = None
        self._accepting: socket.socket
        self._orders: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._counted = Counted(self.config.loaded_app)
        self.config.loaded_app = self._counted
        await super().startup(sockets=[self._probe])
        self._orders = asyncio.create_task(self._obey())

    async def _obey(self) -> None:
        reader, writer = await asyncio.open_connection(sock=self._channel)
        while order := await reader.readline():
            verb, _, argument = order.decode().strip().partition(" ")
            writer.write((await self._carried_out(verb, argument) + "\n").encode())
        self.should_exit = True

    async def _carried_out(self, verb: str, argument: str) -> str:
        if verb == "accept":
            await self._accept()
            return "accepting"
        if verb == "drain":
            await self._drain(float(argument))
            return "drained"
        if verb == "linger":
            await self._until(lambda: not self.server_state.connections, float(argument))
            return "lingered"
        counted = self._counted
        return f"counts {counted.requests} {counted.errors} {counted.seconds:.6f}"

    async def _accept(self) -> None:
        prefer(USUAL)
        if CLOSE in self.config.encoded_headers:
            self.config.encoded_headers.remove(CLOSE)
            self.server_state.default_headers = [h for h in self.server_state.default_headers if h != CLOSE]
        loop = asyncio.get_running_loop()
        # a copy, because a server that is closed closes its socket, and this one may have to take over again
        self._accepting = self._listener.dup()
        self._shared = await loop.create_server(self._protocol, sock=self._accepting, backlog=self.config.backlog)
        self.servers.append(self._shared)

    async def _drain(self, seconds: float) -> None:
        self.config.encoded_headers.append(CLOSE)
        self.server_state.default_headers = [*self.server_state.default_headers, CLOSE]
        if self._shared is not None:
            # what was accepted a moment ago is no connection yet, and a server that is closed drops it
            asyncio.get_running_loop().remove_reader(self._accepting)
            await asyncio.sleep(SETTLING_S)
            self._shared.close()
            self.servers.remove(self._shared)
            self._shared = None
        await self._until(lambda: not self._http_connections(), seconds)
        for connection in self._http_connections():
            connection.shutdown()

    def _http_connections(self) -> list[Any]:
        """Not WebSockets: they end in their own time, or when the server is stopped."""
        kind = self.config.http_protocol_class
        return [one for one in self.server_state.connections if isinstance(one, kind)]

    async def _until(self, true: Callable[[], bool], seconds: float) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while not true() and loop.time() < end:  # noqa: ASYNC110 - uvicorn keeps no event for it
            await asyncio.sleep(0.01)

    def _protocol(self) -> asyncio.Protocol:
        return self.config.http_protocol_class(  # type: ignore[call-arg]
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )


def prefer(nice: str) -> None:
    """A copy that has no callers yet leaves the processors to the version that has them."""
    try:
        PRIORITY.write_text(nice)
    except OSError:
        return  # a kernel without such groups, or one order too soon after another: it starts as others do


def handed(descriptor: str) -> socket.socket:
    # fileno= finds out family and type; a TCP socket taken for another kind never gets TCP_NODELAY: 40 ms a request
    return socket.socket(fileno=int(descriptor))


def main(application: str, code: str, listener: str, probe: str, channel: str, grace_s: str, nice: str) -> None:
    prefer(nice)
    os.chdir(code)
    sys.path[0] = code
    config = uvicorn.Config(application, access_log=False, timeout_graceful_shutdown=int(grace_s))
    HandedServer(config, handed(listener), handed(probe), handed(channel)).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
