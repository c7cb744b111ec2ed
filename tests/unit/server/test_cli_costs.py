"""What the command line shows of costs and alerts."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import pytest
from typer.testing import CliRunner

from server.cli import alerts, costs
from server.cli.main import command_line
from tools.cost.advice import Measured
from tools.cost.book import load_prices
from tools.cost.interface import Profile
from tools.cost.report import report

CHANNEL = {
    "id": "channel-1",
    "shown": "json://host/****",
    "sent": 1,
    "waiting": 2,
    "failed": 0,
    "last_error": "refused",
}
ALERT = {
    "id": "a-1",
    "rule": "high_cpu",
    "severity": "medium",
    "state": "firing",
    "environment": "dev",
    "active_at": "2026-01-01T00:00:00Z",
    "fired_at": "2026-01-01T00:10:00Z",
    "acknowledged_at": "2026-01-01T00:11:00Z",
    "silenced": False,
}


class Answers:
    """In the place of the client: what was asked, and prepared answers."""

    def __init__(self, answer: dict) -> None:
        self.answer = answer
        self.asked: list[tuple[str, object]] = []

    def connected_to(self, project: str) -> AbstractContextManager[tuple[Answers, str]]:
        return nullcontext((self, project))

    def get(self, path: str, **query: object) -> dict:
        self.asked.append((path, query))
        return self.answer

    def post(self, path: str, body: object) -> dict:
        self.asked.append((path, body))
        return self.answer


def test_a_table_of_costs_shows_what_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Answers(report(load_prices(), "render", Profile(egress_gb=20), Measured()))
    monkeypatch.setattr(costs, "connected_to", client.connected_to)
    arguments = ["costs", "p", "--platform", "render", "--egress-gb", "20"]
    done = CliRunner().invoke(command_line(arguments), arguments, env={"COLUMNS": "200"})
    assert done.exit_code == 0, done.output
    assert client.asked == [("/api/projects/p/costs", {"platform": "render", "egress_gb": 20.0})]
    (render,) = [line for line in done.output.splitlines() if line.lstrip().startswith("render *")]
    assert "13.30 + unknown" in render
    assert "19.65" in done.output
    assert "not a quote" in done.output


def test_alerts_channels_and_acknowledgements(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Answers({"items": [ALERT], "channels": [CHANNEL], "remediations": []})
    monkeypatch.setattr(alerts, "connected_to", client.connected_to)
    arguments = ["alerts", "p", "--acknowledge", "a-1", "--channel", "json://host/x"]
    done = CliRunner().invoke(command_line(arguments), arguments, env={"COLUMNS": "200"})
    assert done.exit_code == 0, done.output
    assert client.asked[:2] == [
        ("/api/projects/p/alerts/config", {"channels": ["json://host/x"]}),
        ("/api/alerts/a-1/acknowledge", {}),
    ]
    assert "firing, acknowledged" in done.output
    assert "1 sent, 2 waiting, 0 failed; last error: refused" in done.output
