"""softwright.json: what a project's repository says about running itself. Templates ship it; import detects it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

MANIFEST_NAME = "softwright.json"


class Manifest(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    template: str
    template_version: str
    asgi: str
    """Import path of the ASGI application, `app.main:app`."""
    packages: tuple[str, ...] = ("app",)
    """Code that coverage and scanners look at, paths below the root."""
    lock: str = "requirements.lock"
    """What the running application needs, pinned with hashes."""
    test_lock: str = "requirements-dev.lock"
    """The same and what its test suite needs."""
    tests: str = "tests"
    health_path: str = "/health"
    metrics_path: str = "/metrics"
    database_variable: str | None = "DATABASE_URL"
    """Set by the platform to a SQLite URL below its data folder where the user gave none."""
    generated_secrets: tuple[str, ...] = ()
    """Environment variables for which the platform makes and keeps a random value (a signing key)."""


UNKNOWN = Manifest(template="none", template_version="0", asgi="", packages=())
"""Of a project that has none: no packages that have to be there."""

__all__ = ["MANIFEST_NAME", "UNKNOWN", "Manifest"]
