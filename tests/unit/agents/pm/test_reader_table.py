"""Sentences of different people and what each must become. One line a resource: `name: field type rules; ...`."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.pm.reader.reader import read_request
from memory.records.spec import AppSpec, FieldSpec, FieldType, ResourceSpec
from tools.scaffold.answers import to_answers


def shown_field(field: FieldSpec) -> str:
    words = [field.name, field.type.value]
    words += ["required"] if field.required else []
    words += ["unique"] if field.unique else []
    for name in ("default", "choices", "minimum", "maximum", "min_length", "max_length", "pattern", "target"):
        value = getattr(field, name)
        if value is None or value == () or (name == "max_length" and value in (200, 10_000)):
            continue
        if name == "min_length" and value == 1 and field.required:
            continue
        words.append(f"{name}={'|'.join(value) if isinstance(value, tuple) else value}")
    return " ".join(words)


def shown_resource(resource: ResourceSpec) -> str:
    parts = [shown_field(field) for field in resource.fields]
    parts += [f"rule {c.left} {c.op} {c.right}" for c in resource.comparisons]
    parts += [f"together {'+'.join(names)}" for names in resource.unique_together]
    for label, names in (("search", resource.search), ("filter", resource.filters), ("sort", resource.sorts)):
        parts += [f"{label} {'+'.join(names)}"] if names else []
    parts += [f"order {resource.default_sort}"] if resource.default_sort != "id" else []
    parts += ["csv_import"] if resource.csv_import else []
    parts += ["csv_export"] if resource.csv_export else []
    return f"{resource.name}{' (owned)' if resource.owned else ''}: {'; '.join(parts)}"


def shown(spec: AppSpec) -> list[str]:
    lines = ["accounts"] if spec.accounts else []
    if (spec.pagination.default_limit, spec.pagination.max_limit) != (50, 200):
        lines.append(f"pages {spec.pagination.default_limit} {spec.pagination.max_limit}")
    lines += [shown_resource(resource) for resource in spec.resources]
    return lines + [f"? {part.text}" for part in spec.not_understood]


SENTENCES = Path(__file__).resolve().parents[3] / "data" / "sentences"


def cases(file: Path) -> Iterator[tuple[str, list[str]]]:
    """Paragraphs of a file: the request behind `> `, then what it must become."""
    for paragraph in file.read_text().strip().split("\n\n"):
        lines = paragraph.split("\n")
        asked = [line.removeprefix(">").removeprefix(" ") for line in lines if line.startswith(">")]
        yield "\n".join(asked), [line for line in lines if not line.startswith(">")]


@pytest.mark.parametrize("file", sorted(SENTENCES.glob("*.txt")), ids=lambda file: file.stem)
def test_sentences_are_read_as_meant(file: Path) -> None:
    """One test a file: a test for each of a thousand sentences would cost more than the reading."""
    wrong = []
    for asked, expected in cases(file):
        spec = read_request(asked).spec
        if shown(spec) != expected:
            wrong.append("\n".join([f"> {asked}", *difflib.unified_diff(expected, shown(spec), n=0, lineterm="")]))
        to_answers(spec, "1")
        texts = [f for r in spec.resources for f in r.fields if f.type is FieldType.TEXT and f.required]
        assert all((field.min_length or 0) >= 1 for field in texts), asked
    assert not wrong, "\n\n".join(wrong)
