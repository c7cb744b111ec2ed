"""Answers of an application recorded in the sandbox, and asked again of versions that break what no test covers."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest

from agents.qa.recorded import Intended, differences
from memory.records.behaviour import Recording
from memory.records.execution import Environment
from memory.records.manifest import UNKNOWN
from tools.importing.stack import read_stack
from tools.profiler.recorder import Recorder
from tools.profiler.script_recorder import server_of
from tools.sandbox.bubblewrap import BubblewrapSandbox
from tools.sandbox.environments import UvEnvironments
from tools.sandbox.resolving import UvResolver
from tools.security.interpreter import running_environment

APP = """
import uuid
from datetime import datetime, timezone
from fastapi import Depends, FastAPI, HTTPException
from fastapi.responses import PlainTextResponse
from fastapi.security import OAuth2PasswordBearer, OAuth2PasswordRequestForm
from pydantic import BaseModel, Field

app = FastAPI()
signed_in = OAuth2PasswordBearer("token")
tokens, notes = set(), {}


class Note(BaseModel):
    title: str
    stars: int = Field(ge=1, le=5)


@app.post("/token")
def token(form: OAuth2PasswordRequestForm = Depends()):
    made = uuid.uuid4().hex
    tokens.add(made)
    return {"access_token": made}


def account(token: str = Depends(signed_in)):
    if token not in tokens:
        raise HTTPException(401)


@app.post("/notes", status_code=201, dependencies=[Depends(account)])
def make(note: Note):
    row = note.model_dump() | {"id": str(uuid.uuid4()), "made_at": datetime.now(timezone.utc).isoformat()}
    notes[row["id"]] = row
    return row


@app.get("/notes")
def many():
    return {"items": list(notes.values()), "total": len(notes)}


@app.get("/notes/{note_id}")
def one(note_id: str):
    if note_id not in notes:
        raise HTTPException(404)
    return notes[note_id]


@app.post("/notes/{note_id}/copy", status_code=201)
def copy(note_id: str):
    if note_id not in notes:
        raise HTTPException(404)
    return {"title": notes[note_id]["title"] + " (copy)"}


@app.get("/prices")
def prices():
    return {"prices": [{"from": 0, "each": 2.5}, {"from": 10, "each": 2}], "currency": "EUR"}


@app.get("/hello", response_class=PlainTextResponse)
def hello():
    return "Hello"


@app.delete("/notes/{note_id}", status_code=204)
def gone(note_id: str):
    del notes[note_id]
"""
BREAKING = [
    {
        ("status_code=201, dep", "status_code=200, dep"): "POST /notes: answered 201; now 200",
        ('"total": len(notes)', '"total": str(len(notes))'): 'GET /notes: had total 2; now "2"',
        ('"each": 2}', '"each": 3}'): "GET /prices: had prices.1.each 2; now 3",
        ('return "Hello"', 'return "Hullo"'): 'GET /hello: had the answer "Hello"; now "Hullo"',
        ("    return notes[note_id]", "    return notes[note_id.upper()]"): (
            "GET /notes/{note_id}: answered 200; now 500"
        ),
    },
    {
        ("    title: str", "    title: str\n    owner: str"): (
            "POST /notes: took {'title': 'title 0', 'stars': 1}; now it asks for owner"
        ),
        (', {"from": 10, "each": 2}', ""): "GET /prices: had prices.1.from, 10; now it has not",
        (", response_class=PlainTextResponse", ""): "GET /hello: answered as text/plain; now application/json",
        ("return notes[note_id]", "return notes.pop(note_id)"): "POST /notes/{note_id}/copy: answered 201; now 404",
    },
    {
        ('"currency"', '"money"'): 'GET /prices: had currency, "EUR"; now it has not',
        ('"/hello"', '"/hullo"'): "GET /hello: answered 200; now 404",
        ("le=5", "le=1"): "POST /notes: answered 201; now 422",
    },
]
HARMLESS = [
    ('"currency": "EUR"', '"currency": "EUR", "vat": 20'),
    ('@app.get("/hello"', '@app.get("/more")\ndef more():\n    return 1\n\n\n@app.get("/hello"'),
    ("    title: str", '    title: str\n    colour: str = "red"'),
]


def edited(edits: Iterable[tuple[str, str]]) -> str:
    text = APP
    for old, new in edits:
        assert old in text
        text = text.replace(old, new, 1)
    return text


async def answers(
    place: Path, text: str, before: Recording | None = None, environment: Environment | None = None
) -> Recording:
    (place / "shop").mkdir(exist_ok=True)
    (place / "shop" / "main.py").write_text(text)
    return await Recorder(BubblewrapSandbox()).record(
        place / "shop", UNKNOWN, environment or running_environment(), before
    )


async def test_what_no_test_covers_is_recorded_and_a_difference_is_named(
    tmp_path: Path,
) -> None:
    before = await answers(tmp_path, APP)
    assert before.problem == ""
    assert {step.route for step in before.steps} == {
        *("POST /token", "POST /notes", "GET /notes", "GET /notes/{note_id}", "POST /notes/{note_id}/copy"),
        *("GET /prices", "GET /hello", "DELETE /notes/{note_id}"),
    }
    for edits in BREAKING:
        after = await answers(tmp_path, edited(edits), before)
        told = {str(found) for found in differences(before, after, ())}
        assert set(edits.values()) <= told, after.problem
    fails = await answers(tmp_path, edited([("app = FastAPI()", "app = FastAPI(")]), before)
    assert "did not start: main:app cannot be loaded: SyntaxError" in fails.problem
    hello = ('return "Hello"', 'return "Hullo"')
    after = await answers(tmp_path, edited([*HARMLESS, hello]), before)
    assert differences(before, after, [Intended(routes=(("GET", "/hello"),))]) == []


FLASK = """
from flask import Flask, abort, jsonify

app = Flask(__name__)


@app.get("/items/<int:number>")
def item(number):
    return jsonify(number=number) if number < 9 else abort(404)


@app.route("/count", methods=["GET", "POST"])
def count():
    return {"count": 3}
"""


async def test_flask_too(tmp_path: Path, shared_environments: Path) -> None:
    sandbox = BubblewrapSandbox()
    lock = await UvResolver(tmp_path / "resolved", sandbox).resolve(["flask"], {})
    environment = await UvEnvironments(shared_environments, sandbox).provide(lock)
    before = await answers(tmp_path, FLASK, environment=environment)
    assert [(step.route, step.status) for step in before.steps] == [
        ("POST /count", 200),
        ("POST /count", 200),
        ("GET /items/{number}", 200),
        ("GET /count", 200),
        ("GET /items/{number}", 404),
    ], before.problem
    after = await answers(tmp_path, FLASK.replace("3}", "4}"), before, environment)
    assert [str(found) for found in differences(before, after, ())] == [
        "POST /count: had count 3; now 4",
        "GET /count: had count 3; now 4",
    ]


SERVER = {
    "package.json": '{"scripts": {"start": "node src/server.mjs"}}',
    "src/app.mjs": """export const routes = new Map();
export const app = { get: (path, answer) => routes.set(path, answer) };
app.get("/rates", () => ({ rates: [1, 2], at: Date.now(), luck: Math.random() }));
app.get("/rates/:day", (day) => ({ day }));
app.get("/hello", () => "Hello");
""",
    "src/server.mjs": """import http from "node:http";
import { routes } from "./app.mjs";
http.createServer((request, response) => {
  const [, first, day] = request.url.split("/");
  const answer = routes.get(day ? `/${first}/:day` : `/${first}`)(day);
  response.setHeader("content-type", typeof answer === "string" ? "text/plain" : "application/json");
  response.end(typeof answer === "string" ? answer : JSON.stringify(answer));
}).listen(process.env.PORT);
""",
}


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
async def test_a_server_in_javascript_too(tmp_path: Path) -> None:
    async def recorded(before: Recording | None = None, **edits: str) -> Recording:
        for path, text in SERVER.items():
            (tmp_path / path).parent.mkdir(exist_ok=True)
            for old, new in edits.items():
                text = text.replace(old, new)
            (tmp_path / path).write_text(text)
        server = server_of(read_stack(tmp_path))
        assert server is not None
        return await Recorder(BubblewrapSandbox()).record_script(tmp_path, server, None, before)

    before = await recorded()
    assert [(step.route, step.path, step.status) for step in before.steps] == [
        ("GET /rates", "/rates", 200),
        ("GET /rates/{day}", "/rates/1", 200),
        ("GET /hello", "/hello", 200),
    ], before.problem
    assert differences(before, await recorded(before), ()) == []
    told = [str(found) for found in differences(before, await recorded(before, Hello="Hullo", luck="chance"), ())]
    assert [words.partition(",")[0] for words in told] == [
        "GET /rates: had luck",
        'GET /hello: had the answer "Hello"; now "Hullo"',
    ]
    fails = await recorded(before, createServer="noServer")
    assert "it ended before it listened" in fails.problem
    assert "noServer is not a function" in fails.problem
