"""Secrets in files encrypted with AES-256-GCM; their key is a file of its own (0600), outside the database."""

from __future__ import annotations

import base64
import binascii
import json
import os
import shutil
import stat
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from memory.private_files import private_folder, write_private
from memory.secrets import Kind, Place, SecretsError, random_value
from memory.services.folders import ServiceError, file_lock

KEY_BYTES = 32
NONCE_BYTES = 12
VERSION = b"softwright-secrets-1\n"
PREFIX_BYTES = len(VERSION) + NONCE_BYTES
LOCK = ".lock"
LOCK_S = 30.0


class FileSecrets:
    """Implements memory.secrets.Secrets. `root` holds `master.key` and `projects/<id>/<environment>.<kind>`."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._key_file = root / "master.key"
        self._projects = root / "projects"

    def read(self, place: Place) -> dict[str, str]:
        path = self._path(place)
        try:
            stored = path.read_bytes()
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise SecretsError(f"{path} cannot be read: {error.strerror}") from error
        values: dict[str, str] = json.loads(self._open(stored, str(place), str(path)))
        return values

    def change(self, place: Place, values: Mapping[str, str | None], *, whole: bool = False) -> dict[str, str]:
        def changed(before: dict[str, str]) -> dict[str, str]:
            merged = ({} if whole else before) | dict(values)
            return {name: value for name, value in merged.items() if value is not None}

        return self._replace(place, changed)

    def ensure(self, place: Place, names: Iterable[str]) -> dict[str, str]:
        wanted = list(names)
        found = self.read(place)
        if any(name not in found for name in wanted):
            found = self._replace(place, lambda now: {name: random_value() for name in wanted} | now)
        return {name: found[name] for name in wanted}

    def remember(self, place: Place, name: str, value: str) -> str:
        return self._replace(place, lambda now: {name: value} | now)[name]

    def forget(self, project_id: str) -> None:
        folder = self._path(Place(project_id, "any", Kind.USER)).parent
        try:
            if folder.exists():
                shutil.rmtree(folder)
        except OSError as error:
            raise SecretsError(f"{folder} cannot be removed: {error.strerror}") from error

    def seal(self, text: str, about: str) -> str:
        return base64.b64encode(self._closed(text, about)).decode()

    def unseal(self, sealed: str, about: str) -> str:
        try:
            stored = base64.b64decode(sealed, validate=True)
        except binascii.Error as error:
            raise SecretsError(f"the sealed values of {about} were damaged; deploy it again") from error
        return self._open(stored, about, f"what was sealed for {about}")

    def _replace(self, place: Place, changed: Callable[[dict[str, str]], dict[str, str]]) -> dict[str, str]:
        path = self._path(place)
        try:
            private_folder(path.parent)
            with file_lock(path.with_name(f"{path.name}{LOCK}"), LOCK_S):
                values = changed(self.read(place))
                write_private(path, self._closed(json.dumps(values), str(place)))
        except ServiceError as error:
            raise SecretsError(str(error)) from error
        except OSError as error:
            raise SecretsError(f"{path} cannot be written: {error.strerror}; free or allow it") from error
        return values

    def _closed(self, text: str, about: str) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return VERSION + nonce + AESGCM(self._key()).encrypt(nonce, text.encode(), about.encode())

    def _open(self, stored: bytes, about: str, shown: str) -> str:
        nonce, closed = stored[len(VERSION) : PREFIX_BYTES], stored[PREFIX_BYTES:]
        try:
            return AESGCM(self._key()).decrypt(nonce, closed, about.encode()).decode()
        except (InvalidTag, ValueError):  # a ValueError: it is shorter than it can be
            raise SecretsError(
                f"{shown} does not open with the key {self._key_file}: the key is another one, or the text was "
                "changed. Put the key back that belongs to it, or remove it and set its values again"
            ) from None

    def _key(self) -> bytes:
        try:
            with self._key_file.open("rb") as file:
                if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
                    raise SecretsError(f"others may read the key {self._key_file}: chmod 600 {self._key_file}")
                key = base64.b64decode(file.read().strip(), validate=True)
        except FileNotFoundError:
            return self._first_key()
        except binascii.Error:
            key = b""
        except OSError as error:
            raise SecretsError(f"the key {self._key_file} cannot be read: {error.strerror}") from error
        if len(key) != KEY_BYTES:
            raise SecretsError(f"{self._key_file} holds no key of {KEY_BYTES} bytes in base64: put the right one back")
        return key

    def _first_key(self) -> bytes:
        """Made once. Where secrets exist already, a new key would only hide that theirs was lost."""
        private_folder(self._root)
        try:
            with file_lock(self._root / "master.lock", LOCK_S):
                if self._key_file.exists():
                    return self._key()
                if any(file.suffix != LOCK for file in self._projects.glob("*/*.*")):
                    raise SecretsError(
                        f"the key {self._key_file} is missing, and secrets exist that only it opens: put it back, "
                        f"or remove {self._projects} and set all values again"
                    )
                key = AESGCM.generate_key(KEY_BYTES * 8)
                write_private(self._key_file, base64.b64encode(key) + b"\n")
        except ServiceError as error:
            raise SecretsError(str(error)) from error
        return key

    def _path(self, place: Place) -> Path:
        return self._projects / place.project_id / f"{place.environment}.{place.kind.value}"


__all__ = ["FileSecrets"]
