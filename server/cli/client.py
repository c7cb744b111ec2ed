"""A thin client of our own REST API and of the events that it sends over a WebSocket."""

from __future__ import annotations

import json
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from websockets.exceptions import InvalidStatus, WebSocketException
from websockets.sync.client import connect

from server.cli.errors import FAILED, WRONG_USE, CommandError
from server.cli.plain_http import FAILURES, Body, Response, ask, file_body, json_body

Document = dict[str, Any]

TIMEOUT_S = 30.0
UPLOAD_S = 300.0
CLOSE_S = 1.0
SILENCE_S = 5.0
"""After so long without an event the run itself is asked, in case its last event was missed."""
PATIENCE_S = 120.0
"""How long a server that does not answer is waited for."""
FINAL = ("succeeded", "failed", "cancelled")
WAITING = "waiting"


class Unreachable(CommandError):
    """The server does not answer, or says that it cannot right now."""


class Client:
    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._token = token

    def get(self, path: str, **query: Any) -> Document:
        """The JSON object at a path. Raises CommandError with the server's own words."""
        return self._ask("GET", path, query=query)

    def post(self, path: str, body: Mapping[str, Any]) -> Document:
        """What the server answers. Raises CommandError with the server's own words."""
        return self._ask("POST", path, body=json_body(body))

    def put(self, path: str, body: Mapping[str, Any]) -> Document:
        """What the server answers. Raises CommandError with the server's own words."""
        return self._ask("PUT", path, body=json_body(body))

    def upload(self, path: str, file: Path) -> Document:
        """A file as a form's `file`. Raises CommandError with the server's own words."""
        return self._ask("POST", path, body=file_body(file), timeout_s=UPLOAD_S)

    def delete(self, path: str) -> None:
        """Raises CommandError with the server's own words."""
        self._send("DELETE", path)

    def download(self, path: str, target: Path, **query: Any) -> None:
        """Writes the body at a path to a file. Raises CommandError with the server's own words."""
        target.write_bytes(self._send("GET", path, query=query).content)

    def text(self, path: str, **query: Any) -> str:
        """The body at a path as it is."""
        return self._send("GET", path, query=query).text

    def items(self, path: str, **query: Any) -> Iterator[Document]:
        """All items of a list, page by page."""
        cursor: Any = None
        while True:
            page = self.get(path, **query, **({"cursor": cursor} if cursor else {}))
            yield from page["items"]
            cursor = page.get("next")
            if not cursor:
                return

    def follow(self, project_id: str, run_id: str, *, since: str = "0") -> Generator[Document]:
        """Events of a run after `since`, from its first, to `run_finished` or a stop for approval.

        Where the connection breaks it goes on from the last event seen. Raises Unreachable when the server stays away.
        """
        last_id, lost_at = since, 0.0
        while True:
            try:
                with closing(self._events(project_id, last_id)) as events:
                    for event in events:
                        lost_at = 0.0
                        if event is None:
                            if self.has_stopped(run_id):
                                return
                            continue
                        last_id = str(event["id"])
                        if event.get("run_id") == run_id:
                            yield event
                            if event["type"] == "run_finished" or (
                                event["type"] == "approval_requested" and self.has_stopped(run_id)
                            ):
                                return
            except (OSError, WebSocketException, Unreachable) as error:
                if isinstance(error, InvalidStatus) and error.response.status_code < 500:
                    raise CommandError(f"the server refuses its events ({error.response.status_code})") from error
                lost_at = lost_at or time.monotonic()
                if time.monotonic() - lost_at > PATIENCE_S:
                    raise Unreachable(
                        f"the server at {self._url} has gone ({error}); the run goes on with it"
                    ) from error
                time.sleep(0.5)

    def has_stopped(self, run_id: str) -> bool:
        """Whether a run ended or waits for a person."""
        return self.get(f"/api/runs/{quote(run_id)}")["status"] in (*FINAL, WAITING)

    def _events(self, project_id: str, last_id: str) -> Generator[Document | None]:
        """Events after `last_id`; None after each stretch of silence."""
        query = urlencode({"project_id": project_id, "last_id": last_id})
        address = f"ws{self._url.removeprefix('http')}/ws?{query}"
        protocols: Any = ["bearer", self._token]
        options: Any = {"proxy": None, "open_timeout": TIMEOUT_S, "close_timeout": CLOSE_S, "max_size": None}
        with connect(address, subprotocols=protocols, **options) as socket:
            while True:
                try:
                    yield json.loads(socket.recv(timeout=SILENCE_S))
                except TimeoutError:
                    yield None

    def _ask(self, method: str, path: str, **options: Any) -> Document:
        document: Document = self._send(method, path, **options).json()
        return document

    def _send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Body | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> Response:
        try:
            response = ask(self._url, self._token, method, path, query=query or {}, body=body, timeout_s=timeout_s)
        except FAILURES as error:
            raise Unreachable(
                f"the server at {self._url} does not answer ({error}); start it: softwright up"
            ) from error
        if response.status in (502, 503, 504):
            raise Unreachable(problem_line(response))
        if response.status >= 400:
            raise CommandError(problem_line(response), WRONG_USE if response.status == 422 else FAILED)
        return response


def problem_line(response: Response) -> str:
    """One line for a person out of a problem document (RFC 9457), or of whatever else came."""
    try:
        problem = response.json()
    except ValueError:
        problem = {}
    if not isinstance(problem, dict):
        problem = {}
    line = str(problem.get("detail") or problem.get("title") or response.reason or "refused")
    details = [_detail(error) for error in problem.get("errors") or [] if isinstance(error, dict)]
    whole = "; ".join([line, *(detail for detail in details if detail and detail not in line)])
    return f"{whole} ({response.status})"


def _detail(error: Mapping[str, Any]) -> str:
    place = error.get("loc") or error.get("pointer") or error.get("field") or ""
    where = ".".join(str(part) for part in place) if isinstance(place, list | tuple) else str(place)
    what = str(error.get("msg") or error.get("detail") or error.get("message") or "")
    return f"{where}: {what}" if where and what else what


__all__ = ["FINAL", "WAITING", "Client", "Document", "Unreachable", "problem_line"]
