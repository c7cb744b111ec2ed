"""The platforms that applications are served on, put together.

Apart from the rest of the wiring, which loads much more: API and supervisor start in half the time without it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import httpx

from graph.remote import RemotePlatforms
from memory.database import Pool
from memory.secrets_file import FileSecrets
from memory.settings import REPOSITORY, Settings
from tools.deploy.local.platform import LocalPlatform
from tools.deploy.local.slot import Settings as SlotSettings
from tools.deploy.local.spawn import KeeperCommand
from tools.deploy.routing import RoutingPlatform
from tools.sandbox.bubblewrap import BubblewrapSandbox
from tools.sandbox.environments import UvEnvironments

KEEPER_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def keeper_command(secrets: Path) -> KeeperCommand:
    """How to start a keeper (server/keeper.py), with nothing of our own environment in it."""
    env = {"PATH": KEEPER_PATH, "PYTHONPATH": str(REPOSITORY)}
    return KeeperCommand(argv=(sys.executable, "-m", "server.keeper", str(secrets)), env=env, cwd=REPOSITORY)


def local_platform(settings: Settings) -> LocalPlatform:
    environments = UvEnvironments(settings.environments, BubblewrapSandbox())
    secrets = FileSecrets(settings.secrets)
    serving = SlotSettings(watch_s=settings.deploy_watch_s)
    return LocalPlatform(settings.apps, keeper_command(settings.secrets), environments, secrets, settings=serving)


def all_platforms(settings: Settings, pool: Pool, http: httpx.AsyncClient) -> RoutingPlatform:
    """This machine and the providers, as one."""
    remote = RemotePlatforms(settings, pool, FileSecrets(settings.secrets), http)
    return RoutingPlatform(local_platform(settings), remote.named, remote.ledger.platform_of, remote.used_by)


__all__ = ["all_platforms", "keeper_command", "local_platform"]
