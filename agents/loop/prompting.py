"""The loop's own words to the model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

PROMPTS = Path(__file__).parent / "prompts"
FINISH = "finish"
FINISH_SCHEMA: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": FINISH,
        "parameters": {
            "properties": {"summary": {"type": "string"}, "done": {"type": "boolean"}},
            "required": ["summary"],
            "type": "object",
        },
    },
}

NUDGE = (
    "You have repeated yourself: the same step or the same failure came three times. Repeating it will not help. "
    f"Look at the cause anew and do something different, or call {FINISH} with done=false and say what is in the way."
)
CUT = "Your answer was cut off at its greatest length. Go on in smaller steps: short edits instead of one long text."
EMPTY = f"Your answer was empty. Go on with the tools, or call {FINISH}."
NO_TOOL = f"No tool was called. Do the work with the tools; when it is done, call {FINISH}."


def still_broken(problems: tuple[str, ...]) -> str:
    return "not finished: mend first what cannot be parsed: " + "; ".join(problems)


def rules() -> str:
    """Blocking: reads the template."""
    prompts = Environment(
        loader=FileSystemLoader(PROMPTS), undefined=StrictUndefined, autoescape=select_autoescape(()), trim_blocks=True
    )
    return prompts.get_template("rules.j2").render(finish=FINISH).strip()


__all__ = ["CUT", "EMPTY", "FINISH", "FINISH_SCHEMA", "NO_TOOL", "NUDGE", "rules", "still_broken"]
