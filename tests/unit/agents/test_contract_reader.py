"""Reading OpenAPI files: good ones of many styles, broken and hostile ones."""

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.pm.contract.load import load
from agents.pm.contract.reader import ContractError, read_contract
from tools.scaffold.contract.answers import contract_files
from tools.scaffold.contract.behaviours import understand
from tools.scaffold.contract.own import own_paths, token_path

CORPUS = sorted((Path(__file__).parents[2] / "data" / "openapi").iterdir())
MINIMAL = {
    "openapi": "3.0.3",
    "info": {"title": "T", "version": "1"},
    "paths": {"/a": {"get": {"responses": {"200": {"description": "ok"}}}}},
}


def with_schema(schema: object) -> dict:
    document = json.loads(json.dumps(MINIMAL))
    document["components"] = {"schemas": {"A": schema}}
    document["paths"]["/a"]["get"]["responses"]["200"]["content"] = {
        "application/json": {"schema": {"$ref": "#/components/schemas/A"}}
    }
    return document


def read(document: object) -> object:
    return read_contract(json.dumps(document).encode())


@pytest.mark.parametrize("path", CORPUS, ids=lambda p: p.stem)
def test_good_files(path: Path) -> None:
    spec = read_contract(path.read_bytes())
    assert spec.resources == ()
    assert spec.contract == (json.loads if path.suffix == ".json" else yaml.safe_load)(path.read_text())


def test_recursive_schemas_are_legal() -> None:
    assert read(
        with_schema(
            {
                "type": "object",
                "properties": {"children": {"type": "array", "items": {"$ref": "#/components/schemas/A"}}},
            }
        )
    )


HOSTILE = {
    "empty": (b"", "empty"),
    "not utf-8": (b"\xff\xfe", "UTF-8"),
    "ten megabytes": (b" " * 10_000_000, "at most 2 MB"),
    "deep json": (b"[" * 100_000, "deeper"),
    "deep yaml": (b"a: " + b"[" * 100_000, "deeper"),
    "yaml loop": (b"a: &a [*a]", "alias"),
    "yaml bomb": (b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(b"%c: &%c [%s]\n" % (c, c, b",".join([b"*%c" % (c - 1)] * 9)) for c in range(98, 112)), "values"),  # noqa: E501
    "python object": (b"a: !!python/object:os.system x", "tag"),
    "duplicate key": (b'{"a": 1, "a": 2}', "twice"),
    "duplicate yaml key": (b"a: 1\na: 2", "twice"),
    "nan": (b'{"a": NaN}', "JSON number"),
    "surrogate": (b'{"a": "\\ud800"}', "surrogate"),
    "list": (b"[]", "object"),
    "swagger 2": (b'{"swagger": "2.0"}', "Swagger 2.0"),
    "version 4": (b'{"openapi": "4.0.0"}', "4.0.0"),
    "no version": (b"{}", "version"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_bytes(name: str) -> None:
    data, said = HOSTILE[name]
    with pytest.raises(ContractError, match=said) as error:
        read_contract(data)
    assert len(str(error.value)) < 800


REFERENCES = {
    "remote": ("https://example.com/a.json#/A", "another host"),
    "protocol relative": ("//example.com/a.json", "another host"),
    "file": ("file:///etc/passwd", "another host"),
    "path": ("../a.yaml#/A", "another file"),
    "anchor": ("#A", "no JSON pointer"),
    "broken": ("#/components/schemas/None", "points to nothing"),
    "itself": ("#/components/schemas/A", "leads back to itself"),
    "no object": ("#/info/title", "does not point to an object"),
}


@pytest.mark.parametrize("name", REFERENCES)
def test_references_that_are_refused(name: str) -> None:
    reference, said = REFERENCES[name]
    with pytest.raises(ContractError, match=said) as error:
        read(with_schema({"$ref": reference}))
    assert error.value.where.startswith("#/")


def test_references_back_to_themselves_outside_schemas() -> None:
    document = {
        **MINIMAL,
        "components": {
            "responses": {"A": {"$ref": "#/components/responses/B"}, "B": {"$ref": "#/components/responses/A"}}
        },
    }
    with pytest.raises(ContractError, match="itself"):
        read(document)


def test_schemas_that_double_at_every_step_are_refused() -> None:
    document = with_schema({"allOf": [{"$ref": "#/components/schemas/S0"}]})
    for n in range(40):
        ref = {"$ref": f"#/components/schemas/S{n + 1}"}
        document["components"]["schemas"][f"S{n}"] = {"allOf": [ref, ref]}
    document["components"]["schemas"]["S40"] = {"type": "object"}
    with pytest.raises(ContractError, match="expands to more than"):
        read(document)


@pytest.mark.parametrize("schema", [{"type": "string", "pattern": "("}, {"type": "nonsense"}, {"minimum": "x"}])
def test_schemas_that_are_none(schema: object) -> None:
    with pytest.raises(ContractError):
        read(with_schema(schema))


def test_yaml_keeps_texts() -> None:
    document = load(b"a: on\nb: 12:30\nc: 2020-01-01\n200: x\nd: true\ne: 1.5\n")
    assert document == {"a": "on", "b": "12:30", "c": "2020-01-01", "200": "x", "d": True, "e": 1.5}


JUNK = st.sampled_from(
    [None, True, 0, -1, 1.5, "", "x", [], {}, [1], {"$ref": "#"}, {"$ref": 1}, {"$ref": "#/paths"}, "9" * 30, {"a": {}}]
)


def places(node: object, path: tuple = ()) -> list[tuple]:
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path] + [p for key, value in children for p in places(value, (*path, key))]


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(st.data())
def test_wrong_types_anywhere_end_in_a_contract_error(data: st.DataObject) -> None:
    document = load(data.draw(st.sampled_from(CORPUS)).read_bytes())
    for _ in range(data.draw(st.integers(1, 2))):
        *parents, last = data.draw(st.sampled_from(places(document)[1:]))
        node = document
        for key in parents:
            node = node[key]
        node[last] = json.loads(json.dumps(data.draw(JUNK)))
    error, spec = None, None
    try:
        spec = read_contract(json.dumps(document).encode())
    except ContractError as refused:
        error = refused
    assert (error.what and error.remedy) if error else spec.contract == document


def test_versions_without_quotes() -> None:
    text = "openapi: 3.0.3\ninfo: {title: T, version: 1.10}\npaths: {/a: {get: {responses: {200: {description: x}}}}}"
    assert read_contract(text.encode()).contract["info"]["version"] == "1.10"


PATTERNS = {
    "broken": ("(", False),
    "too big": ("a{99999999999}", False),
    "catastrophic": (r"^(\w+\s?)*$", True),
    "nested": ("(x+x+)+y", True),
    "looking back": (r"(?=(a+))a*b\1", True),
    "very long": ("a" * 50_000, True),
}


@pytest.mark.parametrize("name", PATTERNS)
def test_patterns(name: str) -> None:
    pattern, fine = PATTERNS[name]
    document = with_schema({"type": "object", "properties": {"p": {"type": "string", "pattern": pattern}}})
    if fine:
        assert contract_files(read(document))["tests/cases.json"]
    else:
        with pytest.raises(ContractError, match="no regular expression") as error:
            read(document)
        assert error.value.where == "#/components/schemas/A/properties/p/pattern"


def test_faults_are_named_where_they_lie() -> None:
    with pytest.raises(ContractError, match="less than 1 item") as error:
        read(with_schema({"type": "object", "properties": {"a": {"type": "string", "enum": []}}}))
    assert error.value.where == "#/components/schemas/A/properties/a/enum"


def test_five_hundred_operations() -> None:
    get = MINIMAL["paths"]["/a"]["get"]
    assert read({**MINIMAL, "paths": {f"/a{n}": {"get": get} for n in range(500)}})
    with pytest.raises(ContractError, match="501 operations"):
        read({**MINIMAL, "paths": {f"/a{n}": {"get": get} for n in range(501)}})


@pytest.mark.parametrize(
    ("path", "behaviour"),
    [
        ("/people", "create"),
        ("/person/{personId}", "read"),
        ("/album/{albumId}/photos/{photoId}/content", "fixed"),
        ("/album/{albumId}/photos", "create"),
    ],
)
def test_what_operations_do(path: str, behaviour: str) -> None:
    document = yaml.safe_load(next(p for p in CORPUS if p.stem == "uploads").read_text())
    done = {(e.operation.path, e.behaviour.value) for e in understand(document)}
    assert (path, behaviour) in done


def test_own_paths_and_token_endpoints() -> None:
    by_name = {path.stem: load(path.read_bytes()) for path in CORPUS}
    assert own_paths(by_name["monitored"])["health"] == "/-/health"
    assert own_paths(by_name["blog"])["health"] == "/health"
    assert token_path(by_name["uploads"]) == "/oauth/token"
    assert token_path(by_name["payments"]) == "/oauth/token"
    assert token_path(by_name["secured"]) is None
