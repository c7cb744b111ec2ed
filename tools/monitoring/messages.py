"""Words of a message: many notices of one project and severity as one text."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from typing import Any

from memory.repositories.outbox import Message

SHOWN = 20
"""Alerts named one by one; the others are counted."""
Row = dict[str, Any]


def compose(project: str, severity: str, notices: Sequence[Row], channels: Sequence[str]) -> list[Message]:
    """One message a channel, with a key that depends on nothing but the notices and the channel."""
    title, body = _title(project, severity, notices), _body(notices)
    first, last = notices[0]["id"], notices[-1]["id"]
    return [Message(_key(f"{first}-{last}-{len(notices)}", channel), channel, title, body) for channel in channels]


def undelivered(message: Row, channel: str, shown: str, error: str) -> Message:
    """What the other channels are told about one that failed."""
    body = f'"{message["title"]}" could not be sent to {shown} in {message["attempts"]} attempts.\n{error}'
    return Message(_key(f"undelivered-{message['key']}", channel), channel, "[Softwright] a channel fails", body)


def describe(alert: Row) -> str:
    """`high_error_rate: error_rate is 0.08 (> 0.05) in production`."""
    value = "unknown" if alert["value"] is None else f"{alert['value']:.4g}"
    holds = "has no value" if alert["op"] == "absent" else f"is {value} ({alert['op']} {alert['threshold']:g})"
    return f"{alert['rule']}: {alert['metric']} {holds} in {alert['environment']}"


def _title(project: str, severity: str, notices: Sequence[Row]) -> str:
    firing = len({n["alert_id"] for n in notices if n["kind"] in ("firing", "reminder") and n["state"] == "firing"})
    over = len({n["alert_id"] for n in notices if n["state"] == "resolved" and n["kind"] != "remediation"})
    counts = [f"{firing} firing"] * bool(firing) + [f"{over} resolved"] * bool(over)
    return f"[Softwright] {project}: {', '.join(counts) or 'something was done'} ({severity})"


def _body(notices: Sequence[Row]) -> str:
    latest = {notice["alert_id"]: notice for notice in notices}
    lines = [_line(notice) for notice in list(latest.values())[:SHOWN]]
    left = list(latest.values())[SHOWN:]
    if left:
        rules = Counter(notice["rule"] for notice in left).most_common()
        lines.append(f"... and {len(left)} more: " + ", ".join(f"{count} {rule}" for rule, count in rules))
    return "\n".join(lines)


def _line(notice: Row) -> str:
    if notice["text"]:
        return f"- {notice['text']}"
    said = f"- {describe(notice)}, since {notice['fired_at']:%Y-%m-%d %H:%M} UTC"
    if notice["state"] == "resolved":
        why = f" ({notice['reason']})" if notice["reason"] else ""
        return f"{said}; resolved at {notice['resolved_at']:%H:%M}{why}"
    return f"{said}; still firing" if notice["kind"] == "reminder" else said


def _key(what: str, channel: str) -> str:
    return hashlib.sha256(f"{what}|{channel}".encode()).hexdigest()[:32]


__all__ = ["SHOWN", "compose", "describe", "undelivered"]
