"""What hostile code tries. Nothing succeeds, and what is stopped is stopped for a reason that is told."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
import subprocess
from pathlib import Path

import pytest

from memory.records.execution import Command, Confinement, Ending, Limits
from memory.untrusted_files import UntrustedFileError, read_untrusted, remove_tree
from tools.sandbox.bubblewrap import BubblewrapSandbox

SYSCALL = """
import ctypes, errno, os
libc = ctypes.CDLL(None, use_errno=True)
def call(name, *arguments):
    result = libc.syscall(*arguments)
    print(name, "allowed" if result >= 0 else errno.errorcode[ctypes.get_errno()])
"""
X86_64 = pytest.mark.skipif(os.uname().machine != "x86_64", reason="system call numbers of x86_64")


async def test_writes_nowhere_but_workspace_and_scratch(run_python, workspace):
    result = await run_python("""
        import os
        for path in ("/etc/x", "/usr/x", "/x", "/dev/x", "/proc/sys/kernel/core_pattern", "/usr/bin/env", "/work/../x"):
            try:
                open(path, "w").close(); print("WROTE", path)
            except OSError as error:
                print(error.strerror)
        open("/work/own", "w").write("kept"); open("/tmp/own", "w").close()
    """)
    assert result.ok, result.stderr
    assert b"WROTE" not in result.stdout
    assert set(result.stdout.decode().split("\n")) <= {"Read-only file system", "Permission denied", ""}
    assert (workspace / "own").read_text() == "kept"
    assert not os.path.exists("/tmp/own")  # noqa: ASYNC240, PTH110


async def test_sees_neither_home_nor_files_nor_other_folders(run_python, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("canary-file")
    secret.chmod(0o644)
    result = await run_python(
        """
        import os, sys
        for path in (*sys.argv[1:], "/etc/shadow", "/root", "/home", "/var", "/run", "/sys", "/mnt"):
            print(os.path.exists(path), path)
        """,
        str(secret),
        str(Path.home()),
    )
    assert result.ok, result.stderr
    assert b"True" not in result.stdout


async def test_sees_no_variable_of_ours(run_python, monkeypatch):
    monkeypatch.setenv("CANARY_TOKEN", "canary-environment")
    result = await run_python("""
        import os
        print(sorted(os.environ))
        for pid in filter(str.isdigit, os.listdir("/proc")):
            print(pid, open(f"/proc/{pid}/environ", "rb").read())
    """)
    assert result.ok, result.stderr
    names, first, *_ = result.stdout.decode().splitlines()
    assert set(names.strip("[]").replace("'", "").split(", ")) <= {"HOME", "LANG", "LC_CTYPE", "PATH", "PWD", "TMPDIR"}
    assert first.startswith("1 b'PATH=")
    assert b"canary" not in result.stdout


async def test_process_one_does_not_name_host_paths(run_python, workspace):
    result = await run_python("print(open('/proc/1/cmdline').read())")
    assert str(workspace).encode() not in result.stdout


async def test_connects_nowhere(run_python):
    abstract = f"\0softwright-test-{os.getpid()}"
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_UNIX) as unix:
        unix.bind(abstract)
        unix.listen()
        result = await run_python(
            """
            import socket, sys
            def attempt(name, family, address):
                try:
                    with socket.socket(family, socket.SOCK_STREAM) as s:
                        s.settimeout(3); s.connect(address); print("CONNECTED", name)
                except OSError as error:
                    print(name, error)
            attempt("loopback", socket.AF_INET, ("127.0.0.1", int(sys.argv[1])))
            attempt("abstract", socket.AF_UNIX, "\\0" + sys.argv[2])
            attempt("outside", socket.AF_INET, ("192.0.2.1", 80))
            attempt("name", socket.AF_INET, ("example.org", 80))
            for family in (socket.AF_PACKET, socket.AF_VSOCK, 38):
                try:
                    socket.socket(family, socket.SOCK_DGRAM); print("CONNECTED", family)
                except OSError as error:
                    print(error.strerror)
            """,
            str(tcp.getsockname()[1]),
            abstract[1:],
        )
    assert result.ok, result.stderr
    assert b"CONNECTED" not in result.stdout
    assert result.stdout.count(b"Address family not supported") == 3
    assert "netns" in result.limits_active


async def test_fork_bomb_stops(run_python):
    result = await run_python("import os\nwhile True:\n    os.fork()", processes=40, wall_s=15)
    assert (result.ending, "40" in result.reason) == (Ending.PROCESSES, True), result


async def test_memory_of_one_process(run_python):
    result = await run_python("x = bytearray(900 << 20)", memory_bytes=300 << 20)
    assert (result.ending, "300 MiB" in result.reason) == (Ending.MEMORY, True), result


async def test_memory_of_many_processes(run_python):
    result = await run_python(
        """
        import os, time
        for _ in range(5):
            if os.fork() == 0:
                block = bytearray(60 << 20); time.sleep(2); os._exit(0)
        raise SystemExit(any(os.wait()[1] for _ in range(5)))
        """,
        memory_bytes=150 << 20,
    )
    if "cgroup:memory" not in result.limits_active:
        pytest.skip("no memory control group can be made here; the run's record says so")
    assert (result.ending, "150 MiB" in result.reason) == (Ending.MEMORY, True), result


async def test_one_big_file(run_python, workspace):
    result = await run_python("open('big', 'wb').write(bytes(30 << 20))", file_bytes=10 << 20)
    assert (result.ending, "10 MiB" in result.reason) == (Ending.FILE_SIZE, True), result
    assert (workspace / "big").stat().st_size <= 10 << 20


async def test_one_big_file_by_signal(sandbox, workspace):
    command = Command(("sh", "-c", "head -c 30M /dev/zero > big"))
    result = await sandbox.run(command, Confinement(workspace, limits=Limits(file_bytes=10 << 20)))
    assert (result.ending, result.exit_code) == (Ending.FILE_SIZE, 153), result


async def test_many_files(run_python, workspace):
    script = "i = 0\nwhile True:\n    open(f'f{i}', 'wb').write(bytes(1 << 20)); i += 1"
    result = await run_python(script, workspace_bytes=20 << 20)
    assert (result.ending, "20 MiB" in result.reason) == (Ending.WORKSPACE_SIZE, True), result
    held = sum(path.stat().st_size for path in workspace.iterdir())
    assert held < 2 << 30


async def test_many_empty_files(run_python):
    script = "i = 0\nwhile True:\n    open(f'f{i}', 'w').close(); i += 1"
    result = await run_python(script, workspace_files=500)
    assert (result.ending, "500" in result.reason) == (Ending.WORKSPACE_SIZE, True), result


async def test_many_empty_files_in_scratch(run_python):
    script = "i = 0\nwhile i < 30_000:\n    open(f'/tmp/f{i}', 'w').close(); i += 1\nimport time; time.sleep(15)"
    result = await run_python(script, workspace_files=500)
    assert result.ending is Ending.WORKSPACE_SIZE, result


async def test_deleted_files_that_stay_open_are_counted(run_python):
    result = await run_python(
        """
        import os, time
        held = []
        for i in range(8):
            held.append(open("x", "wb")); os.unlink("x"); held[-1].write(bytes(5 << 20)); held[-1].flush()
        time.sleep(15)
        """,
        workspace_bytes=20 << 20,
    )
    assert result.ending is Ending.WORKSPACE_SIZE, result


async def test_a_closed_folder_hides_nothing(run_python, workspace):
    script = "import os\nos.mkdir('d')\nfor i in range(5): open(f'd/{i}', 'wb').write(bytes(5 << 20))\nos.chmod('d', 0)"
    result = await run_python(script, workspace_bytes=20 << 20)
    assert result.ending is Ending.WORKSPACE_SIZE, result
    remove_tree(workspace)
    assert not workspace.exists()


async def test_too_much_at_the_end_is_seen(run_python):
    result = await run_python("open('f', 'wb').write(bytes(3 << 20))", workspace_bytes=1 << 20)
    assert result.ending is Ending.WORKSPACE_SIZE, result


async def test_output_flood(sandbox, workspace):
    limits = Limits(output_bytes=100_000, wall_s=20)
    result = await sandbox.run(Command(("sh", "-c", "echo first; yes")), Confinement(workspace, limits=limits))
    assert result.ending is Ending.OUTPUT, result.reason
    assert result.stdout.startswith(b"first\n")
    assert b"bytes left out" in result.stdout
    assert len(result.stdout) < 101_000


async def test_endless_loop_that_ignores_signals(run_python):
    result = await run_python(
        "import signal\nfor s in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP): signal.signal(s, signal.SIG_IGN)\n"
        "while True: pass",
        wall_s=0.5,
    )
    assert (result.ending, result.exit_code) == (Ending.WALL_TIME, 137), result
    assert "0.5 s" in result.reason


@pytest.mark.parametrize("ignore", ["", "import signal; signal.signal(signal.SIGXCPU, signal.SIG_IGN)\n"])
async def test_processor_time(run_python, ignore):
    result = await run_python(ignore + "while True: pass", cpu_s=1)
    assert (result.ending, "1 s" in result.reason) == (Ending.CPU_TIME, True), result


async def test_cannot_see_or_kill_a_process_of_the_host(run_python):
    victim = subprocess.Popen(["sleep", "60"])  # noqa: ASYNC220
    try:
        result = await run_python(
            """
            import glob, os, sys
            for pid in (int(sys.argv[1]), int(sys.argv[2])):
                try:
                    os.kill(pid, 9); print("KILLED")
                except OSError as error:
                    print(error.strerror)
            print(len(glob.glob("/proc/[0-9]*")))
            """,
            str(victim.pid),
            str(os.getppid() + 100_000),
        )
        assert result.ok, result.stderr
        assert b"KILLED" not in result.stdout
        assert int(result.stdout.split()[-1]) < 5
        assert victim.poll() is None
    finally:
        victim.kill()
        victim.wait()


async def test_links_lead_out_neither_inside_nor_on_the_host(run_python, workspace, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("canary")
    result = await run_python(
        """
        import os, sys
        os.symlink(sys.argv[1], "link"); os.symlink(os.path.dirname(sys.argv[1]), "folder"); os.mkfifo("pipe")
        try:
            print(open("link").read())
        except OSError as error:
            print(error.strerror)
        """,
        str(secret),
    )
    assert result.stdout == b"No such file or directory\n"
    for path in ("link", "folder/secret", "../secret", str(secret), "pipe", "", "."):
        with pytest.raises(UntrustedFileError, match=r"cannot be read|no path below|no regular|name is missing"):
            read_untrusted(workspace, path, 100)
    assert secret.stat().st_uid == os.geteuid()


@X86_64
async def test_calls_of_the_kernel_that_are_refused(run_python):
    result = await run_python(
        SYSCALL
        + """
call("ptrace", 101, 0, 0, 0, 0)
call("process_vm_readv", 310, 1, 0, 0, 0, 0, 0)
call("keyctl", 250, 0, 0, 0, 0, 0)
call("add_key", 248, b"user", b"x", b"y", 1, -2)
call("io_uring_setup", 425, 8, bytes(200))
call("unshare-user", 272, 0x10000000)
call("unshare-mount", 272, 0x20000)
call("clone-user", 56, 0x10000000 | 17, 0, 0, 0, 0)
call("setns", 308, 0, 0)
call("mount", 165, b"none", b"/tmp", b"tmpfs", 0, 0)
call("umount", 166, b"/usr", 2)
call("pivot_root", 155, b"/tmp", b"/tmp")
call("bpf", 321, 0, 0, 0)
call("perf_event_open", 298, 0, 0, -1, -1, 0)
call("userfaultfd", 323, 0)
call("open_by_handle_at", 304, 0, 0, 0)
call("setuid", 105, 0)
call("clone3", 435, 0, 0)
call("openat2", 437, -100, b"/work", 0, 0)
"""
    )
    told = dict(line.split() for line in result.stdout.decode().splitlines())
    assert told.pop("clone3") == told.pop("openat2") == "ENOSYS"
    assert told.pop("setuid") == "EINVAL"
    assert set(told.values()) == {"EPERM"}, told
    assert len(told) == 16


async def test_no_capability_and_no_new_privilege(run_python):
    result = await run_python("print(open('/proc/self/status').read())")
    status = dict(line.split(":\t", 1) for line in result.stdout.decode().splitlines() if ":\t" in line)
    assert {status[f"Cap{kind}"].strip("0") for kind in ("Inh", "Prm", "Eff", "Bnd", "Amb")} == {""}
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")


async def test_no_set_id_file_can_be_made(run_python, workspace):
    result = await run_python("""
        import os
        def attempt(name, act):
            try:
                act(); print("MADE", name)
            except OSError as error:
                print(error.strerror)
        open("f", "w").close()
        attempt("chmod", lambda: os.chmod("f", 0o4755))
        attempt("chmod group", lambda: os.chmod("f", 0o2755))
        attempt("fchmod", lambda: os.fchmod(os.open("f", os.O_RDWR), 0o6755))
        attempt("open", lambda: os.open("g", os.O_CREAT | os.O_WRONLY, 0o4755))
        attempt("unnamed", lambda: os.open(".", os.O_TMPFILE | os.O_WRONLY, 0o4755))
        attempt("mknod", lambda: os.mknod("h", 0o104755))
        os.chmod("f", 0o755)
    """)
    assert result.ok, result.stderr
    assert result.stdout == b"Operation not permitted\n" * 6
    for path in workspace.rglob("*"):
        assert not path.lstat().st_mode & (stat.S_ISUID | stat.S_ISGID)


async def test_daemon_dies_with_the_command(run_python, workspace):
    result = await run_python("""
        import os, sys, time
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                for i in range(3): os.close(i)
                while True:
                    open("beat", "a").write("x"); time.sleep(0.01)
            os._exit(0)
        while not os.path.exists("beat"): time.sleep(0.01)
    """)
    assert result.ok, result.stderr
    size = (workspace / "beat").stat().st_size
    await asyncio.sleep(0.2)
    assert (workspace / "beat").stat().st_size == size


async def test_inherits_no_descriptor(run_python, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("canary")
    handle = os.open(secret, os.O_RDONLY)
    os.set_inheritable(handle, True)
    try:
        result = await run_python("""
            import os
            print([n for n in range(3, 250) if os.path.lexists(f"/proc/self/fd/{n}")])
        """)
    finally:
        os.close(handle)
    assert result.ok, result.stderr
    assert result.stdout == b"[]\n"


async def test_cancelling_leaves_nothing_running(sandbox: BubblewrapSandbox, workspace: Path):
    script = "(while :; do echo x >> beat; sleep 0.01; done) & wait"
    task = asyncio.create_task(sandbox.run(Command(("sh", "-c", script)), Confinement(workspace)))
    while not os.path.exists(workspace / "beat"):  # noqa: ASYNC110, ASYNC240, PTH110
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    size = (workspace / "beat").stat().st_size
    await asyncio.sleep(0.2)
    assert (workspace / "beat").stat().st_size == size
    assert {path.lstat().st_uid for path in (workspace, workspace / "beat")} == {os.geteuid()}
