"""pyproject, setup.cfg, requirements, Pipfile, Poetry, PKG-INFO and their lock files; setup.py by its syntax tree."""

from __future__ import annotations

import re
from collections.abc import Iterable
from email.parser import HeaderParser
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from memory.records.imported import Dependency, Stack
from tools.importing.python_old import read_setup_cfg, read_setup_py
from tools.importing.reading import Reading, mapping, strings

LOCKS = ("uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "pylock.toml")
FRAMEWORKS = {
    "fastapi": "FastAPI",
    "flask": "Flask",
    "django": "Django",
    "starlette": "Starlette",
    "litestar": "Litestar",
    "aiohttp": "aiohttp",
    "tornado": "Tornado",
    "sanic": "Sanic",
    "falcon": "Falcon",
    "bottle": "Bottle",
    "click": "Click",
    "typer": "Typer",
    "sqlalchemy": "SQLAlchemy",
    "celery": "Celery",
    "pytest": "pytest",
}
REQUIREMENTS = re.compile(r"^(?:requirements/)?([\w-]*requirements[\w-]*|(?<=requirements/)[\w-]+)\.(?:txt|in)$")
MANIFESTS = ("pyproject.toml", "setup.cfg", "setup.py", "Pipfile", "PKG-INFO")
NOT_PACKAGES = {"tests", "test", "testing", "docs", "doc", "examples", "example", "benchmarks", "scripts", "tools"}


class Found:
    """Declared requirements as they come in from several files; the first word about one in a group holds."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self.rows: dict[tuple[str, str], str] = {}

    def add(self, words: Iterable[str], group: str, place: str) -> None:
        for word in words:
            try:
                requirement = Requirement(word)
            except InvalidRequirement:
                self._reading.notes.append(f"{place}: {word[:100]!r} is no requirement that can be read")
                continue
            if requirement.url:
                self._reading.notes.append(
                    f"{place}: {requirement.name} comes from a URL; the index's is tried instead"
                )
                requirement.url = None
            self.rows.setdefault((canonicalize_name(requirement.name), group), str(requirement))


def read_python(reading: Reading) -> Stack:
    found, project = Found(reading), reading.toml("pyproject.toml")
    about = mapping(project.get("project"))
    poetry = mapping(mapping(project.get("tool")).get("poetry"))
    found.add(strings(about.get("dependencies")), "", "pyproject.toml")
    for group, words in mapping(about.get("optional-dependencies")).items():
        found.add(strings(words), group, "pyproject.toml")
    groups = mapping(project.get("dependency-groups"))
    for group in groups:
        found.add(_group(groups, group, ()), group, "pyproject.toml")
    _poetry(found, poetry)
    old = {**read_setup_py(reading), **read_setup_cfg(reading)}
    found.add(strings(old.get("requires")), "", "setup.cfg or setup.py")
    for group, words in mapping(old.get("extras")).items():
        found.add(strings(words), group, "setup.cfg or setup.py")
    _requirements(reading, found)
    _pipfile(found, reading.toml("Pipfile"))
    info = _pkg_info(reading, found)
    pins = _pins(reading)
    names = {name for name, _ in found.rows}
    texts = [name for name in sorted(reading.files) if REQUIREMENTS.match(name)]
    scripts = {**mapping(about.get("scripts")), **mapping(poetry.get("scripts")), **mapping(old.get("scripts"))}
    packages = _packages(reading)
    return Stack(
        name=str(about.get("name") or poetry.get("name") or old.get("name") or info.get("Name") or ""),
        version=str(about.get("version") or poetry.get("version") or info.get("Version") or old.get("version") or ""),
        requires_python=str(about.get("requires-python") or info.get("Requires-Python") or old.get("python") or ""),
        frameworks=tuple(shown for name, shown in FRAMEWORKS.items() if name in names),
        manifests=(*(name for name in MANIFESTS if name in reading.files), *texts),
        locks=tuple(name for name in LOCKS if name in reading.files),
        dependencies=tuple(
            Dependency(name=name, required=words, group=group, pinned=pins.get(name, ""))
            for (name, group), words in found.rows.items()
        ),
        packages=packages,
        entry_points=(*(f"{name} = {target}" for name, target in scripts.items()), *_mains(reading)),
        test_command="python -m pytest",
        run_command=_run_command(reading, scripts, packages),
    )


def _group(groups: dict[str, Any], name: str, seen: tuple[str, ...]) -> list[str]:
    """Requirements of a dependency group with those that it includes (PEP 735)."""
    words = groups.get(name)
    if name in seen or not isinstance(words, list):
        return []
    included = [mapping(word).get("include-group") for word in words]
    inner = [word for other in included if isinstance(other, str) for word in _group(groups, other, (*seen, name))]
    return [*strings(words), *inner]


def _poetry(found: Found, poetry: dict[str, Any]) -> None:
    tables = {"": poetry.get("dependencies"), "dev": poetry.get("dev-dependencies")}
    tables |= {name: mapping(group).get("dependencies") for name, group in mapping(poetry.get("group")).items()}
    for group, table in tables.items():
        rows = [(name, wanted) for name, wanted in mapping(table).items() if name.lower() != "python"]
        found.add((f"{name}{_range(wanted)}" for name, wanted in rows), group, "pyproject.toml")


def _pipfile(found: Found, pipfile: dict[str, Any]) -> None:
    for key, group in (("packages", ""), ("dev-packages", "dev")):
        found.add((f"{n}{_range(wanted)}" for n, wanted in mapping(pipfile.get(key)).items()), group, "Pipfile")


def _range(wanted: object) -> str:
    """Poetry's and Pipfile's versions as PEP 440 ranges: ^1.2 is >=1.2,<2, and ~1.2 is >=1.2,<1.3."""
    version = str(mapping(wanted).get("version", "*") if isinstance(wanted, dict) else wanted).strip()
    if version in ("*", ""):
        return ""
    parts = []
    for word in filter(None, (piece.strip() for piece in version.split(","))):
        numbers = [int(number) for number in re.findall(r"\d+", word)[:3]]
        if word[0] == "^" and numbers:
            place = next((n for n, number in enumerate(numbers) if number), len(numbers) - 1)
            upper = [*numbers[:place], numbers[place] + 1]
            parts.append(f">={word[1:]},<{'.'.join(map(str, upper))}")
        elif word[0] == "~" and not word.startswith("~=") and numbers:
            upper = [numbers[0], numbers[1] + 1] if len(numbers) > 1 else [numbers[0] + 1]
            parts.append(f">={word[1:]},<{'.'.join(map(str, upper))}")
        else:
            parts.append(word if word[0] in "<>=!~" else f"=={word}")
    return ",".join(parts)


def _requirements(reading: Reading, found: Found) -> None:
    for path in sorted(reading.files):
        if not (match := REQUIREMENTS.match(path)):
            continue
        label = match[1].lower()
        group = re.sub(r"[-_]?requirements[-_]?", "", label) if "requirements" in label else label
        lines = re.sub(r"\\\n", " ", reading.text(path)).splitlines()
        words = (re.sub(r"(^|\s)#.*|\s--hash=\S+", "", line).strip() for line in lines)
        group = "" if group in ("base", "main", "prod", "in") else group
        found.add((word for word in words if word and not word.startswith(("-", ".", "git+", "http"))), group, path)


def _pkg_info(reading: Reading, found: Found) -> dict[str, str]:
    """Of a source archive: complete also where setup.py computes it."""
    message = HeaderParser().parsestr(reading.text("PKG-INFO"))
    for word in message.get_all("Requires-Dist") or []:
        extra = re.search(r"extra\s*==\s*[\"']([^\"']+)[\"']", word)
        plain = re.sub(r"\s*(?:;|and)\s*\(?extra\s*==\s*[\"'][^\"']+[\"']\)?", "", word)
        found.add([plain], extra[1] if extra else "", "PKG-INFO")
    return {key: str(message[key]) for key in ("Name", "Version", "Requires-Python") if message[key]}


def _pins(reading: Reading) -> dict[str, str]:
    pins: dict[str, str] = {}
    for name in ("uv.lock", "poetry.lock", "pdm.lock", "pylock.toml"):
        lock = reading.toml(name)
        rows = lock.get("package") or lock.get("packages") or []
        for row in map(mapping, rows if isinstance(rows, list) else []):
            local = {"editable", "virtual", "directory"} & mapping(row.get("source")).keys()
            if isinstance(row.get("name"), str) and isinstance(row.get("version"), str) and not local:
                pins[canonicalize_name(row["name"])] = row["version"]
    pipfile = reading.json("Pipfile.lock")
    for table in (pipfile.get("default"), pipfile.get("develop")):
        for key, row in mapping(table).items():
            pins[canonicalize_name(key)] = str(mapping(row).get("version", "")).removeprefix("==")
    return pins


def _packages(reading: Reading) -> tuple[str, ...]:
    below = {path.removeprefix("src/") for path in reading.files if path.startswith("src/")}
    names = {path.split("/")[0] for path in below if path.count("/") == 1 and path.endswith("/__init__.py")}
    modules = {path[:-3] for path in below if path.endswith(".py") and "/" not in path}
    if names | modules:
        return tuple(f"src/{name}" for name in sorted(names | modules))
    here = {path.split("/")[0] for path in reading.files if path.count("/") == 1 and path.endswith("/__init__.py")}
    own = {path[:-3] for path in reading.files if path.endswith(".py") and "/" not in path}
    return tuple(sorted((here | own) - NOT_PACKAGES - {"setup", "conftest", "noxfile", "tasks"}))


def _mains(reading: Reading) -> tuple[str, ...]:
    return tuple(p for p in sorted(reading.files) if re.search(r"(^|/)(__main__|manage|wsgi|asgi)\.py$", p))[:20]


def _run_command(reading: Reading, scripts: dict[str, Any], packages: tuple[str, ...]) -> str:
    if "manage.py" in reading.files:
        return "python manage.py runserver"
    for package in packages:
        if f"{package}/__main__.py" in reading.files:
            return f"python -m {package.removeprefix('src/')}"
    return next(iter(scripts), "")


__all__ = ["read_python"]
