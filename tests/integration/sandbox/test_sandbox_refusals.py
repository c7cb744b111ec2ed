"""Where a wall is missing, nothing is run, and the remedy is named."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from memory.records.execution import Command, Confinement, Ending, Mount, SandboxError, SandboxUnavailable
from tools.sandbox import seccomp
from tools.sandbox.bubblewrap import BubblewrapSandbox
from tools.sandbox.probe import explain


async def test_without_bubblewrap(workspace, tmp_path):
    sandbox = BubblewrapSandbox(path=str(tmp_path))
    with pytest.raises(SandboxUnavailable, match=r"not installed.*apt-get install bubblewrap"):
        await sandbox.run(Command(("touch", "made")), Confinement(workspace))
    assert list(workspace.iterdir()) == []


async def test_with_an_old_bubblewrap(workspace, tmp_path):
    old = tmp_path / "bwrap"
    old.write_text("#!/bin/sh\necho bubblewrap 0.6.1\n")
    old.chmod(0o755)
    with pytest.raises(SandboxUnavailable, match=r"0\.6\.1 is too old, 0\.8\.0"):
        await BubblewrapSandbox(path=str(tmp_path)).run(Command(("true",)), Confinement(workspace))


async def test_without_the_filter_library(workspace, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyseccomp", None)
    seccomp.filter_program.cache_clear()
    with pytest.raises(SandboxUnavailable, match="apt-get install libseccomp2"):
        await BubblewrapSandbox().run(Command(("touch", "made")), Confinement(workspace))
    assert list(workspace.iterdir()) == []


@pytest.fixture
def broken_bwrap() -> Iterator[str]:
    """Its folder, which the user that root's sandboxes are started by can reach."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        program = Path(folder, "bwrap")
        program.write_text(
            '#!/bin/sh\n[ "$1" = --version ] && echo bubblewrap 0.9.0 && exit\n'
            "echo 'bwrap: setting up uid map: Permission denied' >&2; exit 1\n"
        )
        program.chmod(0o755)
        yield folder


async def test_without_namespaces(workspace, broken_bwrap):
    with pytest.raises(SandboxUnavailable, match="uid map: Permission denied"):
        await BubblewrapSandbox(path=broken_bwrap).run(Command(("touch", "made")), Confinement(workspace))
    assert list(workspace.iterdir()) == []


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("kernel/apparmor_restrict_unprivileged_userns", "1"),
        ("kernel/unprivileged_userns_clone", "0"),
        ("user/max_user_namespaces", "0"),
    ],
)
def test_the_setting_that_forbids_namespaces_is_named(tmp_path, setting, value):
    path = tmp_path / setting
    path.parent.mkdir()
    path.write_text(value + "\n")
    told = explain("bwrap: No permissions to create new namespace", sysctl=tmp_path)
    assert setting.replace("/", ".") in told
    assert "as root: sysctl -w" in told


async def test_a_missing_source_is_an_error_and_not_an_ending(sandbox, workspace):
    within = Confinement(workspace, mounts=(Mount(workspace / "absent", "/data"),))
    with pytest.raises(SandboxError, match="absent"):
        await sandbox.run(Command(("true",)), within)


async def test_a_source_that_code_inside_replaced_by_a_link_is_refused(sandbox, workspace, tmp_path):
    (workspace / "data").symlink_to(tmp_path)
    within = Confinement(workspace, mounts=(Mount(workspace / "data", "/data", writable=True),))
    with pytest.raises(SandboxError, match="leads out of the workspace"):
        await sandbox.run(Command(("true",)), within)


async def test_a_missing_command_is_an_ordinary_ending(sandbox, workspace):
    result = await sandbox.run(Command(("no-such-command",)), Confinement(workspace))
    assert (result.ending, result.exit_code) == (Ending.EXITED, 127)
    assert b"no-such-command" in result.stderr


async def test_a_read_only_workspace(sandbox, workspace):
    (workspace / "private").write_text("kept")
    (workspace / "private").chmod(0o600)
    command = Command(("sh", "-c", "cat private; touch other"))
    result = await sandbox.run(command, Confinement(workspace, read_only_workspace=True))
    assert (result.exit_code, result.stdout) == (1, b"kept")
    assert b"Read-only file system" in result.stderr


async def test_input_and_variables_reach_the_command(sandbox, workspace):
    command = Command(("sh", "-c", 'cat; echo "$NAME"'), env={"NAME": "a b'\"\n$x"}, stdin=b"x" * 300_000)
    result = await sandbox.run(command, Confinement(workspace))
    assert result.ok
    assert result.stdout == b"x" * 300_000 + b"a b'\"\n$x\n"


@pytest.mark.parametrize(
    "command",
    [
        Command(("sh", "-c", "cat /host/etc/hostname"), env={"A": "x\0--ro-bind\0/\0/host"}),
        Command(("sh", "-c", "true"), env={"A\0--ro-bind\0/\0/host": "x"}),
        Command(("echo", "a\0b")),
        Command(("true",), env={"A=B": "x"}),
        Command(("true",), env={"": "x"}),
        Command(()),
    ],
)
async def test_words_that_would_become_options_are_refused(sandbox, workspace, command):
    with pytest.raises(SandboxError, match=r"NUL|not a name|empty command"):
        await sandbox.run(command, Confinement(workspace))
