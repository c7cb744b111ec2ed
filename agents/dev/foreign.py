"""What Dev's loop is told of a project that people wrote, and no template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from agents.dev.delta import named_by
from agents.dev.delta_findings import findings_text
from agents.dev.foreign_files import shown, tree
from agents.pm.planner.text import tasks_text
from agents.prompts.renderer import render
from memory.records.plan import Plan
from memory.records.report import QaReport


@dataclass(frozen=True)
class ForeignInput:
    plan: Plan
    project: str
    """Facts about it, a line each."""
    files: Mapping[str, str]
    report: QaReport | None = None


def prompts(input: ForeignInput) -> tuple[str, str]:
    """The system's words and the task's. Blocking: reads their templates."""
    plan, report = input.plan, input.report
    checked = any(task.checks for task in plan.tasks)
    words = " ".join(f"{task.title} {task.detail}" for task in plan.tasks)
    contradicted = [name.partition("::")[0] for name in plan.contradicts]
    system = render("dev_import_system", contradicts=plan.contradicts, checked=checked)
    task = render(
        "dev_import_task",
        round=1 if report is None else 2,
        findings="" if report is None else findings_text(report),
        project=input.project,
        tasks=tasks_text(plan.tasks),
        contradicts=plan.contradicts,
        checked=checked,
        tree=tree(input.files),
        files=shown(input.files, [*named_by(report), *plan.touches, *contradicted], words),
    )
    return system, task


__all__ = ["ForeignInput", "prompts"]
