"""Specs that cannot be rendered, and places that cannot be written to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from memory.records.spec import AppSpec, Comparison, FieldComparison, FieldSpec, FieldType, ResourceSpec
from tools.scaffold.answers import to_answers
from tools.scaffold.copier_scaffold import CopierScaffold
from tools.scaffold.interface import ScaffoldError, UnknownTemplate, UnsupportedSpec
from tools.scaffold.tool import render_tool

TEMPLATES = Path(__file__).resolve().parents[3] / "templates"


def spec_of(*fields: FieldSpec, **rules: Any) -> AppSpec:
    resource = ResourceSpec(name="thing", plural="things", label="thing", fields=fields, **rules)
    return AppSpec(name="app", title="App", description="", resources=(resource,))


def field(name: str, kind: FieldType, **rules: Any) -> FieldSpec:
    return FieldSpec(name=name, type=kind, label=name, **rules)


NARROW = (field("a", FieldType.INTEGER, minimum=9), field("b", FieldType.INTEGER, maximum=5))
DATES = (field("a", FieldType.DATE), field("b", FieldType.DATE))
LESS = FieldComparison(left="a", op=Comparison.LESS, right="b")
MORE = FieldComparison(left="a", op=Comparison.GREATER, right="b")


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (spec_of(field("id", FieldType.INTEGER)), "field id"),
        (spec_of(field("tags", FieldType.LIST, item=FieldType.TEXT, unique=True)), "tags: a list cannot be unique"),
        (spec_of(field("tags", FieldType.LIST, item=FieldType.DATE)), "a list of date"),
        (spec_of(field("n", FieldType.INTEGER), search=("n",)), "only texts can be searched"),
        (spec_of(field("n", FieldType.INTEGER, minimum="soon")), "field n: 'soon' is no integer"),
        (spec_of(field("n", FieldType.INTEGER, default=1.5)), "field n: 1.5 is no integer"),
        (spec_of(field("d", FieldType.TIME, minimum="today")), "only dates"),
        (spec_of(field("s", FieldType.ENUM, choices=("a",), default="b")), "none of its choices"),
        (spec_of(field("t", FieldType.TEXT, pattern="(")), r"field t: the pattern '\('"),
        (spec_of(field("t", FieldType.TEXT, pattern="a(?=b)b")), "field t: the pattern"),
        (spec_of(field("t", FieldType.TEXT, min_length=5, max_length=4)), "min_length 5 is above"),
        (spec_of(*DATES, comparisons=(LESS, MORE)), "in a circle"),
        (
            spec_of(
                field("a", FieldType.INTEGER, minimum=9), field("b", FieldType.INTEGER, maximum=5), comparisons=(LESS,)
            ),
            "no value can keep",
        ),
        (spec_of(field("a", FieldType.DATE), field("b", FieldType.TIME), comparisons=(LESS,)), "cannot be compared"),
        (spec_of(field("thing_id", FieldType.REFERENCE, target="thing", required=True)), "no way to make the first"),
    ],
)
def test_what_the_template_cannot_do_is_named(spec: AppSpec, message: str) -> None:
    with pytest.raises(UnsupportedSpec, match=message):
        to_answers(spec, "1")


def test_target_that_is_not_empty_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(ScaffoldError, match="not empty"):
        CopierScaffold(TEMPLATES).render(spec_of(), "rest_api", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_failure_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(ScaffoldError):
        CopierScaffold(tmp_path / "no-templates").render(spec_of(), "rest_api", tmp_path / "app")
    with pytest.raises(UnsupportedSpec):
        CopierScaffold(TEMPLATES).render(spec_of(field("id", FieldType.TEXT)), "rest_api", tmp_path / "app")
    assert list(tmp_path.iterdir()) == []


def test_unknown_templates_and_kinds(tmp_path: Path) -> None:
    with pytest.raises(UnknownTemplate, match="rest_api"):
        CopierScaffold(TEMPLATES).render(spec_of(), "no_such", tmp_path / "app")
    web = spec_of().model_copy(update={"kind": "web_app"})
    with pytest.raises(UnsupportedSpec, match="web_app"):
        CopierScaffold(TEMPLATES).render(web, "rest_api", tmp_path / "app")


def test_tool_answers_what_is_wrong(tmp_path: Path) -> None:
    tool = render_tool(CopierScaffold(TEMPLATES), tmp_path / "app")
    assert tool.invoke({"spec": {"name": "../../etc"}}).startswith("not rendered")
    assert "app/main.py" in tool.invoke({"spec": spec_of().model_dump(mode="json")}).splitlines()
