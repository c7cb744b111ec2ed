"""Exchanges as lines: read as models write them, written so that they read back."""

# ruff: noqa: E501 (a table stays one a line)
from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.acceptance.lines import read_line, read_steps, write_line
from agents.acceptance.values import BadValue, Reference, reference
from memory.records.plan import Exchange

SMALL = settings(deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


def exchange(**values: Any) -> Exchange:
    return Exchange.model_validate({"method": "POST", "path": "/loans", "status": 201, **values})


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("POST /loans -> 201", exchange()),
        ('POST /loans {"a": 1} -> 201 {"b": 2} as x', exchange(body={"a": 1}, expect={"b": 2}, save_as="x")),
        ("1. when ann: post /loans {a: $m.id, b: no} → 201", exchange(actor="ann", body={"a": "$m.id", "b": "no"})),
        ("`POST /loans {a:1, b:'x'} => 201`", exchange(body={"a": 1, "b": "x"})),
        ("- POST /loans {a: 'it -> works', b: [1, 2]} -> 201 as x.", exchange(body={"a": "it -> works", "b": [1, 2]}, save_as="x")),
        ("POST /loans {t: Don't panic, at: 12:30, on: 2026-01-02} -> 201", exchange(body={"t": "Don't panic", "at": "12:30", "on": "2026-01-02"})),
        ('POST /loans {"note": "sold as new"} -> 201 {"note": "sold as new"}', exchange(body={"note": "sold as new"}, expect={"note": "sold as new"})),
        ("GET /loans/{x.id}?open=true -> HTTP 200", exchange(method="GET", path="/loans/$x.id?open=true", status=200)),
        ("[ann]: DELETE /loans/$x.id -> 204", exchange(actor="ann", method="DELETE", path="/loans/$x.id", status=204)),
    ],
)  # fmt: skip
def test_lines_are_read(line: str, expected: Exchange) -> None:
    assert read_line(line) == expected
    assert read_line(write_line(expected)) == expected


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("create a loan", "not of the form"),
        ("POST /loans {}", "says no answer"),
        ("POST /loans -> created", "a status"),
        ("POST /loans hello -> 201", "no JSON"),
        ("POST loans -> 201", "not of the form"),
        ("POST /loans -> 201 " + "x" * 3000, "too long"),
    ],
)
def test_others_are_refused_with_the_reason(line: str, words: str) -> None:
    with pytest.raises(BadValue, match=words):
        read_line(line)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["GET /loans/$loan.id -> 200"], r"\$loan .* is the name of no earlier answer"),
        (["POST /loans {a: $any} -> 201"], "only in what is expected"),
        (["POST /loans {a: $today+3h} -> 201"], "days only"),
        (["POST /loans -> 201 as now"], "a name cannot be now"),
        (["ann: POST /loans -> 201"], "no accounts"),
        (["GET /loans/9 -> 404"], "more than 404"),
        (["POST /loans -> 201"] * 31, "at most 30"),
    ],
)
def test_checks_that_make_no_sense_are_refused(lines: list[str], words: str) -> None:
    with pytest.raises(BadValue, match=words):
        read_steps(lines, accounts=False)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$loan.items[0].id", Reference("loan", ("items", 0, "id"))),
        ("$today-14", Reference("today", shift=-14)),
        ("$now+2h", Reference("now", shift=7200)),
        ("$any", Reference("any")),
        ("$5 a day", None),
        ("costs $x", None),
        (5, None),
    ],
)
def test_references(text: object, expected: Reference | None) -> None:
    assert reference(text) == expected


BODIES = st.dictionaries(
    st.text("abc_", min_size=1, max_size=5),
    st.none() | st.booleans() | st.integers() | st.text(max_size=12) | st.lists(st.integers(), max_size=3),
    max_size=4,
)


@settings(SMALL, max_examples=50)
@given(BODIES, BODIES, st.sampled_from(["", "x"]), st.sampled_from(["", "ann"]))
def test_what_is_written_reads_back(body: dict[str, Any], expect: dict[str, Any], name: str, actor: str) -> None:
    step = exchange(body=body, expect=expect, save_as=name, actor=actor)
    assert read_line(write_line(step)) == step


@settings(SMALL, max_examples=50)
@given(st.text(alphabet="POSTGE /ab{}[]\"':,->201 $.&*!%@`", max_size=60))
def test_no_line_breaks_it(line: str) -> None:
    try:
        assert read_line(line).status
    except BadValue:
        assert line is not None
