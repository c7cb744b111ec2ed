"""Answers of an application recorded in the sandbox, and asked again of versions that break what no test covers."""

from __future__ import annotations

from pathlib import Path

from agents.qa.recorded import Intended, differences
from memory.records.behaviour import Recording
from memory.records.manifest import UNKNOWN
from tools.profiler.recorder import Recorder
from tools.sandbox.bubblewrap import BubblewrapSandbox
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
BREAKING = {
    "a status": ("status_code=201, dep", "status_code=200, dep", "POST /notes: answered 201; now 200"),
    "a value": ('"each": 2}', '"each": 3}', "GET /prices: had prices.1.each 2; now 3"),
    "a row that is gone": (', {"from": 10, "each": 2}', "", "GET /prices: had prices.1.from, 10; now it has not"),
    "a name": ('"currency"', '"money"', 'GET /prices: had currency, "EUR"; now it has not'),
    "a kind": ('"total": len(notes)', '"total": str(len(notes))', 'GET /notes: had total 2; now "2"'),
    "a text": ('return "Hello"', 'return "Hullo"', 'GET /hello: had the answer "Hello"; now "Hullo"'),
    "a form": (", response_class=PlainTextResponse", "", "GET /hello: answered as text/plain; now application/json"),
    "a route": ('"/hello"', '"/hullo"', "GET /hello: answered 200; now 404"),
    "a rule": ("le=5", "le=1", "POST /notes: answered 201; now 422"),
    "what it asks for": (
        "    title: str",
        "    title: str\n    owner: str",
        "POST /notes: took {'title': 'title 0', 'stars': 1}; now it asks for owner",
    ),
    "a lost row": (
        "return notes[note_id]",
        "return notes.pop(note_id)",
        "POST /notes/{note_id}/copy: answered 201; now 404",
    ),
    "an error": (
        "    return notes[note_id]",
        "    return notes[note_id.upper()]",
        "GET /notes/{note_id}: answered 200; now 500",
    ),
    "its start": ("app = FastAPI()", "app = FastAPI(", ""),
}
HARMLESS = {
    "the same": ("", ""),
    "another key": ('"currency": "EUR"', '"currency": "EUR", "vat": 20'),
    "another route": ('@app.get("/hello"', '@app.get("/more")\ndef more():\n    return 1\n\n\n@app.get("/hello"'),
    "an optional field": ("    title: str", '    title: str\n    colour: str = "red"'),
}


async def answers(place: Path, text: str, before: Recording | None = None) -> Recording:
    (place / "shop").mkdir(exist_ok=True)
    (place / "shop" / "main.py").write_text(text)
    return await Recorder(BubblewrapSandbox()).record(place / "shop", UNKNOWN, running_environment(), before)


async def test_what_no_test_covers_is_recorded_and_a_difference_is_named(
    tmp_path: Path,
) -> None:
    before = await answers(tmp_path, APP)
    assert before.problem == ""
    assert {step.route for step in before.steps} == {
        *("POST /token", "POST /notes", "GET /notes", "GET /notes/{note_id}", "POST /notes/{note_id}/copy"),
        *("GET /prices", "GET /hello", "DELETE /notes/{note_id}"),
    }
    told = {}
    for name, (old, new, _) in BREAKING.items():
        assert old in APP
        after = await answers(tmp_path, APP.replace(old, new, 1), before)
        told[name] = str(next(iter(differences(before, after, ())), "")) if after.steps else after.problem
    assert {name: said for name, said in told.items() if name != "its start"} == {
        name: said for name, (_, _, said) in BREAKING.items() if said
    }
    assert "did not start: main:app cannot be loaded: SyntaxError" in told["its start"]
    for name, (old, new) in HARMLESS.items():
        after = await answers(tmp_path, APP.replace(old, new, 1), before)
        assert (name, differences(before, after, ())) == (name, [])
    hello = await answers(tmp_path, APP.replace('return "Hello"', 'return "Hullo"'), before)
    assert differences(before, hello, [Intended(routes=(("GET", "/hello"),))]) == []
