"""The API's process: serves `server.asgi:app` on a listening socket that the supervisor opened.

The socket outlives this process, so requests wait while a crashed API is started again. uvicorn's own --fd is not
used: it takes a TCP socket for a unix one, which costs 44 ms a request.
"""

from __future__ import annotations

import socket
import sys

import uvicorn

GRACEFUL_S = 5


def main(argv: list[str]) -> None:
    """argv: the file descriptor's number, and optionally another application than `server.asgi:app`."""
    listener = socket.socket(fileno=int(argv[0]))
    application = argv[1] if len(argv) > 1 else "server.asgi:app"
    config = uvicorn.Config(application, timeout_graceful_shutdown=GRACEFUL_S, log_config=None, server_header=False)
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main(sys.argv[1:])
