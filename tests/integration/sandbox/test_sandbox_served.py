"""Long-lived programs: their socket, their signals, their end."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from memory.records.execution import Command, Confinement, Ending, Limits
from tools.sandbox.interpreter import choose

REPOSITORY = Path(__file__).resolve().parents[3]
APP = """
import ctypes, os, signal, socket, sys
listener = socket.socket(fileno=int(sys.argv[1]))
def stop(*_):
    print("handler ran", flush=True)
    sys.exit(7)
signal.signal(signal.SIGTERM, stop)
def attempt(name, sock):
    try:
        sock.connect(("127.0.0.1", int(sys.argv[2])))
        print(name, "CONNECTED", sock.recv(100), flush=True)
    except OSError as error:
        print(name, error.strerror, flush=True)
print("up", flush=True)
while True:
    accepted, _ = listener.accept()
    if accepted.recv(100) == b"attack":
        unspecified = ctypes.CDLL(None).connect(accepted.fileno(), bytes(16), 16)
        attempt("accepted", accepted)
        listener.shutdown(socket.SHUT_RDWR)
        attempt("listener", listener)
        fast = socket.socket()
        try:
            fast.sendto(b"x", 0x20000000, ("127.0.0.1", int(sys.argv[2])))
        except OSError as error:
            print("fast open", error.strerror, flush=True)
        sys.exit(3)
    accepted.sendall(b"hello")
    accepted.close()
"""


def ask(address: tuple[str, int], what: bytes) -> bytes:
    with socket.create_connection(address, timeout=10) as connection:
        connection.settimeout(10)
        connection.sendall(what)
        with suppress(ConnectionResetError):
            return connection.recv(100)
    return b""


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


@pytest.fixture
def service():
    """A service of the host that tells a secret to whoever connects."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    connection.sendall(b"canary")
                    connection.close()

        thread = threading.Thread(target=serve)
        thread.start()
        yield server
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.fixture
async def start(sandbox, workspace, tmp_path):
    running = []

    async def begin(script: str, *arguments: str, inherit=(), **limits):
        python = choose()
        (workspace / "app.py").write_text(script)
        within = Confinement(workspace, mounts=python.mounts, limits=Limits(**limits))
        with (tmp_path / "log").open("ab") as output:
            command = Command((str(python.path), "app.py", *arguments))
            running.append(await sandbox.start(command, within, inherit=inherit, output=output))
        return running[-1]

    yield begin
    for one in running:
        one.kill()
        await one.wait()


async def test_serves_on_the_inherited_socket_and_ends_by_its_own_handler(start, listener, tmp_path):
    app = await start(APP, str(listener.fileno()), "1", inherit=[listener.fileno()])
    assert await asyncio.to_thread(ask, listener.getsockname(), b"hi") == b"hello"
    app.terminate()
    ended = await asyncio.wait_for(app.wait(), 20)
    assert (ended.ending, ended.exit_code) == (Ending.EXITED, 7)
    assert (tmp_path / "log").read_text() == "up\nhandler ran\n"
    assert "netns" in app.limits_active
    assert not {"wall-time", "rlimit:cpu"} & set(app.limits_active)


async def test_host_sockets_cannot_be_turned_outwards(start, listener, service, tmp_path):
    """Disconnected and connected anew, the listening or an accepted socket would reach the host's own network."""
    app = await start(APP, str(listener.fileno()), str(service.getsockname()[1]), inherit=[listener.fileno()])
    await asyncio.to_thread(ask, listener.getsockname(), b"attack")
    assert (await asyncio.wait_for(app.wait(), 20)).exit_code == 3
    refused = "Operation not permitted"
    assert (tmp_path / "log").read_text() == f"up\naccepted {refused}\nlistener {refused}\nfast open {refused}\n"


async def test_kill_ends_what_ignores_signals(start, workspace):
    script = (
        "import signal, time\nsignal.signal(15, signal.SIG_IGN)\nopen('ready', 'w').close()\nwhile True: time.sleep(1)"
    )
    app = await start(script)
    while not os.path.exists(workspace / "ready"):  # noqa: ASYNC110, ASYNC240, PTH110
        await asyncio.sleep(0.01)
    app.terminate()
    app.kill()
    ended = await asyncio.wait_for(app.wait(), 20)
    assert (ended.ending, ended.exit_code) == (Ending.CANCELLED, 137)


async def test_limits_hold_for_served_programs(start):
    script = "i = 0\nwhile True:\n    open(f'f{i}', 'w').close(); i += 1"
    app = await start(script, workspace_files=300)
    ended = await asyncio.wait_for(app.wait(), 30)
    assert (ended.ending, "300" in ended.reason) == (Ending.WORKSPACE_SIZE, True)


async def test_waiting_may_be_given_up_without_ending_the_program(start, listener):
    app = await start(APP, str(listener.fileno()), "1", inherit=[listener.fileno()])
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(app.wait(), 0.05)
    assert await asyncio.to_thread(ask, listener.getsockname(), b"hi") == b"hello"


async def test_everything_inside_dies_with_its_starter(workspace):
    program = (
        "import asyncio, sys\nfrom pathlib import Path\n"
        "from memory.records.execution import Command, Confinement\n"
        "from tools.sandbox.bubblewrap import BubblewrapSandbox\n"
        "script = 'while :; do echo x >> beat; sleep 0.01; done'\n"
        "asyncio.run(BubblewrapSandbox().run(Command(('sh', '-c', script)), Confinement(Path(sys.argv[1]))))"
    )
    starter = await asyncio.create_subprocess_exec(sys.executable, "-c", program, str(workspace), cwd=REPOSITORY)
    while not os.path.exists(workspace / "beat"):  # noqa: ASYNC110, ASYNC240, PTH110
        await asyncio.sleep(0.01)
    starter.kill()
    await starter.wait()
    await asyncio.sleep(0.3)
    size = (workspace / "beat").stat().st_size
    await asyncio.sleep(0.3)
    assert (workspace / "beat").stat().st_size == size
