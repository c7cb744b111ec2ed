"""Runs in a generated application's folder: makes rows, reads them, migrates."""

from __future__ import annotations

import json
import sys
from typing import Any

from alembic import command
from alembic.config import Config
from app.database import ALEMBIC_INI, Database
from app.main import create_app
from app.settings import Settings
from fastapi.testclient import TestClient
from tests.factory import PATHS, SAMPLES, Factory


def main(order: str, url: str, *more: str) -> None:
    if order == "to":
        with Database(Settings(database_url=url).database_url, 1).migrating() as connection:
            config = Config(ALEMBIC_INI)
            config.attributes["connection"] = connection
            (command.downgrade if more[0] < "0002" else command.upgrade)(config, more[0])
        return
    settings = Settings(environment="test", database_url=url)
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        factory, answers = Factory(client), {}
        if order == "fill":
            for resource in PATHS:
                fill(client, factory, resource, json.loads(more[0]).get(resource, {}))
        if order == "rows":  # two with the same values
            for resource, values in json.loads(more[0]).items():
                for which in ("first", "second"):
                    answer = client.post(PATHS[resource], json=factory.payload(resource, which) | values)
                    assert answer.status_code == 201, answer.text
        if order == "more":
            factory = Factory(client)
            answers = {name: client.post(path, json=other(factory, name)).json() for name, path in PATHS.items()}
        print(json.dumps(answers or {name: client.get(path).json() for name, path in PATHS.items()}))


def fill(client: TestClient, factory: Factory, resource: str, values: dict[str, Any]) -> None:
    """Two rows that stay, and a third that was there: its id must never come back."""
    factory.row(resource)
    factory.row(resource, "second")
    answer = client.post(PATHS[resource], json=factory.payload(resource) | values)
    assert answer.status_code == 201, answer.text
    client.delete(f"{PATHS[resource]}/{answer.json()['id']}")


def other(factory: Factory, resource: str) -> dict[str, Any]:
    """A row unlike those that there are, referring to the first of each."""
    fresh = {
        name: f"{value} x" for name, value in SAMPLES[resource]["first"].items() if name in ("name", "title", "code")
    }
    return factory.unsaved(resource) | fresh


main(*sys.argv[1:])
