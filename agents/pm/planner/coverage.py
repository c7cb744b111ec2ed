"""What a plan says nothing of: content words of the request that stand nowhere in it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

from agents.acceptance.lines import write_line
from agents.pm.planner.field_lines import field_line
from agents.pm.planner.rule_lines import rule_lines
from agents.pm.reader.names import singular
from agents.pm.reader.text import Token, tokenise
from agents.pm.reader.words import APP_NOUNS, FILLER, MAKE_VERBS, STOP
from memory.records.plan import Question, Task
from memory.records.spec import AppSpec, FieldType, NotUnderstood

REASON = "the plan says nothing of these words"
_GAP = 3
_SUFFIX = re.compile(r"(?:ings?|edly|ed|ers?|ions?|ly|able|e|y|i)$")
_NUMBERS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_ALWAYS = (
    "rest api crud json http row list page need kind true false null give enter see take get go come show happen use"
    " work whoever whatever everyone everybody nothing nobody somebody way order case first then back again"
)
_OF_ACCOUNTS = (
    "log login logged sign register registration user account own their token jwt auth authentication authenticate"
    " password private people member everyone person staff employee only see secure protect"
)
_OF_LIMITS = (
    "between range minimum maximum positive negative least most more less than not never up over under above below"
)
_OF_TYPES = {
    FieldType.FLAG: "flag boolean bool yes no whether true false done mark",
    FieldType.ENUM: "one of choice option either enum state status",
    FieldType.REFERENCE: "belong link reference refer relate each many several own attach connect",
    FieldType.LIST: "list several many array tag multiple",
    FieldType.MONEY: "money price amount cost currency euro dollar cent usd eur",
    FieldType.INTEGER: "number count whole integer many",
    FieldType.NUMBER: "number decimal float",
    FieldType.DATE: "date day when",
    FieldType.DATETIME: "date time moment when timestamp",
    FieldType.TEXT: "text string word",
}


def dropped(request: str, spec: AppSpec, tasks: Iterable[Task], questions: Iterable[Question]) -> list[NotUnderstood]:
    """In the order of the request, its own words; neighbours with only filler between them are one part."""
    covered = _roots(_said(spec, tasks, questions))
    tokens = tokenise(request)
    groups: list[tuple[int, int]] = []
    for index, token in enumerate(tokens):
        if not _carries_meaning(token) or _is_covered(token.value, covered):
            continue
        if groups and index - groups[-1][1] <= _GAP and not _breaks(tokens[groups[-1][1] : index]):
            groups[-1] = (groups[-1][0], index)
        else:
            groups.append((index, index))
    return [NotUnderstood(text=request[tokens[a].start : tokens[b].end], reason=REASON) for a, b in groups]


def with_forgotten(
    spec: AppSpec, base: AppSpec, request: str, tasks: Iterable[Task], questions: Iterable[Question]
) -> AppSpec:
    """The spec with those fields of the rules' reading that the request names and the plan forgot.

    Of resources that both have; so a weak model's plan is no poorer than the rules'.
    """
    covered, named = _roots(_said(spec, tasks, questions)), _roots(request)
    before = {resource.name: resource for resource in base.resources}
    resources = []
    for resource in spec.resources:
        known = {field.name for field in resource.fields}
        old = before[resource.name].fields if resource.name in before else ()
        left = [f for f in old if f.name not in known and f.target is None and _is_covered(f.label, named)]
        forgotten = [f for f in left if not _is_covered(f.label, covered)]
        resources.append(resource.model_copy(update={"fields": (*resource.fields, *forgotten)}))
    return spec.model_copy(update={"resources": tuple(resources)})


def is_covered(text: str, spec: AppSpec, tasks: Iterable[Task], questions: Iterable[Question]) -> bool:
    """Whether every content word of the text stands in the plan."""
    covered = _roots(_said(spec, tasks, questions))
    return all(_is_covered(token.value, covered) for token in tokenise(text) if _carries_meaning(token))


def _carries_meaning(token: Token) -> bool:
    if token.kind in ("number", "date"):
        return True
    return token.named and token.low not in FILLER | STOP | APP_NOUNS | MAKE_VERBS


def _breaks(tokens: list[Token]) -> bool:
    return any(token.text in ".;:\n" for token in tokens)


def _said(spec: AppSpec, tasks: Iterable[Task], questions: Iterable[Question]) -> str:
    parts = [spec.title, *spec.assumptions, *(part.text for part in spec.not_understood)]
    for resource in spec.resources:
        parts += [resource.name, resource.plural, resource.label, *rule_lines(resource)]
        parts += [f"{field_line(field)} {field.label}" for field in resource.fields]
    for task in tasks:
        parts += [task.title, task.detail, *task.covers]
        for check in task.checks:
            parts += [check.title, *map(write_line, check.steps)]
    parts += [f"{question.text} {question.options}" for question in questions]
    parts += [_ALWAYS, f"{spec.pagination.default_limit} {spec.pagination.max_limit}", *_meant(spec)]
    return " ".join(parts)


def _meant(spec: AppSpec) -> Iterable[str]:
    """Words that a user says for what the spec holds as a type or a rule."""
    fields = [field for resource in spec.resources for field in resource.fields]
    yield from {_OF_TYPES[field.type] for field in fields if field.type in _OF_TYPES}
    if spec.accounts:
        yield _OF_ACCOUNTS
    if any(f.minimum is not None or f.maximum is not None or f.min_length or f.max_length for f in fields):
        yield _OF_LIMITS
    if any(f.unique for f in fields) or any(r.unique_together for r in spec.resources):
        yield "unique once only twice same duplicate distinct"
    if any(r.comparisons for r in spec.resources):
        yield "after before later earlier than greater less"
    if any(f.required for f in fields):
        yield "must required mandatory empty always"
    if any(r.owned for r in spec.resources):
        yield "own their only see private"


def _roots(text: str) -> set[str]:
    return {_root(word) for word in re.findall(r"[^\W_]+(?:[.][0-9]+)?", text.lower())}


def _root(word: str) -> str:
    if word in _NUMBERS:
        return str(_NUMBERS.index(word))
    try:
        return str(Decimal(word.replace(",", "")).normalize())
    except InvalidOperation:
        single = singular(word)
    stem = _SUFFIX.sub("", single)
    return stem if len(stem) >= 3 else single


def _is_covered(text: str, covered: set[str]) -> bool:
    return all(_near(_root(part), covered) for part in re.findall(r"[^\W_]+(?:[.][0-9]+)?", text.lower()))


def _near(root: str, covered: set[str]) -> bool:
    return root in covered or (len(root) >= 5 and any(other.startswith(root[:5]) for other in covered))


__all__ = ["REASON", "dropped", "is_covered", "with_forgotten"]
