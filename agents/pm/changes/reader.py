"""The rule-based reader of changes: words and an AppSpec in, the AppSpec that they lead to out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pydantic import ValidationError

from agents.pm.changes import feature_rules, field_rules, naming_rules
from agents.pm.changes.clauses import clauses
from agents.pm.changes.draft import ChangeDraft, Refused
from agents.pm.changes.spreading import spread
from agents.pm.changes.telling import told
from agents.pm.reader.text import RequestError, check
from memory.records.change import Change
from memory.records.spec import AppSpec, NotUnderstood

Rule = Callable[[str, ChangeDraft], bool]
RULES: tuple[Rule, ...] = (
    naming_rules.rename,
    feature_rules.accounts,
    naming_rules.remove,
    feature_rules.pages,
    feature_rules.csv,
    feature_rules.search,
    feature_rules.filters,
    feature_rules.sorting,
    feature_rules.together,
    feature_rules.comparison,
    field_rules.choices,
    field_rules.properties,
    field_rules.add,
)
"""The first that takes a clause has it."""
NO_RULE = "no rule for changes fits these words"
EXAMPLES = (
    'Say for example: "add a priority field, one of low, high, to tasks", "rename due date to deadline", '
    '"make title unique", "remove notes from tasks", "add user accounts", "add search by title".'
)


@dataclass(frozen=True)
class ChangeReading:
    change: Change
    after: AppSpec
    not_understood: tuple[NotUnderstood, ...]

    @property
    def nothing(self) -> bool:
        return not self.change.says


def read_change(request: str, spec: AppSpec) -> ChangeReading:
    """Pure and deterministic. Raises RequestError for what is no text."""
    check(request)
    draft = ChangeDraft(spec)
    for clause in clauses(request):
        for part in spread(clause, draft.places):
            _read(part, draft)
    assumptions = (*draft.assumptions,)
    after = draft.spec.model_copy(update={"assumptions": assumptions, "not_understood": ()})
    change = Change(before=spec, renames=draft.renames, says=told(spec, after, draft.renames))
    return ChangeReading(change, after, tuple(draft.not_understood))


def _read(clause: str, draft: ChangeDraft) -> None:
    """A clause is done whole or not at all."""
    before = draft.spec, list(draft.assumptions), list(draft.not_understood)
    try:
        said = draft.with_it(clause)
        if any(rule(said, draft) for rule in RULES):
            if before == (draft.spec, draft.assumptions, draft.not_understood):
                draft.assume(f'"{clause}" is so already.')
            return
        reason = NO_RULE
    except Refused as refusal:
        reason = str(refusal)
    except (ValidationError, ValueError) as error:
        reason = _short(error)
    draft.spec, draft.assumptions, draft.not_understood = before
    draft.not_understood.append(NotUnderstood(text=clause, reason=reason))


def _short(error: ValueError) -> str:
    if isinstance(error, ValidationError):
        return "; ".join(str(part["msg"]).removeprefix("Value error, ") for part in error.errors())
    return str(error)


__all__ = ["EXAMPLES", "ChangeReading", "RequestError", "read_change"]
