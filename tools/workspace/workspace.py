"""The files of one project: what can be seen of them, and changed. Blocking; every path is below the root."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from fnmatch import fnmatchcase
from pathlib import Path

from tools.workspace.dangers import Dangers
from tools.workspace.dropping import without
from tools.workspace.guard import check_definitions, check_elisions
from tools.workspace.interface import (
    Block,
    Dangerous,
    Edited,
    Excerpt,
    File,
    Found,
    Listing,
    Match,
    NotText,
    NotThere,
    Protected,
    TooLarge,
    WorkspaceError,
)
from tools.workspace.jail import Jail, normal, shown
from tools.workspace.matcher import replaced
from tools.workspace.search import Source, search
from tools.workspace.syntax import problem_of

NOISE = frozenset(
    {
        *(".venv", "venv", "node_modules", "__pycache__", ".tox", ".nox", ".eggs", ".cache", ".softwright-reports"),
        *(".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", ".coverage", ".idea", ".vscode"),
    }
)
"""Folders and files that nobody wrote."""
PROTECTED = ("softwright.json", "softwright.toml", "*.lock")
"""How a project is run, tested and judged, and hashes that nobody can make up."""
FILE_BYTES = 1 << 20
FILES_LISTED = 400
LINES_READ = 400
CHARS_READ = 20_000
CHARS_A_LINE = 500


class Workspace:
    def __init__(self, root: Path, *, protected: Sequence[str] = PROTECTED, dangers: Dangers | None = None) -> None:
        """`protected`: patterns (fnmatch) of paths that may be read and not changed; a name alone counts anywhere.

        `dangers`: what a command may not change either; None: nothing is dangerous here.
        """
        self.jail = Jail(root)
        self.dangers = dangers
        self._protected = tuple(protected)

    def files(self, below: str = "") -> Listing:
        """Raises OutsideWorkspace, NotThere."""
        files = [File(path, status.st_size) for path, status in self.jail.walk(below, without=NOISE)]
        wanted = [file for file in files if not file.path.endswith(".pyc")]
        return Listing(tuple(wanted[:FILES_LISTED]), max(0, len(wanted) - FILES_LISTED))

    def read(self, path: str, start: int = 1, end: int | None = None) -> Excerpt:
        """Lines `start` to `end`, both from 1 on and included. Raises NotThere, NotText, TooLarge, OutsideWorkspace."""
        lines = self._text(path).removesuffix("\n").split("\n")
        first = max(1, start)
        if first > len(lines):
            raise NotThere(f"{path} has {len(lines)} lines only")
        asked = lines[first - 1 : len(lines) if end is None else max(first, end)]
        taken, room = [], CHARS_READ
        for line in (line.removesuffix("\r") for line in asked[:LINES_READ]):
            room -= min(len(line), CHARS_A_LINE) + 8
            if room < 0:
                break
            taken.append(line if len(line) <= CHARS_A_LINE else line[:CHARS_A_LINE] + "…")
        cut = len(taken) < len(asked) or any(len(line) > CHARS_A_LINE for line in asked[: len(taken)])
        return Excerpt(normal(path), first, tuple(taken), len(lines), cut)

    def search(self, pattern: str, below: str = "", *, literal: bool = False) -> Found:
        """Raises BadPattern, OutsideWorkspace, NotThere."""
        if not self.jail.is_folder(below):
            return search([Source(normal(below), self._text(below))], pattern, literal=literal)
        paths = (path for path, _ in self.jail.walk(below, without=NOISE) if not path.endswith(".pyc"))
        return search((self._source(path) for path in paths), pattern, literal=literal)

    def edit(self, path: str, blocks: Sequence[Block], *, drops: Sequence[str] = ()) -> Edited:
        """All blocks or none; what `drops` names and no block touches is taken out.

        Raises NoMatch, AmbiguousMatch, Elision, Gutting, Protected and those of `read`.
        """
        self._check_writable(path)
        text = self._text(path)
        crlf = "\r\n" in text and text.count("\r\n") == text.count("\n")
        plain = text.replace("\r\n", "\n") if crlf else text
        if crlf:
            blocks = [Block(b.old.replace("\r\n", "\n"), b.new.replace("\r\n", "\n")) for b in blocks]
        if not (blocks or drops):
            raise WorkspaceError("no edits were given")
        new, matches = replaced(plain, blocks)
        if path.endswith(".py"):
            new = without(plain, new, drops)
        return self._put(path, plain, new, matches, drops, (lambda t: t.replace("\n", "\r\n")) if crlf else str)

    def write(self, path: str, content: str, *, drops: Sequence[str] = ()) -> Edited:
        """A whole file, new or not. Raises Elision, Gutting, Protected, TooLarge, OutsideWorkspace."""
        self._check_writable(path)
        try:
            old = self._text(path)
        except NotText:
            old = ""
        except NotThere:
            old = ""
        return self._put(path, old, content, (), drops, str)

    def delete(self, path: str) -> None:
        """One file. Raises NotThere, Protected, OutsideWorkspace."""
        self._check_writable(path)
        self.jail.delete(path)

    def move(self, source: str, target: str) -> None:
        """One file, to where none is. Raises NotThere, Protected, OutsideWorkspace."""
        self._check_writable(source)
        self._check_writable(target)
        self.jail.move(source, target)

    def drop(self, path: str) -> None:
        """A file that a command removed. Raises Dangerous and those of `delete`."""
        self._check_writable(path)
        if self.dangers is not None and (why := self.dangers.of_delete(path)):
            raise Dangerous(f"{why}: a person is asked about that if you use delete_file")
        self.jail.delete(path)

    def take_over(self, path: str, content: bytes) -> None:
        """What a command wrote, binary or text. Raises Dangerous, Gutting, Protected, OutsideWorkspace."""
        self._check_writable(path)
        if self.dangers is not None and (why := self.dangers.of_write(path, content.decode("utf-8", "replace"))):
            raise Dangerous(f"{why}: a person is asked about that if you use edit_file or write_file")
        with suppress(NotThere, NotText, UnicodeDecodeError):  # nothing to lose, or nothing to compare with
            check_definitions(path, self._text(path), content.decode(), ())
        self.jail.write(path, content)

    def broken(self, paths: Sequence[str]) -> tuple[str, ...]:
        """A sentence for each of these files that is there and cannot be parsed."""
        found = []
        for path in paths:
            try:
                problem = problem_of(path, self._text(path))
            except WorkspaceError:
                continue  # gone, or no text: nothing to parse
            if problem:
                found.append(f"{path}, line {problem.line}: {problem.message}")
        return tuple(found)

    def is_protected(self, path: str) -> bool:
        name = path.rpartition("/")[2]
        return any(fnmatchcase(path, p) or ("/" not in p and fnmatchcase(name, p)) for p in self._protected)

    def _check_writable(self, path: str) -> None:
        if self.is_protected(normal(path)):
            raise Protected(f"{shown(path)} is protected: it is not to be changed here")

    def _put(
        self,
        path: str,
        old: str,
        new: str,
        matches: tuple[Match, ...],
        drops: Sequence[str],
        encode: Callable[[str], str],
    ) -> Edited:
        check_elisions(path, old, new)
        dropped = check_definitions(path, old, new, drops)
        self.jail.write(path, _encoded(encode(new)))
        lines = new.count("\n") + (not new.endswith("\n"))
        return Edited(normal(path), matches, lines, dropped, problem_of(path, new))

    def _source(self, path: str) -> Source:
        try:
            return Source(path, self._text(path))
        except WorkspaceError:
            return Source(path, None)

    def _text(self, path: str) -> str:
        content = self.jail.read(path, FILE_BYTES)
        try:
            text = content.decode()
        except UnicodeDecodeError as error:
            raise NotText(f"{shown(path)} is no UTF-8 text") from error
        if "\0" in text:
            raise NotText(f"{shown(path)} is binary")
        return text


def _encoded(text: str) -> bytes:
    try:
        content = text.encode()
    except UnicodeEncodeError as error:
        raise NotText(f"the content is no valid text: {error.reason} at {error.start}") from error
    if "\0" in text:
        raise NotText("the content has a NUL character")
    if len(content) > FILE_BYTES:
        raise TooLarge(f"a file may have {FILE_BYTES:,} bytes, this has {len(content):,}")
    return content


__all__ = ["NOISE", "PROTECTED", "Workspace"]
