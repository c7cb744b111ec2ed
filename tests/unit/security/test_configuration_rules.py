"""Templates, Dockerfiles, Compose and workflows: each weakness beside a clean twin of it."""

from __future__ import annotations

import pytest

from memory.records.report import Finding
from tools.security.code_driver import is_script
from tools.security.configuration import scan_configuration
from tools.security.gate import closes_gate
from tools.security.scripts.scan import scan_script

ISSUES = "on: issues\njobs:\n  a:\n    steps:\n"
PUSHED = "on: push\njobs:\n  a:\n    steps:\n"
RULES: dict[str, tuple[str, str, str, str]] = {
    "a page's script puts together markup": (
        "cross-site-scripting",
        "page.html",
        "<script>\nbox.innerHTML = location.hash;\n</script>",
        "<script>\nbox.textContent = location.hash;\n</script>",
    ),
    "a script that a template fills": (
        "code-injection",
        "page.html",
        "<script>{% if a %}\nconst a = {{ a }}; eval(location.hash);\n{% endif %}</script>",
        "<script type='text/x-template'>{% if a %}\nconst a = {{ a }}; eval(location.hash);\n{% endif %}</script>",
    ),
    "filters that let through": (
        "template-unescaped",
        "a.html",
        "{{ names|safeseq|join:',' }}",
        "{{ names|join:',' }}",
    ),
    "Mustache": ("template-unescaped", "a.mustache", "<b>{{& name}}</b>", "<b>{{ name }}</b>"),
    "a partial of EJS": ("template-unescaped", "a.ejs", "<%- name %>", "<%- include('head', {a: 1}) %>"),
    "EJS inside a script": (
        "template-wrong-place",
        "a.ejs",
        "<script>\nvar a = <%= name %>;\n</script>",
        "<p>\nvar a = <%= name %>;\n</p>",
    ),
    "an attribute without quotes": (
        "template-wrong-place",
        "a.html",
        "<meta name='b' content={{ who }}>",
        "<meta name='b' content='{{ who }}'>",
    ),
    "Pug": ("template-unescaped", "a.pug", "a(href!=address) to", "if a != b\n  p(class='c')= a"),
    "Pug's script": ("template-wrong-place", "a.pug", 'script= "var a = " + a', 'script= "var a = 1"'),
    "a page that shows all": ("debug-mode", "a.html", "<pre>{% debug %}</pre>", "<pre>{% debugger %}</pre>"),
    "another site's form": (
        "form-without-csrf-token",
        "a.html",
        "{% load static %}<form method='post'><input name='a'></form>",
        "{% load static %}<form method='post'>{% csrf_token %}<input></form><form data-method=put><input></form>",
    ),
    "a script that comes in clear text": (
        "no-tls",
        "a.html",
        "<script src='http://cdn.site.com/a.js'></script>",
        "<script src='http://localhost:8000/a.js'></script>",
    ),
    "an image that runs as root": (
        "docker-root",
        "Dockerfile",
        "FROM node:22\nUSER node\nUSER root\n",
        "FROM node:22\nUSER root\nRUN make\nUSER node\nCMD node a.js\n",
    ),
    "a secret given while building": (
        "docker-secret-argument",
        "Dockerfile",
        "FROM node:22\nUSER a\nARG NPM_TOKEN\n",
        "FROM node:22\nUSER a\nARG NODE_VERSION\nENV API_TOKEN=$GIVEN\n",
    ),
    "the daemon's socket": (
        "docker-socket",
        "compose.yml",
        "services:\n  a:\n    volumes:\n      - /run/docker.sock:/run/docker.sock\n",
        "services:\n  a:\n    volumes:\n      - ./run:/run  # not /run/docker.sock\n",
    ),
    "no guard of the kernel": (
        "container-unconfined",
        "compose.yml",
        "services:\n  a:\n    security_opt:\n      - seccomp:unconfined\n",
        "services:\n  a:\n    security_opt:\n      - no-new-privileges:true\n",
    ),
    "powers": (
        "container-powers",
        "compose.yml",
        "services:\n  a:\n    cap_add:\n      - SYS_ADMIN\n",
        "services:\n  a:\n    cap_drop:\n      - ALL\n",
    ),
    "a stranger's words in a command": (
        "ci-script-injection",
        ".github/workflows/a.yml",
        ISSUES + "      - run: echo ${{ github.event.issue.title }}\n",
        ISSUES + "      - run: echo $T\n        env:\n          T: ${{ github.event.issue.title }}\n",
    ),
    "an image that moves": (
        "ci-unpinned-action",
        ".github/workflows/a.yml",
        PUSHED + "      - uses: docker://alpine:3.8\n",
        PUSHED + f"      - uses: docker://alpine@sha256:{'0a' * 32}\n      - uses: ./.github/x.yml@a\n",
    ),
    "a download that is evaluated": (
        "ci-downloaded",
        ".github/workflows/a.yml",
        PUSHED + "      - run: |\n          S=$(curl https://a.b)\n          eval $S\n",
        PUSHED + "      - run: |\n          S=$(curl https://a.b)\n          echo $S\n",
    ),
}


def found(file: str, text: str) -> list[Finding]:
    return [*scan_configuration(file, text), *(scan_script(file, text) if is_script(file, text) else ())]


def closing(file: str, text: str) -> set[str]:
    findings = found(file, text)
    return {finding.rule for finding in findings if closes_gate(finding)}


@pytest.mark.parametrize("name", RULES)
def test_found_and_its_twin_not(name: str) -> None:
    rule, file, bad, good = RULES[name]
    assert rule in closing(file, bad)
    assert rule not in closing(file, good)


def test_the_line_is_that_of_the_step() -> None:
    words = "${{ github.event.issue.title }}"
    steps = f"      - run: echo $T\n        env:\n          T: {words}\n      - run: |\n          echo {words}\n"
    findings = found(".github/workflows/a.yml", ISSUES + steps)
    assert [f.line for f in findings if f.rule == "ci-script-injection"] == [9]


def test_told_without_closing_the_gate() -> None:
    """What working pages do as well: addresses from a variable, files of other hosts, links in clear text."""
    page = "<a href='{{ item.place }}'>a</a>\n<script src='https://cdn.site.com/a.js'></script>\n<a href='http://b.com'>b</a>"
    findings = found("a.html", page)
    assert {f.rule for f in findings} == {"template-wrong-place", "no-integrity", "no-tls"}
    assert not any(map(closes_gate, findings))
