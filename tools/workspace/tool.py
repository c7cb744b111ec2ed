"""The workspace as a box of tools for a model, and as LangChain tools."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.tools import BaseTool, StructuredTool
from pydantic import ValidationError

from memory.records.execution import ExecutionCancelled, SandboxError
from tools.workspace import answers
from tools.workspace import arguments as takes
from tools.workspace.commands import Commands
from tools.workspace.dangers import Dangers
from tools.workspace.excerpts import clean
from tools.workspace.interface import Block, ToolResult, WorkspaceError
from tools.workspace.jail import normal
from tools.workspace.workspace import Workspace

Act = Callable[[Any], Awaitable[ToolResult]]


@dataclass(frozen=True)
class Tool:
    name: str
    description: str
    """Empty where the name says it: it is sent with every request."""
    takes: type[takes.Arguments]
    act: Act


class WorkspaceTools:
    """Implements Toolbox. Without `commands`, nothing can be run."""

    def __init__(self, workspace: Workspace, commands: Commands | None = None) -> None:
        self._workspace = workspace
        self.tools = (*_file_tools(workspace), *(_command_tools(commands) if commands else ()))
        self._by_name = {tool.name: tool for tool in self.tools}
        self._schemas = tuple(takes.schema(tool.name, tool.description, tool.takes) for tool in self.tools)

    @property
    def schemas(self) -> Sequence[dict[str, Any]]:
        return self._schemas

    async def call(self, name: str, arguments: Mapping[str, Any]) -> ToolResult:
        tool = self._by_name.get(name)
        if tool is None:
            return ToolResult(False, f"there is no such tool; there are: {', '.join(self._by_name)}")
        try:
            return await tool.act(tool.takes.model_validate(dict(arguments)))
        except ValidationError as error:
            return ToolResult(False, f"wrong arguments: {_problems(error)}")
        except WorkspaceError as error:
            return ToolResult(False, clean(str(error)), clean(error.data))
        except ExecutionCancelled:
            raise
        except SandboxError as error:
            return ToolResult(False, clean(f"not run: {error}"))
        except Exception as error:  # the border to the model: what broke is told, and the loop bounds how often
            return ToolResult(False, clean(f"the tool broke: {type(error).__name__}: {error}"))

    def danger_of(self, name: str, arguments: Mapping[str, Any]) -> str:
        """Of what would be refused anyway, nothing."""
        tool, dangers = self._by_name.get(name), self._workspace.dangers
        if tool is None or dangers is None:
            return ""
        try:
            return clean(_danger(tool.takes.model_validate(dict(arguments)), dangers, self._workspace))
        except (ValidationError, WorkspaceError):
            return ""

    async def broken(self, paths: Sequence[str]) -> tuple[str, ...]:
        return await asyncio.to_thread(self._workspace.broken, paths)


def _danger(given: takes.Arguments, dangers: Dangers, files: Workspace) -> str:
    """Raises WorkspaceError where the path is none."""
    if not isinstance(given, takes.DeleteFile | takes.MoveFile | takes.WriteFile | takes.EditFile):
        return ""
    path = normal(given.path)
    if files.is_protected(path):
        return ""
    if isinstance(given, takes.DeleteFile):
        return dangers.of_delete(path)
    if isinstance(given, takes.MoveFile):
        return dangers.of_move(path, normal(given.to))
    text = given.content if isinstance(given, takes.WriteFile) else "\n".join(edit.new for edit in given.edits)
    return dangers.of_write(path, text)


def _problems(error: ValidationError) -> str:
    found = (f"{'.'.join(map(str, item['loc'])) or 'all'}: {item['msg']}" for item in error.errors()[:5])
    return clean("; ".join(found))


def _file_tools(files: Workspace) -> tuple[Tool, ...]:
    async def list_files(a: takes.ListFiles) -> ToolResult:
        return answers.listed(await asyncio.to_thread(files.files, a.folder))

    async def read_file(a: takes.ReadFile) -> ToolResult:
        return answers.excerpted(await asyncio.to_thread(files.read, a.path, a.start, a.end))

    async def search(a: takes.Search) -> ToolResult:
        return answers.found(await asyncio.to_thread(files.search, a.pattern, a.path, literal=a.literal))

    async def edit_file(a: takes.EditFile) -> ToolResult:
        blocks = [Block(edit.old, edit.new) for edit in a.edits]
        return answers.edited(await asyncio.to_thread(files.edit, a.path, blocks, drops=a.drops))

    async def write_file(a: takes.WriteFile) -> ToolResult:
        return answers.edited(await asyncio.to_thread(files.write, a.path, a.content, drops=a.drops))

    async def delete_file(a: takes.DeleteFile) -> ToolResult:
        await asyncio.to_thread(files.delete, a.path)
        return ToolResult(True, "deleted", touched=(normal(a.path),))

    async def move_file(a: takes.MoveFile) -> ToolResult:
        await asyncio.to_thread(files.move, a.path, a.to)
        return ToolResult(True, "moved", touched=(normal(a.path), normal(a.to)))

    return (
        Tool("list_files", "Files with sizes", takes.ListFiles, list_files),
        Tool("read_file", "Numbered lines start..end", takes.ReadFile, read_file),
        Tool("search", "Lines matching a regex", takes.Search, search),
        Tool(
            "edit_file",
            "Replace text, all edits or none. `old`: copied without line numbers, unique. `drops`: definitions to go",
            takes.EditFile,
            edit_file,
        ),
        Tool("write_file", "", takes.WriteFile, write_file),
        Tool("delete_file", "", takes.DeleteFile, delete_file),
        Tool("move_file", "", takes.MoveFile, move_file),
    )


def _command_tools(commands: Commands) -> tuple[Tool, ...]:
    async def run_command(a: takes.RunCommand) -> ToolResult:
        return await commands.run(a.command)

    async def run_tests(a: takes.RunTests) -> ToolResult:
        return await commands.test()

    return (
        Tool("run_command", "Shell command; no network, 60 s", takes.RunCommand, run_command),
        Tool("run_tests", "", takes.RunTests, run_tests),
    )


def langchain_tools(box: WorkspaceTools) -> list[BaseTool]:
    """The same tools for any LangChain agent; errors are told as text."""
    return [_wrapped(box, tool) for tool in box.tools]


def _wrapped(box: WorkspaceTools, tool: Tool) -> BaseTool:
    async def call(**given: Any) -> str:
        plain = tool.takes.model_validate(given).model_dump(exclude_unset=True)
        danger = box.danger_of(tool.name, plain)
        result = ToolResult(False, f"refused: it {danger}") if danger else await box.call(tool.name, plain)
        state = "ok" if result.ok else "error"
        return f"{state}: {result.status}" + (f"\n{result.data}" if result.data else "")

    return StructuredTool.from_function(
        coroutine=call, name=tool.name, description=tool.description or tool.name, args_schema=tool.takes
    )


__all__ = ["Tool", "WorkspaceTools", "langchain_tools"]
