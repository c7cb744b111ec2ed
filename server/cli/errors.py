"""What the command line says when it cannot do what was asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from memory.settings import Settings, SettingsError, load_settings

FAILED = 1
WRONG_USE = 2


class CommandError(Exception):
    """Ends the command with one clear line on stderr and this exit code."""

    def __init__(self, message: str, exit_code: int = FAILED) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def cli_settings(**overrides: Any) -> Settings:
    """Settings with the given options over them. Raises CommandError."""
    try:
        return load_settings(**overrides)
    except SettingsError as error:
        raise CommandError(str(error), WRONG_USE) from error


def version() -> str:
    """That of pyproject.toml beside the code."""
    lines = (Path(__file__).resolve().parents[2] / "pyproject.toml").read_text().splitlines()
    return next(line.split('"')[1] for line in lines if line.startswith("version = "))


__all__ = ["FAILED", "WRONG_USE", "CommandError", "cli_settings", "version"]
