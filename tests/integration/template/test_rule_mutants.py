"""Each rule of a spec has a generated test that fails when the rule is taken out of the application."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from memory.records.spec import AppSpec
from tests.integration.template import specs
from tests.integration.template.mutants import mutants
from tools.scaffold.copier_scaffold import CopierScaffold
from tools.scaffold.names import Names

RUNNER = Path(__file__).with_name("fork_runner.py")
FAILED = "1"
"""Exit code of pytest where tests ran and one failed; a broken run has another."""
SAMPLE = r"(?!.*filters (weight|price|opens_at|seen_at|mail|link|scores|code)|.*sorts (price|opens_at|seen_at|weight))"
"""Of filters and sorts alike, some are enough."""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("spec", "pattern"),
    [(specs.EVERYTHING, SAMPLE), (specs.NOTES, r".*(owned|unique|type reference|csv_|search)")],
    ids=["everything", "notes"],
)
def test_every_rule_is_tested(
    spec: AppSpec, pattern: str, scaffold: CopierScaffold, tmp_path: Path, app_python: Path
) -> None:
    scaffold.render(spec, "rest_api", tmp_path / "whole")
    rules: dict[str, str] = {}
    arguments: list[str] = []
    for number, mutant in enumerate(m for m in mutants(spec) if re.match(pattern, m.rule)):
        folder = tmp_path / str(number)
        scaffold.render(mutant.spec, "rest_api", folder)
        shutil.rmtree(folder / "tests")
        shutil.copytree(tmp_path / "whole" / "tests", folder / "tests")
        rules[str(folder)] = mutant.rule
        module = Names.of(spec).resources[mutant.resource].plural_module
        arguments += [str(folder), f"tests/test_{module}.py"]
    done = subprocess.run([app_python, RUNNER, *arguments], capture_output=True, text=True, timeout=280, check=True)
    outcome = {line.split()[0]: line.split(maxsplit=2)[1:] for line in done.stdout.splitlines() if line[:1] == "/"}
    for folder, rule in rules.items():
        print(rule, *outcome[folder])
    assert [rule for folder, rule in rules.items() if outcome[folder][0] != FAILED] == []
