"""Plans of requests that no template covers: rendered, with their acceptance tests, which fail for what is missing."""

from __future__ import annotations

import json
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from agents.pm.planner.planner import PmDeps, PmInput, plan
from agents.qa.test_writer import WriterDeps, write
from memory.records.model import Answer, Ask, Usage
from tools.scaffold.copier_scaffold import CopierScaffold

PLANS = Path(__file__).resolve().parents[2] / "data" / "plans"
WHY = {
    "library": {
        "test_a_fourth_open_loan_is_refused": ("assert_has(answer.json(), {", "answer has no 'due_on'"),
        "test_the_last_copy_can_be_lent_again_after_its_return": ("assert_problem(answer, 409)", '"lent_on":'),
        "test_a_fine_above_the_limit_stops_borrowing_until_it_is": ("assert_has(answer.json(), {", "no 'fines_due'"),
        "test_in_time_there_is_no_fine_and_a_loan_is_returned_on": ("assert_has(answer.json(), {", "no 'fine'"),
    },
    "split": {
        "test_cents_left_over_go_to_the_first_persons": ("assert_has(", "answer has no 'shares'"),
        "test_a_payer_of_another_group_is_refused": ("assert_problem(answer, 422)", '"payer_id":'),
    },
    "auction": {
        "test_each_bid_is_5_percent_higher": ("assert_has(answer.json(), {", "answer has no 'closed'"),
        "test_after_the_closing_time_no_bids_are_taken": ("assert_has(answer.json(), {", "answer has no 'closed'"),
    },
    "tickets": {
        "test_the_way_through_all_states": ("assert_has(answer.json(), {", "answer has no 'state'"),
        "test_a_state_cannot_be_skipped_and_is_not_written_direc": ("assert_problem(answer, 409)", '"status":404'),
    },
}
"""Where each test stops in an application that the template alone has made, and what it says."""


class Recorded:
    def __init__(self, answer: object) -> None:
        self._answer = json.dumps(answer)

    async def ask(self, ask: Ask) -> Answer:
        usage = Usage(prompt_tokens=1, completion_tokens=1)
        return Answer(text=self._answer, finish="stop", model="recorded", usage=usage, usd=None)


@pytest.mark.slow
@pytest.mark.parametrize("name", WHY)
async def test_the_tests_fail_for_what_is_missing(
    name: str, scaffold: CopierScaffold, app_python: Path, tmp_path: Path
) -> None:
    recorded = json.loads((PLANS / f"{name}.json").read_text())
    planned = await plan(PmInput(recorded["request"]), PmDeps(Recorded(recorded["answer"])))
    written = await write(planned.plan, WriterDeps(None))
    assert (written.unproven, written.refused) == ((), ())
    app = tmp_path / "app"
    scaffold.render(planned.plan.spec, "rest_api", app)
    for path, source in written.files.items():
        (app / path).write_text(source)
    assert complaints(app_python, app) == ""
    failures = failed(app_python, app)
    assert failures.keys() == WHY[name].keys()
    for test, (line, words) in WHY[name].items():
        assert f">       {line}" in failures[test] or f">   {line}" in failures[test], failures[test]
        assert words in failures[test].partition("AssertionError: ")[2].partition("\n")[0], failures[test]


def complaints(python: Path, app: Path) -> str:
    """Of the linter and the formatter, with the application's own configuration."""
    ruff = python.with_name("ruff")
    runs = [[ruff, "check", "--no-cache", "-q", "."], [ruff, "format", "--no-cache", "--check", "-q", "."]]
    return "".join(subprocess.run(argv, cwd=app, capture_output=True, text=True).stdout for argv in runs)


def failed(python: Path, app: Path) -> dict[str, str]:
    """The acceptance tests with their tracebacks; empty where one passes."""
    report = app / "report.xml"
    tests = sorted(str(path.relative_to(app)) for path in app.glob("tests/test_acceptance_*.py"))
    subprocess.run([python, "-m", "pytest", "-q", f"--junitxml={report}", *tests], cwd=app, capture_output=True)
    cases = list(ET.parse(report).iter("testcase"))
    assert cases
    return {str(case.get("name")): case.findtext("failure") or "" for case in cases}
