"""The list of a project's packages as a CycloneDX document."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from datetime import datetime

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.model.tool import ToolRepository
from cyclonedx.model.vulnerability import BomTarget, Vulnerability, VulnerabilitySource
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from tools.security.interface import Advisory
from tools.security.packages.records import NPM, Package

ALGORITHMS = {"sha256": HashAlgorithm.SHA_256, "sha384": HashAlgorithm.SHA_384, "sha512": HashAlgorithm.SHA_512}


def sbom(
    name: str, version: str, packages: Sequence[Package], made_at: datetime, advisories: Iterable[Advisory] = ()
) -> str:
    """CycloneDX 1.6 as JSON: every package with its address (purl), digests and licence, and what is known of it."""
    root = Component(name=name, version=version, type=ComponentType.APPLICATION, bom_ref="application")
    bom = Bom(
        metadata=BomMetaData(
            component=root,
            timestamp=made_at,
            tools=ToolRepository(components=[Component(name="softwright", type=ComponentType.APPLICATION)]),
        )
    )
    components = {(p.name, p.version): _component(p) for p in packages}
    for component in components.values():
        bom.components.add(component)
    bom.register_dependency(root, components.values())
    for advisory in advisories:
        about = components.get((advisory.package, advisory.version))
        if about is not None:
            bom.vulnerabilities.add(_vulnerability(advisory, about))
    return str(JsonV1Dot6(bom).output_as_string(indent=2))


def _component(package: Package) -> Component:
    purl = _address(package)
    return Component(
        name=package.name,
        version=package.version or None,
        type=ComponentType.LIBRARY,
        bom_ref=purl.to_string(),
        purl=purl,
        scope=ComponentScope.OPTIONAL if package.development else ComponentScope.REQUIRED,
        hashes=[found for digest in package.digests if (found := _hash(digest)) is not None],
        licenses=[LicenseFactory().make_from_string(package.licence)] if package.licence else None,
    )


def _address(package: Package) -> PackageURL:
    if package.ecosystem != NPM:
        return PackageURL("pypi", name=package.name, version=package.version or None)
    scope, _, name = package.name.rpartition("/")
    return PackageURL("npm", namespace=scope or None, name=name, version=package.version)


def _hash(digest: str) -> HashType | None:
    """pip writes `sha256:<hex>`, npm `sha512-<base64>`."""
    mark = ":" if ":" in digest else "-"
    algorithm, _, text = digest.partition(mark)
    if algorithm not in ALGORITHMS:
        return None
    try:
        content = text if mark == ":" else base64.b64decode(text, validate=True).hex()
    except ValueError:
        return None
    return HashType(alg=ALGORITHMS[algorithm], content=content)


def _vulnerability(advisory: Advisory, about: Component) -> Vulnerability:
    return Vulnerability(
        id=advisory.id,
        source=VulnerabilitySource(name="OSV"),
        description=advisory.description or None,
        recommendation=f"use {' or '.join(advisory.fixed_in)}" if advisory.fixed_in else None,
        affects=[BomTarget(ref=str(about.bom_ref))],
    )


__all__ = ["sbom"]
