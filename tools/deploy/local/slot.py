"""A slot: the folder of one project's environment, and what is on record in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from memory.records.execution import Environment
from memory.records.manifest import Manifest
from memory.records.serving import ProbeAnswer, Resources, SchemaMove, Strategy
from tools.deploy.interface import PlatformBroken, ReleaseRejected
from tools.deploy.local.files import write_private

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
HOST = "127.0.0.1"


class Record(BaseModel):
    model_config = ConfigDict(frozen=True)


class Settings(Record):
    """How a keeper keeps. Times in seconds."""

    startup_s: float = 30.0
    """Within which a started version has to prove its health."""
    drain_s: float = 1.0
    """For which a replaced version still answers, with `Connection: close`."""
    watch_s: float = 5.0
    """For which a new version is compared with the one before it, which stays ready to take over again."""
    watch_errors: int = 5
    """Fewer failed answers say nothing about a version."""
    linger_s: float = 20.0
    """For which WebSockets and slow requests of a replaced version go on; then comes SIGTERM."""
    smoke_s: float = 15.0
    """For all requests of the rehearsal together."""
    copied_bytes: int = 256 << 20
    """Databases above this are not copied for a rehearsal; then a candidate is only read from."""
    grace_s: float = 10.0
    """Between SIGTERM and SIGKILL."""
    backoff_first_s: float = 0.1
    backoff_cap_s: float = 30.0
    stable_s: float = 30.0
    """After which a start counts as good, and the next crash as the first one."""
    idle_s: float = 60.0
    """After which a keeper that has nothing to keep ends."""
    log_bytes: int = 2 << 20
    log_files: int = 4
    data_bytes: int = 1 << 30


class Phase(StrEnum):
    RUNNING = "running"
    STOPPED = "stopped"


class StoredRelease(Record):
    """All that a keeper needs to start one version again without help."""

    deployment_id: str
    commit: str
    manifest: Manifest
    environment: Environment
    sealed: str
    """Its variables, encrypted; releases.unsealed opens them."""
    resources: Resources = Resources()
    strategy: Strategy = Strategy.BLUE_GREEN
    tree: str = ""
    move: SchemaMove | None = None
    """Of the tables, on its way in."""
    breaks: bool = False
    """That move is one that the version before it cannot live with."""


class TurnedBack(Record):
    """A version that took over, did worse than the one before it, and was replaced by that again."""

    deployment_id: str
    reason: str
    log_end: str = ""
    answers: tuple[ProbeAnswer, ...] = ()


class SlotState(Record):
    port: int
    desired: Phase = Phase.STOPPED
    release: StoredRelease | None = None
    """The last version that has proved its health."""
    previous: StoredRelease | None = None
    """What served before it."""
    turned_back: TurnedBack | None = None
    """The last one that did not stay."""
    paused: str = ""
    """Deployment whose change of the database breaks `release`; its backup is put back should nobody finish it."""
    settings: Settings = Settings()

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"


@dataclass(frozen=True)
class Slot:
    folder: Path

    @property
    def name(self) -> str:
        return f"{self.folder.parent.name}/{self.folder.name}"

    @property
    def state_file(self) -> Path:
        return self.folder / "state.json"

    @property
    def keeper_lock(self) -> Path:
        return self.folder / "keeper.lock"

    @property
    def deploy_lock(self) -> Path:
        return self.folder / "deploy.lock"

    @property
    def control(self) -> Path:
        return self.folder / "control.sock"

    @property
    def app_log(self) -> Path:
        return self.folder / "logs" / "app.log"

    @property
    def keeper_log(self) -> Path:
        return self.folder / "logs" / "keeper.log"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def releases(self) -> Path:
        return self.folder / "releases"

    @property
    def scratch(self) -> Path:
        """Data of rehearsals."""
        return self.folder / "scratch"

    @property
    def rehearsal_log(self) -> Path:
        return self.folder / "logs" / "rehearsal.log"

    def backup(self, deployment_id: str) -> Path:
        return self.folder / "backups" / deployment_id

    def failure(self, deployment_id: str) -> Path:
        return self.folder / "failures" / f"{deployment_id}.json"

    def code(self, commit: str) -> Path:
        return self.releases / commit

    def read(self) -> SlotState | None:
        """None where nothing was ever deployed. Raises PlatformBroken on a file that cannot be read."""
        try:
            return SlotState.model_validate_json(self.state_file.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValidationError) as error:
            # a validation error quotes its input
            reason = type(error).__name__ if isinstance(error, ValidationError) else str(error)
            raise PlatformBroken(
                f"the record {self.state_file} cannot be read ({reason})",
                place=self.name,
                remedy="Move it away and deploy again; the app's data folder is not touched",
            ) from None

    def write(self, state: SlotState) -> None:
        write_private(self.state_file, state.model_dump_json().encode())


def checked_name(kind: str, value: str) -> str:
    """A name that is safe as one part of a path. Raises ReleaseRejected."""
    if NAME.fullmatch(value) is None:
        raise ReleaseRejected(
            f"{value!r} is no {kind}",
            place="deploy",
            remedy="Use 1 to 64 letters, digits, dots, dashes and underscores, a letter or digit first",
        )
    return value


def slots_below(apps: Path) -> list[Slot]:
    """Every slot with a record, in the order of their names."""
    return [Slot(file.parent) for file in sorted(apps.glob("*/*/state.json"))]


__all__ = [
    "HOST",
    "Phase",
    "Settings",
    "Slot",
    "SlotState",
    "StoredRelease",
    "TurnedBack",
    "checked_name",
    "slots_below",
]
