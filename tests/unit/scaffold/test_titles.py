"""Titles and descriptions of any kind become projects that can be read: TOML, Python, YAML and Markdown."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest
import yaml

from agents.pm.contract.reader import read_contract
from memory.records.spec import AppSpec, FieldSpec, FieldType, ResourceSpec
from tools.scaffold.copier_scaffold import CopierScaffold

TEMPLATES = Path(__file__).resolve().parents[3] / "templates"
TITLES = {
    "emoji": "\U0001f389 Party \U0001f468\u200d\U0001f469\u200d\U0001f467 planner",
    "quotes": """'single' "double" '''three''' \"\"\"three\"\"\" `back`""",
    "backslashes": "C:\\new\\table \\u0041 \\N{BULLET} \\",
    "lines": "one\ntwo\r\nthree\u2028four\x0bfive\ttab",
    "right to left": "\u0645\u0647\u0627\u0645 \u202egnp.exe\u202c \u05e9\u05dc\u05d5\u05dd",
    "control": "bell\x07 escape\x1b[31m delete\x7f soft\u00adhyphen \ufeffmark",
    "templates": "{{ 7 * 7 }} {% raw %} {# gone? #} ${HOME} $(id) %s {0}",
    "markup": "</script><b>&amp;</b> # | - [x](y) ![z](q)",
    "very long": "long " * 2000,
    "only spaces": " \u00a0\u2003",
}


def check(folder: Path, title: str) -> None:
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["description"].isprintable()
    assert len(project["description"]) <= 120
    for file in folder.rglob("*.py"):
        source = file.read_text(encoding="utf-8")
        compile(source, file.name, "exec")
        assert not set(source) & set("\u202e\u202c\x07\x1b\ufeff"), file.name
    main = ast.parse((folder / "app" / "main.py").read_text(encoding="utf-8"))
    titles = [k.value for n in ast.walk(main) if isinstance(n, ast.Call) for k in n.keywords if k.arg == "title"]
    assert title in [node.value for node in titles if isinstance(node, ast.Constant)]
    assert yaml.safe_load((folder / ".copier-answers.yml").read_text(encoding="utf-8"))
    assert (folder / "README.md").read_text(encoding="utf-8").startswith("# ")


@pytest.mark.parametrize("name", TITLES)
def test_plain_applications(tmp_path: Path, name: str) -> None:
    text = TITLES[name]
    field = FieldSpec(name="status", type=FieldType.ENUM, label=text, choices=("a", text))
    thing = ResourceSpec(name="thing", plural="things", label=text, fields=(field,))
    spec = AppSpec(name="app", title=text, description=text, resources=(thing,))
    CopierScaffold(TEMPLATES).render(spec, "rest_api", tmp_path / "app")
    check(tmp_path / "app", text.strip() or "app")
    schema = (tmp_path / "app" / "app" / "schemas" / "thing.py").read_text(encoding="utf-8")
    values = {node.value for node in ast.walk(ast.parse(schema)) if isinstance(node, ast.Constant)}
    assert text in values


@pytest.mark.parametrize("name", ["emoji", "quotes", "backslashes", "lines", "right to left"])
def test_contract_applications(tmp_path: Path, name: str) -> None:
    text = TITLES[name]
    answer = {"description": text}
    operation = {"summary": text, "tags": [text], "operationId": text, "responses": {"200": answer}}
    document = {
        "openapi": "3.0.3",
        "info": {"title": text, "description": text, "version": "1"},
        "paths": {"/things": {"get": operation}},
    }
    spec = read_contract(yaml.safe_dump(document, allow_unicode=True).encode())
    CopierScaffold(TEMPLATES).render(spec, "rest_api", tmp_path / "app")
    check(tmp_path / "app", spec.title)
