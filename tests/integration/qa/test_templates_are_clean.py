"""What the templates give has nothing that would close the gate; all stories were tried by hand, these each commit."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.pm.agent import PmInput, run
from memory.records.execution import Environment
from memory.records.report import CheckOutcome
from tools.sandbox.bubblewrap import BubblewrapSandbox
from tools.scaffold.copier_scaffold import CopierScaffold
from tools.security.code_scanner import CodeScanner
from tools.security.folder import manifest_of

ROOT = Path(__file__).resolve().parents[3]
STORIES, FILES = ROOT / "tests" / "e2e" / "stories", ROOT / "tests" / "data" / "openapi"
ACCOUNTS_AND_CSV = "expenses"


def of_story(name: str) -> PmInput:
    return PmInput((STORIES / f"{name}.http").read_text().partition("\n\n")[0], name)


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(of_story(ACCOUNTS_AND_CSV), id="accounts"),
        pytest.param(of_story("prices"), id="csv"),
        pytest.param(PmInput("Build this API", openapi=(FILES / "secured.yaml").read_text()), id="openapi"),
    ],
)
async def test_nothing_closes_the_gate(
    asked: PmInput, sandbox: BubblewrapSandbox, scanner_environment: Environment, tmp_path: Path
) -> None:
    app = tmp_path / "app"
    CopierScaffold(ROOT / "templates").render(await run(asked), "rest_api", app)
    check = await CodeScanner(sandbox, scanner_environment).scan(app, manifest_of(app))
    assert check.outcome is CheckOutcome.PASSED, check.findings
    assert check.evidence["scanned"] > 20
