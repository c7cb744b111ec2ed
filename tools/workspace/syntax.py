"""Whether Python can read a file. Nothing is run."""

from __future__ import annotations

import ast
import threading
import warnings

from tools.workspace.interface import SyntaxProblem

_PARSING = threading.Lock()


def parse(text: str) -> ast.Module | SyntaxProblem:
    # warnings.catch_warnings changes the whole process: one thread at a time.
    with _PARSING, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(text.removeprefix("\ufeff"))
        except SyntaxError as error:
            return SyntaxProblem(error.lineno or 1, error.msg, (error.text or "").strip()[:200])
        except (ValueError, RecursionError, MemoryError) as error:
            return SyntaxProblem(1, f"cannot be parsed: {type(error).__name__} {error}".strip(), "")


def problem_of(path: str, text: str) -> SyntaxProblem | None:
    """None for what is no Python."""
    if not path.endswith((".py", ".pyi")):
        return None
    parsed = parse(text)
    return parsed if isinstance(parsed, SyntaxProblem) else None


__all__ = ["parse", "problem_of"]
