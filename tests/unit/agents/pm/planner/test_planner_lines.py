"""Fields and rules as lines, read as models write them, written so that they read back."""

# ruff: noqa: E501 (tables stay one a line)
from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.pm.planner.field_lines import BadField, field_line, read_field
from agents.pm.planner.rule_lines import BadRule, read_rules, rule_lines
from agents.pm.reader.reader import read_request
from memory.records.spec import FieldSpec, FieldType, ResourceSpec

SMALL = settings(deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("title: text, required", {"type": "text", "required": True, "max_length": 200}),
        ("Due Date: date", {"name": "due_date", "type": "date"}),
        ("dueDate : Date , at least today", {"name": "due_date", "type": "date", "minimum": "today"}),
        ("description: string", {"type": "text", "max_length": 10_000}),
        ("done: boolean, default false", {"type": "flag", "default": False}),
        ("count: int, min 1, max 5, default 2", {"type": "integer", "minimum": 1, "maximum": 5, "default": 2}),
        ("state: one of open | in progress | closed, default open, required", {"type": "enum", "choices": ("open", "in progress", "closed"), "default": "open", "required": True}),
        ("state: enum(open, closed), required", {"type": "enum", "choices": ("open", "closed"), "required": True}),
        ("book: reference to Books, required", {"name": "book_id", "type": "reference", "target": "book", "required": True}),
        ("tags: list of strings, at most 5 items", {"type": "list", "item": "text", "max_length": 5}),
        ("code: text, unique, matches ^[A-Z]{2,3}$", {"type": "text", "unique": True, "pattern": "^[A-Z]{2,3}$", "max_length": 200}),
        ("price: money, at least 0.01", {"type": "money", "minimum": Decimal("0.01")}),
        ("name: text, at least 2 characters, at most 50 characters", {"type": "text", "min_length": 2, "max_length": 50}),
        ("class: text, optional", {"type": "text", "max_length": 200}),
    ],
)  # fmt: skip
def test_fields(line: str, expected: dict[str, Any]) -> None:
    name = line.partition(":")[0].strip()
    spec = read_field(line)
    values = {"name": name, "label": spec.label, **expected}
    assert spec == FieldSpec.model_validate(values)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("title", "not of the form"),
        ("title: colour", "is no type"),
        ("title: text, shiny", "not of the form|is not understood|is no type"),
        ("count: integer, default many", "does not fit"),
        ("state: one of a | b, default c", "does not fit"),
        ("count: integer, at least few", "is no number"),
        ("--: text", "not of the form"),
    ],
)
def test_bad_fields_are_named(line: str, words: str) -> None:
    with pytest.raises(BadField, match=words):
        read_field(line)


REQUESTS = [
    "todo api: title, due date, done",
    "Products (name unique, price at least 0, stock, status one of draft, published or archived) and reviews of products (rating from 1 to 5, body, email, website, at least 10 characters)",
    "Bookings with room, date (not in the future), start time, end time after start time, tags; only one booking per room and date; filter by room, sort by date, CSV import and export, search by room",
    "Users log in and see only their own notes (title*, body, code matching [A-Z]{3}-\\d{4}, priority (low/medium/high))",
]  # fmt: skip


@pytest.mark.parametrize("request_text", REQUESTS)
def test_what_the_rules_read_is_written_so_that_it_reads_back(request_text: str) -> None:
    for resource in read_request(request_text).spec.resources:
        fields = tuple(read_field(field_line(field)) for field in resource.fields)
        labelled = tuple(f.model_copy(update={"label": o.label}) for f, o in zip(fields, resource.fields, strict=True))
        assert labelled == resource.fields
        values = read_rules(rule_lines(resource), {field.name for field in fields})
        assert resource.model_copy(update=values) == resource


@settings(SMALL, max_examples=50)
@given(st.lists(st.text(min_size=1, max_size=12).filter(lambda c: c.strip() == c), min_size=1, max_size=4, unique=True))
def test_any_choices_read_back(choices: list[str]) -> None:
    spec = FieldSpec(name="state", label="state", type=FieldType.ENUM, choices=tuple(choices), required=True)
    assert read_field(field_line(spec)) == spec


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["end > start"], [("end", ">", "start")]),
        (["end ≥ start"], [("end", ">=", "start")]),
    ],
)
def test_comparisons(lines: list[str], expected: list[tuple[str, str, str]]) -> None:
    found = read_rules(lines, {"start", "end"})["comparisons"]
    assert [(rule.left, rule.op.value, rule.right) for rule in found] == expected


def test_other_rules() -> None:
    lines = [
        "Search in: title",
        "filter by room",
        "sort: title, room_id",
        "unique together: room and title",
        "CSV import and export",
        "owned",
    ]
    values = read_rules(lines, {"title", "room_id"})
    fields = (read_field("title: text"), read_field("room: reference to room"))
    spec = ResourceSpec(name="a", plural="as", label="a", fields=fields, **values)
    assert (spec.search, spec.filters, spec.sorts) == (("title",), ("room_id",), ("title", "room_id"))
    assert spec.unique_together == (("room_id", "title"),)
    assert (spec.csv_import, spec.csv_export, spec.owned) == (True, True, True)


@pytest.mark.parametrize("line", ["at most three per room", "end > finish", "search: colour"])
def test_bad_rules_are_named(line: str) -> None:
    with pytest.raises(BadRule, match=line.split()[0]):
        read_rules([line], {"start", "end"})
