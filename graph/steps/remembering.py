"""What a run leaves to be remembered of its project."""

from __future__ import annotations

from agents.models.collected import storable
from graph.approvals import EDIT, REJECT, Decision
from graph.steps.common import Step
from memory.context import ProjectMemory
from memory.records.context import Note, NoteKind
from memory.records.plan import PlannedBy

WRITES = ("create", "build", "modify", "rollback")
LONGEST = 2_000
"""Characters of a note."""
GENERAL = ("Short texts have", "Fields are optional", "Lists come in pages")
"""Assumptions of every application: the template's, and no convention of this one."""


async def keep_decision(step: Step, decision: Decision) -> None:
    said = [f"{question} {answer}" for question, answer in decision.answers.items()]
    if decision.decision == REJECT and decision.comment:
        said.append(f"{decision.comment} (said to a plan for: {step.asked['request']})")
    if decision.decision == EDIT:
        said.append(f"a person edited the plan for: {step.asked['request']}")
    await _keep(step, [_note(step, NoteKind.DECISION, text) for text in said])


async def keep_words(step: Step, text: str) -> None:
    """What a person wants remembered."""
    await _keep(step, [_note(step, NoteKind.CONVENTION, text)])


async def keep_run(step: Step, error: str | None) -> None:
    """At its end: what was asked and what became of it; of one that succeeded, what its plan assumed."""
    if step.state.get("intent") not in WRITES:
        return
    outcome = f"failed: {error}" if error else f"done, commit {str(step.state.get('commit'))[:12]}"
    words = step.asked.get("request") or step.state.get("intent")
    notes = [_note(step, NoteKind.REQUEST, f"{words} ({outcome})")]
    if not error and step.state.get("plans"):
        plan = await step.deps.store.plan(step.run_id)
        kept = [text for text in plan.spec.assumptions if not text.startswith(GENERAL)]
        by_model = plan.planned_by is PlannedBy.MODEL
        notes += [_note(step, NoteKind.CONVENTION, text) for text in kept if by_model]
    await _keep(step, notes)


async def _keep(step: Step, notes: list[Note]) -> None:
    await ProjectMemory(step.deps.pool).keep(step.project_id, notes)


def _note(step: Step, kind: NoteKind, text: str) -> Note:
    return Note(kind=kind, text=storable(text)[:LONGEST], run_id=step.run_id, at=step.run["created_at"])


__all__ = ["keep_decision", "keep_run", "keep_words"]
