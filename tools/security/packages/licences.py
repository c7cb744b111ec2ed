"""Licences of installed Python packages, as their metadata says them. Nothing is imported."""

from __future__ import annotations

from collections.abc import Iterator
from email.parser import HeaderParser
from pathlib import Path

from tools.security.lock_file import canonical

METADATA_BYTES = 1 << 20
LONGEST = 60
"""Of a License field: beyond this it is the licence's text."""


def installed_licences(environment: Path) -> dict[str, str]:
    """Package → licence; empty text where it says none. Blocking."""
    found: dict[str, str] = {}
    for file in environment.glob("lib/python3.*/site-packages/*.dist-info/METADATA"):
        if file.is_file() and not file.is_symlink() and file.stat().st_size <= METADATA_BYTES:
            name, licence = _read(file.read_text("utf-8", "replace"))
            found[canonical(name)] = licence
    return found


def _read(text: str) -> tuple[str, str]:
    """By order of precision: the SPDX expression, a short License field, the classifiers."""
    headers = HeaderParser().parsestr(text.partition("\n\n")[0])
    name = str(headers.get("Name", ""))
    if expression := headers.get("License-Expression"):
        return name, str(expression)
    words = str(headers.get("License", "")).strip()
    if words and len(words) <= LONGEST and "\n" not in words and words.upper() != "UNKNOWN":
        return name, words
    return name, " AND ".join(_classified(headers.get_all("Classifier", [])))


def _classified(classifiers: list[str]) -> Iterator[str]:
    for classifier in classifiers:
        head, _, last = str(classifier).rpartition(" :: ")
        if head.startswith("License"):
            yield last


__all__ = ["installed_licences"]
