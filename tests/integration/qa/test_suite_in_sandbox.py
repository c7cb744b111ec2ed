"""Real suites, run by the real runner in the real sandbox."""

from __future__ import annotations

from pathlib import Path

import pytest

from memory.records.execution import Limits
from memory.records.manifest import Manifest
from memory.records.report import CheckOutcome
from tools.sandbox.bubblewrap import BubblewrapSandbox
from tools.sandbox.environments import UvEnvironments, environment_id
from tools.sandbox.interpreter import choose
from tools.testing.pytest_runner import REPORTS, PytestRunner
from tools.testing.tool import run_tests_tool

GREEN = "from app.main import double\n\n\ndef test_double():\n    assert double(2) == 4\n"
UNITTEST = "import unittest\n\nclass T(unittest.TestCase):\n    def test_x(self): ...\n"
OK_REPORT = '<testsuites><testsuite><testcase classname="t" name="a"/></testsuite></testsuites>'


@pytest.fixture
def runner(sandbox: BubblewrapSandbox, environments: UvEnvironments, tmp_path: Path) -> PytestRunner:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    return PytestRunner(sandbox, environments, scratch=scratch)


async def test_all_green_with_coverage(runner, build_tree, manifest: Manifest, tmp_path: Path) -> None:
    project = build_tree(
        {
            "app/main.py": "def double(n):\n    return 2 * n\n\n\ndef unused():\n    return 1\n",
            "tests/test_app.py": GREEN,
        }
    )
    before = sorted(project.rglob("*"))

    check = await runner.run(project, manifest)

    assert check.outcome is CheckOutcome.PASSED, check
    assert check.evidence["counts"] == {"passed": 1, "failed": 0, "skipped": 0}
    assert check.evidence["coverage"] == 0.75
    assert check.evidence["uncovered"] == {"app/main.py": "6"}
    assert "1 tests passed" in check.summary
    assert "75% of lines" in check.summary
    assert check.evidence["ending"] == "exited"
    assert {"netns", "seccomp"} <= set(check.evidence["limits_active"])
    assert sorted(project.rglob("*")) == before, "the suite ran in a copy"
    assert list((tmp_path / "scratch").iterdir()) == []


@pytest.mark.parametrize(
    ("settings", "suite"),
    [
        pytest.param("addopts = '-x -k double'", GREEN + "\n\ndef test_other():\n    assert False\n", id="selection"),
        pytest.param("python_files = 'test_app.py'\npython_functions = 'test_d*'", GREEN, id="names of its own"),
        pytest.param(
            "filterwarnings = 'error'",
            "import unittest\n\nclass T(unittest.TestCase):\n    def test_x(self): ...\n",
            id="unittest",
        ),
    ],
)
async def test_a_suite_with_its_own_settings(runner, build_tree, manifest: Manifest, settings: str, suite: str) -> None:
    pyproject = f"[tool.pytest.ini_options]\n{settings}\n"
    check = await runner.run(build_tree({"tests/test_app.py": suite, "pyproject.toml": pyproject}), manifest)
    assert check.outcome is CheckOutcome.PASSED, check
    assert check.evidence["counts"] == {"passed": 1, "failed": 0, "skipped": 0}


async def test_what_libraries_import_of_the_project_is_measured(runner, build_tree, manifest: Manifest) -> None:
    files = {
        "app/late.py": "def late():\n    return 1\n\n\nFIRST = late()\n",
        "tests/test_app.py": "import pydoc\n\ndef test_x():\n    assert pydoc.locate('app.late.FIRST') == 1\n",
    }
    check = await runner.run(build_tree(files), manifest)
    assert check.outcome is CheckOutcome.PASSED, check
    assert "app/late.py" not in check.evidence["uncovered"]


async def test_a_failing_test_is_named_with_its_traceback(runner, build_tree, manifest: Manifest) -> None:
    suite = """
        from app.main import double

        class TestDouble:
            def test_wrong(self):
                assert double(2) == 5

        def test_right():
            assert double(2) == 4
    """
    check = await runner.run(build_tree({"tests/test_app.py": suite}), manifest)

    assert check.outcome is CheckOutcome.FAILED
    assert check.summary.startswith("1 of 2 tests failed")
    (failing,) = check.evidence["failing"]
    assert failing["name"] == "tests/test_app.py::TestDouble::test_wrong"
    assert "assert 4 == 5" in failing["excerpt"]
    assert check.evidence["exit_code"] == 1


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        pytest.param({"tests/test_app.py": "def test_x(:\n"}, "1 of 1 tests failed", id="syntax error"),
        pytest.param({"tests/test_app.py": "x = 1\n"}, "ran no test", id="no test"),
        pytest.param({}, "exit", id="no folder of tests"),
        pytest.param(
            {"tests/test_app.py": "import pytest\n\n@pytest.mark.skip\ndef test_x():\n    assert False\n"},
            "all 1 were skipped",
            id="all skipped",
        ),
        pytest.param(
            {"tests/test_app.py": "import os\n\ndef test_x():\n    os._exit(0)\n"},
            "ended with code 0 and without a usable report",
            id="exits with 0 in the middle",
        ),
        pytest.param(
            {
                "tests/conftest.py": "def pytest_sessionfinish(session):\n    session.exitstatus = 0\n",
                "tests/test_app.py": "def test_x():\n    assert False\n",
            },
            "1 of 1 tests failed (and its exit code hid that)",
            id="hides its exit code",
        ),
        pytest.param(
            {
                "tests/test_app.py": "def test_x():\n    assert False\n",
                "tests/conftest.py": f"""
                    import atexit, pathlib
                    def pytest_unconfigure(config):
                        pathlib.Path("{REPORTS}/junit.xml").write_text('{OK_REPORT}')
                """,
            },
            "does not tell what its tests did",
            id="rewrites its report",
        ),
        pytest.param(
            {
                "tests/test_app.py": f"""
                    import os, pathlib
                    def test_x():
                        pathlib.Path("{REPORTS}/junit.xml").write_text('{OK_REPORT}')
                        os._exit(0)
                """
            },
            "does not tell what its tests did",
            id="forges report and exit code",
        ),
        pytest.param(
            {
                "tests/conftest.py": "def pytest_pyfunc_call(pyfuncitem):\n    return True\n",
                "tests/test_app.py": "def test_x():\n    assert False\n",
            },
            "does not tell what its tests did",
            id="runs no body of a test",
        ),
        pytest.param(
            {
                "tests/conftest.py": """
                    import pytest

                    @pytest.hookimpl(wrapper=True)
                    def pytest_runtest_makereport(item, call):
                        call.excinfo = None
                        return (yield)
                """,
                "tests/test_app.py": "def test_x():\n    assert False\n",
            },
            "does not tell what its tests did",
            id="forgets what its tests raise",
        ),
        pytest.param(
            {
                f"{REPORTS}/junit.xml": OK_REPORT,
                "tests/test_app.py": "import os\n\ndef test_x():\n    os._exit(0)\n",
            },
            "without a usable report",
            id="brings a report with it",
        ),
        pytest.param(
            {
                "tests/test_app.py": f"""
                    import os, pathlib
                    def test_x():
                        os.symlink("/etc/hostname", "{REPORTS}/junit.xml")
                        os._exit(0)
                """
            },
            "cannot be read",
            id="puts a link where its report belongs",
        ),
        pytest.param(
            {
                "tests/test_app.py": f"""
                    import os
                    def test_x():
                        os.mkfifo("{REPORTS}/junit.xml")
                        os._exit(0)
                """
            },
            "no regular file",
            id="puts a pipe where its report belongs",
        ),
    ],
)
async def test_a_suite_that_proves_nothing_fails(
    runner, build_tree, manifest: Manifest, files: dict[str, str], reason: str
) -> None:
    check = await runner.run(build_tree(files), manifest)
    assert check.outcome is CheckOutcome.FAILED
    assert reason in check.summary


async def test_a_hanging_suite_is_stopped(sandbox, environments, build_tree, manifest: Manifest) -> None:
    runner = PytestRunner(sandbox, environments, limits=Limits(wall_s=3.0, processes=32))
    check = await runner.run(
        build_tree({"tests/test_app.py": "def test_x():\n    import time\n    time.sleep(600)\n"}), manifest
    )
    assert check.outcome is CheckOutcome.FAILED
    assert "the test run was stopped: still running after 3 s" in check.summary
    assert check.evidence["ending"] == "wall time"


async def test_the_environment_to_serve_in_is_built_meanwhile(
    sandbox, build_tree, manifest: Manifest, suite_lock: str, tmp_path: Path
) -> None:
    environments = UvEnvironments(tmp_path / "environments", sandbox)
    lock = suite_lock[suite_lock.index("iniconfig==") : suite_lock.index("packaging==")]
    project = build_tree({"tests/test_app.py": GREEN, "requirements.lock": lock})
    check = await PytestRunner(sandbox, environments).run(project, manifest)
    assert check.outcome is CheckOutcome.PASSED, check
    assert (tmp_path / "environments" / environment_id(lock.encode(), choose()) / "bin" / "python").exists()


async def test_a_lock_that_cannot_be_served_is_not_the_business_of_the_tests(
    runner, build_tree, manifest: Manifest, caplog
) -> None:
    caplog.set_level("INFO")
    project = build_tree({"tests/test_app.py": GREEN})
    (project / "requirements.lock").unlink()
    check = await runner.run(project, manifest)
    assert check.outcome is CheckOutcome.PASSED, check
    assert "requirements.lock cannot be read" in caplog.text


async def test_without_pytest_in_the_lock(runner, build_tree, manifest: Manifest) -> None:
    check = await runner.run(build_tree({"tests/test_app.py": GREEN, "requirements-dev.lock": ""}), manifest)
    assert check.outcome is CheckOutcome.UNAVAILABLE
    assert "no pytest" in check.summary


async def test_lock_that_leads_out_is_not_read(runner, build_tree, manifest: Manifest, tmp_path: Path) -> None:
    project = build_tree({"tests/test_app.py": GREEN})
    (tmp_path / "outside").write_text("secret")
    (project / "requirements-dev.lock").unlink()
    (project / "requirements-dev.lock").symlink_to(tmp_path / "outside")
    check = await runner.run(project, manifest)
    assert check.outcome is CheckOutcome.UNAVAILABLE
    assert "cannot be read" in check.summary


@pytest.mark.parametrize("path", ["../elsewhere", "/etc", "--help"])
async def test_manifest_that_leads_out(runner, build_tree, manifest: Manifest, path: str) -> None:
    check = await runner.run(build_tree({"tests/test_app.py": GREEN}), manifest.model_copy(update={"tests": path}))
    assert check.outcome is CheckOutcome.UNAVAILABLE
    assert "no path below" in check.summary


async def test_folders_that_the_suite_closed_are_removed(
    runner, build_tree, manifest: Manifest, tmp_path: Path
) -> None:
    suite = "import os\n\ndef test_x():\n    os.makedirs('a/b')\n    os.chmod('a/b', 0)\n    os.chmod('a', 0)\n"
    check = await runner.run(build_tree({"tests/test_app.py": suite}), manifest)
    assert check.outcome is CheckOutcome.PASSED
    assert list((tmp_path / "scratch").iterdir()) == []


async def test_no_sandbox_no_pass(environments, build_tree, manifest: Manifest, tmp_path: Path) -> None:
    project = build_tree({"tests/test_app.py": GREEN})
    await environments.provide((project / "requirements-dev.lock").read_bytes())
    check = await PytestRunner(BubblewrapSandbox(path=str(tmp_path)), environments).run(project, manifest)
    assert check.outcome is CheckOutcome.UNAVAILABLE
    assert "bubblewrap" in check.summary


async def test_an_environment_that_cannot_be_installed(runner, build_tree, manifest: Manifest) -> None:
    lock = "softwright-names-no-such-package==1.0 --hash=sha256:" + "0" * 64 + "\n"
    check = await runner.run(build_tree({"tests/test_app.py": GREEN, "requirements-dev.lock": lock}), manifest)
    assert check.outcome is CheckOutcome.UNAVAILABLE
    assert "could not be installed" in check.summary


async def test_as_a_tool(runner, build_tree, manifest: Manifest) -> None:
    tool = run_tests_tool(runner, build_tree({"tests/test_app.py": GREEN}), manifest)
    assert tool.name == "run_tests"
    assert '"outcome":"passed"' in await tool.ainvoke({})
