"""What is refused before a provider is asked, so that no rows are lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from memory.records.manifest import Manifest
from memory.records.serving import Release, Resources
from memory.repositories.remote import Slot
from tools.deploy.interface import ReleaseRejected
from tools.deploy.remote.checking import check, warning

MANIFEST = Manifest(template="t", template_version="1", asgi="app.main:app")
ELSEWHERE = {"DATABASE_URL": "postgresql://db.example/app"}


def checked(
    environment: str = "staging", instances: int = 1, *, keeps: bool = False, writes: bool = True, **variables: str
) -> str:
    """Why it is refused; else what is said about it."""
    resources = Resources(instances=instances)
    release = Release("d1", "p1", environment, "c1", Path("/nowhere"), variables=variables, resources=resources)
    try:
        check(Slot("p1", environment, "render"), release, MANIFEST, keeps_files=keeps, writes_files=writes)
    except ReleaseRejected as error:
        return f"{error.what} {error.remedy}"
    return warning(MANIFEST, variables, keeps_files=keeps)


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("rows would be lost", {"environment": "production"}),
        ("rows of its own", {"instances": 2}),
        ("nowhere to keep", {"writes": False}),
        ("lost with its next deploy", {}),
    ],
)
def test_rows_on_a_disk_that_does_not_last(said: str, asked: dict) -> None:
    told = checked(**asked)
    assert said in told
    assert "PUT /api/projects/p1/environments/" in told or said == "lost with its next deploy"
    assert checked(**asked, **ELSEWHERE) == ""
    assert checked(**{**asked, "writes": True}, keeps=True) == ""
