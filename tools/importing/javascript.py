"""package.json and its lock files."""

from __future__ import annotations

import re

from memory.records.imported import Dependency, Stack
from tools.importing.reading import Reading, mapping

LOCKS = ("package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml")
FRAMEWORKS = {
    "express": "Express",
    "fastify": "Fastify",
    "koa": "Koa",
    "@nestjs/core": "NestJS",
    "next": "Next.js",
    "react": "React",
    "vue": "Vue",
    "svelte": "Svelte",
    "@angular/core": "Angular",
    "hono": "Hono",
    "vitest": "Vitest",
    "jest": "Jest",
    "mocha": "Mocha",
}
GROUPS = {"dependencies": "", "devDependencies": "dev", "optionalDependencies": "optional"}
YARN = re.compile(r'^"?(@?[^@"\s]+)@[^\n]*:\n\s+version:?\s+"?([^"\s]+)', re.MULTILINE)
PNPM = re.compile(r"^  ['\"/]?(@?[^@'\"\s]+)@([^:()'\"\s]+)[^\n]*:$", re.MULTILINE)


def read_javascript(reading: Reading) -> Stack:
    package = reading.json("package.json")
    if "package.json" not in reading.files:
        return Stack()
    locks = tuple(name for name in LOCKS if name in reading.files)
    pins = _pins(reading, locks)
    declared = [
        (name, str(wanted), g) for key, g in GROUPS.items() for name, wanted in mapping(package.get(key)).items()
    ]
    scripts = {name: str(words) for name, words in mapping(package.get("scripts")).items()}
    names = {name for name, _, _ in declared}
    entry = [str(package[key]) for key in ("main", "module") if isinstance(package.get(key), str)]
    bins = package.get("bin")
    entry += [f"{name} ({path})" for name, path in mapping(bins).items()] or ([bins] if isinstance(bins, str) else [])
    return Stack(
        name=str(package.get("name", "")),
        version=str(package.get("version", "")),
        frameworks=tuple(shown for name, shown in FRAMEWORKS.items() if name in names),
        manifests=("package.json",),
        locks=locks,
        dependencies=tuple(
            Dependency(name=name, required=wanted, pinned=pins.get(name, ""), group=group)
            for name, wanted, group in declared
        ),
        entry_points=tuple(dict.fromkeys(entry)),
        test_command=scripts.get("test", ""),
        scripts=scripts,
        run_command="npm start" if "start" in scripts else "",
    )


def _pins(reading: Reading, locks: tuple[str, ...]) -> dict[str, str]:
    pins: dict[str, str] = {}
    for name in locks:
        if name.endswith(".json"):
            lock = reading.json(name)
            old = mapping(lock.get("dependencies")).items()
            new = mapping(lock.get("packages")).items()
            rows = [(path.removeprefix("node_modules/"), about) for path, about in (*old, *new)]
            pins |= {key: str(mapping(row)["version"]) for key, row in rows if key and "version" in mapping(row)}
        else:
            pattern = YARN if name == "yarn.lock" else PNPM
            pins |= dict(pattern.findall(reading.text(name)))
    return pins


__all__ = ["read_javascript"]
