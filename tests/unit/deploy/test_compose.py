"""The Compose file: health as the manifest has it, limits, no value of a variable."""

from __future__ import annotations

import yaml

from memory.records.manifest import Manifest
from memory.records.serving import Resources
from tools.deploy.compose import compose_file


def test_the_application_its_health_and_its_limits() -> None:
    manifest = Manifest(
        template="t", template_version="1", asgi="app.main:app", health_path="/up", generated_secrets=("SIGNING_KEY",)
    )
    found = yaml.safe_load(compose_file(manifest, ["MAIL_URL"], Resources(memory_mb=256, cpus=0.5), port=8080))
    app = found["services"]["app"]
    assert app["ports"] == ["127.0.0.1:8080:8000"]
    assert app["environment"] == {
        "MAIL_URL": "${MAIL_URL:?set it in .env}",
        "SIGNING_KEY": "${SIGNING_KEY:?set it in .env}",
        "DATABASE_URL": "${DATABASE_URL:-sqlite:////data/app.db}",
    }
    assert "http://127.0.0.1:8000/up" in app["healthcheck"]["test"][-1]
    compile(app["healthcheck"]["test"][-1], "healthcheck", "exec")
    assert (app["mem_limit"], app["cpus"], app["cap_drop"]) == ("256m", 0.5, ["ALL"])
    assert found["volumes"] == {"data": {}}
    without = Manifest(template="t", template_version="1", asgi="a:b", database_variable=None)
    assert yaml.safe_load(compose_file(without, [], Resources()))["services"]["app"]["environment"] == {}
