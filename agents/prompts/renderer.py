"""Prompts from their templates. Text of others is fenced as data; a missing value is an error."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

FOLDER = Path(__file__).resolve().parent


def render(name: str, **values: object) -> str:
    """The prompt `<name>.j2`. Raises jinja2.TemplateError."""
    return _environment().get_template(f"{name}.j2").render(**values).strip()


def fenced(text: object, name: str) -> str:
    """The text between marks that it cannot close itself: they carry a digest of it."""
    digest = hashlib.sha256(str(text).encode("utf-8", "replace")).hexdigest()[:8]
    return f"<data {digest} {name}>\n{str(text).strip()}\n</data {digest}>"


def trimmed(text: str, limit: int) -> str:
    """At most about `limit` characters: the beginning and, of a long text, more of its end."""
    if len(text) <= limit:
        return text
    head = limit // 4
    return f"{text[:head].rstrip()}\n…\n{text[-(limit - head) :].lstrip()}"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=select_autoescape(),  # of HTML; the prompts are none
    )
    environment.filters["fenced"] = fenced
    environment.filters["trimmed"] = trimmed
    return environment


__all__ = ["fenced", "render", "trimmed"]
