"""What every test may ask for: settings in a home of their own, a real PostgreSQL and a real Redis."""

from __future__ import annotations

import asyncio
import functools
import os
import shutil
import ssl
import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import redis
from hypothesis import settings as hypothesis_settings

from memory.services.ensure import Services, ensure_services, stop_services
from memory.services.postgres import embedded_url, ensure_postgres, stop_postgres
from memory.settings import Settings, load_settings, variable_of
from tools.sandbox.environments import SYSTEM_CERTIFICATES

TEMPLATE = "softwright_template"
# how long an example takes says how busy the machine is
hypothesis_settings.register_profile("softwright", deadline=None)
hypothesis_settings.load_profile("softwright")


@pytest.fixture(scope="session", autouse=True)
def _no_settings_of_this_machine() -> Iterator[None]:
    """Tests see defaults: neither the environment's nor .env's settings steer them, and no model is ever called."""
    with pytest.MonkeyPatch.context() as patch:
        for name in {variable_of(field) for field in Settings.model_fields} & set(os.environ):
            patch.delenv(name)
        patch.setitem(Settings.model_config, "env_file", None)
        if SYSTEM_CERTIFICATES.exists() and "SSL_CERT_FILE" not in os.environ:
            patch.setenv("SSL_CERT_FILE", str(SYSTEM_CERTIFICATES))  # for uv, as the launcher does
        yield


@pytest.fixture(scope="session", autouse=True)
def _one_tls_context() -> Iterator[None]:
    """A client of plain HTTP makes a TLS context too, which reads all certificates: 40 ms at every question."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ssl, "create_default_context", functools.cache(ssl.create_default_context))
        yield


NewHome = Callable[[], Path]


@pytest.fixture(scope="session")
def shared_environments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where all processes of the session keep the environments that they build: a lock file is installed once."""
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "environments"
    shared.mkdir(exist_ok=True)
    return shared


@pytest.fixture(scope="session")
def new_home(tmp_path_factory: pytest.TempPathFactory, shared_environments: Path) -> NewHome:
    """Makes homes that share their environments."""

    def make() -> Path:
        home = tmp_path_factory.mktemp("home")
        (home / "environments").symlink_to(shared_environments)
        return home

    return make


@pytest.fixture(scope="session")
def session_settings(new_home: NewHome, _no_settings_of_this_machine: None) -> Settings:
    """Settings of the home that holds the session's PostgreSQL and Redis."""
    return load_settings(home=new_home())


@pytest.fixture(scope="session")
def services(session_settings: Settings) -> Iterator[Services]:
    """PostgreSQL (not waiting for the disk) and Redis, embedded, for the whole session. Their data are shared."""
    try:
        running = ensure_services(session_settings)
        with psycopg.connect(running.database_url, autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("ALTER SYSTEM SET synchronous_commit = off")
            connection.execute("SELECT pg_reload_conf()")
        yield running
    finally:
        stop_services(session_settings)


@pytest.fixture(scope="session")
def set_up_postgres(
    tmp_path_factory: pytest.TempPathFactory, _no_settings_of_this_machine: None
) -> Callable[[Settings], None]:
    """Gives a home the data of a new PostgreSQL, which `initdb` would take seconds to make."""
    made = load_settings(home=tmp_path_factory.mktemp("new"))
    ensure_postgres(made)
    stop_postgres(made)

    def copy(settings: Settings) -> None:
        settings.home.mkdir(mode=0o700, exist_ok=True)
        shutil.copytree(made.postgres, settings.postgres)

    return copy


@pytest.fixture(scope="session")
def _template(session_settings: Settings, services: Services) -> str:
    """A migrated database that nobody is connected to."""
    from memory.migrations import migrate

    _admin(services, f"CREATE DATABASE {TEMPLATE}")
    url = embedded_url(session_settings, TEMPLATE)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION vector")
    _in_thread(lambda: asyncio.run(migrate(url)))
    return TEMPLATE


@pytest.fixture
def database_url(session_settings: Settings, services: Services, _template: str) -> Iterator[str]:
    """URL of a fresh, migrated database of this test alone."""
    name = f"test_{uuid.uuid4().hex}"
    _admin(services, f"CREATE DATABASE {name} TEMPLATE {_template}")
    yield embedded_url(session_settings, name)
    _admin(services, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def redis_url(services: Services) -> str:
    """URL of the session's Redis, emptied."""
    with redis.Redis.from_url(services.redis_url) as client:
        client.flushall()
    return services.redis_url


@pytest.fixture
def settings(tmp_path: Path, database_url: str, redis_url: str) -> Settings:
    """Settings with a home, a migrated database and an empty Redis of this test alone."""
    return load_settings(home=tmp_path / "home", database_url=database_url, redis_url=redis_url)


def _admin(services: Services, statement: str) -> None:
    with psycopg.connect(services.database_url, autocommit=True) as connection:
        connection.execute(statement)


def _in_thread(work) -> None:
    """Runs it where no event loop of a test can be in the way."""
    errors: list[BaseException] = []

    def call() -> None:
        try:
            work()
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=call)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
