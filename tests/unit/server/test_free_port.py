"""Where the server listens when nobody said where."""

from __future__ import annotations

import socket

import pytest

from memory.settings import Settings
from server.cli.background import with_free_port


@pytest.mark.parametrize("asked", [False, True])
def test_a_taken_port_is_left_only_where_nobody_asked_for_it(asked: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        settings = Settings.model_construct(_fields_set={"port"} if asked else set(), host="127.0.0.1", port=port)
        assert (with_free_port(settings).port == port) is asked


def test_a_free_port_stays() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    settings = Settings.model_construct(_fields_set=set(), host="127.0.0.1", port=port)
    assert with_free_port(settings).port == port
