"""Functions that are handed to somebody: to lists, promises, routes and events, and what they are called with."""

from __future__ import annotations

import re
from dataclasses import replace

from tools.security.scripts import sources
from tools.security.scripts.expressions import Expressions
from tools.security.scripts.machine import Call, Deferred
from tools.security.scripts.syntax import parameters
from tools.security.scripts.values import NOTHING, NUMBER, Closure, Scope, Value, join, made_of

EACH = re.compile(
    r"\.(forEach|map|filter|find|findIndex|some|every|flatMap|sort|findLast|each|eachSeries|"
    r"mapSeries|mapLimit|tap)$"
)
CLIENTS = re.compile(
    r"^(https?|axios|request|got|needle|superagent|fetch|\$|jQuery|\w*[cC]ache|\w*[cC]lient|"
    r"\w*[aA]gent|this\.http)$"
)
FOLD = re.compile(r"\.(reduce|reduceRight)$")
THEN = re.compile(r"\.(then|finally|pipe|tap)$")
CHAINED = re.compile(
    r"^(lodash|underscore|_|async|\$|jQuery|jquery)\.(each|forEach|map|filter|mapSeries|"
    r"eachSeries|every|some|reduce|flatMap|times|mapValues|forOwn|forIn)$"
)


def _chosen(name: str, receiver: Value, item: Value, results: list[Value]) -> Value:
    """What a list's method gives whose function gave `results`."""
    method = name.rpartition(".")[2]
    if method in {"some", "every", "findIndex"}:
        return NUMBER
    if method in {"find", "findLast"}:
        return item
    if method in {"map", "flatMap", "mapSeries", "mapLimit"} and results and results[0] is not NOTHING:
        made = join(results)
        return Value(kind="array", fields={"0": made})
    if method in {"filter", "sort"} and receiver.fields:
        return receiver
    return replace(made_of([receiver, *results]), kind="array")


class Handlers(Expressions):
    def _callbacks(self, called: Call) -> Value | None:
        """Functions among the arguments that are called with what is known here."""
        name, receiver = called.spelled, called.receiver
        functions = [value.closure for value in called.arguments if value.closure is not None]
        if called.name.endswith((".bind", ".call", ".apply")) and called.receiver.closure is not None:
            return self._borrowed(called, called.receiver.closure)
        if not functions:
            return None
        if re.search(r"^(lodash|underscore|_|ramda|R)\.(partial|curry)$", called.name) and called.argument(0).closure:
            rest = [held for value in called.arguments[1:] for held in (value.fields or {"": value}).values()]
            return self._bound(called.argument(0), functions[0], rest)
        if called.name == "Promise" and called.new:
            return self._promise(functions[0])
        if CHAINED.match(called.name) and called.arguments:
            item = self.member_of(called.arguments[0], "[]")
            self._each(functions, item, called.arguments[0])
            return made_of(called.arguments[:1])
        if THEN.search(name) or (EACH.search(name) and (receiver.level or receiver.fields)):
            item = receiver if THEN.search(name) else self._item(receiver)
            results = self._each(functions, item, receiver)
            return join(results) if THEN.search(name) else _chosen(name, receiver, item, results)
        if FOLD.search(name):
            start = called.arguments[1] if len(called.arguments) > 1 else NOTHING
            self.invoke(functions[0], [join((start, self._item(receiver))), self._item(receiver)])
            return made_of([receiver, start])
        if self._registered(called):
            return Value(name=f"{called.name}()"[:200])
        self.defer_callbacks(called.arguments)
        return None

    def _each(self, functions: list[Closure], item: Value, whole: Value) -> list[Value]:
        results = []
        for function in functions[:2]:
            results.append(self.invoke(function, [item, NOTHING, whole]) if self.following else NOTHING)
        return results

    def _promise(self, closure: Closure) -> Value:
        """`new Promise(resolve => resolve(x))`: x."""
        scope = Scope(closure.scope)
        held: list[Value] = []
        self.resolved.append(held)
        self.invoke(Closure(closure.node, scope, closure.this), [Value(kind="resolve", name="resolve")])
        self.resolved.pop()
        return join(held)

    def _borrowed(self, called: Call, closure: Closure) -> Value:
        rest = called.arguments[1:]
        if called.name.endswith(".bind"):
            return self._bound(called.receiver, closure, rest)
        if called.name.endswith(".apply") and rest:
            rest = list((rest[0].fields or {}).values()) or [rest[0]] * 4
        return self.invoke(closure, rest) if self.following else NOTHING

    def _bound(self, function: Value, closure: Closure, given: list[Value]) -> Value:
        if not any(value.whole().level for value in given):
            return function
        return replace(function, closure=replace(closure, bound=(*closure.bound, *given)))

    def defer_callbacks(self, arguments: list[Value]) -> None:
        """Of functions in an object too: `{handler(req) {...}}`."""
        for value in arguments:
            for held in (value, *(value.fields or {}).values()):
                if held.closure is not None and id(held.closure.node) not in self.called:
                    self.met.setdefault(id(held.closure.node), held.closure)

    def _registered(self, called: Call) -> bool:
        """Handlers of routes and of events."""
        handlers = [value.closure for value in called.arguments if value.closure is not None]
        first = called.argument(0)
        path = first.text is not None or (called.nodes and called.nodes[0].type in {"regex", "array"})
        name = called.spelled
        if name.endswith(".createServer") or called.name.endswith("createServer"):
            return self._deferred(handlers, (sources.REQUEST, sources.RESPONSE))
        if re.search(r"\.(on|once|addEventListener|addListener|onmessage|subscribe|handle|onMessage)$", name) and path:
            return self._listens(name, str(first.text), handlers)
        if CLIENTS.search(name.rpartition(".")[0]) or CLIENTS.search(called.receiver.name):
            return False
        if sources.ROUTE.search(name) and (
            path or sources.ROUTERS.search(name.rpartition(".")[0].partition(".route(")[0])
        ):
            for closure in handlers:
                self._deferred([closure], self._route_arguments(closure, name))
            return True
        return False

    def _listens(self, name: str, event: str, handlers: list[Closure]) -> bool:
        holder = name.rpartition(".")[0]
        if event in {"connection", "connect"}:
            return self._deferred(handlers, (Value(name="socket"), sources.REQUEST))
        if event == "entry":
            return self._deferred(handlers, (sources.foreign("an archive's entry", origin="archive"),))
        if event in {"request", "checkContinue"}:
            return self._deferred(handlers, (sources.REQUEST, sources.RESPONSE))
        if event == "message" and re.search(
            r"^(window|self|addEventListener|parent|top|\w*[wW]orker)?$", holder.partition(".")[0]
        ):
            return self._deferred(handlers, (sources.MESSAGE,))
        if event in sources.QUIET or not sources.LISTENERS.search(holder):
            return False
        return self._deferred(handlers, tuple(sources.foreign("a message") for _ in range(3)))

    def _deferred(self, handlers: list[Closure], arguments: tuple[Value, ...]) -> bool:
        self.deferred += [Deferred(closure, arguments) for closure in handlers]
        self.called |= {id(closure.node) for closure in handlers}
        return True

    def _route_arguments(self, closure: Closure, name: str) -> tuple[Value, ...]:
        count = len(parameters(closure.node))
        if name.endswith(".param"):
            text = sources.foreign("the request's params", kind="string")
            return sources.REQUEST, sources.RESPONSE, NOTHING, text, text
        if count == 4:
            return NOTHING, sources.REQUEST, sources.RESPONSE, NOTHING
        return (sources.REQUEST, sources.RESPONSE, NOTHING)[: max(count, 1)]


__all__ = ["Handlers"]
