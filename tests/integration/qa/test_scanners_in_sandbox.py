"""The engines for code and for secrets, really run in the real sandbox over planted weaknesses."""

from __future__ import annotations

from pathlib import Path

import pytest

from memory.records.execution import Environment, Limits
from memory.records.manifest import Manifest
from memory.records.report import CheckOutcome, Confidence, Severity
from tools.sandbox.bubblewrap import BubblewrapSandbox
from tools.security.code_scanner import CodeScanner
from tools.security.gate import closes_gate
from tools.security.secrets_scanner import SecretsScanner
from tools.security.tool import scan_tool

SHELL = "import subprocess\n\n\ndef run(x):\n    return subprocess.call(x, shell=True)\n"
AWS_KEY = "AKIA" + "Z7QX3RVD6LMK2NWP"
OWN_SETTINGS = "[bandit]\nskips: B602\n"
IN_THE_WAY = {"bandit.py": "print('{}')", "json.py": "1 / 0"}
PASSWORD = "tr0ub4dor-and-3-more"


@pytest.fixture
def code(sandbox: BubblewrapSandbox, scanner_environment: Environment) -> CodeScanner:
    return CodeScanner(sandbox, scanner_environment)


@pytest.fixture
def secrets(sandbox: BubblewrapSandbox, scanner_environment: Environment) -> SecretsScanner:
    return SecretsScanner(sandbox, scanner_environment)


async def test_clean_code_passes(code, build_tree, manifest: Manifest) -> None:
    check = await code.scan(build_tree({}), manifest)
    assert check.outcome is CheckOutcome.PASSED, check
    assert check.summary == "0 findings in 2 files"
    assert {"netns", "seccomp"} <= set(check.evidence["limits_active"])


@pytest.mark.parametrize(
    ("file", "files"),
    [
        pytest.param("app/run.py", {"app/run.py": SHELL}, id="plain"),
        pytest.param("migrations/0001_a.py", {"migrations/0001_a.py": SHELL}, id="migration"),
        pytest.param("run.py", {"run.py": SHELL}, id="script"),
        pytest.param("tests/test_a.py", {"tests/test_a.py": SHELL}, id="test"),
        pytest.param(".github/run.py", {".github/run.py": SHELL}, id="name like .git"),
        pytest.param("a.egg/__pycache__/b.py", {"a.egg/__pycache__/b.py": SHELL}, id="folders that bandit passes over"),
        pytest.param("app/run.py", {"app/run.py": SHELL.replace("True)", "True)  # nosec")}, id="marked nosec"),
        pytest.param(
            "app/run.py", {"app/run.py": SHELL, "app/.bandit": "[bandit]\nskips: B602\n"}, id="own .bandit file"
        ),
        pytest.param(
            "app/run.py", {"app/run.py": SHELL, "bandit.py": "print('{}')", "json.py": "1 / 0"}, id="hides the scanner"
        ),
    ],
)
async def test_planted_weakness_closes_the_gate(
    code, build_tree, manifest: Manifest, file: str, files: dict[str, str]
) -> None:
    check = await code.scan(build_tree(files), manifest)
    assert check.outcome is CheckOutcome.FAILED
    (finding,) = [f for f in check.findings if closes_gate(f)]
    assert (finding.file, finding.line, finding.cwe) == (file, 5, 78)
    assert (finding.severity, finding.confidence) == (Severity.HIGH, Confidence.MEDIUM)
    assert finding.tool == "softwright-flow, bandit, ruff"


async def test_file_that_cannot_be_parsed_is_not_clean(code, build_tree, manifest: Manifest) -> None:
    check = await code.scan(build_tree({"app/broken.py": "def f(:\n"}), manifest)
    assert check.outcome is CheckOutcome.INCOMPLETE
    assert "app/broken.py: syntax error while parsing" in check.evidence["not_scanned"][0]
    assert "app/broken.py" in check.summary


@pytest.mark.parametrize("package", ["elsewhere", "app/empty"])
async def test_package_without_code_is_not_clean(code, build_tree, manifest: Manifest, package: str) -> None:
    project = build_tree({"app/empty/readme.md": "nothing\n"})
    check = await code.scan(project, manifest.model_copy(update={"packages": (package,)}))
    assert check.outcome is CheckOutcome.INCOMPLETE


@pytest.mark.parametrize("package", ["/etc", "../x", "--help"])
async def test_package_that_leads_out(code, build_tree, manifest: Manifest, package: str) -> None:
    check = await code.scan(build_tree({}), manifest.model_copy(update={"packages": (package,)}))
    assert check.outcome is CheckOutcome.UNAVAILABLE


async def test_found_password_is_not_shown(code, build_tree, manifest: Manifest) -> None:
    check = await code.scan(build_tree({"app/settings.py": f'password = "{PASSWORD}"\n'}), manifest)
    assert [f.rule for f in check.findings] == ["hard-coded-secret"]
    assert PASSWORD not in check.model_dump_json()


async def test_planted_secrets_are_found_and_never_shown(secrets, build_tree, manifest: Manifest) -> None:
    project = build_tree(
        {
            "app/settings.py": f'password = "{PASSWORD}"\n',
            "deploy/env.sh": f"# set it\n\n\nexport KEY={AWS_KEY}\n",
            "deploy/old.txt": "",
            "app/allowed.py": f'key = "{AWS_KEY}"  # pragma: allowlist secret\n',
        }
    )
    (project / "deploy/odd.py").write_bytes(f'a\rb = 1\r\n\x0b\n\nsecret_key = "{PASSWORD}"\n'.encode())
    (project / "deploy/old.txt").write_bytes(f"ключ: {AWS_KEY}\n".encode("utf-16"))
    check = await secrets.scan(project, manifest)
    assert check.outcome is CheckOutcome.FAILED
    found = {(f.file, f.rule) for f in check.findings}
    assert {
        ("app/settings.py", "secret-keyword"),
        ("deploy/env.sh", "aws-access-key"),
        ("deploy/old.txt", "aws-access-key"),
        ("app/allowed.py", "aws-access-key"),
    } <= found
    lines = {f.file: f.line for f in check.findings}
    assert (lines["deploy/env.sh"], lines["deploy/odd.py"]) == (4, 5), "blank lines are counted"
    report = check.model_dump_json()
    assert AWS_KEY not in report
    assert PASSWORD not in report


async def test_placeholders_and_hashes_are_let_through(secrets, build_tree, manifest: Manifest) -> None:
    project = build_tree(
        {
            ".env.example": "SECRET_KEY=change-me-please\nDATABASE_URL=postgresql://user:password@localhost/app\n",
            "app/settings.py": 'import os\n\nsecret_key = os.environ["SECRET_KEY"]\n',
            "migrations/a1b2.py": 'revision = "3fa4c1d27b9e"\n',
            "tests/test_login.py": f'def test_x(c):\n    c.post("/login", json=dict(password="{PASSWORD}"))\n',
        }
    )
    check = await secrets.scan(project, manifest)
    assert check.outcome is CheckOutcome.PASSED, check.findings
    assert {f.confidence for f in check.findings} <= {Confidence.LOW}
    assert check.evidence["scanned"] == 8


async def test_private_key_in_a_test_closes_the_gate(secrets, build_tree, manifest: Manifest) -> None:
    key = "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIEow\n"
    check = await secrets.scan(build_tree({"tests/key.pem": key}), manifest)
    assert check.outcome is CheckOutcome.FAILED


async def test_what_was_not_read_is_named(secrets, build_tree, manifest: Manifest, tmp_path: Path) -> None:
    (tmp_path / "outside").write_text(AWS_KEY)
    project = build_tree({"data/big.csv": "1,2,3\n" * 400_000})
    (project / "link").symlink_to(tmp_path / "outside")
    (project / "image.png").write_bytes(b"\x89PNG\0\0" + AWS_KEY.encode())
    check = await secrets.scan(project, manifest)
    assert check.outcome is CheckOutcome.INCOMPLETE
    assert [line.split(":")[0] for line in check.evidence["not_scanned"]] == ["data/big.csv"]
    assert (check.evidence["links"], check.evidence["binary"]) == (1, 1)


async def test_scanner_out_of_time(sandbox, scanner_environment, build_tree, manifest: Manifest) -> None:
    scanner = SecretsScanner(sandbox, scanner_environment, limits=Limits(wall_s=0.05))
    check = await scanner.scan(build_tree({}), manifest)
    assert check.outcome is CheckOutcome.UNAVAILABLE
    assert "was stopped: still running after 0.05 s" in check.summary


async def test_scanner_that_is_not_installed(sandbox, environments, build_tree, manifest: Manifest) -> None:
    empty = await environments.provide(b"")
    for scanner in (CodeScanner(sandbox, empty), SecretsScanner(sandbox, empty)):
        check = await scanner.scan(build_tree({}), manifest)
        assert check.outcome is CheckOutcome.UNAVAILABLE
        assert "No module named" in check.summary


async def test_no_sandbox_no_pass(scanner_environment, build_tree, manifest: Manifest, tmp_path: Path) -> None:
    scanner = CodeScanner(BubblewrapSandbox(path=str(tmp_path)), scanner_environment)
    check = await scanner.scan(build_tree({}), manifest)
    assert check.outcome is CheckOutcome.UNAVAILABLE
    assert "bubblewrap" in check.summary


async def test_as_a_tool(code, build_tree, manifest: Manifest) -> None:
    tool = scan_tool(code, build_tree({}), manifest)
    assert tool.name == "scan_vulnerabilities"
    assert '"outcome":"passed"' in await tool.ainvoke({})
