"""GitHub: repositories that git can push to over HTTP, and pull requests."""

from __future__ import annotations

import base64
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from tests.contract.platforms.fake_provider import TOKEN, App, Fake, Nay, Route
from tests.contract.platforms.schemas import Exchange

OWNER = "acme"


@dataclass
class FakeGitHub(Fake):
    folder: Path = Path()
    repositories: dict[str, dict[str, Any]] = field(default_factory=dict)
    pulls: list[dict[str, Any]] = field(default_factory=list)
    ROUTES: ClassVar[tuple[Route, ...]] = (
        ("GET", rf"/repos/(?P<name>{OWNER}/[^/]+)", "repository"),
        ("POST", r"/(user|orgs/acme)/repos", "create"),
        ("GET", rf"/repos/(?P<name>{OWNER}/[^/]+)/pulls", "open"),
        ("POST", rf"/repos/(?P<name>{OWNER}/[^/]+)/pulls", "propose"),
    )

    def error(self, status: int, text: str) -> Any:
        return {"message": text, "documentation_url": "https://docs.example", "status": str(status)}

    def apps(self) -> dict[str, App]:
        return {}

    def names(self) -> list[str]:
        return sorted(self.repositories)

    def repository(self, exchange: Exchange, name: str) -> Any:
        return self._row(name)

    def create(self, exchange: Exchange) -> Any:
        name = f"{OWNER}/{exchange.body['name']}"
        if name in self.repositories:
            raise Nay(422, self.error(422, "name already exists on this account"))
        folder = self.folder / f"{name}.git"
        subprocess.run(["git", "init", "--quiet", "--bare", str(folder)], check=True)
        subprocess.run(["git", "-C", str(folder), "config", "http.receivepack", "true"], check=True)
        self.repositories[name] = {
            "full_name": name, "clone_url": f"{self.base}/git/{name}.git", "html_url": f"{self.base}/{name}",
            "private": exchange.body["private"],
        }  # fmt: skip
        return 201, self.repositories[name]

    def open(self, exchange: Exchange, name: str) -> Any:
        query = dict(exchange.query)
        wanted = (query["head"].partition(":")[2], query["base"])
        return [pull for pull in self.pulls if (pull["head"]["ref"], pull["base"]["ref"]) == wanted]

    def propose(self, exchange: Exchange, name: str) -> Any:
        self._row(name)
        head, base = exchange.body["head"], exchange.body["base"]
        if any((pull["head"]["ref"], pull["base"]["ref"]) == (head, base) for pull in self.pulls):
            raise Nay(422, self.error(422, f"A pull request already exists for acme:{head}"))
        number = len(self.pulls) + 1
        url = f"{self.base}/{name}/pull/{number}"
        pull = {"number": number, "html_url": url, "state": "open", "head": {"ref": head}, "base": {"ref": base}}
        self.pulls.append(pull)
        return 201, pull

    def head(self, name: str, branch: str) -> str:
        words = ["git", "-C", str(self.folder / f"{name}.git"), "rev-parse", f"refs/heads/{branch}"]
        return subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()

    def git(self, handler: Any, path: str, query: str, raw: bytes) -> None:
        """git's own server side."""
        wanted = base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()
        if handler.headers.get("authorization") != f"Basic {wanted}":
            return handler.say(401, b"", {"www-authenticate": "Basic"})
        environment = {
            "PATH": os.environ["PATH"], "GIT_PROJECT_ROOT": str(self.folder), "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": path.removeprefix("/git"), "QUERY_STRING": query, "REQUEST_METHOD": handler.command,
            "CONTENT_TYPE": handler.headers.get("content-type", ""), "REMOTE_USER": "softwright",
            "HTTP_CONTENT_ENCODING": handler.headers.get("content-encoding", ""), "CONTENT_LENGTH": str(len(raw)),
        }  # fmt: skip
        done = subprocess.run(["git", "http-backend"], input=raw, env=environment, capture_output=True, check=True)
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.decode().split(": ", 1) for line in head.split(b"\r\n"))
        return handler.say(int(headers.pop("Status", "200").split()[0]), body, headers)

    def _row(self, name: str) -> dict[str, Any]:
        if name not in self.repositories:
            raise Nay(404, self.error(404, "Not Found"))
        return self.repositories[name]


__all__ = ["OWNER", "FakeGitHub"]
