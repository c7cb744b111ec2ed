"""Which resource and which field of an application a few words mean."""

from __future__ import annotations

import re
from dataclasses import dataclass

from agents.pm.reader.names import singular_name, slug
from memory.records.spec import AppSpec, FieldSpec, ResourceSpec

ARTICLES = r"(?:(?:the|a|an|each|every|all|any|our|my|its|their|this|that)\s+)*"
NOUNS = r"(?:fields?|columns?|attributes?|propert(?:y|ies)|resources?|tables?|entit(?:y|ies)|endpoints?)"
LINK = r"(?:of|in|on|for|from|to|by)"


@dataclass(frozen=True)
class Place:
    resource: ResourceSpec
    field: FieldSpec | None = None


class Places:
    def __init__(self, spec: AppSpec) -> None:
        self._spec = spec

    def resource(self, words: str) -> ResourceSpec | None:
        """The resource that these words are the name of."""
        name = _bare(words)
        for resource in self._spec.resources:
            if (name and name in (resource.name, resource.plural)) or singular_name(name) == resource.name:
                return resource
        return None

    def field(self, words: str, resource: ResourceSpec) -> FieldSpec | None:
        """A reference also by what it refers to: `project` is `project_id`."""
        name = _bare(words)
        for field in resource.fields:
            short = field.name.removesuffix("_id") if field.target else field.name
            if name and (name in (field.name, short) or singular_name(name) == singular_name(short)):
                return field
        flag = name.removeprefix("is_").removesuffix("_flag")
        return next((f for f in resource.fields if name and f.name.removeprefix("is_") == flag), None)

    def place(self, words: str) -> Place | list[Place] | None:
        """`title of tasks`, `task title`, `task.title`, `tasks`, `title`; several where more than one may be meant."""
        whole = self.resource(words)
        if whole is not None:
            return Place(whole)
        text = words.strip().strip("\"'")
        for pattern in _OWNED:
            match = pattern.match(text)
            resource = match and self.resource(match["resource"])
            field = resource and match and self.field(match["field"], resource)
            if resource and field:
                return Place(resource, field)
        found = [Place(r, f) for r in self._spec.resources if (f := self.field(text, r)) is not None]
        if len(found) == 1:
            return found[0]
        return found or None

    def tail(self, text: str) -> tuple[str, ResourceSpec] | None:
        """(the text without it, resource) of the last `to the tasks`, `for each task` within a clause."""
        best: tuple[int, int, ResourceSpec] | None = None
        for resource in self._spec.resources:
            for match in re.finditer(rf"\s*\b(?:to|for|on|in|from|of)\s+{ARTICLES}{_names(resource)}\b", text, re.I):
                span = match.end() - match.start()
                if best is None or (match.end(), span) > (best[1], best[1] - best[0]):
                    best = (match.start(), match.end(), resource)
        if best is None:
            return None
        start, end, resource = best
        rest = re.sub(rf"^\s+(?:{NOUNS})\b", "", text[end:])
        return (text[:start] + rest).strip(), resource

    def named(self, text: str) -> list[ResourceSpec]:
        """All resources that stand in a text, in its order."""
        found = []
        for resource in self._spec.resources:
            match = re.search(rf"\b{_names(resource)}\b", text, re.I)
            if match:
                found.append((match.start(), -len(match[0]), resource))
        return [resource for _, _, resource in sorted(found, key=lambda item: item[:2])]

    def fields_in(self, text: str, resource: ResourceSpec) -> list[FieldSpec]:
        """All fields that a list of names (`title, due date and status`) names; empty where one is none."""
        parts = [
            part
            for part in re.split(r"\s*(?:,|/|&|\band\b|\bor\b|\bas well as\b)\s*", text, flags=re.I)
            if part.strip()
        ]
        found = [self.field(part, resource) for part in parts]
        return [field for field in found if field is not None] if None not in found else []


_OWNED = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        rf"^{ARTICLES}(?:{NOUNS}\s+)?(?P<field>.+?)(?:\s+{NOUNS})?\s+{LINK}\s+{ARTICLES}(?P<resource>.+?)(?:\s+{NOUNS})?$",
        rf"^{ARTICLES}(?P<resource>\w[\w ]*?)(?:\.|'s?\s+|::|->)(?P<field>.+?)(?:\s+{NOUNS})?$",
        rf"^{ARTICLES}(?P<resource>\w+)\s+(?P<field>.+?)(?:\s+{NOUNS})?$",
        rf"^{ARTICLES}(?P<resource>\w+\s+\w+)\s+(?P<field>.+?)(?:\s+{NOUNS})?$",
    )
)


def _bare(words: str) -> str:
    """`the "due date" field` → `due_date`."""
    text = re.sub(rf"^{ARTICLES}(?:(?:{NOUNS})\s+)?(?=\S)", "", words.strip(), flags=re.I)
    text = re.sub(rf"(?<=\S)\s+(?:{NOUNS})$", "", text, flags=re.I)
    return slug(text.strip("\"'`“” "))


def _names(resource: ResourceSpec) -> str:
    names = sorted({resource.name, resource.plural}, key=len, reverse=True)
    return "(?:" + "|".join(re.escape(name).replace("_", r"[ _-]") for name in names) + ")"


__all__ = ["ARTICLES", "NOUNS", "Place", "Places"]
