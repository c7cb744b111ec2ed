"""Functions of the script: followed with what they are called with, or with what their callers can be."""

from __future__ import annotations

import re
from abc import abstractmethod

from tools.security.scripts import sources
from tools.security.scripts.calls import Calls
from tools.security.scripts.machine import VISITS
from tools.security.scripts.syntax import Syntax, function_name, name_of, parameters
from tools.security.scripts.values import NOTHING, Closure, Scope, Value, join

HANDLER = re.compile(r"(^|\.)(handler|lambdaHandler|main|default)$|[hH]andler$")


class Functions(Calls):
    def invoke(self, closure: Closure, arguments: list[Value], this: Value | None = None) -> Value:
        node = closure.node
        key = (
            id(node),
            id(closure.scope),
            tuple((value.whole().level, value.kind, ",".join(sorted(value.whole().safe))) for value in arguments),
        )
        if key in self.known:
            return self.known[key]
        if id(node) in self.active or self.visits.get(id(node), 0) >= VISITS:
            return NOTHING
        self.visits[id(node)] = self.visits.get(id(node), 0) + 1
        self.called.add(id(node))
        self.active.append(id(node))
        scope = Scope(closure.scope, owner=node)
        if node.type != "arrow_function":
            given = this if this is not None and this.fields else closure.this
            if given is not None:
                scope.names["this"] = given
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
        self.known[key] = result
        self.kept.append(closure.scope)
        return result

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
                told = sources.by_type(parameter)
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

    def default_arguments(self, closure: Closure) -> list[Value]:
        """For a function that nobody here calls."""
        node = closure.node
        own = parameters(node)
        name = function_name(node)
        exported = id(node) in self.exported or name in self.exported_names
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
            told = sources.by_type(parameter)
            if told is None and answered and number == 0 and not re.match(r"^(err|error|e)$", text):
                told = sources.REQUEST
            if told is None:
                told = sources.by_name(text, answered=answered or (len(own) == 2 and name_of(own[1]) == "next"))
            if told is NOTHING and (exported or id(node) not in self.called):
                told = sources.argument(text)
            found.append(told)
        return found

    @abstractmethod
    def _exports(self, value: Value) -> None: ...

    def run(self) -> None:
        scope = Scope(owner=self.tree.root)
        self.execute(self.tree.root, scope)
        for name in self.exported_names:
            value = scope.find(name)
            if value is not None:
                self._exports(value)
        for place, value in scope.names.items():
            if re.match(r"(module\.)?exports\b", place):
                self._exports(value)
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
                or function_name(closure.node) in self.exported_names
            ):
                return closure
        return None


__all__ = ["Functions"]
