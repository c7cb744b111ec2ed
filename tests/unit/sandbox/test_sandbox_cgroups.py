"""Both hierarchies of control groups, against folders laid out as the kernel lays them out."""

from __future__ import annotations

import pytest

from memory.records.execution import Limits
from tools.sandbox.cgroups import Group, create

LIMITS = Limits(memory_bytes=1000, processes=10)


@pytest.fixture
def v1(tmp_path):
    for controller in ("memory", "pids", "cpu"):
        (tmp_path / controller / "own").mkdir(parents=True)
    lines = [f"cgroup {tmp_path}/{c} cgroup rw,{c} 0 0" for c in ("memory", "pids", "cpu")]
    (tmp_path / "mounts").write_text("\n".join(lines))
    (tmp_path / "self").write_text("3:memory:/own\n2:pids:/own\n1:cpu:/absent\n0::/\n")
    return tmp_path


def make(root) -> Group:
    return create(LIMITS, own=root / "self", mounts=root / "mounts")


def test_version_1_limits_below_our_own_group(v1):
    group = make(v1)
    assert group.names == ("cgroup:cpu", "cgroup:memory", "cgroup:pids")
    memory, pids, cpu = sorted(group.folders, key=lambda f: ("memory", "pids", "cpu").index(f.relative_to(v1).parts[0]))
    assert memory.parent == v1 / "memory" / "own"
    assert cpu.parent == v1 / "cpu", "a path that is not there is taken as the root of the hierarchy"
    assert (memory / "memory.limit_in_bytes").read_text() == "1000"
    assert (pids / "pids.max").read_text() == "18"
    assert (cpu / "cpu.cfs_quota_us").read_text() == "200000"


def test_version_1_events(v1):
    group = make(v1)
    assert (group.memory_kills(), group.refused_forks()) == (0, 0)
    memory = next(f for f in group.folders if "memory" in f.parts)
    (memory / "memory.oom_control").write_text("oom_kill_disable 0\nunder_oom 0\noom_kill 4\n")
    assert group.memory_kills() == 4


@pytest.fixture
def v2(tmp_path):
    own = tmp_path / "cg" / "app.slice" / "own.scope"
    own.mkdir(parents=True)
    (own.parent / "cgroup.subtree_control").write_text("cpu memory pids\n")
    (tmp_path / "mounts").write_text(f"cgroup2 {tmp_path}/cg cgroup2 rw,nsdelegate 0 0\n")
    (tmp_path / "self").write_text("0::/app.slice/own.scope\n")
    return tmp_path


def test_version_2_limits_beside_our_own_group(v2):
    group = make(v2)
    (folder,) = group.folders
    assert folder.parent == v2 / "cg" / "app.slice"
    assert group.names == ("cgroup:cpu", "cgroup:memory", "cgroup:pids")
    assert (folder / "memory.max").read_text() == "1000"
    assert (folder / "memory.swap.max").read_text() == "0"
    assert (folder / "pids.max").read_text() == "18"
    assert (folder / "cpu.max").read_text() == "200000 100000"
    (folder / "memory.events").write_text("oom 1\noom_kill 2\n")
    (folder / "pids.events").write_text("max 7\n")
    assert (group.memory_kills(), group.refused_forks()) == (2, 7)


def test_without_delegation_there_is_none_and_none_is_told(v2):
    (v2 / "cg" / "app.slice" / "cgroup.subtree_control").write_text("cpu\n")
    group = make(v2)
    assert (group.folders, group.names, group.entry_files) == ((), (), ())


def test_without_any_control_groups(tmp_path):
    assert make(tmp_path).names == ()
