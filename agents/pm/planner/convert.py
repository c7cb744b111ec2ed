"""A model's draft as a spec: cleaned by the reader's rules for names, refused where the template could not make it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from pydantic import ValidationError

from agents.pm.planner.draft import DraftPlan, DraftResource
from agents.pm.planner.field_lines import BadField, field_line, read_field
from agents.pm.planner.rule_lines import BadRule, read_rules, rule_lines
from agents.pm.reader.names import ROW_FIELDS, plural_name, singular_name, slug
from memory.records.spec import AppSpec, FieldSpec, NotUnderstood, Pagination, ResourceSpec
from tools.scaffold.answers import to_answers
from tools.scaffold.interface import ScaffoldError

MAX_LIMIT = 200


class BadDraft(ValueError):
    """Has every problem as a sentence for the model."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def spec_of(draft: DraftPlan, base: AppSpec | None, request: str, name: str | None) -> AppSpec:
    """The spec without a judgement of what was covered. Pure. Raises BadDraft.

    `base` is the rules' reading; where the draft leaves a part out, that part stands.
    """
    resources = _resources(draft, base)
    accounts = base.accounts if base is not None and draft.accounts is None else bool(draft.accounts)
    accounts = accounts or any(resource.owned for resource in resources)
    title = " ".join((draft.title or "").split())[:80] or (base.title if base else "")
    try:
        spec = AppSpec(
            name=_app_name(name, base, title, resources),
            title=(base.title if base is not None and name else title) or f"{resources[0].label} API",
            description=base.description if base else " ".join(request.split())[:300],
            kind=base.kind if base else "api",
            resources=resources,
            accounts=accounts,
            pagination=_pagination(draft, base),
            not_understood=tuple(
                NotUnderstood(text=part.text, reason=part.reason or "the plan does not cover it")
                for part in draft.not_understood
                if part.text.strip()
            ),
        )
        to_answers(spec, "draft")
    except ValidationError as error:
        raise BadDraft([str(problem["msg"]) for problem in error.errors()]) from error
    except ScaffoldError as error:
        raise BadDraft([f"the template cannot make it: {error}"]) from error
    return spec


def _resources(draft: DraftPlan, base: AppSpec | None) -> tuple[ResourceSpec, ...]:
    if not draft.resources:
        if base is None:
            raise BadDraft(["resources: there is no draft to keep; name what is stored"])
        return base.resources
    known = {resource.name: resource for resource in base.resources} if base else {}
    problems: list[str] = []
    resources = []
    for part in draft.resources:
        try:
            resources.append(resource_of(part, known))
        except (BadField, BadRule) as error:
            problems.append(f"{part.name}: {error}")
    names = {resource.name for resource in resources}
    for resource in resources:
        missing = {f.target for f in resource.fields if f.target} - names
        problems += [_unknown_target(resource.name, target) for target in sorted(filter(None, missing))]
    problems += [f"resource {n} stands twice" for n, times in Counter(r.name for r in resources).items() if times > 1]
    if problems:
        raise BadDraft(problems)
    return tuple(resources)


def _unknown_target(name: str, target: str) -> str:
    if target in ("user", "account"):
        return f"{name} refers to {target}: accounts are no resource; use accounts: true and the rule owned"
    return f"{name} refers to {target}, which is no resource of yours"


def resource_of(part: DraftResource, known: Mapping[str, ResourceSpec]) -> ResourceSpec:
    """A line that is as it was stands for the field or rules that were. Raises BadField, BadRule."""
    name = singular_name(slug(part.name))
    if not name:
        raise BadField(f"resource name {part.name!r} cannot be written in letters")
    before = known.get(name)
    labels = {field.name: field.label for field in before.fields} if before else {}
    fields: dict[str, FieldSpec] = {}
    same = {field_line(field): field for field in before.fields} if before else {}
    for line in part.fields:
        field = same.get(line.strip()) or read_field(line)
        if field.name in ROW_FIELDS:
            continue
        if field.name in fields:
            raise BadField(f"field {field.name} stands twice")
        fields[field.name] = field.model_copy(update={"label": labels.get(field.name, field.label)})
    if not fields:
        raise BadField("it needs at least one field")
    values = read_rules(part.rules, fields)
    if before is not None and sorted(part.rules) == sorted(rule_lines(before)):
        values |= {name: getattr(before, name) for name in (*values, "default_sort")}
    plural = before.plural if before else plural_name(name)
    label = before.label if before else plural.replace("_", " ")
    try:
        return ResourceSpec(name=name, plural=plural, label=label, fields=tuple(fields.values()), **values)
    except ValidationError as error:
        raise BadRule(str(error.errors()[0]["msg"])) from error


def _app_name(name: str | None, base: AppSpec | None, title: str, resources: tuple[ResourceSpec, ...]) -> str:
    if base is not None and (name or not title):
        return base.name
    words = slug(name or title).removesuffix("_api") or resources[0].name
    return f"{words[:36].strip('_')}_api" if not name else words[:40].strip("_")


def _pagination(draft: DraftPlan, base: AppSpec | None) -> Pagination:
    if draft.page_size is None or not 1 <= draft.page_size <= 1000:
        return base.pagination if base else Pagination()
    top = max(draft.page_size, base.pagination.max_limit if base else MAX_LIMIT)
    return Pagination(default_limit=draft.page_size, max_limit=top)


__all__ = ["BadDraft", "resource_of", "spec_of"]
