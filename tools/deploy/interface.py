"""Putting a release to work: the contract that every platform fulfils, and its errors."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from memory.records.manifest import Manifest
from memory.records.serving import ProbeAnswer, Release, Resources, Serving, Usage


class DeployError(Exception):
    """A platform could not do what was asked. The text names the place and the remedy."""

    def __init__(self, what: str, *, place: str, remedy: str) -> None:
        super().__init__(f"{place}: {what}. {remedy}")
        self.what = what
        self.place = place
        self.remedy = remedy


class UnknownDeployment(DeployError):
    """No deployment of that id was ever made on this platform."""


class ReleaseRejected(DeployError):
    """The release cannot be run as it is: a wrong name, a missing lock file, a health path that is none."""


class MigrationRefused(ReleaseRejected):
    """It changes the database in a way that the version which runs cannot live with. The remedy is the plan."""


class NothingBefore(DeployError):
    """No version served there before this one, so there is nothing to go back to."""


class ReleaseBroken(DeployError):
    """The release was started and did not become healthy. What ran before it still runs."""

    def __init__(
        self, what: str, *, place: str, remedy: str, log_end: str, answers: tuple[ProbeAnswer, ...] = ()
    ) -> None:
        super().__init__(what, place=place, remedy=remedy)
        self.log_end = log_end
        self.answers = answers

    def __str__(self) -> str:
        return f"{super().__str__()}\n{self.log_end}".rstrip()


class SlotBusy(DeployError):
    """Another deploy of the same project and environment did not end in time."""


class PlatformBroken(DeployError):
    """The platform itself does not work here: the release is not to blame, a later try may succeed."""


@dataclass(frozen=True)
class Desired:
    deployment_id: str
    running: bool = True


class Platform(ABC):
    """All methods raise DeployError or one of its kinds."""

    @abstractmethod
    async def deploy(self, release: Release, manifest: Manifest) -> Serving:
        """Put the release to work in its project's environment, and prove its health before it gets a request.

        Idempotent by `deployment_id`: called again after a crash it goes on, or answers what runs.
        Raises ReleaseBroken where it does not become healthy; what served before serves on.
        """

    @abstractmethod
    async def settle(self, deployment_id: str) -> Serving:
        """Wait, for a bounded time, until the platform has made up its mind about a version that it was given.

        Answers what became of it: HEALTHY; ROLLED_BACK with the reason, where it did worse than the version before
        it, which then serves again; STARTING, where the platform still has not decided.
        """

    @abstractmethod
    async def rollback(self, deployment_id: str, reason: str, to: str | None = None) -> Serving:
        """Put to work again what served before this deployment, which is ROLLED_BACK from then on.

        Answers what serves now. Raises NothingBefore, also where that is another deployment than `to`; nothing has
        changed then.
        """

    @abstractmethod
    async def restart(self, deployment_id: str) -> Serving:
        """The same version in new processes, without a gap."""

    @abstractmethod
    async def scale(self, deployment_id: str, resources: Resources) -> Serving:
        """The same version with other resources, without a gap. Raises ReleaseBroken where it does not start so."""

    @abstractmethod
    async def usage(self, deployment_id: str) -> Usage:
        """What it uses now. Raises UnknownDeployment, PlatformBroken; all zero where it does not serve."""

    @abstractmethod
    async def status(self, deployment_id: str) -> Serving:
        """With a fresh health probe where the deployment is the one that serves."""

    @abstractmethod
    async def logs(self, deployment_id: str, *, lines: int) -> str:
        """The last lines that the application wrote."""

    @abstractmethod
    def follow(self, deployment_id: str) -> AsyncIterator[str]:
        """What the application writes from now on, in pieces of whole lines, until the caller stops asking."""

    @abstractmethod
    async def stop(self, deployment_id: str) -> Serving:
        """Stop it gracefully, for good: reconcile leaves it stopped. Nothing happens where it does not serve."""

    @abstractmethod
    async def reconcile(self, desired: Sequence[Desired] | None = None) -> tuple[Serving, ...]:
        """Bring what runs to what is wanted, at the same URLs; None: to what the platform itself has on record.

        One that cannot be brought back is answered as UNHEALTHY with the reason, and does not keep the others down.
        """

    @abstractmethod
    async def stop_all(self) -> None:
        """Stop everything gracefully, for now: reconcile brings it back."""

    @abstractmethod
    async def forget(self, project_id: str) -> None:
        """Stop all of the project's deployments and remove what is kept of them. Nothing happens where none is."""


__all__ = [
    "DeployError",
    "Desired",
    "MigrationRefused",
    "NothingBefore",
    "Platform",
    "PlatformBroken",
    "ReleaseBroken",
    "ReleaseRejected",
    "SlotBusy",
    "UnknownDeployment",
]
