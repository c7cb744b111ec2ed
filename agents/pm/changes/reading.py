"""Phrases of fields and resources, read by the reader of whole requests within a sentence made for them."""

from __future__ import annotations

from dataclasses import dataclass

from agents.pm.reader.reader import read_request
from agents.pm.reader.text import RequestError
from memory.records.spec import AppSpec, FieldSpec, FieldType, NotUnderstood, ResourceSpec

GENERAL = ("Short texts have", "Fields are optional", "Lists come in pages")
WORDS = {
    FieldType.INTEGER: "integer",
    FieldType.NUMBER: "number",
    FieldType.MONEY: "money",
    FieldType.DATE: "date",
    FieldType.TIME: "time",
    FieldType.DATETIME: "datetime",
    FieldType.FLAG: "boolean",
    FieldType.EMAIL: "email",
    FieldType.URL: "url",
    FieldType.TEXT: "text",
}


@dataclass(frozen=True)
class Phrase:
    fields: tuple[FieldSpec, ...]
    resources: tuple[ResourceSpec, ...]
    """Others than the one that the fields are for, which there are not yet."""
    whole: ResourceSpec | None
    """The one that the fields are for, as it was read, with its rules."""
    assumptions: tuple[str, ...]
    left: tuple[NotUnderstood, ...]


def read_fields(words: str, resource: ResourceSpec, spec: AppSpec) -> Phrase | None:
    """What `<resource> with <words>` says; None where it says nothing."""
    return _read(f"{_spoken(resource.plural)} with {words}", resource.name, spec)


def read_resources(words: str, spec: AppSpec) -> Phrase | None:
    """Resources that the words describe, besides those that there are."""
    found = _read(words, "", spec)
    return found if found is not None and found.resources else None


def _read(sentence: str, own: str, spec: AppSpec) -> Phrase | None:
    """Those that there are stand behind it, so that references to them are seen as such."""
    known = [r.name for r in spec.resources if r.name != own]
    mentioned = [r for r in spec.resources if r.name != own and _mentioned(r, sentence)]
    others = "".join(f". {_spoken(r.plural)} with name" for r in mentioned)
    try:
        read = read_request(f"{sentence}{others}").spec
    except RequestError:
        return None
    whole = next((r for r in read.resources if r.name == own), None)
    if whole is not None and any(
        f"{_spoken(whole.plural)} were named without fields" in text for text in read.assumptions
    ):
        return None
    whole = None if whole is None else _as_said(whole, read)
    left = tuple(part for part in read.not_understood if part.text in sentence)
    return Phrase(
        fields=whole.fields if whole else (),
        resources=tuple(r for r in read.resources if r.name != own and r.name not in known),
        whole=whole,
        assumptions=tuple(
            text
            for text in read.assumptions
            if not text.startswith((*GENERAL, f"{own}.", *(f"{name}." for name in known)))
        ),
        left=left,
    )


def _as_said(resource: ResourceSpec, read: AppSpec) -> ResourceSpec:
    """A new application needs a required text in each resource; one that there is has its own."""
    fields = []
    for field in resource.fields:
        if f"{resource.name}.{field.name} is required." in read.assumptions:
            field = field.model_copy(update={"required": False, "min_length": None})
        fields.append(field)
    return resource.model_copy(update={"fields": tuple(fields)})


def _mentioned(resource: ResourceSpec, sentence: str) -> bool:
    low = sentence.lower()
    return _spoken(resource.name) in low or _spoken(resource.plural) in low


def _spoken(name: str) -> str:
    return name.replace("_", " ")


def described(field: FieldSpec) -> str:
    """The field's type in words that the reader knows."""
    if field.type is FieldType.ENUM:
        return f"one of {', '.join(field.choices)}"
    if field.type is FieldType.LIST:
        return f"a list of {WORDS[field.item or FieldType.TEXT]}s"
    return WORDS.get(field.type, "text")


def restated(
    field: FieldSpec, words: str, resource: ResourceSpec, spec: AppSpec
) -> tuple[dict[str, object], tuple[NotUnderstood, ...]] | None:
    """What the words say of a field that there is: attributes that are read otherwise with them than without."""
    name = _spoken(field.name.removesuffix("_id") if field.target else field.name)
    plain = read_fields(f"{name} ({described(field)})", resource, spec)
    said = read_fields(f"{name} ({described(field)}, {words})", resource, spec)
    if plain is None or said is None or len(said.fields) != 1 or not plain.fields:
        return None
    before, after = plain.fields[0].model_dump(), said.fields[0].model_dump()
    changed = {key: value for key, value in after.items() if value != before[key] and key not in ("name", "label")}
    return (changed, said.left) if changed else None


__all__ = ["GENERAL", "Phrase", "described", "read_fields", "read_resources", "restated"]
