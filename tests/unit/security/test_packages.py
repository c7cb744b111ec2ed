"""Versions against advisories, names against names, and the list of packages, without a service."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cyclonedx.model.bom import Bom

from memory.records.manifest import Manifest
from tools.security.interface import Advisory
from tools.security.packages.inventory import project_packages, python_packages
from tools.security.packages.licences import installed_licences
from tools.security.packages.matching import affects
from tools.security.packages.names import looks_like
from tools.security.packages.records import NPM, PYPI
from tools.security.packages.sbom import sbom

DIGEST = "ab" * 32
LOCK = f"fastapi==0.1.0 \\\n    --hash=sha256:{DIGEST} \\\n    --hash=sha256:{'cd' * 32}\nsix==1.16.0\nloose>=2\n-e .\n"
NPM_LOCK = {
    "lockfileVersion": 3,
    "packages": {
        "": {"name": "shop"},
        "node_modules/@acme/ui": {"version": "2.0.0", "license": "MIT", "integrity": "sha512-q80=", "dev": True},
        "node_modules/a/node_modules/b": {"version": "1.0.0"},
        "node_modules/linked": {"link": True},
    },
}


@pytest.mark.parametrize(
    ("ecosystem", "events", "version", "expected"),
    [
        (PYPI, [{"introduced": "0"}, {"fixed": "2.10.1"}], "2.10", True),
        (PYPI, [{"introduced": "0"}, {"fixed": "2.10.1"}], "2.10.1", False),
        (PYPI, [{"introduced": "0"}, {"fixed": "2.10"}], "2.9", True),
        (PYPI, [{"introduced": "1"}, {"fixed": "2"}, {"introduced": "3"}, {"fixed": "4"}], "2.5", False),
        (PYPI, [{"introduced": "1"}, {"fixed": "2"}, {"introduced": "3"}, {"fixed": "4"}], "3.5", True),
        (PYPI, [{"introduced": "3"}, {"fixed": "4"}, {"introduced": "1"}, {"fixed": "2"}], "1.5", True),
        (PYPI, [{"introduced": "0"}, {"last_affected": "2"}], "2", True),
        (PYPI, [{"introduced": "0"}, {"last_affected": "2"}], "2.0.1", False),
        (PYPI, [{"introduced": "0"}, {"fixed": "1"}], "not a version", True),
        (NPM, [{"introduced": "1.0.0"}, {"fixed": "1.10.0"}], "1.9.9", True),
        (NPM, [{"introduced": "1.0.0"}, {"fixed": "1.10.0"}], "1.10.0", False),
        (NPM, [{"introduced": "0"}, {"fixed": "2.0.0"}], "2.0.0-rc.1", True),
        (NPM, [{"introduced": "0"}, {"fixed": "2.0.0-rc.2"}], "2.0.0-rc.10", False),
    ],
)
def test_ranges(ecosystem: str, events: list[dict[str, str]], version: str, expected: bool) -> None:
    package = {"name": "Some.Thing" if ecosystem == PYPI else "some-thing", "ecosystem": ecosystem}
    record = {"affected": [{"package": package, "ranges": [{"type": "ECOSYSTEM", "events": events}]}]}
    assert affects(record, ecosystem, "some-thing", version) is expected
    assert not affects(record, ecosystem, "other", version)


def test_listed_versions_count_too() -> None:
    record = {"affected": [{"package": {"name": "a", "ecosystem": PYPI}, "versions": ["1.5"]}]}
    assert affects(record, PYPI, "a", "1.5")
    assert not affects(record, PYPI, "a", "1.6")


@pytest.mark.parametrize(
    ("ecosystem", "name", "expected"),
    [
        (PYPI, "requests", None),
        (PYPI, "reqeusts", "requests"),
        (PYPI, "request", "requests"),
        (PYPI, "python-requests", "requests"),
        (PYPI, "sql_alchemy", "sqlalchemy"),
        (PYPI, "pyjwt2", "pyjwt"),
        (PYPI, "sqlalchemy-utils", None),
        (PYPI, "attr", None),
        (NPM, "expres", "express"),
        (NPM, "cross-env.js", None),
        (NPM, "crossenv", "cross-env"),
        (NPM, "@types/express", None),
    ],
)
def test_names_that_look_like_others(ecosystem: str, name: str, expected: str | None) -> None:
    assert looks_like(ecosystem, name) == expected


def test_all_that_is_pinned_is_listed(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text(LOCK)
    (tmp_path / "package-lock.json").write_text(json.dumps(NPM_LOCK, indent=2))
    manifest = Manifest(template="none", template_version="0", asgi="")
    found = project_packages(tmp_path, manifest)
    assert [(p.name, p.version, p.file, p.line) for p in found] == [
        ("fastapi", "0.1.0", "requirements.txt", 1),
        ("six", "1.16.0", "requirements.txt", 4),
        ("loose", "", "requirements.txt", 5),
        ("@acme/ui", "2.0.0", "package-lock.json", 7),
        ("b", "1.0.0", "package-lock.json", 13),
    ]
    assert found[0].digests == (f"sha256:{DIGEST}", f"sha256:{'cd' * 32}")


def test_licences_come_from_what_is_installed(tmp_path: Path) -> None:
    site = tmp_path / "lib" / "python3.11" / "site-packages"
    texts = {
        "a": "License-Expression: MIT OR Apache-2.0\nLicense: no",
        "b": "License: BSD-3-Clause",
        "c": f"License: {'long ' * 50}\nClassifier: License :: OSI Approved :: MIT License",
        "d": "",
    }
    for name, text in texts.items():
        (site / f"{name}-1.dist-info").mkdir(parents=True)
        (site / f"{name}-1.dist-info" / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {name}\n{text}\n\nLicense: x"
        )
    assert installed_licences(tmp_path) == {"a": "MIT OR Apache-2.0", "b": "BSD-3-Clause", "c": "MIT License", "d": ""}


def test_the_list_is_cyclonedx(tmp_path: Path) -> None:
    (tmp_path / "package-lock.json").write_text(json.dumps(NPM_LOCK, indent=2))
    manifest = Manifest(template="none", template_version="0", asgi="")
    packages = (
        *python_packages(LOCK.encode(), "requirements.lock", {"six": "MIT"}),
        *project_packages(tmp_path, manifest),
    )
    advisory = Advisory(package="six", version="1.16.0", id="PYSEC-1", fixed_in=("2",))
    text = sbom("shop", "1", packages, datetime(2026, 1, 1, tzinfo=UTC), [advisory])
    document = json.loads(text)
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.6")
    by_name = {component["name"]: component for component in document["components"]}
    assert by_name["fastapi"]["purl"] == "pkg:pypi/fastapi@0.1.0"
    assert by_name["fastapi"]["hashes"][0] == {"alg": "SHA-256", "content": DIGEST}
    assert by_name["@acme/ui"]["purl"] == "pkg:npm/%40acme/ui@2.0.0"
    assert by_name["@acme/ui"]["scope"] == "optional"
    assert by_name["six"]["licenses"] == [{"license": {"acknowledgement": "declared", "id": "MIT"}}] or by_name["six"][
        "licenses"
    ] == [{"license": {"id": "MIT"}}]
    assert document["vulnerabilities"][0]["affects"][0]["ref"] == by_name["six"]["bom-ref"]
    assert len(Bom.from_json(document).components) == len(packages)  # type: ignore[attr-defined]
