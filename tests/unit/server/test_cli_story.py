from __future__ import annotations

import pytest

from server.cli.screen import clean
from server.cli.story import line_of, share


@pytest.mark.parametrize(
    ("event", "line"),
    [
        ({"type": "qa_results", "passed": True, "coverage": 0.97, "findings": []}, "QA   passed, coverage 97%"),
        (
            {"type": "qa_results", "passed": False, "coverage": None, "findings": [{}, {}]},
            "QA   did not pass, 2 findings",
        ),
        ({"type": "dev_code_generated", "files": ["a", "b"]}, "Dev  wrote 2 files"),
        ({"type": "ops_deployment_completed", "url": "http://x"}, "Ops  live at http://x"),
        (
            {"type": "ops_deployment_failed", "error": "port", "rolled_back": True},
            "Ops  the deployment failed: port; the version before it runs again",
        ),
        ({"type": "pm_plan_ready"}, "PM   planned"),
        ({"type": "model_token", "text": "x"}, None),
        ({"type": "something_new"}, None),
        ({}, None),
    ],
)
def test_an_event_is_told_in_one_line(event, line):
    assert line_of(event) == line


def test_what_the_plan_leaves_out_is_told():
    gap = {"text": "with blockchain", "reason": "unknown"}
    for plan in ({"not_understood": [gap]}, {"spec": {"not_understood": [gap]}}):
        line = line_of({"type": "pm_plan_ready", "plan": {"resources": [{"name": "todo"}], **plan}})
        assert line == "PM   planned: todo\n     not understood: with blockchain (unknown)"


def test_text_from_outside_cannot_steer_the_terminal():
    assert clean("a\x1b[2Jb\r\x9bc\u202ed\n\te") == "a\ufffd[2Jb\ufffd\ufffdc\ufffdd\n\te"


def test_a_share_without_a_figure_is_no_figure():
    assert (share(0.5), share(None)) == ("50%", "?")
