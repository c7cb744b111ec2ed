"""The draft completed: references, defaults, limits, accounts and features, each assumption told."""

# ruff: noqa: E501 (tables of phrases stay one a line)
from __future__ import annotations

import re

from agents.pm.reader.clauses import Statement
from agents.pm.reader.draft import SHARED, Draft, FieldDraft, Relation, ResourceDraft
from agents.pm.reader.names import is_plural, plural_name, singular, singular_name, slug
from agents.pm.reader.runs import USUAL
from agents.pm.reader.spans import token_at
from agents.pm.reader.text import Ledger
from agents.pm.reader.types import guess
from agents.pm.reader.words import APP_NOUNS, WELL_KNOWN
from memory.records.spec import FieldType


def apply_relations(draft: Draft, ledger: Ledger) -> None:
    """Relations as reference fields; many-to-many as a resource between; missing targets made."""
    done: set[frozenset[str]] = set()
    for relation in draft.relations:
        relation.role = relation.role or (relation.right if relation.right not in draft.resources else "")
        relation.left, relation.right = (_known(draft, name) for name in (relation.left, relation.right))
    draft.relations += _owned_to(draft, ledger)
    pairs = {(r.left, r.right) for r in draft.relations if r.many}
    for relation in draft.relations:
        if relation.left == relation.right and relation.many:
            ledger.refuse(relation.start, relation.end, "rows of one resource cannot have many of the same kind here")
            continue
        if relation.many and (relation.right, relation.left) in pairs:
            key = frozenset({relation.left, relation.right})
            if key not in done:
                done.add(key)
                _join(draft, relation, [token.low for token in ledger.tokens[relation.start : relation.end]])
            continue
        _reference(draft, relation, ledger)


def _owned_to(draft: Draft, ledger: Ledger) -> list[Relation]:
    """`their own subscriptions to podcasts`: each points to one."""
    found = []
    for words in _OWN_TO.finditer(ledger.low):
        one, other = draft.lookup(words[1]), draft.lookup(words[2])
        if one is None or other is None or one is other or one.find(other.name) is not None:
            continue
        if (one.name, other.name) not in {(r.left, r.right) for r in draft.relations}:
            at = token_at(ledger, words.start(2))
            found.append(Relation(one.name, other.name, at, at + 1))
    return found


def _known(draft: Draft, name: str) -> str:
    """`account` where only `bank_account` is described."""
    found = draft.lookup(name)
    return name if found is None or draft.is_account(name) else found.name


def _join(draft: Draft, relation: Relation, words: list[str]) -> None:
    first, second = relation.right, relation.left
    between = next((r for r in draft.resources.values() if {first, second} <= _pointed_to(draft, r)), None)
    stems = tuple(word[:5] for word in words if len(word) > 4)
    named = (
        r for r in draft.resources.values() if stems and r.name.startswith(stems) and r.name not in (first, second)
    )
    between = between or next((r for r in named if {first, second} & _pointed_to(draft, r)), None)
    if between is not None:
        draft.assume(
            f"Which {plural_name(first)} and {plural_name(second)} belong together is told by {between.plural}."
        )
        return
    ensure(draft, first, relation)
    ensure(draft, second, relation)
    name = f"{first}_{second}"[:60]
    join = ResourceDraft(name, f"{first} {second}".replace("_", " "), relation.start, relation.end)
    for target in (first, second):
        join.fields.append(
            FieldDraft(f"{target}_id", target, relation.start, relation.end, FieldType.REFERENCE, True, target=target)
        )
    join.unique_together.append(([f"{first}_id", f"{second}_id"], relation.start, relation.end))
    draft.resources.setdefault(name, join)
    draft.assume(
        f"{plural_name(first)} and {plural_name(second)} are many-to-many: {plural_name(name)} links one of each, every pair once."
    )


def _reference(draft: Draft, relation: Relation, ledger: Ledger) -> None:
    target = relation.right
    accounts = [name for name in (target, relation.left) if draft.is_account(name)]
    if accounts and target not in draft.resources:
        owned = draft.resources.get(relation.left if target in accounts else target)
        if owned is not None:
            owned.owned = True
            draft.assume(f"A {owned.name} belongs to the account that made it; other accounts do not see it.")
        return
    resource = ensure(draft, relation.left, relation)
    ensure(draft, target, relation)
    name = f"{relation.role or target}_id"
    if resource.find(name) is None:
        plain = resource.find(target)
        if plain is not None:
            plain.name, plain.type, plain.target = name, FieldType.REFERENCE, target
            return
        required = relation.required and target != resource.name
        resource.fields.append(
            FieldDraft(
                name,
                target.replace("_", " "),
                relation.start,
                relation.end,
                FieldType.REFERENCE,
                required,
                target=target,
            )
        )


def _pointed_to(draft: Draft, resource: ResourceDraft) -> set[str]:
    """Names of what a resource refers to, so far as it was said."""
    found = {field.target or singular_name(field.name.removesuffix("_id")) for field in resource.fields}
    return found | {r.right for r in draft.relations if r.left == resource.name and not r.many}


def ensure(draft: Draft, name: str, relation: Relation) -> ResourceDraft:
    found = draft.resources.get(name)
    if found is None:
        found = ResourceDraft(name, name.replace("_", " "), relation.start, relation.end, assumed=True)
        found.fields.append(FieldDraft("name", "name", relation.start, relation.end, FieldType.TEXT, True))
        draft.resources[name] = found
        draft.assume(f"{plural_name(name)} are referred to but not described: each has a name.")
    return found


def link_fields(draft: Draft) -> None:
    """Fields named as a resource become references: `author` where authors are described."""
    for resource in list(draft.resources.values()):
        for field in list(resource.fields):
            if field.target is None and field.type in (None, FieldType.LIST):
                if _many_of(draft, resource, field):
                    continue
                _link(draft, resource, field)
            if field.type is FieldType.REFERENCE and field.target is not None:
                if draft.is_account(field.target) and field.target not in draft.resources:
                    resource.fields.remove(field)
                    resource.owned = True
                    draft.assume(
                        f"A {resource.name} belongs to the account that made it; other accounts do not see it."
                    )
                    continue
                ensure(draft, field.target, Relation(resource.name, field.target, field.start, field.end))
                if not field.name.endswith("_id"):
                    field.name = f"{field.name}_id"
                if field.required is None:
                    field.required = field.target != resource.name


def _many_of(draft: Draft, resource: ResourceDraft, field: FieldDraft) -> bool:
    """`a poll has options`, with options described: each option points to its poll."""
    known = draft.resources.get(singular_name(field.name))
    if known is None or known is resource or singular_name(field.name) == field.name:
        return False
    if field.type is FieldType.LIST and not known.fields:
        del draft.resources[known.name]
        return False
    resource.fields.remove(field)
    if resource.find(known.name) is not None:
        return True
    if field.name.rpartition("_")[2] in SHARED:
        _join(draft, Relation(known.name, resource.name, field.start, field.end), [])
    elif known.find(resource.name) is None and not _under_another(draft, known, resource):
        known.fields.append(
            FieldDraft(
                f"{resource.name}_id",
                resource.label,
                field.start,
                field.end,
                FieldType.REFERENCE,
                True,
                target=resource.name,
            )
        )
        draft.assume(f"{resource.plural} have {known.plural}: each {known.name} points to its {resource.name}.")
    return True


def _under_another(draft: Draft, known: ResourceDraft, resource: ResourceDraft) -> bool:
    """`surveys with questions and answers`, where an answer was said to belong to a question."""
    parents = [draft.resources[f.target] for f in known.fields if f.target in draft.resources]
    many = [singular_name(f.name) for f in resource.fields]
    return any(parent.name in many or parent.find(resource.name) is not None for parent in parents)


def _link(draft: Draft, resource: ResourceDraft, field: FieldDraft) -> None:
    base = field.name.removesuffix("_id").removesuffix("_reference").removesuffix("_ref").removesuffix("_fk")
    for prefix, optional in (("", False), ("parent_", True)):
        name = singular_name(base.removeprefix(prefix)) if base.startswith(prefix) else ""
        known = draft.resources.get(name)
        if known is None and name and not prefix and field.type is None and guess(name).type is FieldType.TEXT:
            limited = bool(field.lows or field.highs or field.choices or field.pattern)
            known = None if name in USUAL or limited else draft.lookup(name)
            name = known.name if known is not None else name
        if (
            known is not None
            and (known is not resource or prefix or field.name.endswith("_id"))
            and field.name != f"{resource.name}_id"
            and not (singular(base) != base and field.type is None and _is_list(base))
        ):
            field.type, field.target = FieldType.REFERENCE, name
            field.name = f"{base}_id"
            if optional and field.required is None:
                field.required = False
            return
    head, _, last = base.rpartition("_")
    other = draft.resources.get(last) if head and field.type is None else None
    if other is not None and other is not resource and not other.assumed and last not in USUAL:
        field.type, field.target, field.name = FieldType.REFERENCE, last, f"{base}_id"
        return
    if base == "parent":
        field.type, field.target, field.name = FieldType.REFERENCE, resource.name, "parent_id"
        field.required = bool(field.required)
    elif draft.accounts and base in ("user", "owner", "created_by"):
        resource.fields.remove(field)
        resource.owned = True
        draft.assume(f"A {resource.name} belongs to the account that made it; other accounts do not see it.")
    elif field.name.endswith("_id") and base in WELL_KNOWN and base != resource.name:
        field.type, field.target = FieldType.REFERENCE, base


def place_theirs(draft: Draft) -> None:
    """`customers and their invoices`: an invoice points to its customer, unless it was said to point to another."""
    for child, parent, start, end in draft.theirs:
        row = draft.resources.get(child)
        owner = draft.resources.get(parent) or draft.resources.get(parent.rpartition("_")[2])
        if row is None or owner is None or draft.is_account(owner.name):
            continue
        if not any(field.type is FieldType.REFERENCE for field in row.fields):
            row.fields.append(
                FieldDraft(f"{owner.name}_id", owner.label, start, end, FieldType.REFERENCE, True, target=owner.name)
            )


_OWN_TO = re.compile(r"\bown ([a-z][\w-]*) (?:to|for|of|on) (?:the )?([a-z][\w-]*s)\b")


def _is_list(name: str) -> bool:
    return guess(name).type is FieldType.LIST


def drop_headline(draft: Draft, first: Statement | None, ledger: Ledger) -> None:
    """`Gym memberships. Member: name` speaks of memberships as its topic, not as a second thing to store."""
    if first is None or len(draft.resources) < 2:
        return
    headed = [r for r in draft.resources.values() if first.start <= r.start and r.end <= first.end]
    aimed = {f.target for r in draft.resources.values() for f in r.fields}
    for resource in headed:
        head = draft.resources.get(resource.name.rpartition("_")[0])
        after = ledger.tokens[resource.end].text if resource.end < len(ledger.tokens) else ""
        if (
            (len(headed) == 1 or after == ":")
            and head is not None
            and head.fields
            and not resource.fields
            and resource.name not in aimed
        ):
            del draft.resources[resource.name]
            draft.topic = draft.topic or resource.label
            draft.assume(f"{resource.label} is the topic of the app; nothing of that name is stored.")
            return
    for resource in headed:
        targets = {f.target for r in draft.resources.values() for f in r.fields}
        last = ledger.tokens[resource.end - 1].low
        after = ledger.tokens[resource.end].text if resource.end < len(ledger.tokens) else ""
        spare = not resource.fields and resource.name not in targets
        others = any(r.fields for r in draft.resources.values())
        if (
            spare
            and others
            and (resource.start > first.start or after.lower() in APP_NOUNS or after == ":" or _longer(draft, resource))
            and (
                after == ":"
                or not is_plural(last)
                or _longer(draft, resource)
                or (len([r for r in headed if not r.fields]) == 1 and after.lower() in APP_NOUNS)
            )
        ):
            del draft.resources[resource.name]
            draft.topic = draft.topic or resource.label
            draft.assume(f"{resource.label} is the topic of the app; nothing of that name is stored.")
            return
    alone = (
        len(headed) == 1
        and first.end - first.start <= headed[0].end - headed[0].start + 2
        and first.start == headed[0].start
    )
    if (
        not alone
        or headed[0].fields
        or any(headed[0].name in (f.target for f in r.fields) for r in draft.resources.values())
    ):
        return
    del draft.resources[headed[0].name]
    draft.topic = draft.topic or headed[0].label
    draft.assume(f"{headed[0].label} is the topic of the app; nothing of that name is stored.")


def _longer(draft: Draft, resource: ResourceDraft) -> bool:
    """`houseplants`, where plants are described."""
    others = (r for r in draft.resources.values() if r is not resource and r.fields)
    return any(resource.name.endswith(other.name) and len(other.name) > 3 for other in others)


def typical_fields(draft: Draft) -> None:
    for resource in draft.resources.values():
        if any(field.type is not FieldType.REFERENCE for field in resource.fields) or (
            resource.fields and (resource.unique_together or _has_children(draft, resource))
        ):
            continue
        known = WELL_KNOWN.get(resource.name) or WELL_KNOWN.get(resource.name.rpartition("_")[2]) or "name, description"
        words = [word.strip() for word in known.split(",")]
        if resource.fields and not {resource.name, resource.name.rpartition("_")[2]} & WELL_KNOWN.keys():
            words = []
        taken = {field.name for field in resource.fields} | {f.name.removesuffix("_id") for f in resource.fields}
        added = [word for word in words if slug(word) not in taken]
        resource.fields[:0] = [
            FieldDraft(slug(word), word, resource.start, resource.end, assumed=True) for word in added
        ]
        if added:
            draft.assume(f"{resource.plural} were named without fields of their own: they get {', '.join(added)}.")


def _has_children(draft: Draft, resource: ResourceDraft) -> bool:
    """`each order belongs to a customer and has many items`: described by what it points to and holds."""
    return any(f.target == resource.name for r in draft.resources.values() if r is not resource for f in r.fields)
