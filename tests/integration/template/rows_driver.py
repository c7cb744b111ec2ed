"""Runs in a generated application's folder: `fill` makes rows, `read` gives them, `to REVISION` migrates."""

from __future__ import annotations

import json
import sys

from alembic import command
from alembic.config import Config
from app.database import ALEMBIC_INI, Database
from app.main import create_app
from app.settings import Settings
from fastapi.testclient import TestClient
from tests.factory import PATHS, Factory


def main(order: str, url: str, *more: str) -> None:
    if order == "to":
        with Database(Settings(database_url=url).database_url, 1).migrating() as connection:
            config = Config(ALEMBIC_INI)
            config.attributes["connection"] = connection
            (command.downgrade if more[0] < "0002" else command.upgrade)(config, more[0])
        return
    settings = Settings(environment="test", database_url=url, secret_key="x" * 40)
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        if order == "fill":
            factory = Factory(client)
            for resource in PATHS:
                factory.row(resource)
                factory.row(resource, "second")
                gone = client.post(
                    PATHS[resource], json=factory.payload(resource) | json.loads(more[0]).get(resource, {})
                )
                if gone.status_code == 201:
                    client.delete(f"{PATHS[resource]}/{gone.json()['id']}")
        print(json.dumps({name: client.get(path).json() for name, path in PATHS.items()}))


main(*sys.argv[1:])
