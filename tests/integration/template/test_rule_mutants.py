"""Each rule of a spec has a generated test that fails when the rule is taken out of the application."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from memory.records.spec import AppSpec
from tests.integration.template import specs
from tests.integration.template.conftest import Job, run_suites
from tests.integration.template.mutants import mutants
from tools.scaffold.copier_scaffold import CopierScaffold
from tools.scaffold.names import Names

FAILED = 1
"""Exit code of pytest where tests ran and one failed; a broken run has another."""
SAMPLE = r"(?!.*filters (weight|price|opens_at|seen_at|mail|link|scores|code)|.*sorts (price|opens_at|seen_at|weight))"
"""Of filters and sorts alike, some are enough."""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("spec", "pattern"),
    [
        pytest.param(specs.EVERYTHING, SAMPLE, marks=pytest.mark.long),
        (specs.NOTES, r".*(owned|unique|type reference|csv_|search)"),
    ],
    ids=["everything", "notes"],
)
def test_every_rule_is_tested(
    spec: AppSpec, pattern: str, scaffold: CopierScaffold, tmp_path: Path, app_python: Path
) -> None:
    scaffold.render(spec, "rest_api", tmp_path / "whole")
    found = [mutant for mutant in mutants(spec) if re.match(pattern, mutant.rule)]
    jobs = []
    for number, mutant in enumerate(found):
        folder = tmp_path / str(number)
        scaffold.render(mutant.spec, "rest_api", folder)
        shutil.rmtree(folder / "tests")
        shutil.copytree(tmp_path / "whole" / "tests", folder / "tests")
        file = f"tests/test_{Names.of(spec).resources[mutant.resource].plural_module}.py"
        jobs.append(Job(folder, (("-x", "-k", likely(mutant.rule), file), ("-x", file))))
    outcomes = run_suites(app_python, jobs, timeout=280)
    survived = [m.rule for m, outcome in zip(found, outcomes, strict=True) if outcome.code != FAILED]
    assert survived == []


def likely(rule: str) -> str:
    """The tests that will find it, by the words of the rule, so that most runs are short."""
    words = re.findall(r"[a-z]{3,}", rule.partition(": ")[2])
    return " or ".join(words)
