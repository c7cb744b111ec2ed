"""Changes with a model: conflicts that it resolves, plans that a person refuses, edits and pays for."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.e2e.crash_server import Server
from tests.e2e.modified_project import Project
from tests.e2e.thinking_model import ThinkingModel, calls, shown
from tests.fake_model.fake_model import Act, serve
from tests.fake_model.tape import Asked

pytestmark = pytest.mark.slow
SCHEMA = "app/schemas/task.py"
HUNK = re.compile(
    r"^<{7} people's edits\n(.*?)^\|{7} before\n(.*?)^={7}\n(.*?)^>{7} the change\n", re.MULTILINE | re.DOTALL
)
FINISH = ("finish", {"summary": "Done."})


def resolver(wanted: Asked, prompt: str) -> Act:
    """The change's lines, each with the remark that people put behind theirs."""
    if wanted.step:
        return calls(FINISH)
    text = HUNK.sub(lambda hunk: hunk[3].replace("\n", "  # as the form says\n", 1), shown(prompt, SCHEMA))
    return calls(("write_file", {"path": SCHEMA, "content": text}), ("run_tests", {}))


def lazy(wanted: Asked, prompt: str) -> Act:
    return calls(FINISH)


@pytest.fixture(scope="module")
def model() -> Iterator[ThinkingModel]:
    with serve(ThinkingModel({"resolver": resolver, "lazy": lazy})) as model:
        yield model


@pytest.fixture(scope="module")
def project(model: ThinkingModel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    endpoint = {"OPENAI_BASE_URL": model.url, "OPENAI_API_KEY": "x", "SOFTWRIGHT_PRICES": "*=1/2"}
    server = Server(tmp_path_factory.mktemp("home"), **endpoint)
    server.up()
    yield Project(server, tmp_path_factory.mktemp("clone") / "tasks", deploy="none")
    server.cli("down")


def test_a_conflict_goes_to_dev_and_qa_judges_what_it_makes_of_it(project: Project) -> None:
    schema = project.read(SCHEMA)
    line = next(line for line in schema.splitlines() if "title:" in line)
    project.push({SCHEMA: schema.replace(line, f"{line}  # as the form says", 1) + "\n"})
    before = project.state()
    given_up = project.end(*project.begin("title must be at most 100 characters", model="lazy"))
    assert given_up["status"] == "failed"
    assert f"left marks of the conflict in {SCHEMA}" in given_up["error"]
    assert project.state() == before

    done = project.end(*project.begin("title must be at most 100 characters", model="resolver"))
    assert (done["status"], done["error"]) == ("applied", None)
    assert done["test_results"]["passed"]
    after = project.read(SCHEMA)
    assert "as the form says" in after
    assert "max_length=100" in after
    assert "<<<<<<<" not in after
    assert [c["path"] for c in project.server.steps(done["run_id"])["dev"]["evidence"]["conflicts"]] == [SCHEMA]
