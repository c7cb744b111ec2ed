"""pnpm's lock file holds direct dependencies to their versions."""

from __future__ import annotations

import json

import pytest

from tools.sandbox.pnpm_lock import held

LOCK = b"""lockfileVersion: '9.0'

importers:

  .:
    dependencies:
      'left-pad':
        specifier: ^1.0.0
        version: 1.3.0
    devDependencies:
      '@types/node':
        specifier: ^25.5.0
        version: 25.5.0
      vitest:
        specifier: ^4.1.2
        version: 4.1.2(@types/node@25.5.0)(vite@8.0.3)
      own:
        specifier: workspace:*
        version: link:packages/own

  packages/own:
    dependencies:
      left-pad:
        specifier: ^1.0.0
        version: 1.1.0

packages:

  'left-pad@1.3.0':
    resolution: {integrity: sha512-x}
"""
MANIFEST = {
    "name": "shop",
    "dependencies": {"left-pad": "^1.0.0"},
    "devDependencies": {"vitest": "^4.1.2", "@types/node": "^25.5.0", "own": "workspace:*", "new": "^1.0.0"},
}


def test_the_root_is_held_and_what_is_no_version_stays() -> None:
    found = json.loads(held(json.dumps(MANIFEST).encode(), LOCK))
    assert found == {
        "name": "shop",
        "dependencies": {"left-pad": "1.3.0"},
        "devDependencies": {"vitest": "4.1.2", "@types/node": "25.5.0", "own": "workspace:*", "new": "^1.0.0"},
    }


@pytest.mark.parametrize(
    "lock", [b"", b"\xff\xfe", b"importers:\n", b"lockfileVersion: 5.4\ndependencies:\n  a: 1.0.0\n"]
)
def test_what_is_not_understood_holds_nothing(lock: bytes) -> None:
    assert json.loads(held(json.dumps(MANIFEST).encode(), lock)) == MANIFEST
