from __future__ import annotations

import subprocess
from pathlib import Path

from memory.records.execution import Command, Confinement, Environment, Limits, Mount
from tools.sandbox.argv import STAGE_SCRIPT, Descriptors, Entry, Staging, limited, outer, sandbox_options

FDS = Descriptors(options=10, seccomp=11, status=12, passwd=13, group=14, hosts=15)
COMMAND = Command(("pytest", "-q"), env={"A": "1"})
PLAIN = Confinement(Path("/srv/ws"))


def words(text: str) -> list[str]:
    return text.split()


def test_all_options_of_a_plain_run():
    assert sandbox_options(COMMAND, PLAIN, FDS, None) == words("""
        --unshare-user --unshare-ipc --unshare-pid --unshare-uts --unshare-cgroup --unshare-net
        --disable-userns --uid 65534 --gid 65534 --hostname sandbox --die-with-parent --new-session --cap-drop ALL
        --seccomp 11 --json-status-fd 12
        --clearenv --setenv PATH /usr/bin:/bin --setenv HOME /tmp --setenv TMPDIR /tmp --setenv LANG C.UTF-8
        --setenv A 1
        --ro-bind /usr /usr --symlink usr/bin /bin --symlink usr/sbin /sbin --symlink usr/lib /lib
        --symlink usr/lib64 /lib64 --ro-bind-try /etc/ld.so.cache /etc/ld.so.cache
        --ro-bind-try /etc/alternatives /etc/alternatives
        --ro-bind-data 13 /etc/passwd --ro-bind-data 14 /etc/group --ro-bind-data 15 /etc/hosts
        --proc /proc --ro-bind /proc/sys /proc/sys --dev /dev
        --size 67108864 --tmpfs /tmp --size 67108864 --tmpfs /dev/shm
        --bind /srv/ws /work --chdir /work --remount-ro /dev --remount-ro /
    """)


def test_network_shares_the_hosts_and_nothing_else():
    options = sandbox_options(COMMAND, Confinement(Path("/srv/ws"), network=True), FDS, None)
    plain = sandbox_options(COMMAND, PLAIN, FDS, None)
    assert set(plain) - set(options) == {"--unshare-net", "15"}
    assert set(options) - set(plain) == {"/etc/resolv.conf", "/etc/nsswitch.conf", "/etc/ssl", "/etc/ca-certificates"}


def test_environment_and_mounts_lie_over_the_workspace():
    environment = Environment("e", Path("/env"), Path("/env/bin"), (Mount(Path("/env"), "/env"),))
    within = Confinement(
        Path("/srv/ws"), environment, (Mount(Path("/srv/data"), "/data", writable=True),), read_only_workspace=True
    )
    options = sandbox_options(COMMAND, within, FDS, None)
    assert options[options.index("PATH") + 1] == "/env/bin:/usr/bin:/bin"
    end = words("--ro-bind /srv/ws /work --ro-bind /env /env --bind /srv/data /data")
    assert options[-len(end) - 6 : -6] == end


def test_staged_sources_are_bound_from_where_the_other_user_reaches_them():
    staging = Staging(77, Path("/run/stage"), {Path("/srv/ws"): "0"})
    assert "/run/stage/0" in sandbox_options(COMMAND, PLAIN, FDS, staging)


def test_limits():
    limits = Limits(cpu_s=3, memory_bytes=100, processes=4, file_bytes=5, open_files=6)
    common = words("/usr/bin/prlimit --nproc=4 --as=100 --fsize=5 --nofile=6 --core=0")
    assert limited(["x", "-y"], limits, timed=True) == [*common, "--cpu=3:4", "--", "x", "-y"]
    assert limited(["x", "-y"], limits, timed=False) == [*common, "--", "x", "-y"]


def test_a_user_starts_bubblewrap_directly():
    assert outer("/usr/bin/bwrap", FDS, ["true"], Entry()) == words("/usr/bin/bwrap --args 10 -- true")


def test_root_stages_and_drops_its_rights():
    staging = Staging(77, Path("/run/stage"), {Path("/srv/ws"): "0"})
    entry = Entry(staging, (Path("/cg/cgroup.procs"),))
    start, after = "unshare --mount --propagation private -- /bin/sh -c", "softwright /cg/cgroup.procs -- /run/stage"
    drop = "setpriv --reuid=77 --regid=77 --clear-groups --no-new-privs --inh-caps=-all --"
    assert outer("bwrap", FDS, ["true"], entry) == [
        *words(start),
        STAGE_SCRIPT,
        *words(f"{after} /srv/ws 0 -- {drop} bwrap --args 10 -- true"),
    ]


def test_the_script_enters_groups_and_hands_arguments_on_unchanged(tmp_path):
    procs = tmp_path / "cgroup.procs"
    odd = "a b'\"$(touch x)\n"
    entry = Entry(None, (procs,))
    argv = outer("bwrap", FDS, [], entry)
    argv = [*argv[: argv.index("bwrap")], "printf", "%s", odd]
    told = subprocess.run(argv, capture_output=True, check=True, cwd=tmp_path)
    assert told.stdout.decode() == odd
    assert procs.read_text().strip().isdigit()
    assert not (tmp_path / "x").exists()
