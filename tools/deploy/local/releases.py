"""What a slot needs of a release before it can run: its code, its environment, its variables."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import stat
from collections.abc import Collection, Mapping
from pathlib import Path

from memory.records.execution import WORKSPACE
from memory.records.manifest import Manifest
from memory.records.serving import Release
from memory.secrets import Kind, Place, Secrets
from tools.deploy.interface import ReleaseRejected
from tools.deploy.local.files import private_folder, sync_folder
from tools.deploy.local.slot import Slot, StoredRelease, checked_name

DATABASE_URL = f"sqlite:///{WORKSPACE}/app.db"
KEPT_RELEASES = 3
LEFT_OUT = shutil.ignore_patterns(".git", "__pycache__", ".venv", ".mypy_cache", ".pytest_cache", ".ruff_cache")
HEALTH_PATH = re.compile(r"/[\x21-\x7e]*")
ASGI = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*")
MAX_LOCK_BYTES = 4 << 20


def check(release: Release, manifest: Manifest) -> None:
    """Names and paths come from a repository or a user. Raises ReleaseRejected."""
    checked_name("project", release.project_id)
    checked_name("environment", release.environment)
    checked_name("commit", release.commit)
    checked_name("deployment id", release.deployment_id)
    place = f"{release.project_id}/{release.environment}"
    if HEALTH_PATH.fullmatch(manifest.health_path) is None:
        raise ReleaseRejected(
            f"health_path {manifest.health_path!r} is no path",
            place=place,
            remedy="It begins with a slash and has neither spaces nor control characters",
        )
    if ASGI.fullmatch(manifest.asgi) is None:
        raise ReleaseRejected(
            f"asgi {manifest.asgi!r} names no application", place=place, remedy="Write it as package.module:name"
        )
    for name, value in release.variables.items():
        if not name or "=" in name or "\0" in name + value:
            raise ReleaseRejected(
                f"the variable {name!r} cannot be set", place=place, remedy="No = in the name, no NUL in either part"
            )


def read_lock(code: Path, manifest: Manifest) -> bytes:
    """The lock file's text. A link that leads out of the code is not followed. Raises ReleaseRejected."""
    path = code / manifest.lock
    real = path.resolve()
    if not real.is_relative_to(code.resolve()) or not real.is_file() or real.stat().st_size > MAX_LOCK_BYTES:
        raise ReleaseRejected(
            f"it has no lock file {manifest.lock!r}",
            place=f"release {code.name}",
            remedy=f"Pin what the application needs, with hashes, in a file of at most {MAX_LOCK_BYTES >> 20} MB",
        )
    return real.read_bytes()


def place_code(slot: Slot, release: Release) -> Path:
    """A copy of the commit in the slot, made once; whole or not there, whenever the process dies. Raises OSError."""
    target = slot.code(release.commit)
    private_folder(slot.releases)
    if target.is_dir():
        return target
    draft = slot.releases / f".{release.commit}.{secrets.token_hex(4)}"
    try:
        shutil.copytree(release.code, draft, symlinks=True, ignore=LEFT_OUT)
        _make_readable(draft)
        draft.rename(target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    sync_folder(slot.releases)
    return target


def _make_readable(code: Path) -> None:
    """A sandbox started by root reads it as another user, whatever umask the code was checked out under."""
    for folder, _, files, handle in os.fwalk(code, follow_symlinks=False):
        Path(folder).chmod(0o755)
        for name in files:
            status = os.stat(name, dir_fd=handle, follow_symlinks=False)
            if stat.S_ISREG(status.st_mode):
                os.chmod(name, 0o755 if status.st_mode & 0o100 else 0o644, dir_fd=handle)


def forget_old(slot: Slot, keep: Collection[str]) -> None:
    """Remove all but the newest few releases, and drafts that a crash left behind."""
    found = sorted(slot.releases.iterdir(), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    whole = [path for path in found if not path.name.startswith(".") and path.name not in keep]
    drafts = [path for path in found if path.name.startswith(".")]
    for path in [*whole[max(KEPT_RELEASES - len(keep), 0) :], *drafts]:
        shutil.rmtree(path, ignore_errors=True)


def variables(kept: Secrets, release: Release, manifest: Manifest) -> Mapping[str, str]:
    """What the application sees: the platform's own values where the user gave none.

    Secrets are made once an environment: a signing key that changed with each deploy would end every session.
    Raises SecretsError.
    """
    database = {manifest.database_variable: DATABASE_URL} if manifest.database_variable else {}
    place = Place(release.project_id, release.environment, Kind.GENERATED)
    made = kept.ensure(place, [name for name in manifest.generated_secrets if name not in release.variables])
    return {**database, **made, **release.variables}


def sealed(kept: Secrets, slot: Slot, deployment_id: str, values: Mapping[str, str]) -> str:
    """For the slot's record, from which its keeper starts the version again without help. Raises SecretsError."""
    return kept.seal(json.dumps(dict(values)), f"{slot.name}/{deployment_id}")


def unsealed(kept: Secrets, slot: Slot, release: StoredRelease) -> dict[str, str]:
    """Raises SecretsError."""
    values: dict[str, str] = json.loads(kept.unseal(release.sealed, f"{slot.name}/{release.deployment_id}"))
    return values


__all__ = ["DATABASE_URL", "check", "forget_old", "place_code", "read_lock", "sealed", "unsealed", "variables"]
