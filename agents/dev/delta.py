"""What Dev's loop is told: the plan, the place, the few files that matter, and what QA found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agents.dev.delta_files import names_text, relevant, tree_text
from agents.dev.delta_findings import findings_text
from agents.pm.planner.text import spec_text, tasks_text
from agents.prompts.renderer import render
from memory.records.plan import Plan
from memory.records.report import QaReport

FILES_CHARS = 9_000
"""Of all files shown together, in outline: about 2,250 tokens, all that is edited of three resources. A file that has
to be asked for costs a turn, in which everything is sent again."""
TITLE_WEIGHT = 5
"""A title names what is changed; a detail also what that is made of."""


@dataclass(frozen=True)
class DeltaInput:
    plan: Plan
    files: Mapping[str, str]
    """The tree: path → text. Binary files may be left out."""
    report: QaReport | None = None
    """QA's on the previous round; None in the first."""
    deployed: bool = False
    """Its tables are in use somewhere: they change by new migrations only."""
    files_chars: int = FILES_CHARS


def system_text(*, deployed: bool = False) -> str:
    """Dev's own words of the system prompt. Blocking: reads its template."""
    return render("dev_system", deployed=deployed)


def task_text(input: DeltaInput) -> str:
    """Blocking: reads its template. The same input gives the same text."""
    plan, report = input.plan, input.report
    wanted = _words(plan)
    return render(
        "dev_task",
        round=1 if report is None else 2,
        findings="" if report is None else findings_text(report),
        spec=spec_text(plan.spec),
        tasks=tasks_text(plan.tasks, telling=True),
        contradicts=plan.contradicts,
        tree=f"{tree_text(input.files)}\n{names_text(input.files)}".rstrip(),
        files=relevant(
            input.files,
            wanted,
            (*named_by(report), *plan.touches, *(name.partition("::")[0] for name in plan.contradicts)),
            input.files_chars,
        ),
    )


def needed(plan: Plan) -> bool:
    """Whether there is anything for the loop to do."""
    return bool(plan.tasks)


def _words(plan: Plan) -> str:
    """What the tasks are about. Rows that a check only needs to be there say nothing of it."""
    said = [f"{task.title} " * TITLE_WEIGHT + task.detail for task in plan.tasks]
    steps = [step for task in plan.tasks for check in task.checks for step in check.steps]
    made = {step.path for step in steps if step.status != 201 or step.expect is not None}
    return " ".join([*said, *sorted(made)])


def named_by(report: QaReport | None) -> Sequence[str]:
    """Paths that the findings are about."""
    if report is None:
        return ()
    failing = [
        str(test.get("name", "")).partition("::")[0]
        for check in report.checks
        for test in check.evidence.get("failing", ())
    ]
    found = [finding.file for check in report.checks for finding in check.findings]
    return tuple(dict.fromkeys([*failing, *found]))


__all__ = ["FILES_CHARS", "DeltaInput", "named_by", "needed", "system_text", "task_text"]
