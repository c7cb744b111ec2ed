"""One exchange a line, as models and people write it:

ann: POST /loans {book_id: $book.id, due_date: $today-3} -> 201 {fine: 1.5} as loan
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any, cast

from agents.acceptance.values import ANY, CLOCK, REFERENCE, BadValue, read_value, references
from memory.records.plan import Exchange, Method

MAX_LINE = 2_000
MAX_STEPS = 30
_HEAD = re.compile(
    r"""^[\s\-*]*(?:\d+[.)]\s+)?(?:(?:given|when|then|and)\s+)?(?:\[?(?P<actor>[A-Za-z_]\w*)\]?\s*:\s*)?
        (?P<method>GET|POST|PUT|PATCH|DELETE)\s+(?P<path>/\S*)\s*(?P<rest>.*)$""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_ARROW = re.compile(r"->|→|=>")
_STATUS = re.compile(r"^\s*(?:HTTP\s*)?(?P<status>[1-5]\d\d)\b\s*(?P<rest>.*)$", re.DOTALL)
_NAME = re.compile(r"\s*\bas\s+\$?(?P<name>[A-Za-z_]\w*)\s*[.;]?\s*$")
_PLACE = re.compile(r"\{(?P<name>[A-Za-z_]\w*(?:\.\w+)+)\}")


def read_line(line: str) -> Exchange:
    """Pure. Raises BadValue, whose message names what is wrong with the line."""
    if len(line) > MAX_LINE:
        raise BadValue("the step is too long")
    head = _HEAD.match(line.strip().strip("`"))
    if head is None:
        raise BadValue(f"step {line!r} is not of the form: POST /path {{body}} -> 201 {{expected}} as name")
    sent, answered = _halves(head["rest"], line)
    answered, name = _named(answered)
    status = _STATUS.match(answered)
    if status is None:
        raise BadValue(f"step {line!r}: after -> comes a status such as 201")
    body, expected = _value(sent, line), _value(status["rest"], line)
    return Exchange(
        actor=(head["actor"] or "").lower(),
        method=cast("Method", head["method"].upper()),
        path=_PLACE.sub(r"$\g<name>", head["path"]),
        body=body,
        status=int(status["status"]),
        expect=expected,
        save_as=name,
    )


def _halves(rest: str, line: str) -> tuple[str, str]:
    arrows = [match for match in _ARROW.finditer(rest) if not _inside(rest, match.start())]
    if not arrows:
        raise BadValue(f"step {line!r} says no answer: -> 201")
    return rest[: arrows[0].start()].strip(), rest[arrows[0].end() :].strip()


def _inside(text: str, place: int) -> bool:
    """Within double quotes or brackets."""
    depth, quoted, index = 0, False, 0
    while index < place:
        char = text[index]
        if char == "\\":
            index += 1
        elif char == '"':
            quoted = not quoted
        elif not quoted:
            depth += (char in "{[") - (char in "}]")
        index += 1
    return quoted or depth > 0


def _named(answered: str) -> tuple[str, str]:
    found = _NAME.search(answered)
    if found is None or _inside(answered, found.start()):
        return answered, ""
    return answered[: found.start()], found["name"]


def _value(text: str, line: str) -> Any:
    text = text.strip().rstrip(";")
    if not text or text in ("null", "None"):
        return None
    if text[0] not in "{[":
        raise BadValue(f"step {line!r}: {text!r} is no JSON object or list")
    return read_value(text)


def read_steps(lines: Iterable[str], *, accounts: bool) -> tuple[Exchange, ...]:
    """The steps of one check. Raises BadValue: a line that cannot be read, an unknown name, nothing asked."""
    steps = tuple(read_line(line) for line in lines if line.strip())
    if len(steps) > MAX_STEPS:
        raise BadValue(f"a check has at most {MAX_STEPS} steps")
    known: set[str] = set()
    for step in steps:
        _check(step, known, accounts=accounts)
        known |= {step.save_as} if step.save_as else set()
    if all(step.status == 404 for step in steps):
        raise BadValue("a check must ask for more than 404: an application that does nothing passes it")
    return steps


def _check(step: Exchange, known: set[str], *, accounts: bool) -> None:
    if step.save_as.lower() in CLOCK | {ANY}:
        raise BadValue(f"a name cannot be {step.save_as}")
    if step.actor and not accounts:
        raise BadValue(f"{step.actor}: the application has no accounts")
    in_path = [match["name"] for match in REFERENCE.finditer(step.path)]
    used = [*in_path, *(r.name for r in references(step.body)), *(r.name for r in references(step.expect))]
    for name in used:
        if name not in known | CLOCK | {ANY}:
            raise BadValue(f"${name} in {write_line(step)!r} is the name of no earlier answer")
    if ANY in [*in_path, *(r.name for r in references(step.body))]:
        raise BadValue(f"$any in {write_line(step)!r} may stand only in what is expected")


def write_line(step: Exchange) -> str:
    """The line of an exchange; `read_line` gives the exchange back."""
    parts = [f"{step.actor}:" if step.actor else "", step.method, step.path, _text(step.body), "->", str(step.status)]
    parts += [_text(step.expect), f"as {step.save_as}" if step.save_as else ""]
    return " ".join(part for part in parts if part)


def _text(value: Any) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False)


__all__ = ["read_line", "read_steps", "write_line"]
