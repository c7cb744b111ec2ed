"""Runs inside the sandbox, with nothing but what the application has installed: serves it on handed-down sockets.

    python launcher.py APPLICATION CODE LISTENER PROBE CHANNEL GRACE_S

LISTENER, PROBE and CHANNEL are numbers of open descriptors: the TCP listener that all versions of the application
share, this one's own unix listener, over which the keeper asks for its health, and the line on which the keeper says
`accept` (take requests from the shared listener; answered by `accepting`) and `drain SECONDS` (leave it, end each
connection with its next answer, and after that time those that are idle; answered by `drained`).
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys

import uvicorn


class HandedServer(uvicorn.Server):
    """Serves the probe socket at once, the shared listener only when told to."""

    def __init__(
        self, config: uvicorn.Config, listener: socket.socket, probe: socket.socket, channel: socket.socket
    ) -> None:
        super().__init__(config)
        self._listener = listener
        self._probe = probe
        self._channel = channel
        self._shared: asyncio.AbstractServer | None = None
        self._orders: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=[self._probe])
        self._orders = asyncio.create_task(self._obey())

    async def _obey(self) -> None:
        reader, writer = await asyncio.open_connection(sock=self._channel)
        while order := await reader.readline():
            if order == b"accept\n":
                await self._accept()
                writer.write(b"accepting\n")
            elif order.startswith(b"drain "):
                await self._drain(float(order.split()[1]))
                writer.write(b"drained\n")
        self.should_exit = True

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        self._shared = await loop.create_server(self._protocol, sock=self._listener, backlog=self.config.backlog)
        self.servers.append(self._shared)

    async def _drain(self, seconds: float) -> None:
        if self._shared is not None:
            self._shared.close()
        close = (b"connection", b"close")
        self.config.encoded_headers.append(close)
        self.server_state.default_headers = [*self.server_state.default_headers, close]
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while self.server_state.connections and loop.time() < end:  # noqa: ASYNC110 - uvicorn keeps no event for it
            await asyncio.sleep(0.01)
        for connection in list(self.server_state.connections):
            connection.shutdown()

    def _protocol(self) -> asyncio.Protocol:
        return self.config.http_protocol_class(  # type: ignore[call-arg]
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )


def handed(descriptor: str) -> socket.socket:
    # fileno= finds out family and type; a TCP socket taken for another kind never gets TCP_NODELAY: 40 ms a request
    return socket.socket(fileno=int(descriptor))


def main(application: str, code: str, listener: str, probe: str, channel: str, grace_s: str) -> None:
    os.chdir(code)
    sys.path[0] = code
    config = uvicorn.Config(application, access_log=False, timeout_graceful_shutdown=int(grace_s))
    HandedServer(config, handed(listener), handed(probe), handed(channel)).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
