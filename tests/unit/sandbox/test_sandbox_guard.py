from __future__ import annotations

import os

from memory.records.execution import Limits
from tools.sandbox.guard import measure
from tools.sandbox.hidden import measure_hidden


def test_a_file_with_two_names_is_counted_once_and_links_are_not_followed(tmp_path):
    ws = tmp_path / "ws"
    ws.mkdir()
    (ws / "one").write_bytes(bytes(1 << 20))
    (ws / "two").hardlink_to(ws / "one")
    (tmp_path / "big").write_bytes(bytes(4 << 20))
    (ws / "link").symlink_to(tmp_path / "big")
    (ws / "up").symlink_to(tmp_path)
    usage = measure([ws], Limits())
    assert usage.files == 4
    assert 1 << 20 <= usage.bytes < 2 << 20


def test_a_sparse_file_counts_for_what_it_takes(tmp_path):
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(1 << 30)
    assert measure([tmp_path], Limits()).bytes < 1 << 20


def test_the_excess_is_told_with_its_limit(tmp_path):
    for number in range(5):
        (tmp_path / str(number)).touch()
    limits = Limits(workspace_files=3)
    assert "the limit is 3" in measure([tmp_path], limits).excess(limits)


def test_the_hosts_scratch_is_not_counted_while_a_sandbox_is_still_starting() -> None:
    """A process that sees the host's file system, as bwrap does before it has mounted its own."""
    assert measure_hidden(os.getpid()).files == 0
