"""PostgreSQL and Redis for real: started, killed, started by many at once, stopped."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
import redis

from memory.services.daemon import processes_in
from memory.services.ensure import ensure_services, stop_services
from memory.services.folders import ServiceError
from memory.services.postgres import ensure_postgres, stop_postgres
from memory.services.redis import ensure_redis, stop_redis
from memory.settings import REPOSITORY, load_settings


@pytest.fixture
def home(tmp_path):
    """Settings of an empty home; whatever was started there is ended."""
    settings = load_settings(home=tmp_path / "home")
    yield settings
    stop_services(settings)


@pytest.fixture
def known_home(home, set_up_postgres):
    """The same, with a PostgreSQL that has been set up."""
    set_up_postgres(home)
    return home


def pids(settings):
    """(PostgreSQL's first process, Redis)"""
    marker = (settings.postgres / "postmaster.pid").read_text().split("\n")[0]
    return int(marker), next(processes_in(settings.redis, "redis-server")).pid


def query(url, statement):
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def remember(services):
    query(services.database_url, "CREATE TABLE kept AS SELECT 42 AS answer")
    with redis.Redis.from_url(services.redis_url) as client:
        client.set("kept", "42")


def recalls(services):
    with redis.Redis.from_url(services.redis_url) as client:
        return query(services.database_url, "SELECT answer FROM kept") == [(42,)] and client.get("kept") == b"42"


def test_the_second_call_finds_what_the_first_one_started(home):
    services = ensure_services(home)
    before = pids(home)
    assert ensure_services(home) == services
    assert pids(home) == before
    assert query(services.database_url, "SELECT '[1,2]'::vector <-> '[1,4]'::vector") == [(2.0,)]
    assert home.home.stat().st_mode & 0o077 == 0


def test_what_was_written_survives_kill_9_and_a_stop(known_home):
    services = ensure_services(known_home)
    remember(services)
    for pid in pids(known_home):
        os.kill(pid, signal.SIGKILL)
    assert ensure_services(known_home) == services
    assert recalls(services)
    assert stop_services(known_home)
    assert not stop_services(known_home)
    assert not list(processes_in(known_home.postgres, "postgres"))
    ensure_services(known_home)
    assert recalls(services)


def test_a_busy_connection_does_not_hinder_the_start_after_kill_9(known_home):
    url = ensure_postgres(known_home)
    sleeper = psycopg.connect(url, autocommit=True)
    sleeper.pgconn.send_query(b"SELECT pg_sleep(60)")
    os.kill(int((known_home.postgres / "postmaster.pid").read_text().split("\n")[0]), signal.SIGKILL)
    ensure_postgres(known_home)
    sleeper.close()
    assert query(url, "SELECT 1") == [(1,)]


def test_a_pid_that_another_program_has_now_is_not_taken_for_the_server(known_home):
    ensure_postgres(known_home)
    marker = known_home.postgres / "postmaster.pid"
    text = marker.read_text()
    stop_postgres(known_home)
    marker.write_text("\n".join([str(os.getpid()), *text.split("\n")[1:]]))
    (known_home.sockets / ".s.PGSQL.5432.lock").write_text(text)
    assert query(ensure_postgres(known_home), "SELECT 1") == [(1,)]


def test_four_processes_at_once_start_one_server_of_each_kind(home):
    program = (
        "from memory.settings import load_settings; from memory.services.ensure import ensure_services;"
        f"print(ensure_services(load_settings(home={str(home.home)!r})).database_url)"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, cwd=REPOSITORY) for _ in range(4)
    ]
    answers = {process.communicate()[0] for process in started}
    assert len(answers) == 1
    assert all(process.returncode == 0 for process in started)
    servers = list(processes_in(home.postgres, "postgres"))
    assert len([server for server in servers if server.ppid() not in {s.pid for s in servers}]) == 1
    assert len(list(processes_in(home.redis, "redis-server"))) == 1


def test_a_long_and_odd_home_works(tmp_path):
    settings = load_settings(home=tmp_path / ("long " * 20) / "häuschen")
    try:
        assert recalls_after_remembering(ensure_services(settings))
        assert settings.sockets.stat().st_mode & 0o077 == 0
    finally:
        stop_services(settings)
    assert not settings.sockets.exists()


def recalls_after_remembering(services):
    remember(services)
    return recalls(services)


def test_a_set_up_that_was_cut_short_is_made_anew(home):
    unfinished = home.home / "postgres.unfinished-x1"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n")
    assert query(ensure_postgres(home), "SELECT 1") == [(1,)]
    assert not unfinished.exists()


def test_the_users_own_postgres_variables_do_not_matter(known_home, monkeypatch):
    monkeypatch.setenv("PGPORT", "1")
    monkeypatch.setenv("PGDATA", "/nowhere")
    monkeypatch.setenv("PGUSER", "nobody")
    assert query(ensure_postgres(known_home), "SELECT current_user") == [("postgres",)]


@pytest.mark.parametrize(("ensure", "name"), [(ensure_postgres, "postgres.lock"), (ensure_redis, "redis.lock")])
def test_data_that_an_unseen_server_works_on_are_left_alone(home, ensure, name):
    home.home.mkdir()
    with (home.home / name).open("ab") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(ServiceError, match="not in sight"):
            ensure(home)


def test_a_redis_whose_socket_was_removed_is_replaced_and_keeps_its_data(home):
    url = ensure_redis(home)
    with redis.Redis.from_url(url) as client:
        client.set("kept", "1")
    (home.sockets / "redis.sock").unlink()
    ensure_redis(home)
    with redis.Redis.from_url(url) as client:
        assert client.get("kept") == b"1"
    assert len(list(processes_in(home.redis, "redis-server"))) == 1
    assert stop_redis(home)


def test_external_services_are_used_and_nothing_is_started(services, tmp_path):
    settings = load_settings(home=tmp_path / "home", database_url=services.database_url, redis_url=services.redis_url)
    assert ensure_services(settings) == services
    assert not settings.postgres.exists()
    assert not settings.redis.exists()
    assert not stop_services(settings)


def test_external_services_that_do_not_answer_are_named(tmp_path):
    settings = load_settings(
        home=tmp_path, database_url=f"postgresql://x@/x?host={tmp_path}", redis_url=f"unix://{tmp_path}/none"
    )
    with pytest.raises(ServiceError, match="PostgreSQL at DATABASE_URL does not answer"):
        ensure_postgres(settings)
    with pytest.raises(ServiceError, match="Redis at REDIS_URL does not answer"):
        ensure_redis(settings)


def test_a_home_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()
    settings = load_settings(home=tmp_path / "file" / "home")
    with pytest.raises(ServiceError, match="SOFTWRIGHT_HOME"):
        ensure_redis(settings)


def test_a_socket_folder_that_is_somebodys_link_is_refused(tmp_path):
    settings = load_settings(home=tmp_path / ("long" * 30))
    settings.sockets.symlink_to(tmp_path)
    try:
        with pytest.raises(ServiceError, match="not a folder of this user"):
            ensure_redis(settings)
    finally:
        settings.sockets.unlink()


def test_a_process_is_found_though_it_was_another_program_when_first_seen(tmp_path):
    shell = ["sh", "-c", "read go; exec sleep 60"]
    with subprocess.Popen(shell, cwd=tmp_path, stdin=subprocess.PIPE, text=True) as process:
        while not list(processes_in(tmp_path, Path("/bin/sh").resolve().name)):
            time.sleep(0.01)
        assert not list(processes_in(tmp_path, "sleep"))
        process.stdin.write("\n")
        process.stdin.flush()
        deadline = time.monotonic() + 30
        while not (found := list(processes_in(tmp_path, "sleep"))) and time.monotonic() < deadline:
            time.sleep(0.01)
        process.kill()
    assert [seen.pid for seen in found] == [process.pid]
