"""Stack, dependencies, tests and routes of small projects, read and not run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from memory.records.imported import Stack
from tools.importing.stack import read_stack


def stack_of(root: Path, files: Mapping[str, str]) -> Stack:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return read_stack(root)


def required(stack: Stack, group: str = "") -> dict[str, str]:
    return {d.name: d.required for d in stack.dependencies if d.group == group}


def test_pyproject_with_groups_and_a_uv_lock(tmp_path: Path) -> None:
    stack = stack_of(
        tmp_path,
        {
            "pyproject.toml": """
[project]
name = "shop"
version = "1.2"
requires-python = ">=3.10"
dependencies = ["fastapi>=0.100", "SQLAlchemy"]
scripts = { shop = "shop.cli:main" }
[project.optional-dependencies]
test = ["pytest"]
[dependency-groups]
dev = [{ include-group = "lint" }, "mypy"]
lint = ["ruff"]
""",
            "uv.lock": '[[package]]\nname = "fastapi"\nversion = "0.110.0"\n'
            '[[package]]\nname = "shop"\nversion = "1.2"\nsource = { editable = "." }\n',
            "src/shop/__init__.py": "",
            "src/shop/api.py": "@app.get('/items/{id}')\ndef f(): ...\n@router.post('')\ndef g(): ...\n",
            "tests/test_api.py": "@app.get('/not-a-route')\ndef test(): ...\n",
        },
    )
    assert (stack.kind, stack.name, stack.version, stack.requires_python) == ("python", "shop", "1.2", ">=3.10")
    assert stack.frameworks == ("FastAPI", "SQLAlchemy", "pytest")
    assert {d.name: d.pinned for d in stack.dependencies if not d.group} == {"fastapi": "0.110.0", "sqlalchemy": ""}
    assert set(required(stack, "dev")) == {"mypy", "ruff"}
    assert stack.packages == ("src/shop",)
    assert stack.routes == ("GET /items/{id} (src/shop/api.py)", "POST / (src/shop/api.py)")
    assert stack.tests == ("tests/test_api.py",)
    assert stack.entry_points == ("shop = shop.cli:main",)


def test_poetry_ranges_and_lock(tmp_path: Path) -> None:
    stack = stack_of(
        tmp_path,
        {
            "pyproject.toml": '[tool.poetry]\nname = "p"\n[tool.poetry.dependencies]\npython = "^3.9"\nflask = "^2.1"\n'
            'a = "^0.3.1"\nb = "~1.4"\nc = "*"\nd = {version = "1.0", optional = true}\n'
            '[tool.poetry.group.test.dependencies]\npytest = ">=7"\n',
            "poetry.lock": '[[package]]\nname = "Flask"\nversion = "2.3.1"\n',
        },
    )
    found = required(stack)
    assert found["flask"] == "flask<3,>=2.1"
    assert found["a"] == "a<0.4,>=0.3.1"
    assert found["b"] == "b<1.5,>=1.4"
    assert found["c"] == "c"
    assert found["d"] == "d==1.0"
    assert required(stack, "test") == {"pytest": "pytest>=7"}
    assert stack.dependencies[0].pinned == "2.3.1"


def test_setup_py_is_read_and_not_run(tmp_path: Path) -> None:
    stack = stack_of(
        tmp_path,
        {
            "setup.py": "import os\nopen('pwned', 'w')\nN = ['attrs>=20']\nfrom setuptools import setup\n"
            "setup(name='old', version=open('v').read(), install_requires=N, extras_require={'tests': ['pytest']})\n",
            "setup.cfg": "[options]\npython_requires = >=3.8\n",
            "old/__init__.py": "",
        },
    )
    assert stack.name == "old"
    assert required(stack) == {"attrs": "attrs>=20"}
    assert required(stack, "tests") == {"pytest": "pytest"}
    assert any("computes version" in note for note in stack.notes)
    assert not Path("pwned").exists()


def test_requirements_pipfile_and_pkg_info(tmp_path: Path) -> None:
    stack = stack_of(
        tmp_path,
        {
            "requirements.txt": "django==5.0 \\\n  --hash=sha256:00\n# no\n-r other.txt\nsix # why\n",
            "requirements-dev.txt": "pytest\n",
            "Pipfile": '[packages]\nrequests = "*"\n[dev-packages]\nblack = "==24.1"\n',
            "Pipfile.lock": json.dumps({"default": {"requests": {"version": "==2.31.0"}}}),
            "PKG-INFO": "Name: z\nVersion: 3\nRequires-Dist: idna>=2; extra == 'idna'\nRequires-Dist: h11\n",
            "manage.py": "",
            "site/urls.py": "path('admin/', x)\n",
        },
    )
    assert required(stack)["django"] == "django==5.0"
    assert {"six", "requests", "h11"} < set(required(stack))
    assert set(required(stack, "dev")) == {"pytest", "black"}
    assert required(stack, "idna") == {"idna": "idna>=2"}
    assert stack.run_command == "python manage.py runserver"
    assert stack.routes == ("ANY admin/ (site/urls.py)",)


def test_javascript(tmp_path: Path) -> None:
    stack = stack_of(
        tmp_path,
        {
            "package.json": json.dumps(
                {
                    "name": "web",
                    "scripts": {"test": "vitest run", "start": "node ."},
                    "dependencies": {"express": "^4.0.0"},
                    "devDependencies": {"vitest": "^1"},
                }
            ),
            "package-lock.json": json.dumps({"packages": {"": {}, "node_modules/express": {"version": "4.19.2"}}}),
            "src/app.ts": "app.get('/health', f)\n",
            "src/app.test.ts": "",
            "node_modules/x/index.js": "",
        },
    )
    assert stack.kind == "javascript"
    assert stack.languages == {"TypeScript": 2}
    assert stack.frameworks == ("Express", "Vitest")
    assert [(d.name, d.pinned, d.group) for d in stack.dependencies] == [
        ("express", "4.19.2", ""),
        ("vitest", "", "dev"),
    ]
    assert (stack.test_command, stack.tests, stack.run_command) == ("vitest run", ("src/app.test.ts",), "npm start")
    assert stack.routes == ("GET /health (src/app.ts)",)


def test_broken_files_are_notes(tmp_path: Path) -> None:
    stack = stack_of(
        tmp_path,
        {"pyproject.toml": "[", "setup.py": "(", "setup.cfg": "x", "package.json": "[]", "requirements.txt": "a b c\n"},
    )
    assert len(stack.notes) == 4
    assert stack_of(tmp_path / "empty", {"x.txt": ""}).kind == "unknown"
