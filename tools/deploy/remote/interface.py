"""What a provider can do, in the words that all of them share."""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol, TypeVar

from memory.records.serving import Release, Resources
from tools.deploy.interface import DeployError
from tools.deploy.remote.calls import Clash, Sleep, Unclear

PORT = 8000
"""That the image of a generated application listens on."""
TRIES = 3
Made = TypeVar("Made")


class NotOffered(DeployError):
    """The provider has nothing of that kind."""


class Needs(StrEnum):
    """What a provider takes a version from."""

    REPOSITORY = "repository"
    IMAGE = "image"
    FILES = "files"


@dataclass(frozen=True)
class Artefact:
    """A version where the provider can get it."""

    commit: str
    code: Path
    """A checked-out tree."""
    repository: str | None = None
    """URL, without credentials."""
    branch: str = "main"
    """Its head is the commit."""
    image: str | None = None
    """With its registry, named by a tag or digest of this commit alone."""

    @property
    def version(self) -> str:
        """How the provider's own record names it."""
        return self.image or self.commit


class Publisher(Protocol):
    async def publish(self, release: Release, needs: Sequence[Needs]) -> Artefact:
        """Puts a version where a provider that takes one of `needs` (the best first) finds it.

        Can be called again. Raises DeployError.
        """
        ...


@dataclass(frozen=True)
class Blueprint:
    """All that a provider has to know of a version."""

    name: str
    """Of the service; the same for all versions of a project's environment."""
    key: str
    """The deployment's id."""
    artefact: Artefact
    resources: Resources
    health_path: str
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Service:
    """What stands at the provider."""

    id: str
    name: str
    url: str | None
    parts: Mapping[str, Any] = field(default_factory=dict)
    """Further ids, JSON."""
    stopped: bool = False

    def document(self) -> dict[str, Any]:
        return {"id": self.id, "name": self.name, "url": self.url, "parts": dict(self.parts)}


@dataclass(frozen=True)
class Deploy:
    id: str
    version: str = ""
    """Commit or image."""
    key: str | None = None
    """The deployment's id, where the provider keeps a note of ours with it."""


class Stage(StrEnum):
    WORKING = "working"
    READY = "ready"
    """Healthy, and not yet asked by callers: `take_over` is due."""
    LIVE = "live"
    FAILED = "failed"
    REPLACED = "replaced"
    """Another one took its place, or it was called off."""


@dataclass(frozen=True)
class Progress:
    stage: Stage
    told: str
    """In the provider's own word."""
    url: str | None = None


@dataclass(frozen=True)
class Line:
    at: str
    """As the provider writes it."""
    text: str


@dataclass(frozen=True)
class Measured:
    """By the provider, since a moment; None: it does not say."""

    instances: int
    memory_bytes: int
    cpu_seconds: float
    requests: int = 0
    errors: int = 0
    request_seconds: float = 0.0


class Provider(ABC):
    """Methods raise CallFailed, or NotOffered. Those that make something are never repeated blindly: see `once`."""

    name: str
    needs: tuple[Needs, ...]
    """The best first."""
    keeps_files: bool = False
    """Whether a file that the application writes outlives a deploy."""
    writes_files: bool = True
    """Whether it can write one at all."""

    @abstractmethod
    async def find(self, name: str) -> list[Service]:
        """All services of exactly that name, the oldest first."""

    @abstractmethod
    async def create(self, blueprint: Blueprint) -> Service: ...

    @abstractmethod
    async def configure(self, service: Service, blueprint: Blueprint) -> Service:
        """Variables, size and health path as the blueprint has them; a stopped service runs again. Idempotent.

        Answers the service, with its address.
        """

    @abstractmethod
    async def deploys(self, service: Service) -> list[Deploy]:
        """Newest first; at least the last ten."""

    @abstractmethod
    async def start(self, service: Service, blueprint: Blueprint) -> Deploy: ...

    @abstractmethod
    async def progress(self, service: Service, deploy: str) -> Progress: ...

    async def take_over(self, service: Service, deploy: str) -> None:
        """Give the callers to one that is READY. Idempotent. Where a provider does this by itself none ever is."""
        raise NotOffered("its provider gives callers by itself", place=service.name, remedy="Report this as a fault")

    @abstractmethod
    async def cancel(self, service: Service, deploy: str) -> None:
        """One that works still is called off; nothing happens to any other. Idempotent."""

    async def discard(self, service: Service, deploy: str) -> None:
        """What a version that failed left, beside the one that serves, is removed. Idempotent."""
        return

    @abstractmethod
    async def turn_back(self, service: Service, to: str) -> str:
        """Begins to serve an older deploy again; the deploy that will."""

    turning_is_new: bool = True
    """Whether a way back is a deploy of its own (so it is looked for before it is asked for), or idempotent."""

    @abstractmethod
    async def restart(self, service: Service, deploy: str) -> None: ...

    @abstractmethod
    async def scale(self, service: Service, deploy: str, resources: Resources) -> str:
        """The deploy that serves then, as soon as it is live; the same one where that does not need another."""

    @abstractmethod
    async def measure(self, service: Service, deploy: str, since: datetime) -> Measured: ...

    @abstractmethod
    async def lines(self, service: Service, deploy: str, limit: int) -> list[Line]:
        """The last ones, the oldest first."""

    @abstractmethod
    async def stop(self, service: Service, deploy: str) -> None:
        """It serves nobody and is not billed for running; nothing is lost. Idempotent."""

    @abstractmethod
    async def delete(self, service: Service) -> None:
        """Idempotent: nothing happens where it has gone."""


@dataclass(frozen=True)
class Pace:
    """How patient the engine is."""

    poll_s: float = 3.0
    deadline_s: float = 1200.0
    """For a build and its start."""
    prove_s: float = 60.0
    """For the public address to answer once the provider says it is live."""
    watch_s: float = 10.0
    """After that, for which a version is looked at before it is kept."""
    again_s: float = 1.0
    """Before something whose answer was lost is looked for."""
    busy_s: float = 60.0
    sleep: Sleep = field(default=asyncio.sleep, repr=False)
    clock: Callable[[], float] = field(default=time.monotonic, repr=False)


async def once(
    look: Callable[[], Awaitable[Made | None]], make: Callable[[], Awaitable[Made]], pace: Pace
) -> tuple[Made, bool]:
    """What is there, or is made now; whether the answer to an attempt was lost, so that there may be two.

    Raises CallFailed.
    """
    number = 0
    while (found := await look()) is None:
        try:
            return await make(), number > 0
        except (Unclear, Clash):
            number += 1
            if number > TRIES:
                raise
            await pace.sleep(pace.again_s * number)
    return found, number > 0


__all__ = [
    "PORT",
    "Artefact",
    "Blueprint",
    "Deploy",
    "Line",
    "Measured",
    "Needs",
    "NotOffered",
    "Pace",
    "Progress",
    "Provider",
    "Publisher",
    "Service",
    "Stage",
    "once",
]
