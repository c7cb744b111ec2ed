"""What is rendered passes its own tests and every check of a careful reader."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from memory.records.manifest import Manifest
from memory.records.spec import AppSpec
from tests.integration.template import specs
from tests.integration.template.conftest import Job, Outcome, Render, run_suites
from tools.scaffold.copier_scaffold import CopierScaffold


def run(folder: Path, *argv: object) -> str:
    done = subprocess.run([str(a) for a in argv], cwd=folder, capture_output=True, text=True, timeout=280)
    output = done.stdout + done.stderr
    assert done.returncode == 0, output[-6000:]
    return output


@pytest.fixture(scope="module")
def suites(render: Render, app_python: Path) -> dict[str, Outcome]:
    """Each application's own tests, all together: the libraries are loaded once."""
    measured = ("--cov=app", "--cov-report=json")
    jobs = [Job(render(spec), (measured,)) for spec in specs.ALL]
    return dict(zip([spec.name for spec in specs.ALL], run_suites(app_python, jobs, timeout=280), strict=True))


@pytest.mark.parametrize("spec", specs.ALL, ids=lambda spec: spec.name)
def test_own_tests_are_green(spec: AppSpec, render: Render, suites: dict[str, Outcome]) -> None:
    assert suites[spec.name].code == 0, suites[spec.name].output
    covered = json.loads((render(spec) / "coverage.json").read_text())["totals"]["percent_covered"]
    assert covered >= (90 if spec.resources else 80)


def test_code_is_clean(render: Render, app_python: Path) -> None:
    folders = [render(spec) for spec in specs.ALL]
    run(folders[0], app_python, "-m", "ruff", "check", "--no-cache", *folders)
    run(folders[0], app_python, "-m", "ruff", "format", "--check", "--no-cache", *folders)
    checked = [folder / part for folder in folders for part in ("app", "migrations")]
    run(folders[0], sys.executable, "-m", "bandit", "-q", "-r", *checked)


@pytest.mark.slow
@pytest.mark.long
def test_types_are_right(render: Render, app_python: Path, tmp_path: Path) -> None:
    for spec in specs.ALL:
        run(render(spec), app_python, "-m", "mypy", "--cache-dir", tmp_path)


@pytest.mark.parametrize("spec", [specs.EVERYTHING, specs.NOTES], ids=lambda spec: spec.name)
def test_no_secrets(spec: AppSpec, scaffold: CopierScaffold, tmp_path: Path) -> None:
    scaffold.render(spec, "rest_api", tmp_path / "app")
    report = json.loads(run(tmp_path, sys.executable, "-m", "detect_secrets", "scan", "--all-files", "app"))
    assert report["results"] == {}


@pytest.mark.parametrize("spec", [specs.EVERYTHING, specs.NOTES, specs.EMPTY], ids=lambda spec: spec.name)
def test_nothing_of_the_template_is_left(spec: AppSpec, scaffold: CopierScaffold, tmp_path: Path) -> None:
    files = scaffold.render(spec, "rest_api", tmp_path / "app")
    for name in files:
        text = (tmp_path / "app" / name).read_text()
        assert str(tmp_path) not in text, name
        assert str(Path.cwd()) not in text, name
        assert not re.search(r"\n{4}|\A\n|\n\n\Z", text), f"{name} has blank lines to spare"
        if name not in (".copier-answers.yml", ".github/workflows/ci.yml", "spec.json"):
            assert "{{" not in text, name
            assert "{%" not in text, name


def test_manifest_and_spec(render: Render) -> None:
    folder = render(specs.NOTES)
    manifest = Manifest.model_validate_json((folder / "softwright.json").read_text())
    assert manifest.asgi == "app.main:app"
    assert manifest.generated_secrets == ("SECRET_KEY",)
    for name in (manifest.lock, manifest.test_lock, *manifest.packages, manifest.tests):
        assert (folder / name).exists()
    assert AppSpec.model_validate_json((folder / "spec.json").read_text()) == specs.NOTES


def test_locks_name_no_address(render: Render) -> None:
    for spec in (specs.NOTES, specs.TODOS):
        for name in ("requirements.lock", "requirements-dev.lock"):
            text = (render(spec) / name).read_text()
            assert "://" not in text
            assert text.count("--hash=sha256:") > text.count("==") > 10


@pytest.mark.slow
def test_fifty_resources(scaffold: CopierScaffold, tmp_path: Path, app_python: Path) -> None:
    folder = tmp_path / "app"
    files = scaffold.render(specs.MANY, "rest_api", folder)
    assert sum(name.startswith("app/routes/things_") for name in files) == 50
    tests = ("tests/test_app.py", *(f"tests/test_things_{n}.py" for n in (0, 1, 49)))
    [outcome] = run_suites(app_python, [Job(folder, (tests,))], timeout=120)
    assert outcome.code == 0, outcome.output
