"""Names that Python, SQL or the libraries have taken already."""

from __future__ import annotations

import keyword

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.records.spec import AppSpec, FieldSpec, FieldType, ResourceSpec
from tools.scaffold import naming
from tools.scaffold.names import Names
from tools.scaffold.patterns import matching, refused

WIRE_NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True) | st.sampled_from(
    sorted({k.lower() for k in keyword.kwlist} | {"metadata", "copy", "json", "model_config", "id_", "page", "base"})
)


def spec_of(names: list[str], fields: list[str], *, accounts: bool = False) -> AppSpec:
    specs = tuple(FieldSpec(name=n, type=FieldType.TEXT, label=n) for n in fields)
    resources = tuple(ResourceSpec(name=n, plural=f"{n}_s", label=n, fields=specs) for n in names)
    return AppSpec(name="app", title="", description="", resources=resources, accounts=accounts)


@given(st.lists(WIRE_NAMES, unique=True, max_size=6), st.lists(WIRE_NAMES, unique=True, max_size=6), st.booleans())
def test_identifiers_are_valid_and_distinct(names: list[str], fields: list[str], accounts: bool) -> None:
    found = Names.of(spec_of(names, fields, accounts=accounts))
    resources = list(found.resources.values())
    classes = [r.class_name for r in resources] + ([found.account.class_name] if found.account else [])
    derived = [c + suffix for c in classes for suffix in ("", "In", "Out", "Patch", "Query")]
    assert len(set(derived)) == len(derived)
    assert all(c.isidentifier() and not keyword.iskeyword(c) for c in derived)
    assert len({r.module for r in resources}) == len({r.table for r in resources}) == len(resources)
    for resource in resources:
        attributes = list(resource.attributes.values())
        assert len(set(attributes)) == len(fields)
        assert not set(attributes) & naming.ATTRIBUTES
        assert not keyword.iskeyword(resource.module)


@pytest.mark.parametrize(("plural", "path"), [("metrics", "/metrics-records"), ("blog_posts", "/blog-posts")])
def test_paths(plural: str, path: str) -> None:
    resource = ResourceSpec(name="x", plural=plural, label="", fields=())
    spec = AppSpec(name="app", title="", description="", resources=(resource,))
    assert Names.of(spec).resources["x"].path == path


@pytest.mark.parametrize(
    "pattern",
    [r"[A-Z]{3}-\d{4}", r"^\+?[0-9 ]{7,15}$", r"(red|green)", r"[^a-c]x?", r"\w+@\w+", r"#[0-9a-fA-F]{6}", "a.c"],
)
def test_texts_for_patterns(pattern: str) -> None:
    anchored = f"^(?:{pattern})$"
    texts = matching(anchored)
    assert len(texts) == 2
    assert refused(anchored) is not None


def test_texts_for_patterns_keep_their_lengths() -> None:
    assert [len(text) for text in matching("^(?:[a-z]+)$", 3, 3)] == [3, 3]
    assert matching("^(?:[a-z]{5})$", 0, 3) == []


@pytest.mark.parametrize("text", ['"""', "\\", "a\nb\0", 'ends with "', ""])
def test_docstrings_stand_between_quotes(text: str) -> None:
    line = naming.docstring(text)
    assert compile(f'"""{line}"""', "x", "eval")
    assert "\n" not in line
