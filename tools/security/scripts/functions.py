"""Functions of the script: followed with what they are called with, or with what their callers can be."""

from __future__ import annotations

import re
from abc import abstractmethod
from dataclasses import replace

from tools.security.scripts import sources
from tools.security.scripts.calls import Calls
from tools.security.scripts.machine import VISITS, Key
from tools.security.scripts.syntax import Syntax, function_name, name_of, parameters
from tools.security.scripts.values import NOTHING, Closure, Scope, Value, join

PLUGIN = re.compile(r"(^|\.)fn\.\w+$")
HANDLER = re.compile(r"(^|\.)(handler|lambdaHandler|main|default)$|[hH]andler$")


def _told(arguments: list[Value]) -> tuple[tuple[int, str, str, int], ...]:
    """What of them makes one call another than the next."""
    return tuple(
        (
            (worst := value.whole()).level,
            value.kind,
            ",".join(sorted(worst.safe)),
            id(value.closure.node) if value.closure is not None else 0,
        )
        for value in arguments
    )


def _assigned_to(node: Syntax) -> str:
    left = node.parent.part("left") if node.parent is not None else None
    return left.text if left is not None else ""


def _is_plain(key: Key) -> bool:
    """Nothing foreign goes in, and nothing to be called: it is the same whoever calls it."""
    return key[2] <= 0 and all(not level and not function for level, _, _, function in key[3])


class Functions(Calls):
    def invoke(self, closure: Closure, arguments: list[Value], this: Value | None = None) -> Value:
        given = this if this is not None and this.fields else closure.this
        return self.followed(closure, arguments, given)[0]

    def followed(self, closure: Closure, arguments: list[Value], this: Value | None) -> tuple[Value, Value]:
        """What it gives, and `this` afterwards."""
        node = closure.node
        arguments = [*closure.bound, *arguments]
        key = (id(node), id(closure.scope), this.whole().level if this is not None else -1, _told(arguments))
        before = this if this is not None else NOTHING
        known = self.modules.known if _is_plain(key) else self.known
        if key in known:
            self.called.add(id(node))
            return known[key]
        if id(node) in self.active or self.visits.get(id(node), 0) >= VISITS:
            return NOTHING, before
        self.visits[id(node)] = self.visits.get(id(node), 0) + 1
        self.called.add(id(node))
        self.active.append(id(node))
        around, self.tree = self.tree, node.tree
        scope = Scope(closure.scope, owner=node)
        if node.type != "arrow_function":
            if this is not None:
                scope.names["this"] = this
            scope.names["arguments"] = Value(kind="array", fields={str(n): value for n, value in enumerate(arguments)})
        self._parameters(node, arguments, scope)
        body = node.part("body")
        result = NOTHING
        if body is not None and body.type == "statement_block":
            self.execute(body, scope)
            result = join(scope.returned)
        elif body is not None:
            result = self.evaluate(body, scope)
        self.active.pop()
        self.tree = around
        known[key] = (result, scope.names.get("this", before))
        self.kept.append(closure.scope)
        return known[key]

    def _parameters(self, node: Syntax, arguments: list[Value], scope: Scope) -> None:
        for number, parameter in enumerate(parameters(node)):
            pattern = parameter
            if parameter.type in {"required_parameter", "optional_parameter"}:
                pattern = parameter.part("pattern") or parameter
            given = arguments[number] if number < len(arguments) else NOTHING
            if pattern.type == "rest_pattern":
                rest = arguments[number:]
                given = (
                    Value(kind="array", fields={str(n): value for n, value in enumerate(rest)})
                    if len(rest) != 1
                    else rest[0]
                )
            if given is NOTHING or (not given.level and not given.kind and given.fields is None and given.text is None):
                told = sources.by_type(parameter) or self.injected(parameter, scope)
                if told is None and pattern.type == "identifier":
                    told = sources.by_name(pattern.text, answered=False)
                given = told if told is not None and told is not NOTHING else given
            default = parameter.part("value") if parameter is not pattern else None
            if default is not None:
                given = (
                    join((given, self.evaluate(default, scope)))
                    if given is not NOTHING
                    else self.evaluate(default, scope)
                )
            if given is NOTHING and pattern.type == "identifier":
                given = Value(name=pattern.text)
            self.bind(pattern, given, scope, declare=True)
            if any(kid.type == "accessibility_modifier" for kid in parameter.kids):
                this = scope.find("this") or Value(kind="object")
                scope.assign("this", this.with_field(pattern.text, given))

    def default_arguments(self, closure: Closure) -> list[Value]:
        """For a function that nobody here calls."""
        node = closure.node
        own = parameters(node)
        name = function_name(node)
        exported = id(node) in self.exported or name in self.exported_names.values()
        found: list[Value] = []
        answered = len(own) > 1 and any(sources.ANSWERS.match(name_of(kid)) for kid in own)
        if name is not None and sources.NEXT.match(name) and exported and own:
            return [sources.REQUEST, NOTHING]
        if name is not None and HANDLER.search(name) and own and not answered and exported:
            first = name_of(own[0])
            if (
                not sources.NAMES.match(first)
                and len(own) <= 3
                and re.match(r"^_?(event|evt|e|ctx|context|data|\{.*)", first, re.S)
            ):
                return [sources.foreign("the event")]
        for number, parameter in enumerate(own):
            text = name_of(parameter)
            told = sources.by_type(parameter) or self.injected(parameter, closure.scope)
            if told is None and answered and number == 0 and not re.match(r"^(err|error|e)$", text):
                told = sources.REQUEST
            if told is None:
                told = sources.by_name(text, answered=answered or (len(own) == 2 and name_of(own[1]) == "next"))
            if told is NOTHING and (exported or id(node) not in self.called):
                told = sources.argument(text)
                if PLUGIN.search(_assigned_to(node)):
                    told = replace(told, origin="plugin")
            found.append(told)
        return found

    @abstractmethod
    def exporting(self, value: Value) -> None: ...

    @abstractmethod
    def injected(self, parameter: Syntax, scope: Scope) -> Value | None:
        """Of a parameter whose type is a class that is known."""

    def run(self) -> None:
        """What nobody has called yet; the script's own statements were followed before."""
        rounds = 0
        while rounds < 400_000:
            rounds += 1
            if self.deferred:
                waiting = self.deferred.pop(0)
                self.invoke(waiting.closure, list(waiting.arguments))
                continue
            closure = self._next()
            if closure is None:
                return
            arguments = self.default_arguments(closure)
            self.visits[id(closure.node)] = 0
            self.invoke(closure, arguments)
            self.called.add(id(closure.node))

    def _next(self) -> Closure | None:
        """One that nobody has called; exported ones are called from elsewhere too."""
        for key in list(self.met):
            closure = self.met.pop(key)
            if (
                key not in self.called
                or self.visits.get(key, 0) == 0
                or key in self.exported
                or function_name(closure.node) in self.exported_names.values()
            ):
                return closure
        return None


__all__ = ["Functions"]
