"""A folder of OSV records as a service on the loopback, so that audits work without the internet.

It holds what OSV publishes: JSON or YAML files, or zip archives of these, at any depth.
"""

from __future__ import annotations

import json
import threading
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml

from tools.security.packages.matching import affects, package_key

SUFFIXES = (".json", ".yaml", ".yml")
RECORD_BYTES = 4 << 20
QUERY_BYTES = 1 << 20
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class MirrorUnreadable(Exception):
    """The folder holds no records; the message names it and the remedy."""


class Mirror:
    """Records by package, read once. Blocking."""

    def __init__(self, folder: Path) -> None:
        """Raises MirrorUnreadable."""
        self._records: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
        self.newest = ""
        """When the youngest record was changed: how old the mirror is."""
        self.unreadable = 0
        for content, name in _contents(folder):
            self._take(content, name)
        if not self._records:
            raise MirrorUnreadable(
                f"{folder} holds no OSV record: SOFTWRIGHT_OSV_MIRROR has to name a folder of them, or the address "
                "of a query service"
            )

    def query(self, ecosystem: str, name: str, version: str) -> list[dict[str, Any]]:
        records = self._records.get((ecosystem, package_key(ecosystem, name)), [])
        return [record for record in records if affects(record, ecosystem, name, version)]

    def _take(self, content: bytes, name: str) -> None:
        try:
            record = json.loads(content) if name.endswith(".json") else yaml.load(content, LOADER)  # noqa: S506 - safe
        except (ValueError, yaml.YAMLError, RecursionError):
            self.unreadable += 1
            return
        if not isinstance(record, dict) or "id" not in record or record.get("withdrawn"):
            return
        record = _plain(record)
        self.newest = max(self.newest, str(record.get("modified", "")))
        packages = {
            (str(a["package"].get("ecosystem")), str(a["package"].get("name")))
            for a in record.get("affected", ())
            if isinstance(a, Mapping) and isinstance(a.get("package"), Mapping)
        }
        for ecosystem, package in packages:
            self._records[(ecosystem, package_key(ecosystem, package))].append(record)


def _contents(folder: Path) -> Iterator[tuple[bytes, str]]:
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_file():
            continue
        if path.suffix == ".zip":
            yield from _archived(path)
        elif path.suffix in SUFFIXES and path.stat().st_size <= RECORD_BYTES:
            yield path.read_bytes(), path.name


def _archived(path: Path) -> Iterator[tuple[bytes, str]]:
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                if entry.filename.endswith(SUFFIXES) and entry.file_size <= RECORD_BYTES:
                    yield archive.read(entry), entry.filename
    except zipfile.BadZipFile as error:
        raise MirrorUnreadable(f"{path} is no zip archive: {error}") from error


def _plain(value: Any) -> Any:
    """As JSON would hold it; pip-audit wants dates that end in Z, and YAML makes them objects."""
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    return value.isoformat() if isinstance(value, date) else value


@contextmanager
def serving(mirror: Mirror) -> Iterator[str]:
    """The address of its query service while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status, body = _answer(mirror, self.rfile.read(min(QUERY_BYTES, int(self.headers["Content-Length"] or 0))))
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1/query"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _answer(mirror: Mirror, content: bytes) -> tuple[int, bytes]:
    try:
        asked = json.loads(content)
        package = asked["package"]
        found = mirror.query(str(package["ecosystem"]), str(package["name"]), str(asked["version"]))
    except (ValueError, KeyError, TypeError, RecursionError):
        return 400, b'{"code": 3, "message": "package and version are needed"}'
    return 200, json.dumps({"vulns": found} if found else {}).encode()


__all__ = ["Mirror", "MirrorUnreadable", "serving"]
