"""`up`: services, migrations, worker and API, watched until a signal ends them all in order."""

from __future__ import annotations

import logging
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from memory.services.daemon import end_of
from memory.services.ensure import Services, ensure_services, stop_services
from memory.services.folders import ServiceError
from memory.services.postgres import postgres_answers
from memory.services.redis import redis_answers
from memory.settings import Settings
from server.supervision.child import Child
from server.supervision.plan import Plan
from server.supervision.ready import is_ready
from server.supervision.rotation import rotate
from server.supervision.state import StartFailed, server_lock, write_state
from server.supervision.watch import ServiceWatch

DEATHS_BEFORE_GIVING_UP = 3
ROTATE_EVERY_S = 30.0

logger = logging.getLogger(__name__)


class _Stopped(BaseException):
    """SIGTERM or SIGINT: raised wherever the supervisor is."""


class _StopOrder:
    """What raises where a signal came: an exception out of a signal handler is lost where a finalizer runs."""

    given = False

    def heed(self) -> None:
        if self.given:
            raise _Stopped


def supervise(settings: Settings, plan: Plan, announce: Callable[[str], None]) -> None:
    """Starts everything, calls `announce` with the address when it is ready, and returns after an orderly stop.

    Blocking; main thread only. Raises AlreadyRunning, StartFailed, ServiceError; then nothing is left running.
    """
    with server_lock(settings), _listening(settings) as listener, _signals() as order:
        write_state(settings, ready=False)
        supervisor = _Supervisor(settings, plan, listener.fileno(), order)
        try:
            supervisor.start()
            write_state(settings, ready=True)
            announce(settings.url)
            supervisor.watch()
        except _Stopped:
            logger.info("stopping")
        finally:
            supervisor.stop()


class _Supervisor:
    def __init__(self, settings: Settings, plan: Plan, listener: int, order: _StopOrder) -> None:
        self._settings = settings
        self._order = order
        self._plan = plan
        self._children = [Child(spec, settings, listener) for spec in plan.children]
        self._watch: ServiceWatch | None = None
        self._services_were_there = False

    def start(self) -> None:
        self._services_were_there = postgres_answers(self._settings) and redis_answers(self._settings)
        services = ensure_services(self._settings)
        self._prepare(services)
        self._watch = ServiceWatch(self._settings, services)
        for child in self._children:
            child.start()
        deadline = time.monotonic() + self._settings.start_timeout_s
        while not is_ready(self._settings):
            self._order.heed()
            self._look_at_children()
            self._give_up_where_hopeless(deadline)
            time.sleep(0.05)
        self._services_were_there = False

    def watch(self) -> None:
        rotated_at = time.monotonic()
        while True:
            time.sleep(self._settings.watch_interval_s)
            self._order.heed()
            self._look_at_services()
            self._look_at_children()
            if time.monotonic() - rotated_at > ROTATE_EVERY_S:
                rotate(self._settings.logs)
                rotated_at = time.monotonic()

    def stop(self) -> None:
        """API, worker, apps, Redis, PostgreSQL; services that ran before a failed start stay."""
        _ignore_signals()
        for child in reversed(self._children):
            child.stop()
        if self._watch is not None:
            self._watch.close()
            self._stop_apps()
        if not self._services_were_there:
            stop_services(self._settings)

    def _prepare(self, services: Services) -> None:
        try:
            self._plan.prepare(self._settings, services)
        except Exception as error:
            logger.exception("the preparation failed")
            raise StartFailed(f"the preparation failed: {error}") from error

    def _stop_apps(self) -> None:
        try:
            self._plan.stop_apps(self._settings)
        except Exception:
            logger.exception("the deployed applications could not be stopped")

    def _look_at_services(self) -> None:
        silent = self._watch.silent() if self._watch is not None else []
        if not silent:
            return
        logger.warning("%s does not answer; starting it again", " and ".join(silent))
        try:
            ensure_services(self._settings)
        except ServiceError as error:
            logger.error("%s", error)  # noqa: TRY400 - the message says it all, and this repeats until it works

    def _look_at_children(self) -> None:
        for child in self._children:
            news = child.look()
            if news is not None:
                logger.warning("%s", news)

    def _give_up_where_hopeless(self, deadline: float) -> None:
        for child in self._children:
            if child.failures >= DEATHS_BEFORE_GIVING_UP:
                raise StartFailed(f"{child.spec.name} does not start; its log ({child.log}) ends:\n{end_of(child.log)}")
        if time.monotonic() > deadline:
            ends = "\n".join(f"{child.log}:\n{end_of(child.log)}" for child in self._children)
            seconds = self._settings.start_timeout_s
            raise StartFailed(f"the server is not ready after {seconds:.0f} s; its logs end:\n{ends}")


@contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    """The API's listening socket; the port is ours from here on. Raises StartFailed where it is taken."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.host, settings.port))
            listener.listen(1024)
        except OSError as error:
            raise StartFailed(
                f"port {settings.port} on {settings.host} cannot be used ({error.strerror}); end the program that has "
                f"it, or choose another one: ./softwright up --port {min(settings.port + 1, 65535)}"
            ) from error
        yield listener


@contextmanager
def _signals() -> Iterator[_StopOrder]:
    order = _StopOrder()

    def stop(number: int, frame: FrameType | None) -> None:
        order.given = True
        _ignore_signals()
        raise _Stopped

    heeded = [number for number in _SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, stop) for number in heeded}
    try:
        yield order
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def _ignore_signals() -> None:
    """From here on it stops; a second signal must not cut that short."""
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)


__all__ = ["supervise"]
