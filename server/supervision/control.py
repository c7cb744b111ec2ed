"""Starting a server in the background, and ending whichever server runs on a home."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress

from memory.services.daemon import end_of
from memory.services.folders import ServiceError, make_folders
from memory.settings import REPOSITORY, Settings
from server.supervision.environment import child_environment
from server.supervision.state import StartFailed, is_locked, running_server

STOP_MARGIN_S = 60.0
"""Beside the worker's drain time: for the API, the applications and the services."""


def start_detached(settings: Settings, argv: Sequence[str]) -> str:
    """Runs `argv --report-fd N` as a process of its own and returns the address that it reports (see `report`).

    Raises StartFailed with the reason that it reports, or with the end of its log.
    """
    make_folders(settings)
    log = settings.logs / "supervisor.log"
    reading, writing = os.pipe()
    with os.fdopen(reading, encoding="utf-8") as answers:
        try:
            with log.open("ab") as output:
                subprocess.run(
                    ["setsid", "--fork", *argv, "--report-fd", str(writing)],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    cwd=REPOSITORY,
                    env=child_environment(settings),
                    pass_fds=(writing,),
                    check=True,
                )
        finally:
            os.close(writing)
        answer = json.loads(answers.readline() or "{}")
    if "url" not in answer:
        raise StartFailed(answer.get("error") or f"the server ended while it started; its log ends:\n{end_of(log)}")
    return str(answer["url"])


def report(descriptor: int, answer: Mapping[str, str]) -> None:
    """What the background process tells its starter, once: {"url"} or {"error"}."""
    with suppress(BrokenPipeError), os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(json.dumps(answer) + "\n")


def stop_server(settings: Settings) -> bool:
    """Ends the server of this home in order and waits for it; False where none runs. Raises ServiceError."""
    state = running_server(settings)
    if state is None:
        return False
    with suppress(ProcessLookupError):
        os.kill(state.pid, signal.SIGTERM)
    deadline = time.monotonic() + settings.drain_timeout_s + STOP_MARGIN_S
    while is_locked(settings):
        if time.monotonic() > deadline:
            raise ServiceError(f"the server (process {state.pid}) does not end; see {settings.logs}/supervisor.log")
        time.sleep(0.05)
    return True


__all__ = ["report", "start_detached", "stop_server"]
