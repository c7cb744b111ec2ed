"""Facts of what runs where: deployments, their health as probed now, their log. Pure."""

from __future__ import annotations

from agents.pm.facts.fact import Fact, Material, Row, short, stamp
from memory.records.serving import Serving

MAX_SHOWN = 8
NOWHERE = "It is not deployed anywhere."


def running_facts(material: Material) -> tuple[Fact, ...]:
    live = [row for row in material.deployments if row["id"] in material.serving]
    facts = [_up(row, material.serving[row["id"]]) for row in live]
    facts = facts or [Fact("whether it is up", NOWHERE, "deployments of the project", "up")]
    return (*facts, *(_speed(row, material.serving[row["id"]]) for row in live), _versions(material), _log(material))


def _up(row: Row, now: Serving | str) -> Fact:
    source = f"deployment {row['id']}, commit {short(row['commit'])}"
    where = f"{row['environment']} at {row['deployment_url']}"
    if isinstance(now, str):
        return Fact("whether it is up", f"{where} could not be probed: {now}", source, "up")
    probe = now.health
    if probe is None:
        return Fact("whether it is up", f"{where} is {now.status.value}. {now.detail}".strip(), source, "up")
    words = "is up" if probe.healthy else f"is down ({probe.error})"
    answered = f"its health check answered {probe.status_code} in {probe.latency_ms:.0f} ms" if probe.latency_ms else ""
    detail = ", ".join(filter(None, [answered, f"{now.restarts} restarts"]))
    return Fact("whether it is up", f"{where} {words}: {detail}.", f"{source}, probed {stamp(probe.at)}", "up")


def _speed(row: Row, now: Serving | str) -> Fact:
    probe = None if isinstance(now, str) else now.health
    if probe is None or probe.latency_ms is None:
        words = f"{row['environment']} could not be probed."
    else:
        words = f"The health check of {row['environment']} took {probe.latency_ms:.1f} ms just now."
    return Fact("speed", words, f"deployment {row['id']}", "speed")


def _versions(material: Material) -> Fact:
    rows = material.deployments[:MAX_SHOWN]
    lines = [
        f"- {stamp(row['created_at'])} {row['environment']}: {row['status']}, commit {short(row['commit'])}"
        for row in rows
    ]
    words = f"{len(material.deployments)} deployments:\n" + "\n".join(lines) if lines else NOWHERE
    return Fact("deployments", words, "deployments of the project", "versions")


def _log(material: Material) -> Fact:
    if material.log is None:
        return Fact("log", f"There is no log. {NOWHERE}", "deployments of the project", "logs")
    deployment, text = material.log
    words = f"The last {len(text.splitlines())} lines:\n{text.rstrip()}" if text.strip() else "It has written nothing."
    return Fact("log", words, f"log of deployment {deployment}", "logs")


__all__ = ["running_facts"]
