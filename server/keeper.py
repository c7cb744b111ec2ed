"""The keeper's process: `python -m server.keeper SECRETS_FOLDER SLOT_FOLDER`.

Puts the sandbox, the secrets and the local platform together.

The first process answers one line on its standard output (`ready`, or what went wrong) and ends; the keeper itself
lives on as a daemon of its own session, so that it and the application outlive whoever started it.
"""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Callable
from pathlib import Path

from memory.secrets_file import FileSecrets
from tools.deploy.local.keeper import READY, keep
from tools.sandbox.bubblewrap import BubblewrapSandbox


def daemonize() -> Callable[[str], None]:
    """Returns in the daemon only, with the function that tells the first process what to answer."""
    read_end, write_end = os.pipe()
    if os.fork():
        os.close(write_end)
        with os.fdopen(read_end) as pipe:
            answer = pipe.read()
        print(answer or "it ended without a word", flush=True)
        os._exit(0 if answer == READY else 1)
    os.close(read_end)
    os.setsid()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1):
        os.dup2(nowhere, standard)
    _close_all_but(write_end)

    answers = [write_end]

    def report(line: str) -> None:
        if answers:  # what happens later in a keeper's life stands in its log
            with os.fdopen(answers.pop(), "w") as pipe:
                pipe.write(line)

    return report


def _close_all_but(kept: int) -> None:
    """A starter on uvloop leaves descriptors open, its own answer pipe among them: it would wait for our end."""
    os.closerange(3, kept)
    os.closerange(kept + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])


def main() -> None:
    report = daemonize()
    secrets, slot = map(Path, sys.argv[1:])
    sys.exit(keep(slot, BubblewrapSandbox(), FileSecrets(secrets), report))


if __name__ == "__main__":
    main()
