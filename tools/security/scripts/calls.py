"""Calls: own functions are followed, others hand on what they are made of."""

from __future__ import annotations

import re
from abc import abstractmethod
from dataclasses import replace

from tools.security.scripts import sources
from tools.security.scripts.cleaners import LOOKED_UP, cleaned_by, replaced
from tools.security.scripts.guards import PLACES, spelled
from tools.security.scripts.handlers import Handlers
from tools.security.scripts.machine import Call
from tools.security.scripts.modules import module_name
from tools.security.scripts.syntax import FUNCTIONS, Syntax
from tools.security.scripts.values import (
    ARGUMENT,
    EVERY,
    NOTHING,
    ROOT,
    UP,
    Closure,
    Scope,
    Value,
    concatenated,
    made_of,
)
from tools.security.scripts.wording import words

SETTING = words(
    "text val attr css data prop addClass append prepend html before after insertAfter appendTo toggleClass on"
)
KEEPING = re.compile(
    r"\.(toString|trim|trimStart|trimEnd|toLowerCase|toUpperCase|concat|slice|substring|substr|"
    r"padStart|padEnd|repeat|normalize|join|valueOf|split|reverse|flat|shift|pop|at|values|"
    r"entries|keys|get|getAll|replaceAll|replace)$"
)
RESOLVING = re.compile(
    r"^(path|path\.posix|path\.win32)\.(join|resolve|normalize|relative)$|^(url\.parse|URL|"
    r"url\.URL|decodeURI|decodeURIComponent|fs\.realpathSync|realpathSync|path\.dirname|"
    r"path\.parse)$|^path\.(join|resolve|normalize)$"
)
TALKS_NOT = re.compile(
    r"^(JSON|Object|Array|console|_|lodash|underscore|\$|jQuery|Math|\w+Storage|document|window|String|Number|Boolean|"
    r"Promise|log\w*|parse\w*|encodeURI\w*|decode\w*|fs|path|util|set\w+|<response>|res|require|import)\b"
    r"|\.(test|match|join|replace|push|split|slice|exec|html|append|text|val|get|set|trim|toString)$"
)
"""Whose errors do not repeat what they were given."""
PROMISED = re.compile(r"^(util\.promisify|promisify|bluebird\.promisify\w*|pify|thenify|util\.callbackify)$")


def _is_pattern(called: Call) -> bool:
    function = called.node.part("function")
    holder = function.part("object") if function is not None else None
    written = holder is not None and holder.type == "regex"
    return written or called.receiver.kind == "regex" or called.receiver.name == "RegExp()"


class Calls(Handlers):
    @abstractmethod
    def default_arguments(self, closure: Closure) -> list[Value]: ...

    def call(self, node: Syntax, scope: Scope) -> Value:
        function = node.part("function") or node.part("constructor")
        holder = node.part("arguments")
        if function is None:
            return NOTHING
        if function.type == "import":
            function_value, receiver = Value(name="import"), NOTHING
        elif function.type == "member_expression":
            inner = function.part("object")
            receiver = self.evaluate(inner, scope)
            if inner is not None and inner.type == "identifier":
                receiver = self._global(receiver, inner.text)
            function_value = self.member_of(receiver, (function.part("property") or function).text)
        else:
            receiver = NOTHING
            function_value = self.evaluate(function, scope)
            if function.type == "identifier":
                function_value = self._global(function_value, function.text)
        if holder is not None and holder.type == "template_string":
            return self._tagged(node, function_value, holder, scope)
        nodes = holder.kids if holder is not None else []
        arguments = self._arguments(nodes, scope)
        called = Call(
            node=node,
            name=function_value.name or spelled(function)[:200],
            spelled=spelled(function)[:200],
            arguments=arguments,
            nodes=nodes,
            receiver=receiver,
            scope=scope,
            new=node.type == "new_expression",
        )
        self.check_call(called)
        if self.thrown and function_value.closure is None and not TALKS_NOT.search(called.name):
            self.thrown[-1] += [value for value in arguments if value.whole().level]
        return self._result(called, function_value)

    def _arguments(self, nodes: list[Syntax], scope: Scope) -> list[Value]:
        values: list[Value] = []
        for node in nodes:
            value = self.evaluate(node, scope)
            if node.type == "spread_element" and value.fields and value.kind == "array":
                values += value.fields.values()
            else:
                values.append(value)
        return values

    def _tagged(self, node: Syntax, function: Value, template: Syntax, scope: Scope) -> Value:
        """A tag gets the values apart from the text, and can put them where they do no harm."""
        value = self.evaluate(template, scope)
        if re.search(r"(^|\.)(html|raw|exec|\$|shell|sh|execSync)$", function.name):
            self.check_call(
                Call(
                    node=node,
                    name=function.name,
                    spelled=function.name,
                    arguments=[value],
                    nodes=[template],
                    receiver=NOTHING,
                    scope=scope,
                )
            )
            return value
        return value.cleaned(EVERY)

    def _result(self, called: Call, function: Value) -> Value:
        name, arguments = called.name, called.arguments
        if name in {"require", "import"} and arguments and arguments[0].text is not None and not arguments[0].level:
            other = self.modules.exports(called.node.tree.file, arguments[0].text)
            return other if other is not None else Value(name=module_name(arguments[0].text))
        if function.kind == "class" or (called.new and function.closure is not None):
            return self.instance(function, arguments)
        if PROMISED.search(name) and arguments:
            return replace(arguments[0], text=None)
        if function.closure is not None and function.closure.node.type in FUNCTIONS:
            return self._own(called, function.closure)
        special = self._callbacks(called)
        if special is not None:
            return special
        return self._handed_on(called)

    def _own(self, called: Call, closure: Closure) -> Value:
        self.defer_callbacks(called.arguments)
        if not self.following:
            return made_of(called.arguments)
        result = self.invoke(closure, called.arguments, called.receiver if called.receiver is not NOTHING else None)
        if closure.node.tree is not called.node.tree:
            classes = cleaned_by((called.name, called.spelled))
            result = result.cleaned(*classes) if classes else result
        escaping = result.level and re.search(r"&(lt|#60|#x3c);", closure.node.text, re.I)
        return result.cleaned("html", "markup") if escaping else result

    def _handed_on(self, called: Call) -> Value:
        name, spelt = called.name, called.spelled
        arguments, receiver = called.arguments, called.receiver
        key = spelt.rpartition(".")[2]
        if receiver.kind == "request" and (told := sources.of_request(key, called=True)) is not None:
            return told
        if key in {"resolve", "reject"} and self.resolved and arguments:
            self.resolved[-1].append(arguments[0])
        result_name = f"{name}()"[:200]
        setting = key in {"attr", "data", "prop", "val", "text", "html", "css"} and (
            len(arguments) > (key in {"attr", "data", "prop", "css"}) or any(value.fields for value in arguments)
        )
        if (known := sources.of_name(result_name)) is not None and receiver.level <= ARGUMENT and not setting:
            return known
        if re.match(r"(\$|jQuery)\(\)", name) and key in SETTING and arguments:
            return Value(name="$()")
        classes = cleaned_by((name, spelt))
        if key == "exec" and arguments and _is_pattern(called):
            return replace(arguments[0].whole(), kind="texts", fields=None, closure=None, text=None, name="")
        if key in {"replace", "replaceAll"} and called.nodes:
            return self._replaced(called)
        if re.search(r"\.(push|unshift|append|add|set|splice)$", spelt) and arguments:
            self._filled(called)
        if re.search(r"(^|\.)(assign|extend|merge|defaults|defaultsDeep)$", name) and arguments:
            return self._assigned(called)
        if (
            name.startswith("URL")
            and called.new
            and len(arguments) == 2
            and arguments[1].text
            and not arguments[1].level
        ):
            arguments = [arguments[0].cleaned("ssrf") if arguments[0].text else arguments[0]]
        made = self._made(called, arguments)
        if classes is not None:
            return (
                made.cleaned(*classes)
                if made.level
                else Value(kind="number" if EVERY in classes else "", name=result_name, text=made.text)
            )
        if not made.level:
            return replace(made, name=result_name) if made.text is None else made
        parsed = RESOLVING.search(name) is not None
        places = tuple(spelled(node) for node in called.nodes if node.type in PLACES) if parsed else ()
        origin = receiver.made_of if receiver.level else ()
        return replace(made, name=result_name, made_of=places or origin)

    def _made(self, called: Call, arguments: list[Value]) -> Value:
        """What comes out is made of what went in, unless it is looked up by it."""
        receiver = called.receiver
        kept = KEEPING.search(called.spelled) is not None
        if called.name.endswith((".join", ".resolve")) and called.name.startswith("path"):
            joined = concatenated([part for value in arguments for part in (value, Value(text="/"))][:-1])
            return joined if called.name.endswith(".join") else replace(joined, safe=joined.safe - {ROOT})
        if receiver.level > ARGUMENT and receiver.kind not in {"request", "response"}:
            return self._kept(called, receiver, arguments)
        if kept and (receiver.fields or receiver.text is not None):
            if called.spelled.endswith(".concat") and receiver.kind == "array":
                held = {**(receiver.fields or {})}
                for value in arguments:
                    for inner in (value.fields or {"": value}).values() if value.kind == "array" else [value]:
                        held[str(len(held))] = inner
                return replace(receiver, fields=held)
            if called.spelled.endswith(".join"):
                return concatenated(
                    [
                        part
                        for value in (receiver.fields or {}).values()
                        for part in (value, Value(text=arguments[0].text if arguments else ","))
                    ][:-1]
                )
            if called.spelled.endswith(".concat"):
                made = concatenated([receiver, *arguments])
                self.check_made(called.node, made)
                return made
            return replace(made_of([receiver, *arguments]), text=receiver.text, kind=receiver.kind)
        if LOOKED_UP.search(called.spelled) and not called.name.startswith(
            ("path.", "querystring.", "util.", "url.", "JSON.", "Buffer.", "Object.", "Promise.")
        ):
            return NOTHING
        if (
            re.search(
                r"(^|\.)(asKey|createSecretKey|importKey)$|^Buffer\.from$|^TextEncoder\(\)\.encode$|"
                r"^(\w+\.)?getBytes$",
                called.name,
            )
            and arguments
        ):
            return replace(arguments[0], closure=None)
        if called.name in {"util.format", "format"} or called.name.endswith(".format"):
            made = concatenated(arguments)
            self.check_made(called.node, made)
            return made
        if (
            called.name in {"String", "decodeURIComponent", "unescape", "decodeURI", "querystring.unescape"}
            and arguments
        ):
            given = arguments[0].whole()
            safe = given.safe if called.name == "String" else given.safe - {"path", UP, ROOT}
            return replace(given, kind="string", text=arguments[0].text, fields=None, closure=None, safe=safe)
        made = made_of(arguments)
        texts = [value.text for value in arguments[:1] if value.text is not None]
        return replace(made, text=texts[0]) if texts and made.level else made

    def _kept(self, called: Call, receiver: Value, arguments: list[Value]) -> Value:
        key = called.spelled.rpartition(".")[2]
        if key in {"split", "match", "matchAll", "entries", "values", "keys", "getAll"}:
            return replace(receiver, kind="texts", fields=None, text=None, closure=None)
        if key == "concat":
            return concatenated([receiver, *arguments])
        if key in {"toString", "trim", "toLowerCase", "toUpperCase", "toLocaleLowerCase", "String", "normalize"}:
            return replace(receiver, kind="string", fields=None, closure=None)
        kind = "string" if receiver.kind in {"string", "texts"} else ""
        return replace(receiver, kind=kind, fields=None, closure=None, text=None)

    def _replaced(self, called: Call) -> Value:
        pattern = called.nodes[0].text
        by = called.argument(1)
        receiver = called.receiver
        classes = replaced(pattern, by.text or "") if called.nodes[0].type == "regex" else frozenset()
        known = called.scope.find(pattern) if called.nodes[0].type == "identifier" else None
        if known is not None and known.kind == "regex":
            classes = replaced(known.text or "", by.text or "")
        text = receiver.text
        if by.level and text is not None and receiver.level == 0:
            return concatenated([receiver, by])
        made = made_of([receiver, by])
        return replace(made.cleaned(*classes) if classes else made, text=text, kind="string", name=receiver.name)

    def _filled(self, called: Call) -> None:
        """`list.push(x)`, `params.append("key", x)`: the variable holds it."""
        function = called.node.part("function")
        holder = function.part("object") if function is not None else None
        if holder is None or holder.type not in {"identifier", "this"}:
            return
        before = called.scope.find(holder.text)
        added = called.arguments if called.spelled.endswith((".push", ".unshift")) else called.arguments[-1:]
        if before is None or before.kind in {"request", "response"}:
            return
        if before.kind == "array" or before.fields is not None:
            fields = dict(before.fields or {})
            for value in added:
                fields[str(len(fields))] = value
            called.scope.assign(holder.text, replace(before, fields=fields))
        elif (made := made_of(added)).level > before.level:
            called.scope.assign(holder.text, replace(made, name=before.name, kind=before.kind))

    def _assigned(self, called: Call) -> Value:
        fields: dict[str, Value] = {}
        for value in called.arguments:
            self._spread(value, fields)
        merged = Value(kind="object", fields=fields, name=called.argument(0).name)
        target = called.nodes[0] if called.nodes else None
        if (
            target is not None
            and target.type == "identifier"
            and called.argument(0).kind not in {"request", "response"}
        ):
            called.scope.assign(target.text, merged)
        return merged


__all__ = ["Calls"]
