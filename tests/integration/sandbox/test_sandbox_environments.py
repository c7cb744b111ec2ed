"""Environments: built once, whole or not at all, of exactly what the lock file says."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from memory.records.execution import Command, Confinement, InstallFailed, Mount
from tools.sandbox.environments import UvEnvironments, network_variables
from tools.sandbox.interpreter import Interpreter, choose

REPOSITORY = Path(__file__).resolve().parents[3]
LOCK = b"""six==1.17.0 \\
    --hash=sha256:4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274 \\
    --hash=sha256:ff70335d468e7eb6ec65b95b99d3a2836546063f63acc5171de367e834932a81
"""
NO_HASH = "0" * 64


@pytest.fixture
def root(tmp_path):
    return tmp_path / "environments"


async def test_is_built_once_and_works_read_only(sandbox, root, workspace):
    provider = UvEnvironments(root, sandbox)
    first, second = await asyncio.gather(provider.provide(LOCK), UvEnvironments(root, sandbox).provide(LOCK))
    assert first == second == await provider.provide(LOCK)
    built = first.path.stat().st_mtime_ns
    await provider.provide(LOCK)
    assert first.path.stat().st_mtime_ns == built
    script = f"import six\nprint(six.__version__, six.__cached__)\nopen({str(first.path)!r} + '/x', 'w')"
    result = await sandbox.run(Command(("python", "-c", script)), Confinement(workspace, environment=first))
    assert result.stdout.startswith(b"1.17.0 ")
    assert os.path.isfile(result.stdout.split()[1]), "compiled when it was built"  # noqa: ASYNC240, PTH113
    assert b"Read-only file system" in result.stderr
    assert {path.lstat().st_uid for path in first.path.rglob("*")} == {os.geteuid()}


async def test_with_an_interpreter_outside_the_system(sandbox, root, workspace):
    own = Path(os.path.realpath(sys.base_prefix))  # noqa: ASYNC240
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    python = Interpreter(own / "bin" / name, sys.version, (Mount(own, str(own)),))
    if own.is_relative_to("/usr"):
        pytest.skip("the interpreter of the tests lies in /usr")
    environment = await UvEnvironments(root, sandbox, interpreter=python).provide(LOCK)
    command = Command(("python", "-c", "import six, sys; print(sys.version)"))
    result = await sandbox.run(command, Confinement(workspace, environment=environment))
    assert result.stdout.decode().strip() == sys.version


async def test_an_empty_lock_gives_an_empty_environment(sandbox, root):
    environment = await UvEnvironments(root, sandbox).provide(b"")
    assert (environment.bin / "python").exists()


@pytest.mark.parametrize(
    ("lock", "told"),
    [
        (f"six==1.17.0 --hash=sha256:{NO_HASH}", r"six==1\.17\.0 could not be installed.*not the one that was locked"),
        ("six==1.17.0", r"six==1\.17\.0 could not be installed: lock it with its hash"),
        (f"six==99.0 --hash=sha256:{NO_HASH}", r"six==99\.0 could not be installed: no such version"),
        ("$$$", r"could not be installed"),
    ],
)
async def test_a_failure_names_the_package_and_leaves_nothing(sandbox, root, lock, told):
    with pytest.raises(InstallFailed, match=told):
        await UvEnvironments(root, sandbox).provide(lock.encode())
    assert sorted(path.name for path in root.iterdir()) == ["cache", "locks"]


async def test_no_index_is_told_as_such(sandbox, root):
    host = {"UV_DEFAULT_INDEX": "http://127.0.0.1:9/simple", "UV_HTTP_RETRIES": "0"}
    with pytest.raises(InstallFailed, match="package index cannot be reached"):
        await UvEnvironments(root, sandbox, host=host).provide(LOCK)


@pytest.mark.parametrize("delay_s", [0.05, 0.2])
async def test_killed_in_the_middle_leaves_nothing_that_is_taken_for_ready(sandbox, root, workspace, delay_s):
    program = (
        "import asyncio, sys\nfrom pathlib import Path\n"
        "from tools.sandbox.bubblewrap import BubblewrapSandbox\n"
        "from tools.sandbox.environments import UvEnvironments\n"
        "asyncio.run(UvEnvironments(Path(sys.argv[1]), BubblewrapSandbox()).provide(sys.argv[2].encode()))"
    )
    builder = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, str(root), LOCK.decode(), cwd=REPOSITORY, stderr=asyncio.subprocess.DEVNULL
    )
    while not any(root.glob(".build-*")) and builder.returncode is None:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    await asyncio.sleep(delay_s)
    if builder.returncode is None:
        builder.send_signal(signal.SIGKILL)
    await builder.wait()
    environment = await UvEnvironments(root, sandbox).provide(LOCK)
    assert not list(root.glob(".build-*"))
    command = Command(("python", "-c", "import six; print(six.__version__)"))
    result = await sandbox.run(command, Confinement(workspace, environment=environment))
    assert result.stdout == b"1.17.0\n"


def test_only_what_an_installer_needs_is_passed_on():
    host = {
        "HTTPS_PROXY": "http://proxy:1",
        "no_proxy": "localhost",
        "SSL_CERT_FILE": "/etc/ssl/cert.pem",
        "PIP_INDEX_URL": "https://mirror/simple",
        "UV_CACHE_DIR": "/elsewhere",
        "UV_PYTHON": "3.9",
        "OPENAI_API_KEY": "canary",
        "JWT_SECRET": "canary",
        "PATH": "/bin",
    }
    assert network_variables(host) == {
        "HTTPS_PROXY": "http://proxy:1",
        "no_proxy": "localhost",
        "SSL_CERT_FILE": "/etc/ssl/cert.pem",
        "UV_DEFAULT_INDEX": "https://mirror/simple",
    }


def test_the_interpreter_is_ours_where_the_system_has_none(tmp_path):
    python = choose((tmp_path,))
    assert python.path.is_relative_to(Path(sys.base_prefix).resolve())
    assert python.version.startswith(sys.version.split()[0])
