"""Memory, process and processor limits of a whole sandbox, where this process may make control groups."""

from __future__ import annotations

import contextlib
import os
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path

from memory.records.execution import Limits

CPU_PERIOD_US = 100_000
SPARE_PROCESSES = 8
"""The launcher and bubblewrap's own, which are in the group too."""
REMOVAL_ATTEMPTS = 50
REMOVAL_PAUSE_S = 0.02
PREFIX = "softwright-"
SELF = Path("/proc/self/cgroup")
MOUNTS = Path("/proc/self/mounts")


@dataclass
class Group:
    """Control groups of one sandbox. `names` tells what they limit, e.g. `cgroup:memory`."""

    folders: tuple[Path, ...] = ()
    names: tuple[str, ...] = ()
    _events: dict[str, Path] = field(default_factory=dict)

    @property
    def entry_files(self) -> tuple[Path, ...]:
        """A process that writes its id to each of them is inside."""
        return tuple(folder / "cgroup.procs" for folder in self.folders)

    def memory_kills(self) -> int:
        return self._event("oom_kill")

    def refused_forks(self) -> int:
        return self._event("max")

    def _event(self, key: str) -> int:
        path = self._events.get(key)
        if path is None:
            return 0
        with contextlib.suppress(OSError):
            for line in path.read_text().splitlines():
                name, _, count = line.partition(" ")
                if name == key and count.isdigit():
                    return int(count)
        return 0

    def remove(self) -> None:
        """Once all processes inside have ended. Blocking: the kernel may still be taking the last one out."""
        for folder in self.folders:
            for _ in range(REMOVAL_ATTEMPTS):
                try:
                    folder.rmdir()
                except FileNotFoundError:
                    break
                except OSError:
                    time.sleep(REMOVAL_PAUSE_S)
                else:
                    break


def create(limits: Limits, *, own: Path = SELF, mounts: Path = MOUNTS) -> Group:
    """A group for one sandbox below our own, or an empty one where none can be made (never an error)."""
    places = _writable_places(own, mounts)
    for place in places.values():
        _remove_left_over(place)
    name = f"{PREFIX}{os.getpid()}-{uuid.uuid4().hex[:8]}"
    if "" in places:
        return _create_v2(places[""] / name, limits)
    return _create_v1({controller: place / name for controller, place in places.items()}, limits)


def _remove_left_over(place: Path) -> None:
    """Groups of processes that were killed before they could remove them."""
    for folder in place.glob(f"{PREFIX}*"):
        maker = folder.name.removeprefix(PREFIX).partition("-")[0]
        if maker.isdigit() and not Path("/proc", maker).exists():
            with contextlib.suppress(OSError):  # still inhabited, or removed by another
                folder.rmdir()


def _writable_places(own: Path, mounts: Path) -> dict[str, Path]:
    """Controller → folder in which we may make a group; the key of version 2 is empty."""
    try:
        paths = {c: p for line in own.read_text().splitlines() for c, p in _memberships(line)}
        roots = [line.split() for line in mounts.read_text().splitlines()]
    except OSError:
        return {}
    places: dict[str, Path] = {}
    for _, root, kind, options, *_ in roots:
        if kind == "cgroup":
            for controller in {"memory", "pids", "cpu"} & set(options.split(",")) & set(paths):
                places.setdefault(controller, _existing(Path(root), paths[controller]))
        elif kind == "cgroup2" and "" in paths and not places:
            parent = _parent_v2(Path(root), paths[""])
            if parent is not None:
                return {"": parent}
    return {c: p for c, p in places.items() if os.access(p, os.W_OK)}


def _memberships(line: str) -> list[tuple[str, str]]:
    _, controllers, path = line.split(":", 2)
    return [(controller, path) for controller in controllers.split(",")]


def _existing(root: Path, path: str) -> Path:
    own = root / path.lstrip("/")
    return own if own.is_dir() else root


def _parent_v2(root: Path, path: str) -> Path | None:
    """A group with processes cannot have limited children, so ours is made beside our own, else below the root."""
    own = root / path.lstrip("/")
    for parent in (own.parent, root) if own != root else (root,):
        with contextlib.suppress(OSError):
            enabled = (parent / "cgroup.subtree_control").read_text().split()
            if {"memory", "pids"} <= set(enabled) and os.access(parent, os.W_OK):
                return parent
    return None


def _create_v1(folders: dict[str, Path], limits: Limits) -> Group:
    quota = round(limits.cpus * CPU_PERIOD_US)
    settings = {
        "memory": (
            ("memory.limit_in_bytes", limits.memory_bytes),
            ("memory.memsw.limit_in_bytes", limits.memory_bytes),
        ),
        "pids": (("pids.max", limits.processes + SPARE_PROCESSES),),
        "cpu": (("cpu.cfs_quota_us", quota), ("cpu.cfs_period_us", CPU_PERIOD_US)),
    }
    made = {name: folder for name, folder in folders.items() if _make(folder, settings[name])}
    events = {"oom_kill": ("memory", "memory.oom_control"), "max": ("pids", "pids.events")}
    return Group(
        folders=tuple(made.values()),
        names=tuple(f"cgroup:{name}" for name in sorted(made)),
        _events={key: made[name] / file for key, (name, file) in events.items() if name in made},
    )


def _create_v2(folder: Path, limits: Limits) -> Group:
    memory = (("memory.max", limits.memory_bytes), ("memory.swap.max", 0))
    if not _make(folder, memory):
        return Group()
    names = ["cgroup:memory"]
    if _write(folder / "pids.max", limits.processes + SPARE_PROCESSES):
        names.append("cgroup:pids")
    if _write(folder / "cpu.max", f"{round(limits.cpus * CPU_PERIOD_US)} {CPU_PERIOD_US}"):
        names.append("cgroup:cpu")
    events = {"oom_kill": folder / "memory.events", "max": folder / "pids.events"}
    return Group(folders=(folder,), names=tuple(sorted(names)), _events=events)


def _make(folder: Path, settings: tuple[tuple[str, int], ...]) -> bool:
    """The folder with its settings, of which only the first must be known to the kernel (not all count swap)."""
    try:
        folder.mkdir()
    except OSError:
        return False
    if _write(folder / settings[0][0], settings[0][1]):
        for file, value in settings[1:]:
            _write(folder / file, value)
        return True
    with contextlib.suppress(OSError):
        folder.rmdir()
    return False


def _write(file: Path, value: int | str) -> bool:
    try:
        file.write_text(str(value))
    except OSError:
        return False
    return True


__all__ = ["Group", "create"]
