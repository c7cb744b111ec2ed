"""Which fields the wishes for filters, sorting, search and CSV come to."""

from __future__ import annotations

from agents.pm.reader.draft import Draft, FeatureRequest, FieldDraft, ResourceDraft
from agents.pm.reader.names import plural_name, singular_name, slug
from agents.pm.reader.split import split_type
from agents.pm.reader.text import Ledger
from memory.records.spec import FieldType

_ALL = frozenset({"them", "it", "items", "rows", "results", "records", "entries", "everything", "all", "these", "list"})
"""Words that stand for whatever is listed."""


def collect_filters(draft: Draft, ledger: Ledger) -> dict[str, dict[str, list[str]]]:
    """resource → kind → field names, from the feature phrases; what fits nowhere is refused."""
    out: dict[str, dict[str, list[str]]] = {name: {} for name in draft.resources}
    for start, end in draft.spoken:
        words = [index for index in range(start, end) if not ledger.used[index]]
        whole = draft.lookup(" ".join(ledger.tokens[index].low for index in words)) is not None
        for index in words:
            low = ledger.tokens[index].low
            if whole or low in _ALL or draft.lookup(low) is not None:
                ledger.use(index, index + 1)
    for feature in draft.features:
        if feature.kind == "page":
            continue
        named = [r for part in _parts(feature.resource) if (r := draft.lookup(part)) is not None]
        targets = named or list(draft.resources.values())
        if feature.kind.startswith("csv"):
            for resource in targets:
                out[resource.name][feature.kind] = ["*"]
        elif feature.kind == "newest":
            for resource in targets:
                by = None if named else find_field(resource, feature.resource or "?")
                by = by if by is not None and _fits("sort", by) else None
                _add(out, resource.name, "sort", [by.name] if by else [])
                _order_by(draft, resource, out, by.name if by else "created_at", feature.order)
                ledger.use(feature.start, feature.end if by else feature.start)
        elif feature.fields:
            _by_fields(draft, ledger, feature, targets, out, named=bool(named))
        elif not named and (hits := [(r, f) for r in targets if (f := find_field(r, feature.resource or "?"))]):
            for resource, field in hits:
                _add(out, resource.name, feature.kind, [field.name] if _fits(feature.kind, field) else [])
        else:
            for resource in targets:
                names = [f.name for f in resource.fields if _fits(feature.kind, f)]
                _add(out, resource.name, feature.kind, names)
    return out


def _parts(phrase: str) -> list[str]:
    words = phrase.split()
    return [phrase, *words] if words else []


def _by_fields(
    draft: Draft,
    ledger: Ledger,
    feature: FeatureRequest,
    targets: list[ResourceDraft],
    out: dict[str, dict[str, list[str]]],
    *,
    named: bool,
) -> None:
    for phrase, start, end in feature.fields:
        hits = [(r, f) for r in targets if (f := find_field(r, phrase)) is not None]
        if not hits and named:
            hits = [(r, f) for r in draft.resources.values() if (f := find_field(r, phrase)) is not None]
        row = slug(phrase) in (
            "id",
            "created_at",
            "updated_at",
            "creation_date",
            "creation_time",
            "created",
            "newest",
            "created_date",
        )
        if not hits and row and feature.kind == "sort":
            for resource in targets:
                _order_by(draft, resource, out, "created_at", feature.order)
            continue
        ledger.use(start, end)
        usable = [(r, f) for r, f in hits if _fits(feature.kind, f)]
        if not usable:
            whole = draft.lookup(phrase)
            if whole is not None and feature.kind == "search":
                _add(out, whole.name, "search", [f.name for f in whole.fields if _fits("search", f)])
                continue
            reason = (
                "no field of that name is planned"
                if not hits
                else f"{feature.kind} does not work on a field of that type"
            )
            ledger.refuse(start, end, reason)
        for resource, field in usable:
            _add(out, resource.name, feature.kind, [field.name])
            if feature.order and feature.kind == "sort" and phrase == feature.fields[0][0]:
                _order_by(draft, resource, out, field.name, feature.order)


def _order_by(
    draft: Draft, resource: ResourceDraft, out: dict[str, dict[str, list[str]]], name: str, order: str
) -> None:
    """Lists of the resource come in that order where none is asked for; an empty `order` only allows it."""
    if not out[resource.name].get("sort"):
        _add(out, resource.name, "sort", [f.name for f in resource.fields if _fits("sort", f)][:1])
    if order and out[resource.name]["sort"]:
        out[resource.name]["default_sort"] = [f"-{name}" if order == "-" else name]
        direction = "highest or newest first" if order == "-" else "lowest or oldest first"
        draft.assume(f"Lists of {resource.plural} are sorted by {name}, {direction}, unless ?sort= says otherwise.")


def _add(out: dict[str, dict[str, list[str]]], resource: str, kind: str, names: list[str]) -> None:
    kept = out[resource].setdefault(kind, [])
    kept += [name for name in names if name not in kept]


def find_field(resource: ResourceDraft, phrase: str) -> FieldDraft | None:
    """The field that a phrase names: `due dates`, `book title`, `the author`."""
    name = slug(phrase)
    name = split_type(name)[0]
    options = [name, singular_name(name), plural_name(name)]
    options += [option.removeprefix(f"{resource.name}_") for option in options]
    for option in options:
        field = resource.find(option)
        if field is not None:
            return field
    spoken = _MOMENT.get(name.rpartition("_")[2])
    if spoken is not None and "_" in name:
        stem = name.rpartition("_")[0]
        for option in (f"{root}_{tail}" for root in (stem, f"{stem}s", f"{stem}ed", f"{stem}d") for tail in spoken):
            if (field := resource.find(option)) is not None:
                return field
    if name in ("start", "end", "begin", "finish"):
        at = [f for f in resource.fields if f.name.split("_")[0] in (name, f"{name}s", f"{name}ing", f"{name}ed")]
        return at[0] if len(at) == 1 else None
    ends = [f for f in resource.fields if f.name.endswith(f"_{name}") or f.name.startswith(f"{name}_")]
    if not ends:
        ends = [f for f in resource.fields if _points_to(f, name) and f.target != resource.name]
    return ends[0] if len(ends) == 1 else None


def _points_to(field: FieldDraft, name: str) -> bool:
    return field.target == name or (field.target or "").endswith(f"_{name}")


_MOMENT = {"time": ("at", "on", "date"), "date": ("on", "at", "time"), "datetime": ("at", "on")}
"""`start time` may mean `starts_at`, `return date` may mean `returned_on`."""


def _fits(kind: str, field: FieldDraft) -> bool:
    if kind == "search":
        return field.type in (FieldType.TEXT, FieldType.EMAIL, FieldType.URL)
    if kind == "sort":
        return field.type is not FieldType.LIST
    return True
