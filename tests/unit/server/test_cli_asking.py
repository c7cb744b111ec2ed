"""What a run asks, and a model's words as they come, on the terminal."""

from __future__ import annotations

import pytest

from server.cli.chat_screen import Shown
from server.cli.decide import lines_of
from server.cli.show import run_lines

CALLS = [{"tool": "delete_file", "summary": "path: a.md\ncontent: x", "reason": "deletes a.md"}]
TOKEN = {"type": "model_token", "agent": "pm"}


def test_dangerous_calls_are_shown_with_what_they_do() -> None:
    lines = lines_of({"what": "tool", "agent": "dev", "calls": CALLS})
    assert lines == ["Dev's delete_file deletes a.md", "  path: a.md", "  content: x"]


def test_a_run_that_waits_says_what_for_and_how_it_is_decided() -> None:
    lines = run_lines({"id": "r", "status": "waiting", "waiting": {"what": "tool", "calls": CALLS}})
    assert lines[1] == "  waits for: Dev's delete_file deletes a.md"
    assert lines[-1] == '  decide: softwright approve r, or softwright reject r "why"'
    assert run_lines({"id": "r", "status": "running", "waiting": None}) == ["run r: running"]


def test_an_answer_is_shown_as_it_comes_and_once(capsys: pytest.CaptureFixture[str]) -> None:
    shown = Shown(streams=True)
    for number, text in enumerate(("It is ", "up.\x1b[2J"), start=1):
        shown.add({**TOKEN, "text": text}, tokens=True)
        assert capsys.readouterr().out == ("It is " if number == 1 else "up.\ufffd[2J")
    shown.add({"type": "chat_message", "text": "It is up.\x1b[2J", "evidence": []}, tokens=True)
    shown.end()
    assert capsys.readouterr().out == "\n"


def test_what_a_plan_is_made_of_is_not_shown_token_by_token(capsys: pytest.CaptureFixture[str]) -> None:
    shown = Shown(streams=True)
    shown.add({**TOKEN, "text": "{"}, tokens=False)
    assert (capsys.readouterr().out, shown.streamed) == ("", "")
