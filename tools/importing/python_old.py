"""setup.cfg, and of setup.py what its syntax tree says in plain values: it is never run."""

from __future__ import annotations

import ast
import configparser
from typing import Any

from tools.importing.reading import Reading, mapping

KEYS = {"name": "name", "version": "version", "install_requires": "requires", "extras_require": "extras"}


def read_setup_cfg(reading: Reading) -> dict[str, Any]:
    """Keys: name, version, python, requires, extras, scripts, as far as they are there."""
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(reading.text("setup.cfg"))
    except configparser.Error as error:
        reading.notes.append(f"setup.cfg cannot be read: {str(error)[:200]}")
        return {}
    options = dict(parser["options"]) if parser.has_section("options") else {}
    found: dict[str, Any] = {"requires": _lines(options["install_requires"])} if "install_requires" in options else {}
    if "python_requires" in options:
        found["python"] = options["python_requires"]
    if parser.has_section("options.extras_require"):
        found["extras"] = {name: _lines(words) for name, words in parser["options.extras_require"].items()}
    if parser.has_section("options.entry_points"):
        rows = _lines(parser["options.entry_points"].get("console_scripts", ""))
        found["scripts"] = {row.partition("=")[0].strip(): row.partition("=")[2].strip() for row in rows}
    about = dict(parser["metadata"]) if parser.has_section("metadata") else {}
    return found | {key: about[key] for key in ("name", "version") if key in about and ":" not in about[key]}


def read_setup_py(reading: Reading) -> dict[str, Any]:
    text = reading.text("setup.py")
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        reading.notes.append(f"setup.py cannot be read: {str(error)[:200]}")
        return {}
    known = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) == "setup":
            return _arguments(reading, node, known)
    return {}


def _arguments(reading: Reading, call: ast.Call, known: dict[str, ast.expr]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for word in call.keywords:
        if word.arg not in KEYS:
            continue
        value = known.get(word.value.id, word.value) if isinstance(word.value, ast.Name) else word.value
        try:
            found[KEYS[word.arg]] = ast.literal_eval(value)
        except (ValueError, TypeError, RecursionError):
            reading.notes.append(f"setup.py computes {word.arg}: it is not run, so this is not known")
    extras = {name: _listed(words) for name, words in mapping(found.get("extras")).items()}
    listed = {"requires": _listed(found["requires"])} if "requires" in found else {}
    return {**found, **listed, "extras": extras}


def _listed(value: object) -> list[str]:
    if isinstance(value, str):
        return _lines(value)
    return [str(word) for word in value] if isinstance(value, list | tuple | set) else []


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]


__all__ = ["read_setup_cfg", "read_setup_py"]
