"""A connection that is accepted in the moment of the switch is answered, by whichever version."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest
import uvicorn

from tools.deploy.local.launcher import HandedServer


async def application(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


def serving(listener: socket.socket, spare: socket.socket) -> HandedServer:
    config = uvicorn.Config(application, lifespan="off", log_config=None)
    config.load()
    server = HandedServer(config, listener, spare, spare)
    server.lifespan, server.servers = config.lifespan_class(config), []
    return server


@pytest.mark.parametrize("turns", range(5))
async def test_what_was_just_accepted_is_not_dropped(turns: int) -> None:
    """`turns` of the event loop between the connect and the order to drain: after one of them it is half accepted."""
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket() as spare:
        old, new = serving(listener, spare), serving(listener, spare)
        await old._accept()
        with socket.create_connection(listener.getsockname()) as caller:
            caller.sendall(b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
            caller.setblocking(False)
            for _ in range(turns):
                await asyncio.sleep(0)
            draining = asyncio.create_task(old._drain(5.0))
            await asyncio.sleep(0)
            await new._accept()
            async with asyncio.timeout(5):
                answer = await asyncio.get_running_loop().sock_recv(caller, 1000)
                await draining
            assert answer.startswith(b"HTTP/1.1 200")
        await new._drain(1.0)
