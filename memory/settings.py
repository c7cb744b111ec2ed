"""All settings, read once from the environment and an optional `.env` in the repository's root."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import SettingsConfigDict

from memory.model_settings import ModelSettings

REPOSITORY = Path(__file__).resolve().parents[1]
PREFIX = "SOFTWRIGHT_"

LONGEST_SOCKET_NAME = 40
"""Room that is kept below the socket folder for a socket's own name, in bytes."""
LONGEST_SOCKET_PATH = 107
"""What Linux allows for the path of a unix socket, in bytes."""


class SettingsError(Exception):
    """A setting is wrong; the message names the variable and the remedy."""


def _plain(name: str) -> Any:
    """Validation aliases of a variable that has no prefix; the field's own name stays usable in code."""
    return AliasChoices(name)


class Settings(ModelSettings):
    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=REPOSITORY / ".env",
        env_ignore_empty=True,
        populate_by_name=True,
        frozen=True,
        extra="ignore",
    )

    home: Path = Field(default=Path("~/.softwright"), validate_default=True)
    """Folder of all data. Absolute, links resolved."""
    host: str = "127.0.0.1"
    """Address that the API listens on."""
    port: Annotated[int, Field(ge=1, le=65535)] = 8000
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    osv_mirror: str | None = Field(
        default=None, validation_alias=AliasChoices(f"{PREFIX}OSV_MIRROR", f"{PREFIX}OSV_URL")
    )
    """A local copy of OSV's advisories: a folder of its records, or the query address of a service."""
    trusted_packages: tuple[str, ...] = ()
    """Names of packages that are installed without a look at their age and looks."""
    worker_concurrency: Annotated[int, Field(ge=1, le=64)] = 2
    """Runs that one worker works on at a time."""
    start_timeout_s: Annotated[float, Field(gt=0)] = 60.0
    """How long `up` waits until the server answers."""
    drain_timeout_s: Annotated[float, Field(gt=0)] = 30.0
    """How long `down` waits for the worker to leave its runs at a checkpoint."""
    deploy_watch_s: Annotated[float, Field(ge=0, le=600)] = 5.0
    """For which a new version is compared with the one before it, which takes over again where it does worse."""
    platform_poll_s: Annotated[float, Field(gt=0)] = 3.0
    """Between two looks at a deploy that a provider works on."""
    platform_deadline_s: Annotated[float, Field(gt=0)] = 1200.0
    """For a provider to build and start a version."""
    render_url: str = "https://api.render.com/v1"
    """Where the providers' APIs are; another for a test or a proxy."""
    flyio_url: str = "https://api.machines.dev/v1"
    flyio_logs_url: str = "https://api.fly.io"
    railway_url: str = "https://backboard.railway.com"
    vercel_url: str = "https://api.vercel.com"
    github_url: str = "https://api.github.com"
    docker_host: str = Field(default="unix:///var/run/docker.sock", validation_alias=_plain("DOCKER_HOST"))
    """The Docker engine for applications that are served in containers."""
    watch_interval_s: Annotated[float, Field(gt=0)] = 0.5
    """Between two looks at the services and children."""
    scrape_interval_s: Annotated[float, Field(ge=1, le=300)] = 15.0
    """Between two looks at the metrics of deployed applications, and two evaluations of alert rules."""
    health_interval_s: Annotated[float, Field(ge=1, le=3600)] = 60.0
    """Between two health checks of a deployed application."""
    metrics_points_days: Annotated[float, Field(ge=1, le=60)] = 3.0
    """How long single measurements are kept; rolled up to minutes and hours they are kept longer."""
    metrics_minutes_days: Annotated[float, Field(ge=2, le=400)] = 30.0
    metrics_hours_days: Annotated[float, Field(ge=30, le=4000)] = 400.0

    import_protocols: tuple[str, ...] = ("https", "http", "git")
    """Of git URLs that may be imported; `file` opens all repositories that the worker can read."""

    database_url: str | None = Field(default=None, validation_alias=_plain("DATABASE_URL"))
    """External PostgreSQL; unset: the embedded one."""
    redis_url: str | None = Field(default=None, validation_alias=_plain("REDIS_URL"))
    """External Redis; unset: the embedded one."""
    jwt_secret: SecretStr | None = Field(default=None, validation_alias=_plain("JWT_SECRET"))
    """Signs access tokens; unset: made once and kept below `secrets`."""

    @field_validator("home", mode="after")
    @classmethod
    def _absolute(cls, home: Path) -> Path:
        try:
            return home.expanduser().resolve()
        except RuntimeError as error:
            raise ValueError("no home directory is known for this user; give an absolute path") from error

    @field_validator("database_url")
    @classmethod
    def _postgres(cls, url: str | None) -> str | None:
        return _with_scheme(url, ("postgresql", "postgres"), "postgresql://user:password@host:5432/database")

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, url: str | None) -> str | None:
        return _with_scheme(url, ("redis", "rediss", "unix"), "redis://host:6379/0")

    @field_validator("osv_mirror")
    @classmethod
    def _mirror(cls, place: str | None) -> str | None:
        return _with_scheme(place, ("http", "https"), "https://host/v1/query") if place and "://" in place else place

    @field_validator(
        "openai_base_url",
        "langsmith_endpoint",
        *(f"{name}_url" for name in ("render", "flyio", "flyio_logs", "railway", "vercel", "github")),
    )
    @classmethod
    def _http(cls, url: str | None) -> str | None:
        return _with_scheme(url, ("http", "https"), "https://host/path")

    @property
    def run(self) -> Path:
        """Pid, lock and state files."""
        return self.home / "run"

    @property
    def sockets(self) -> Path:
        """Unix sockets: `run`, or a short folder where the home's path is too long or too odd for that."""
        fits = len(os.fsencode(self.run)) + 1 + LONGEST_SOCKET_NAME <= LONGEST_SOCKET_PATH
        if fits and re.fullmatch(r"[A-Za-z0-9/._-]+", str(self.run)):
            return self.run
        digest = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:12]
        return Path("/tmp") / f"softwright-{os.getuid()}-{digest}"  # noqa: S108 - not $TMPDIR: all processes must agree

    @property
    def postgres(self) -> Path:
        return self.home / "postgres"

    @property
    def redis(self) -> Path:
        return self.home / "redis"

    @property
    def repositories(self) -> Path:
        """Bare git repositories, one a project."""
        return self.home / "repositories"

    @property
    def workspaces(self) -> Path:
        """Git worktrees, one a run."""
        return self.home / "workspaces"

    @property
    def uploads(self) -> Path:
        """What is to be imported, until it is."""
        return self.home / "uploads"

    @property
    def environments(self) -> Path:
        """Installed dependency sets, one a lock file."""
        return self.home / "environments"

    @property
    def apps(self) -> Path:
        """Code and data of what is deployed."""
        return self.home / "apps"

    @property
    def logs(self) -> Path:
        return self.home / "logs"

    @property
    def secrets(self) -> Path:
        return self.home / "secrets"

    @property
    def url(self) -> str:
        """Where clients on this machine reach the API."""
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host, self.host)  # noqa: S104
        return f"http://{f'[{host}]' if ':' in host and not host.startswith('[') else host}:{self.port}"


def _with_scheme(url: str | None, schemes: tuple[str, ...], example: str) -> str | None:
    if url is not None and urlsplit(url).scheme not in schemes:
        raise ValueError(f"it has to look like {example}")
    return url


def load_settings(**overrides: Any) -> Settings:
    """Settings of this process; `overrides` by field name win over the environment.

    Raises SettingsError.
    """
    try:
        return Settings(**overrides)
    except ValidationError as error:
        raise SettingsError("; ".join(_sentence(dict(problem)) for problem in error.errors())) from error


def variable_of(field: str) -> str:
    """Name of the environment variable that sets a field. Raises KeyError."""
    alias = Settings.model_fields[field].validation_alias
    return str(alias.choices[0]) if isinstance(alias, AliasChoices) else PREFIX + field.upper()


def _sentence(problem: dict[str, Any]) -> str:
    name = str(problem["loc"][0]) if problem["loc"] else "?"
    variable = variable_of(name) if name in Settings.model_fields else name
    message = str(problem["msg"]).removeprefix("Value error, ")
    return f"{variable} is wrong: {message}. Correct or unset it (environment or .env; see .env.example)."


__all__ = ["LONGEST_SOCKET_PATH", "REPOSITORY", "Settings", "SettingsError", "load_settings", "variable_of"]
