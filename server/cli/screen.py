"""What is written to the terminal. Progress goes to stderr, results to stdout."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import typer
from rich.console import Console
from rich.text import Text

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def clean(text: object) -> str:
    """Text from outside without what could steer a terminal."""
    return _CONTROL.sub("\ufffd", str(text))


def progress() -> Console:
    """Where progress is shown."""
    return Console(stderr=True, highlight=False, soft_wrap=True)


def say(text: str, style: str = "") -> None:
    progress().print(Text(clean(text), style=style))


def result(text: str) -> None:
    typer.echo(clean(text))


def print_json(document: Mapping[str, Any]) -> None:
    """Exactly one object, on one line."""
    typer.echo(json.dumps(document, ensure_ascii=True))


__all__ = ["clean", "print_json", "progress", "result", "say"]
