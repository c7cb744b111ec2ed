"""Tokens to a whole application: the product's tapes, and mini-swe-agent on two of the same requests."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from bench.loop_endpoint import bash, tokens_of
from bench.loop_mini import Mini, Unavailable
from tests.e2e.crash_server import Server
from tests.e2e.tape_checks import CHECKS, App
from tests.e2e.tape_runs import Runs
from tests.fake_model.fake_model import serve
from tests.fake_model.tape import Tape, TapeModel, asked, load

RECORDED = Path(__file__).with_name("mini_tapes")
ROLES = {"dev": "Dev", "DraftPlan": "PM"}
"""All else writes tests."""
CONTRACTS = {
    "library": (
        "Python with FastAPI, in main.py. POST /books {title, copies}, POST /members {name}, POST /loans {book_id, "
        "member_id, lent_on?}; a loan shows due_on, returned_on and fine, a member owes. POST /loans/{id}/return, POST "
        "/members/{id}/payments {amount}. 409 against the state of the data, 422 for invalid input."
    ),
    "auction": (
        "Python with FastAPI, in main.py. POST /auth/register {email, password}, POST /auth/token (form: username, "
        "password) gives access_token; 401 without it. /items {title, starting_price, closing_time} shows seller, "
        "/bids {item_id, amount} shows bidder, by email; GET /items/{id}/winner -> {bidder, amount}. 403 for "
        "another's item, 409 against the state of the data; a bid never changes (409)."
    ),
}
"""What the checks need to know of an application, which the product's PM decides."""
START_S = 30.0


@dataclass(frozen=True)
class Spent:
    """By role, of one application."""

    calls: int = 0
    prompt: int = 0
    completion: int = 0

    def __add__(self, other: Spent) -> Spent:
        return Spent(self.calls + other.calls, self.prompt + other.prompt, self.completion + other.completion)

    @property
    def total(self) -> int:
        return self.prompt + self.completion


def sent(request: dict[str, Any], reply: dict[str, Any]) -> Spent:
    """Bytes / 4 of the JSON, of what a provider counts."""
    prompt = [request["messages"], request.get("tools"), request.get("response_format")]
    return Spent(1, tokens_of([part for part in prompt if part]), tokens_of(reply))


def ours(home: Path) -> dict[str, dict[str, Spent]]:
    """Every tape driven to a live application that passes its check; tape → role → tokens."""
    with serve(TapeModel(*map(load, CHECKS))) as model:
        endpoint = {"OPENAI_BASE_URL": model.url, "OPENAI_API_KEY": "x", "SOFTWRIGHT_PRICES": "*=0/0"}
        server = Server(home, **endpoint)
        server.up()
        try:
            runs = Runs(server, model)
            for name in CHECKS:
                _drive(runs, name)
        finally:
            server.cli("down")
    return {name: _by_role(model, model.tapes[name]) for name in CHECKS}


def _drive(runs: Runs, name: str) -> None:
    tape = runs.model.tapes[name]
    runs.start(name)
    if tape.body.get("approve"):
        comment = tape.rows[1].asked.about[1]
        for decision in ({"decision": "reject", "comment": comment}, {"decision": "approve"}):
            runs.until(name, "waiting")
            runs.decide(name, **decision)
    runs.until(name, "succeeded")
    with closing(runs.application(name)) as app:
        CHECKS[name](app)


def _by_role(model: TapeModel, tape: Tape) -> dict[str, Spent]:
    found: dict[str, Spent] = {}
    for request in model.requests:
        wanted = asked(request)
        row = tape.find(wanted) if request["model"] == tape.name else None
        if row is not None:
            role = ROLES.get(wanted.role, "tests")
            found[role] = found.get(role, Spent()) + sent(request, row.reply)
    return found


def minis(mini: Mini, folder: Path) -> dict[str, Spent]:
    """The same requests; its applications pass the same checks. Raises Unavailable."""
    found = {}
    for name, contract in CONTRACTS.items():
        tape = load(name)
        words = [tape.body["request"], *(tape.rows[1].asked.about[1:] if tape.body.get("approve") else ()), contract]
        commands = [json.loads(line)["command"] for line in (RECORDED / f"{name}.jsonl").read_text().splitlines()]
        endpoint, project = mini.work([bash(command) for command in commands], f"app-{name}", {}, "\n".join(words))
        with _served(project, folder) as url, closing(App(url)) as app:
            CHECKS[name](app)
        replies = [{"tool_calls": [{"name": "bash", "arguments": {"command": command}}]} for command in commands]
        pairs = zip(endpoint.requests, replies, strict=True)
        found[name] = sum((sent(request, reply) for request, reply in pairs), Spent())
    return found


@contextmanager
def _served(project: Path, folder: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    argv = [sys.executable, "-m", "uvicorn", "main:app", "--port", str(port), "--log-level", "warning"]
    env = {**os.environ, "DATABASE": str(folder / f"{project.parent.name}.db")}
    process = subprocess.Popen(argv, cwd=project, env=env)
    try:
        url, deadline = f"http://127.0.0.1:{port}", time.monotonic() + START_S
        while not _answers(url):
            if time.monotonic() > deadline or process.poll() is not None:
                raise Unavailable(f"the application of {project.parent.name} does not start")
            time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait()


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/openapi.json", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


__all__ = ["CONTRACTS", "Spent", "minis", "ours", "sent"]
