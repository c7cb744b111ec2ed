from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from memory.services.ensure import Services
from memory.settings import LONGEST_SOCKET_PATH, REPOSITORY, SettingsError, load_settings, variable_of
from memory.settings import Settings as SettingsClass


@pytest.mark.parametrize(
    ("variable", "value", "part"),
    [
        ("SOFTWRIGHT_PORT", "eighty", "valid integer"),
        ("SOFTWRIGHT_PORT", "70000", "65535"),
        ("SOFTWRIGHT_LOG_LEVEL", "loud", "'debug'"),
        ("SOFTWRIGHT_WORKER_CONCURRENCY", "0", "greater than or equal to 1"),
        ("SOFTWRIGHT_OSV_MIRROR", "ftp://osv", "https://host/v1/query"),
        ("DATABASE_URL", "mysql://host/x", "postgresql://user:password@host:5432/database"),
        ("REDIS_URL", "host:6379", "redis://host:6379/0"),
    ],
)
def test_a_wrong_value_is_named_with_its_remedy(monkeypatch, variable, value, part):
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert str(caught.value).startswith(f"{variable} is wrong: ")
    assert part in str(caught.value)
    assert ".env.example" in str(caught.value)


def test_the_plain_names_and_the_prefixed_ones_are_read(monkeypatch, tmp_path):
    monkeypatch.setenv("DATABASE_URL", "postgresql://u@h/d")
    monkeypatch.setenv("JWT_SECRET", "kept to itself")
    monkeypatch.setenv("SOFTWRIGHT_PORT", "8111")
    monkeypatch.setenv("SOFTWRIGHT_HOME", str(tmp_path / "a" / ".." / "b"))
    settings = load_settings()
    assert settings.database_url == "postgresql://u@h/d"
    assert settings.port == 8111
    assert settings.home == tmp_path / "b"
    assert "kept to itself" not in repr(settings)


def test_an_empty_value_counts_as_unset(monkeypatch):
    monkeypatch.setenv("REDIS_URL", "")
    assert load_settings().redis_url is None


def test_options_win_over_the_environment(monkeypatch):
    monkeypatch.setenv("SOFTWRIGHT_PORT", "8111")
    assert load_settings(port=8222).port == 8222


@pytest.mark.parametrize("home", ["/" + "long" * 40, "/srv/with space", "/srv/ümlaut"])
def test_a_home_that_no_socket_fits_in_gets_a_short_folder_for_sockets(home):
    sockets = load_settings(home=home).sockets
    assert sockets.parent == Path("/tmp")
    assert len(os.fsencode(sockets / ".s.PGSQL.5432.lock")) <= LONGEST_SOCKET_PATH
    assert sockets == load_settings(home=home).sockets
    assert sockets != load_settings(home=home + "2").sockets


def test_an_ordinary_home_keeps_its_sockets():
    settings = load_settings(home="/srv/softwright")
    assert settings.sockets == settings.run


def test_env_example_names_every_variable_and_no_other():
    text = (REPOSITORY / ".env.example").read_text()
    documented = set(re.findall(r"^#?([A-Z][A-Z0-9_]+)=", text, re.MULTILINE))
    launcher_only = {"SOFTWRIGHT_NO_APT"}
    assert documented == {variable_of(field) for field in SettingsClass.model_fields} | launcher_only


@pytest.mark.parametrize(
    ("host", "url"),
    [("127.0.0.1", "http://127.0.0.1:8000"), ("0.0.0.0", "http://127.0.0.1:8000"), ("::1", "http://[::1]:8000")],
)
def test_the_address_for_clients(host, url):
    assert load_settings(host=host).url == url


def test_celery_gets_the_redis_address_in_its_own_form():
    assert Services("", "unix:///run/x.sock?db=0").broker_url == "redis+socket:///run/x.sock?virtual_host=0"
    assert Services("", "redis://host:6379/2").broker_url == "redis://host:6379/2"
