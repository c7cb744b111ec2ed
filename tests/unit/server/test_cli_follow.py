"""How a run's end is told: text, JSON, exit code."""

from __future__ import annotations

import json

import pytest

from server.cli.client import Unreachable
from server.cli.errors import CommandError
from server.cli.follow import follow_to_end

PROJECT = {"id": "p", "commit": "abc", "test_coverage": 0.97, "security_score": 1.0}
RUN = {"id": "r", "status": "succeeded", "spend": {"tokens": 0, "usd": 0}, "not_understood": ["blockchain"]}
LIVE = {"run_id": "r", "status": "healthy", "deployment_url": "http://127.0.0.1:9000"}


class Answers:
    """The client's interface over fixed documents."""

    def __init__(self, run=RUN, deployments=(LIVE,), ending=None):
        self.run, self.deployments, self.ending = run, deployments, ending

    def get(self, path):
        return self.run if path.startswith("/api/runs/") else PROJECT

    def items(self, path):
        return iter(self.deployments)

    def follow(self, project_id, run_id):
        yield {"id": "1", "type": "pm_planning_started"}
        yield {"id": "2", "type": "dev_code_generated", "files": ["[red]a.py\x1b[2J"]}
        if self.ending is not None:
            raise self.ending


def test_json_is_exactly_one_object_on_stdout(capsys):
    follow_to_end(Answers(), "p", "r", as_json=True)
    told = capsys.readouterr()
    outcome = json.loads(told.out)
    assert told.out.count("\n") == 1
    assert outcome.pop("took_s") >= 0
    assert outcome == {
        "project_id": "p",
        "run_id": "r",
        "status": "succeeded",
        "url": "http://127.0.0.1:9000",
        "commit": "abc",
        "coverage": 0.97,
        "security_score": 1.0,
        "not_understood": ["blockchain"],
        "spend": {"tokens": 0, "usd": 0},
    }
    assert "PM   reads the request" in told.err


def test_for_a_person_the_address_stands_on_stdout(capsys):
    follow_to_end(Answers(), "p", "r", as_json=False)
    told = capsys.readouterr()
    assert told.out.startswith("http://127.0.0.1:9000  (project p")
    assert "coverage 97%" in told.out


def test_a_failed_run_ends_with_its_reason_and_exit_code_1(capsys):
    steps = [{"agent": "qa", "name": "tests", "status": "failed", "evidence": {"failed": 3}}]
    failed = {**RUN, "status": "failed", "steps": steps, "error": "3 tests failed"}
    with pytest.raises(
        CommandError, match=r"the run failed in qa: 3 tests failed\. Look at it: softwright show p"
    ) as e:
        follow_to_end(Answers(failed, ()), "p", "r", as_json=True)
    assert e.value.exit_code == 1
    assert json.loads(capsys.readouterr().out)["url"] is None


def test_ctrl_c_leaves_the_run_and_says_how_to_look_at_it():
    with pytest.raises(CommandError, match=r"the run goes on.*: softwright show p"):
        follow_to_end(Answers(ending=KeyboardInterrupt()), "p", "r", as_json=False)


def test_a_server_that_has_gone_ends_the_watching():
    with pytest.raises(Unreachable):
        follow_to_end(Answers(ending=Unreachable("gone")), "p", "r", as_json=False)
