from __future__ import annotations

from server.supervision.rotation import rotate


def test_only_a_large_log_is_moved_and_its_writer_goes_on_at_the_start(tmp_path):
    with (tmp_path / "api.log").open("ab", buffering=0) as writer:
        writer.write(b"x" * 100)
        (tmp_path / "small.log").write_text("small")
        rotate(tmp_path, largest_bytes=50)
        writer.write(b"new")
    assert (tmp_path / "api.log").read_bytes() == b"new"
    assert (tmp_path / "api.log.1").read_bytes() == b"x" * 100
    assert not (tmp_path / "small.log.1").exists()
