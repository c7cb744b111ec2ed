"""What a tape knows a request by, and what it says of one that it does not know."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fake_model.tape import TAPES, Asked, TapeModel, asked, load

TOOLS = [{"type": "function", "function": {"name": "read_file"}}]


def dev(prompt: str, *more: dict[str, Any]) -> dict[str, Any]:
    messages = [{"role": "system", "content": "Rules"}, {"role": "user", "content": prompt}, *more]
    return {"model": "m", "tools": TOOLS, "messages": messages}


def plan(prompt: str) -> dict[str, Any]:
    form = {"type": "json_schema", "json_schema": {"name": "DraftPlan"}}
    return {"model": "m", "response_format": form, "messages": [{"role": "user", "content": prompt}]}


def test_wording_ids_dates_and_material_do_not_matter() -> None:
    one = plan("Plan this.\n<data aa request>\nLoans  of 7f7bf1b0-1d2f-4a3c-9c5e-0123456789ab, 2026-01-01\n</data aa>")
    other = plan(
        "<data bb request>\nLoans of 00000000-1d2f-4a3c-9c5e-0123456789ab, 2027-02-02\n</data bb>\nJSON.\n1. Plan"
    )
    assert asked(one).about[0] == asked(other).about[0] == "Loans of ~, ~"
    file = "<data cc app/x.py>\n1. no task\n</data cc>"
    assert asked(dev(f"Do these:\n1. Return a loan\n{file}")).about == ("Return a loan",)


def test_step_results_and_failures_tell_requests_apart() -> None:
    turn = [
        {"role": "assistant", "content": ""},
        {"role": "tool", "content": "ok: lines 1-3\n<data a>\nerror: x\n</data a>"},
        {"role": "tool", "content": "error: tests failed"},
    ]
    assert asked(dev("1. Sort", *turn)) == Asked("dev", ("Sort",), 1, ("ok", "error"))
    assert asked(dev("1. Sort\n\n(Your first 3 answers are left out here", *turn)).step == 4
    found = "<data x findings>\nFailed: tests/test_a.py::test_b\n</data x>\n1. Sort"
    assert asked(dev(found)) == Asked("dev", ("tests/test_a.py::test_b", "Sort"), 0, ())


@pytest.mark.parametrize("name", sorted(path.stem for path in TAPES.glob("*.jsonl")))
def test_each_tape_answers_each_request_once(name: str) -> None:
    tape = load(name)
    assert tape.body["request"]
    assert len({row.asked for row in tape.rows}) == len(tape.rows)
    assert [tape.find(row.asked) for row in tape.rows] == list(tape.rows)
    assert (TAPES / f"{name}.jsonl").stat().st_size < 40_000


def test_what_is_on_no_tape_is_refused_with_what_was_asked_and_what_there_is() -> None:
    model = TapeModel(load("library"))
    act = model.next_act(dev("1. Paint it") | {"model": "library"}, {})
    assert act.status == 400
    assert model.misses[0].startswith("tape library has no answer to: dev step 0, about: Paint it")
    assert "the tape has: dev step 0, about: Borrowing within limits; Returns and fines" in model.misses[0]
    model.next_act(dev("1. Paint it"), {})
    assert model.misses[1].startswith("no tape is named m")
    assert model.served == []
