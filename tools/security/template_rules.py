"""HTML templates: values that reach a page unescaped, or where escaping does not help; forms without a token."""

from __future__ import annotations

import re
from collections.abc import Iterator

from memory.records.report import Confidence, Finding
from tools.security.found import LIKELY, LOW, MEDIUM, finding
from tools.security.pug_rules import scan_pug

TEMPLATES = (
    *(".html", ".htm", ".xhtml", ".jinja", ".jinja2", ".j2", ".njk", ".ejs", ".hbs", ".handlebars", ".mustache"),
    *(".twig", ".liquid", ".vue", ".svelte", ".pug", ".jade"),
)
COMPONENTS = (".vue", ".svelte", ".component.html")
"""Their framework escapes by place."""
HOLE = r"(?:\{\{(?!\{)[^}]+\}\}|<%=[^%]+%>)"
UNESCAPED = (
    (re.compile(r"\{\{[^}]*\|\s*safe(seq)?\b[^}]*\}\}"), "the value is put into the page unescaped"),
    (re.compile(r"\{%-?\s*autoescape\s+(false|off)"), "values are put into the page unescaped"),
    (re.compile(r"\{\{(\{(?!\{|include)|&)[^}]+\}\}"), "the value is put into the page unescaped"),
    (re.compile(r"<%-(?!\s*include)[^%]+%>"), "the value is put into the page unescaped"),
    (re.compile(r"\sv-html\s*="), "the value becomes HTML"),
    (re.compile(r"\{@html\s"), "the value becomes HTML"),
    (re.compile(r"\|\s*raw\s*\}\}"), "the value is put into the page unescaped"),
    (re.compile(r"\bng-bind-html-unsafe|\[innerHTML\]\s*="), "the value becomes HTML"),
)
OWN = r"(?!(\{\{|<%=)[^}%]*(\|\s*(tojson|escapejs|json_script|urlize)|url_for|static|asset|[\w.]*url[\w.]*\())"
"""Values that the program makes of its own addresses, or that a filter makes fit."""
SAID = r"[^}%]*(user|profile|link|website|homepage|next|query|input|param)"
BAD_PLACES = (
    (
        re.compile(rf"<(script|style)\b[^>]*>[^<]*{OWN}{HOLE}"),
        "escaping for HTML does not help inside a script",
        LIKELY,
    ),
    (
        re.compile(rf"\son\w+\s*=\s*(['\"])[^'\"]*{OWN}{HOLE}"),
        "escaping for HTML does not help inside an event handler",
        LIKELY,
    ),
    (
        re.compile(rf"\b(href|src)\s*=\s*['\"]?\s*{OWN}(?=(\{{\{{|<%=){SAID}){HOLE}"),
        "the address can be javascript:",
        LIKELY,
    ),
    (re.compile(rf"<\w+[^>]*\s(?!on\w)[\w:-]+\s*=\s*{HOLE}"), "without quotes the value can add attributes", LIKELY),
    (re.compile(rf"\b(href|formaction)\s*=\s*['\"]?\s*{OWN}{HOLE}"), "the address can be javascript:", Confidence.LOW),
    (
        re.compile(rf"<script\b[^>]*\ssrc\s*=\s*['\"]?(?:https?:)?(?://)?{OWN}{HOLE}"),
        "the script comes from where the value says",
        Confidence.LOW,
    ),
)
SAFE_INSIDE = re.compile(
    r"tojson|escapejs|bleach|sanitize|purify|csrf|url_for|static|nonce|_html\b|json_script|dumps|macro|caller\(|super\(|\|\s*markdown",
    re.I,
)
SCRIPT = re.compile(
    r"<script(?![^>]*(\ssrc\s*=|\stype\s*=\s*(?!['\"]?(?:module|(?:text|application)/(?:x-)?(?:java|ecma)script))))[^>]*>",
    re.I,
)
IN_SCRIPT = re.compile(
    r"\{\{(?!\{)(?![^}]*\|\s*(tojson|escapejs|json_script|int|safe))[^}]+\}\}|<%=(?![^%]*JSON\.stringify)[^%]+%>"
)
ELSEWHERE = re.compile(
    r"<(script|iframe|embed)\b[^>]*\ssrc\s*=\s*['\"]?(http:)//([\w.-]+)|<(form)\b[^>]*\saction\s*=\s*['\"]?(http:)//([\w.-]+)"
    r"|<(a)\b[^>]*\shref\s*=\s*['\"]?(http:)//([\w.-]+)",
    re.I,
)
UNPROVED = re.compile(
    r"<script\b(?=[^>]*\ssrc\s*=\s*['\"]?(?:https?:)?//)(?![^>]*\sintegrity)[^>]*>"
    r"|<link\b(?=[^>]*\bstylesheet)(?=[^>]*\shref\s*=\s*['\"]?(?:https?:)?//(?!fonts\.(?:googleapis|gstatic)\.com))(?![^>]*\sintegrity)[^>]*>",
    re.I,
)
HERE = re.compile(r"localhost|127\.|0\.0\.0\.0|example\.|[\w-]+$|.*\.(local|internal|test)$", re.I)
FORM = re.compile(r"<form\b[^>]*\smethod\s*=\s*['\"]?(?:post|put|patch|delete)\b[^>]*>(.*?)(?:</form|\Z)", re.I | re.S)
DJANGO = re.compile(r"\{%\s*(load|url|static|csrf_token)\b")


def scan_template(file: str, text: str) -> Iterator[Finding]:
    if file.endswith((".pug", ".jade")):
        yield from scan_pug(file, text)
        return
    components = file.endswith(COMPONENTS)
    script = False
    for number, line in enumerate(text.splitlines(), 1):
        yield from _unescaped(file, number, line)
        starts = SCRIPT.search(line) is not None
        inside = script and not starts
        script = (script or starts) and "</script" not in line.partition("<script")[0]
        if not components:
            yield from _wrong_place(file, number, line, inside=inside)
            yield from _elsewhere(file, number, line)
        if "</script" in line:
            script = False
    if not components:
        yield from _forms(file, text)
        if debug := re.search(r"\{%\s*debug\s*%\}", text):
            why, fix = "the page shows all that the template knows", "Remove the tag."
            yield finding(file, _line(text, debug.start()), "debug-mode", 489, MEDIUM, LIKELY, why, fix)


def _unescaped(file: str, number: int, line: str) -> Iterator[Finding]:
    for pattern, why in UNESCAPED:
        match = pattern.search(line)
        if (
            match
            and not SAFE_INSIDE.search(match[0])
            and not (file.endswith(".vue") and re.search(r"sanitize|purify", line, re.I))
        ):
            fix = "Remove the filter, or clean the value (nh3, bleach) where it has to be HTML."
            yield finding(file, number, "template-unescaped", 79, MEDIUM, LIKELY, why, fix)
            return


def _wrong_place(file: str, number: int, line: str, *, inside: bool) -> Iterator[Finding]:
    fix = "Use tojson inside scripts, quote attributes, check addresses."
    for pattern, why, confidence in BAD_PLACES:
        match = pattern.search(line)
        if match and not SAFE_INSIDE.search(match[0]):
            yield finding(file, number, "template-wrong-place", 79, MEDIUM, confidence, why, fix)
            return
    hole = IN_SCRIPT.search(line) if inside else None
    if hole and not SAFE_INSIDE.search(hole[0]):
        why = "escaping for HTML does not help inside a script"
        yield finding(file, number, "template-wrong-place", 79, MEDIUM, LIKELY, why, fix)


def _elsewhere(file: str, number: int, line: str) -> Iterator[Finding]:
    """What a page takes from other hosts."""
    for match in ELSEWHERE.finditer(line):
        what, _, host = (group for group in match.groups() if group)
        if not HERE.match(host):
            link = what.lower() == "a"
            severity, confidence = (LOW, Confidence.LOW) if link else (MEDIUM, LIKELY)
            yield finding(
                file, number, "no-tls", 319, severity, confidence, f"{host} is asked without TLS", "Use https."
            )
    if UNPROVED.search(line):
        why, fix = "whoever holds the other host can change the file", "Add integrity and crossorigin, or serve it."
        yield finding(file, number, "no-integrity", 353, MEDIUM, Confidence.LOW, why, fix)


def _forms(file: str, text: str) -> Iterator[Finding]:
    django = DJANGO.search(text) is not None
    if not django and re.search(r"csrf|_token|hidden_tag", text, re.I):
        return
    for form in FORM.finditer(text):
        head = form[0].partition(">")[0]
        if re.search(r"csrf|_token|hidden_tag|hx-", form[0]) or re.search(r"action\s*=\s*['\"]?https?:", head):
            continue
        if not re.search(r"<(input|button|select|textarea)\b", form[1]) or not (django or re.search(HOLE, text)):
            continue
        known = django and re.search(r"\{%\s*include\b", form[1]) is None
        why, fix = "other sites can post this form in a visitor's name", "Add {% csrf_token %}."
        place, sure = _line(text, form.start()), LIKELY if known else Confidence.LOW
        yield finding(file, place, "form-without-csrf-token", 352, MEDIUM, sure, why, fix)


def _line(text: str, place: int) -> int:
    return text.count("\n", 0, place) + 1


__all__ = ["TEMPLATES", "scan_template"]
