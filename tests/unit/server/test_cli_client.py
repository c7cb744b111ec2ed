"""The client against a real HTTP and WebSocket server that misbehaves on purpose."""

from __future__ import annotations

import hashlib
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute

from server.cli import client as client_module
from server.cli.client import Client, Unreachable, problem_line
from server.cli.errors import CommandError
from server.cli.plain_http import Response

ROOT = Path(__file__).resolve().parents[3]
EVENTS = [
    {"id": "1-0", "type": "pm_planning_started", "run_id": "r1"},
    {"id": "2-0", "type": "pm_planning_started", "run_id": "another"},
    {"id": "3-0", "type": "qa_results", "run_id": "r1", "passed": True},
    {"id": "4-0", "type": "run_finished", "run_id": "r1", "status": "succeeded"},
]


class Server:
    """Sends at most `events_a_connection` events, then breaks the connection; notes what it was asked."""

    def __init__(self):
        self.events_a_connection = 99
        self.silent = False
        self.stays = False
        self.asked: list[str] = []
        self.protocols: list[str] = []
        routes = [
            Route("/api/projects", self.projects),
            Route("/api/runs/{id}", self.run),
            Route("/api/broken", self.broken),
            Route("/api/import", self.taken, methods=["POST"]),
            Route("/api/full", self.full, methods=["POST"]),
            WebSocketRoute("/ws", self.events),
        ]
        self.app = Starlette(routes=routes)

    async def projects(self, request):
        cursor = int(request.query_params.get("cursor", 0))
        return JSONResponse({"items": [{"id": cursor}], "next": str(cursor + 1) if cursor < 2 else None})

    async def run(self, request):
        return JSONResponse({"status": "succeeded"})

    async def broken(self, request):
        problem = {"title": "Unprocessable", "detail": "2 fields are wrong", "errors": [{"loc": ["a"], "msg": "no"}]}
        return JSONResponse(problem, status_code=422)

    async def taken(self, request):
        async with request.form() as form:
            file = form["file"]
            return JSONResponse({"name": file.filename, "digest": hashlib.sha256(await file.read()).hexdigest()})

    async def full(self, request):
        return JSONResponse({"detail": "too large"}, status_code=413, headers={"Connection": "close"})

    async def events(self, websocket):
        self.protocols = websocket.scope["subprotocols"]
        last_id = websocket.query_params["last_id"]
        self.asked.append(last_id)
        await websocket.accept(subprotocol="bearer")
        fresh = [event for event in EVENTS if event["id"] > last_id]
        for event in fresh[: self.events_a_connection] if not self.silent else []:
            await websocket.send_json(event)
        if self.silent or self.stays:
            await websocket.receive()
        await websocket.close(1011)


@pytest.fixture
def server():
    made = Server()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()  # who is quicker than the server waits
        config = uvicorn.Config(made.app, log_config=None, ws="websockets-sansio")
        running = uvicorn.Server(config)
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]})
        thread.start()
        made.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        yield made
        running.should_exit = True
        thread.join()


@pytest.fixture
def client(server):
    return Client(server.url, "secret.token")


def test_a_run_is_followed_to_its_end_without_the_events_of_others(server, client):
    assert [event["id"] for event in client.follow("p", "r1")] == ["1-0", "3-0", "4-0"]
    assert server.protocols == ["bearer", "secret.token"]


STUMBLES = """
import sys
from server.cli import follow
from server.cli.client import Client

def stumble(event):
    raise RuntimeError("stumbled")

follow.line_of = stumble
follow.follow_to_end(Client(sys.argv[1], "token"), "p", "r1", as_json=False)
"""


def test_an_error_while_watching_ends_the_command_and_does_not_wait_for_the_server(server):
    server.stays = True
    command = [sys.executable, "-c", STUMBLES, server.url]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "stumbled" in done.stderr


def test_after_a_broken_connection_it_goes_on_from_the_last_event(server, client, monkeypatch):
    monkeypatch.setattr(client_module.time, "sleep", lambda seconds: None)
    server.events_a_connection = 1
    assert [event["id"] for event in client.follow("p", "r1")] == ["1-0", "3-0", "4-0"]
    assert server.asked == ["0", "1-0", "2-0", "3-0"]


def test_a_run_whose_last_event_never_comes_ends_all_the_same(server, client, monkeypatch):
    monkeypatch.setattr(client_module, "SILENCE_S", 0.05)
    server.silent = True
    assert list(client.follow("p", "r1")) == []


def test_all_pages_of_a_list_are_read(client):
    assert [item["id"] for item in client.items("/api/projects")] == [0, 1, 2]


def test_a_problem_document_becomes_one_line_and_wrong_input_exit_code_2(client):
    with pytest.raises(CommandError, match=r"^2 fields are wrong; a: no \(422\)$") as caught:
        client.get("/api/broken")
    assert caught.value.exit_code == 2


def test_a_file_is_sent_as_a_form_piece_by_piece(client, tmp_path):
    file = tmp_path / 'my "old" ä.zip'
    file.write_bytes(bytes(range(256)) * 1000)
    told = client.upload("/api/import", file)
    assert told == {"name": "my %22old%22 ä.zip", "digest": hashlib.sha256(file.read_bytes()).hexdigest()}


def test_a_body_that_is_refused_unread_ends_with_the_server_s_words(client, tmp_path):
    file = tmp_path / "large"
    with file.open("wb") as stream:
        stream.truncate(64 << 20)
    with pytest.raises(CommandError, match=r"too large \(413\)"):
        client.upload("/api/full", file)


@pytest.mark.parametrize("body", ["", "<html>", "[]", "null"])
def test_an_answer_that_is_no_problem_document_still_says_something(body):
    assert problem_line(Response(502, "Bad Gateway", body.encode())) == "Bad Gateway (502)"


def test_a_server_that_is_not_there_is_named(monkeypatch):
    monkeypatch.setattr(client_module, "PATIENCE_S", 0.0)
    nowhere = Client("http://127.0.0.1:9", "token")
    with pytest.raises(Unreachable, match="softwright up"):
        nowhere.get("/api/projects")
    with pytest.raises(Unreachable, match="has gone"):
        list(nowhere.follow("p", "r"))
