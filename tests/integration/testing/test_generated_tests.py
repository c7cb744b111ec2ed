"""Coverage brought to its target by tests from the API's description and by a model's, kept if they prove something."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agents.testgen.agent import Generated, TestgenDeps, run
from memory.records.manifest import Manifest
from memory.records.model import Answer, Ask, ModelGateway, NoModel, Usage
from tools.sandbox.bubblewrap import BubblewrapSandbox
from tools.sandbox.environments import UvEnvironments
from tools.security.interpreter import running_environment
from tools.testing.mutation_judge import Judging, MutationJudge
from tools.testing.pytest_runner import PytestRunner

APP = """
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

app = FastAPI()
ROWS: dict[int, dict] = {}


class Note(BaseModel):
    text: str = Field(max_length=20)
    stars: int = Field(default=1, ge=1, le=5)


class Kept(Note):
    id: int


@app.post("/notes", status_code=201)
def add(note: Note) -> Kept:
    number = len(ROWS) + 1
    ROWS[number] = {"id": number, **note.model_dump()}
    return Kept(**ROWS[number])


@app.get("/notes/{note_id}", responses={404: {}})
def one(note_id: int) -> Kept:
    if note_id not in ROWS:
        raise HTTPException(404)
    return Kept(**ROWS[note_id])


@app.get("/broken")
def broken() -> dict:
    raise HTTPException(503)


def grade(stars: int) -> str:
    if stars >= 4:
        return "good"
    if stars >= 2:
        return "fair"
    return "poor"


def unused(stars: int) -> str:
    word = grade(stars)
    word += "!"
    return word
"""
FIRST = "from app.main import app\n\ndef test_title():\n    assert app.title\n"
GRADES = """def test_grade():
    from app.main import grade
    assert [grade(n) for n in (1, 3, 5)] == ['poor', 'fair', 'good']
"""
BY_MODEL = {
    "tests": [
        {"source": GRADES},
        {"source": "def test_unused():\n    from app.main import unused\n    unused(3)"},
        {"source": "def test_wrong():\n    from app.main import grade\n    assert grade(1) == 'good'"},
    ]
}
MANIFEST = Manifest(template="none", template_version="1", asgi="app.main:app", database_variable=None)


class Scripted:
    def __init__(self, *answers: object) -> None:
        self._answers = [json.dumps(answer) for answer in answers]
        self.asked: list[Ask] = []

    async def ask(self, ask: Ask) -> Answer:
        self.asked.append(ask)
        if not self._answers:
            raise NoModel("nobody answers")
        usage = Usage(prompt_tokens=1, completion_tokens=1)
        return Answer(text=self._answers.pop(0), finish="stop", model="scripted", usage=usage, usd=None)


async def generated(tmp_path: Path, gateway: ModelGateway | None, target: float = 0.95) -> Generated:
    project = tmp_path / "project"
    for name, text in {"app/__init__.py": "", "app/main.py": APP, "tests/test_first.py": FIRST}.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(text)
    sandbox, environment = BubblewrapSandbox(), running_environment()
    suite = PytestRunner(sandbox, UvEnvironments(tmp_path / "environments", sandbox), given=environment)
    judge = MutationJudge(sandbox, judging=Judging(mutants_each=4, total_s=60))
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    return await run(project, MANIFEST, TestgenDeps(sandbox, suite, judge, environment, scratch, gateway), target)


def names(lines: tuple[str, ...]) -> set[str]:
    return {line.partition("::")[2].partition(":")[0] for line in lines}


@pytest.mark.slow
async def test_without_a_model_the_description_is_enough_for_the_routes(tmp_path: Path) -> None:
    found = await generated(tmp_path, Scripted(), target=0.8)
    assert found.before is not None
    assert found.after is not None
    assert found.before < 0.6 < 0.7 < found.after < 0.8  # what is below the routes, the description does not tell of
    assert not found.reached(0.8)
    assert {"test_post__notes", "test_post__notes_text_too_long", "test_get__notes_note_id_unknown"} <= names(
        found.kept
    )
    assert names(found.thrown_away) == {"test_get__broken"}  # what the description says is not what it does
    assert list(found.files) == ["tests/test_generated_api.py"]
    assert "test_get__broken" not in found.files["tests/test_generated_api.py"]
    assert "app/main.py" in found.uncovered
    assert any("no tests by a model: nobody answers" in note for note in found.notes)


@pytest.mark.slow
async def test_a_model_is_shown_what_is_not_reached_and_believed_where_its_tests_can_fail(tmp_path: Path) -> None:
    gateway = Scripted({"tests": [{"source": "import os"}]}, BY_MODEL)
    found = await generated(tmp_path, gateway)
    assert found.reached(0.85)
    units = found.files["tests/test_generated_units.py"]
    assert "def test_grade" in units
    assert "def test_wrong" not in units
    thrown = {line.partition("::")[2].partition(":")[0]: line for line in found.thrown_away}
    assert "failed as it is" in thrown["test_wrong"]
    assert "not reached: lines" in str(gateway.asked[0].messages[1].content)
    assert "nothing beside it" in str(gateway.asked[1].messages[-1].content)
